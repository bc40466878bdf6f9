"""Text or LaTeX into a tree: the whole of it, or nothing.

A parser by hand, one method a level of binding: statement (lists, ``or``), relation, union, sum, product, power,
primary. Nothing is evaluated and no other parser is asked. What two readers could read in two ways (``1/xy``,
``\\sqrt12``, ``2\\frac{3}{2}``) is refused.
"""

from __future__ import annotations

from fractions import Fraction

from filters.mathematics import guards, units
from filters.mathematics.brackets import scaled
from filters.mathematics.functions import Functions
from filters.mathematics.guards import Refused
from filters.mathematics.tokens import Token, tokens
from filters.mathematics.tree import IMAGINARY, Call, Name, Node, Num, negative, whole
from filters.mathematics.vocabulary import BEGINNERS, CONSTANTS, FUNCTIONS, LETTERS, RELATIONS, SETS, SPOKEN


def read(text: str, commas: bool = True) -> Node:
    """The tree of a guarded text (see guards.plain). ``commas``: whether ``1,000`` is one number.

    Raises Refused for what is not understood whole, or whose values could be too large.
    """
    return parse(tokens(text, commas))


def parse(found: list[Token]) -> Node:
    """The tree of tokens. Raises Refused."""
    if not found:
        raise Refused("not_understood", "there is nothing to read")
    reader = Reader(found)
    if len(found) > 1 and all(token.kind in ("word", "text") for token in found):
        spoken = " ".join(token.text for token in found).lower()
        if spoken in SPOKEN:
            return SPOKEN[spoken]
    node = reader.statement()
    if reader.peek.kind != "end":
        reader.refuse()
    return guards.bounded(node)


CLOSED = frozenset(("", "cup", "cap", "setminus", ",", ";", "or", "and", "U", ")", "}"))
"""What may stand behind an interval."""


class Reader(Functions):
    """Reads whole answers."""

    def statement(self) -> Node:
        """Relations with commas, ``or``, ``and`` between them."""
        self.depth += 1
        if self.depth > guards.DEEPEST:
            raise Refused("too_deep", f"nested deeper than {guards.DEEPEST}")
        items, between = [self.relation()], set()
        while True:
            token = self.peek
            if token.kind == "sym" and token.text in (",", ";"):
                self.at += 1
                if self.peek.kind in ("or", "and"):
                    token = self.take()
            elif token.kind in ("or", "and"):
                self.at += 1
            elif token.kind == "cmd" and token.text in ("wedge", "vee"):
                self.at += 1
                token = Token("and" if token.text == "wedge" else "or", "")
            else:
                break
            between.add(token.kind)
            items.append(self.relation())
            if len(items) > 200:
                raise Refused("too_large", "more than 200 items")
        self.depth -= 1
        if len(items) == 1:
            return items[0]
        return Call("or" if "or" in between else "and" if between == {"and"} else "list", tuple(items))

    def relation(self) -> Node:
        if self.peek.kind == "cmd" and self.peek.text == "approx":
            self.take()
            return self.union()
        parts: list[Node] = [self.called() or self.union()]
        while True:
            token = self.peek
            sign = RELATIONS.get(token.text) if token.kind in ("sym", "cmd") else None
            if sign is None and token.kind == "word" and token.text == "in" and token.spaced:
                sign = "in"
            if sign is None:
                break
            self.at += 1
            if sign in ("<", ">") and self.skip("sym", "="):
                sign += "="
            parts += [Name(sign), self.union()]
        if len(parts) == 1:
            if self.sees("sym", ":") and not self.colons:
                while self.skip("sym", ":"):
                    parts.append(self.sum())
                return Call("ratio", tuple(parts))
            return parts[0]
        return Call("rel", tuple(parts))

    def called(self) -> Name | None:
        """What is named before an equals sign in a way that would read as a product: ``f(x) =``, ``\\text{Area} =``."""
        ahead = self.tokens[self.at : self.at + 5]
        texts = [token.text for token in ahead]
        if ahead[0].kind == "text" and texts[1] == "=" and texts[0].isalpha():
            self.at += 1
            return Name(f"text {texts[0]}")
        if len(ahead) < 5 or ahead[0].kind != "word" or (texts[1], texts[3], texts[4]) != ("(", ")", "="):
            return None
        if len(texts[0]) > 1 or texts[0] in CONSTANTS or ahead[2].kind not in ("word", "num") or len(texts[2]) > 6:
            return None
        self.at += 4
        return Name(f"{texts[0]}({texts[2]})")

    def union(self) -> Node:
        node = self.sum()
        while True:
            token = self.peek
            if token.kind == "cmd" and token.text in ("cup", "cap", "setminus"):
                self.at += 1
                head = {"cup": "cup", "cap": "cap", "setminus": "minus"}[token.text]
            elif (
                token.kind == "word"
                and token.text in ("U", "union")
                and self.tokens[self.at + 1].text in ("(", "[", "{")
            ):
                self.at += 1
                head = "cup"
            else:
                return node
            node = Call(head, (node, self.sum()))

    def sum(self) -> Node:
        """Terms with + - and ± between them."""
        self.depth += 1
        if self.depth > guards.DEEPEST * 3:
            raise Refused("too_deep", f"nested deeper than {guards.DEEPEST}")
        parts: list[Node] = []
        sign = self.sign()
        if sign in ("pm", "mp"):
            node: Node = Call(sign, (self.value(self.product()),))
        else:
            node = self.product()
            if sign == "-":
                if isinstance(node, Call) and node.head == "unit":
                    node = Call("unit", (negative(node.args[0]), *node.args[1:]))
                elif isinstance(node, Call) and node.head == "matrix":
                    node = scaled(whole(-1), node)
                else:
                    node = negative(self.value(node))
        while True:
            following = self.sign()
            if not following:
                break
            if following in ("pm", "mp"):
                left = node if not parts else Call("+", (*parts, node))
                node, parts = Call(following, (self.value(left), self.value(self.product()))), []
                continue
            parts.append(self.value(node))
            node = self.value(self.product())
            node = negative(node) if following == "-" else node
        self.depth -= 1
        return Call("+", (*parts, node)) if parts else node

    def sign(self) -> str:
        token = self.peek
        if token.kind == "sym" and token.text in ("+", "-"):
            self.at += 1
            if token.text == "+" and self.skip("sym", "-"):
                if self.peek.spaced or not self.sees("num"):
                    return "pm"
                return "-"
            return token.text
        if token.kind == "cmd" and token.text in ("pm", "mp"):
            self.at += 1
            return token.text
        return ""

    def product(self) -> Node:
        """Factors, multiplied by sign or by standing side by side; divided by ``/``; and the unit behind them."""
        begin = self.at
        node = self.signed()
        simple = self.at == begin + 1 and self.tokens[begin].kind == "num" and node.value.denominator == 1  # type: ignore[union-attr]
        divided = slashed = False
        while True:
            token = self.peek
            kind, text = token.kind, token.text
            if (kind == "sym" and text == "*") or (kind == "cmd" and text in ("cdot", "times")):
                self.at += 1
                if self.peek.kind == "text" or self.unit_word():
                    return self.with_unit(node)
                node, divided, simple, slashed = self.multiplied(node, self.signed()), False, False, False
            elif (kind == "sym" and text == "/") or (kind == "cmd" and text == "div"):
                self.at += 1
                start = self.at
                below = self.value(self.signed())
                divided = not (self.at == start + 1 and self.tokens[start].kind == "num") and kind == "sym"
                node, simple, slashed = Call("/", (self.value(node), below)), False, kind == "sym"
            elif kind == "text" or self.unit_word():
                return self.with_unit(node)
            elif kind == "num":
                # A number beside a number is a mixed number or a misprint.
                if simple and token.spaced and self.tokens[self.at + 1].text == "/":
                    node, simple = self.mixed(node), False
                elif self.tokens[self.at - 1].text == "!" or self.tokens[self.at - 1] == Token("cmd", "pi"):
                    node = self.multiplied(node, self.power())
                else:
                    self.refuse("two numbers side by side")
            elif simple and kind == "cmd" and text == "frac" and self.fraction_ahead():
                node, simple = self.mixed(node), False
            elif self.begins():
                if text == "{" and self.tokens[self.at + 1].kind == "num" and self.tokens[self.at - 1].kind != "word":
                    self.refuse("two numbers side by side")  # {5}{2} is set as 52
                if divided or (isinstance(node, Call) and node.head == "/" and slashed and not token.spaced):
                    self.refuse("a product after a slash could be read in two ways")
                slashed = False
                node, simple = self.multiplied(node, self.power()), False
            else:
                return node

    def multiplied(self, node: Node, factor: Node) -> Node:
        if isinstance(factor, Call) and factor.head == "matrix":
            return scaled(self.value(node), factor)
        if isinstance(factor, Call) and factor.head == "unit" and factor.args[2] != Name("%"):
            return Call("unit", (Call("*", (self.value(node), factor.args[0])), *factor.args[1:]))
        return Call("*", (self.value(node), self.value(factor)))

    def signed(self) -> Node:
        """A factor that may have a sign, as after ``\\cdot``."""
        token = self.peek
        if token.kind == "sym" and token.text in ("+", "-"):
            self.at += 1
            if self.sees("sym", "+", "-"):
                self.refuse()
            node = self.value(self.power())
            return negative(node) if token.text == "-" else node
        return self.power()

    def begins(self) -> bool:
        """Whether the next token may begin a factor of a product without a sign."""
        kind, text, _ = self.peek
        if kind == "sym":
            if text == "[" and self.tokens[self.at + 1].text in CLOSED:
                return False  # the end of ]1, 2[
            return text in ("(", "[", "{") or (text == "|" and not self.bars)
        if kind == "cmd":
            return (
                text in FUNCTIONS or text in CONSTANTS or text in LETTERS or text in BEGINNERS
            ) and not text.startswith("end ")
        if kind == "word":
            return text not in ("in", "U", "union")
        return kind == "vec"

    def power(self) -> Node:
        """A primary with what stands behind it: powers, factorials, percent and degree signs."""
        node = self.primary()
        while True:
            kind, text, spaced = self.peek
            if kind == "cmd" and text == "circ":
                self.at += 1
                node = self.degree(self.value(node))
                continue
            if kind != "sym":
                return node
            if text == "^":
                self.at += 1
                if self.degrees():
                    node = self.degree(self.value(node))
                    continue
                braced = self.sees("sym", "{")
                exponent = self.exponent()
                node = Call("^", (self.value(node), exponent))
                if self.sees("sym", "^"):
                    self.refuse("a power of a power could be read in two ways")
                del braced
            elif text == "!":
                if self.tokens[self.at + 1].text == "!" or (spaced and self.tokens[self.at + 1].text == "="):
                    self.refuse()
                self.at += 1
                node = Call("!", (self.value(node),))
            elif text == "%":
                self.at += 1
                return Call("unit", (self.value(node), Num(Fraction(1, 100)), Name("%")))
            elif text == "'":
                self.refuse()
            else:
                return node

    def exponent(self) -> Node:
        """What stands above: a group, or one signed token; ``2^3^2`` is 2 to the 9th."""
        if self.skip("sym", "{"):
            node = self.value(self.sum())
            self.expect("sym", "}")
            return node
        sign = self.take().text if self.sees("sym", "-", "+") else ""
        if self.sees("num"):
            node = self.number(self.take())
        elif self.sees("sym", "(") or self.peek.kind in ("word", "cmd"):
            node = self.value(self.letter() if self.peek.kind == "word" else self.primary())
        else:
            self.refuse()
        if self.sees("sym", "^") and self.tokens[self.at + 1].text != "circ":
            self.at += 1
            node = Call("^", (node, self.exponent()))
        return negative(node) if sign == "-" else node

    def letter(self) -> Node:
        """One letter of a word, as LaTeX takes it after ``^``; a name that is known is taken whole."""
        token = self.peek
        if token.text in CONSTANTS or token.text in FUNCTIONS or len(token.text) == 1:
            return self.primary()
        self.tokens[self.at] = Token("word", token.text[1:])
        return self.name(token.text[0])

    def primary(self) -> Node:
        token = self.take()
        kind, text, _ = token
        if kind in ("num", "word", "text"):
            run, count = self.figures(self.at - 1)
            if count and self.base_ahead(self.at - 1 + count)[1]:
                self.at += count - 1
                return self.based(run)
        if kind == "num":
            return self.numeral(token)
        if kind == "word":
            return self.word(token)
        if kind == "cmd":
            return self.command(token)
        if kind == "vec":
            return Name(f"vec {text}") if text in ("i", "e") else self.name(text)
        if kind == "text":
            return self.wordy(text)
        if text == "(":
            return self.bracket("(")
        if text in ("[", "]"):
            return self.bracket(text)
        if text == "{":
            return self.braces()
        if text == "|":
            return self.absolute("|")
        if text == "$":
            node = self.power()
            return Call("unit", (self.value(node), whole(1), Name("[dollar]")))
        self.at -= kind != "end"
        self.refuse()
        return None

    def word(self, token: Token) -> Node:
        text = token.text
        if text in CONSTANTS and not self.sees("sym", "_"):
            return CONSTANTS[text]
        if text in FUNCTIONS:
            return self.function(text)
        if text in LETTERS or len(text) == 1:
            return self.name(text)
        for name in ("sin", "cos", "tan", "ln", "log"):  # sinx
            if text.startswith(name) and len(text) == len(name) + 1:
                self.at -= 1
                self.tokens[self.at] = Token("word", text[len(name) :])
                return self.function(name)
        if len(text) > 3 or text in units.NO_UNITS or (text[0] == "d" and len(text) == 2):  # dx is no product
            self.at -= 1
            self.refuse()
        # Short runs of letters are products; longer ones are words.
        self.at -= 1
        self.tokens[self.at] = Token("word", text[1:])
        return self.name(text[0]) if text[0] not in CONSTANTS else CONSTANTS[text[0]]

    def name(self, text: str) -> Node:
        """A variable with what stands below it."""
        if not self.skip("sym", "_"):
            return CONSTANTS.get(text) or Name(text)
        if self.skip("sym", "{"):
            below = ""
            while not self.sees("sym", "}"):
                if self.peek.kind == "end" or len(below) > 40:
                    self.refuse()
                below += self.take().text
            self.take()
        elif self.peek.kind in ("num", "text"):
            below = self.take().text
        elif self.peek.kind == "word":
            below = self.peek.text[0]
            rest = self.peek.text[1:]
            if rest:
                self.tokens[self.at] = Token("word", rest)
            else:
                self.take()
        elif self.peek.kind == "cmd":
            below = self.take().text
        else:
            self.refuse()
        return Name(f"{text}_{below}")

    def command(self, token: Token) -> Node:
        text = token.text
        if text in CONSTANTS and text not in ("e", "i"):
            return CONSTANTS[text]
        if text == "i":
            return IMAGINARY
        if text == "binom":
            return Call("binom", (self.value(self.part()), self.value(self.part())))
        if text in FUNCTIONS:
            return self.function(text)
        if text in LETTERS:
            return self.name(text)
        if text == "frac":
            above, below = self.part(), self.part()
            return self.divided(above, below)
        if text == "surd" or text == "surdthree":
            degree = 2 if text == "surd" else 3
            under = self.number(self.take()) if self.sees("num") else self.value(self.primary())
            return Call("^", (under, Num(Fraction(1, degree))))
        if text == "{":
            return self.set()
        if text == "langle":
            return self.bracket("langle")
        if text == "lfloor" or text == "lceil":
            inner = self.value(self.inside(self.sum))
            self.expect("cmd", "rfloor" if text == "lfloor" else "rceil")
            return Call("floor" if text == "lfloor" else "ceil", (inner,))
        if text == "emptyset":
            return Call("set")
        if text in SETS:
            sign = self.take().text if self.skip("sym", "^") and self.sees("sym", "+", "-") else ""
            return Call("text", (Name(SETS[text] + sign),))
        if text in ("euro", "pounds", "yen"):
            node = self.power()
            return Call("unit", (self.value(node), whole(1), Name({"pounds": "[sterling]"}.get(text, f"[{text}]"))))
        if text.startswith("begin "):
            return self.matrix(text[6:])
        if text in ("angle", "measuredangle"):
            self.refuse()
        self.at -= 1
        self.refuse()
        return None
