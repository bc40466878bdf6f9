"""Text or LaTeX into a tree: the whole of it, or nothing.

A parser by hand, one method a level of binding: statement (lists, ``or``), relation, union, sum, product, power,
primary. Nothing is evaluated and no other parser is asked. What two readers could read in two ways (``1/xy``,
``\\sqrt12``, ``2\\frac{3}{2}``) is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NoReturn

from filters.mathematics import guards, units
from filters.mathematics.guards import Refused
from filters.mathematics.tokens import Token, tokens
from filters.mathematics.tree import (
    FORMS,
    IMAGINARY,
    INFINITY,
    PI,
    UNKNOWN_BASE,
    Call,
    E,
    Name,
    Node,
    Num,
    negative,
    whole,
)

END = Token("end", "")
FUNCTIONS = {
    **{name: name for name in "sin cos tan cot sec csc sinh cosh tanh ln exp".split()},
    **{f"arc{name}": f"arc{name}" for name in "sin cos tan cot sec csc".split()},
    **{f"a{name}": f"arc{name}" for name in "sin cos tan".split()},
    "arsinh": "arcsinh",
    "arcosh": "arccosh",
    "artanh": "arctanh",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "arccosh": "arccosh",
    "arctanh": "arctanh",
    "arcsinh": "arcsinh",
    "cosec": "csc",
    "tg": "tan",
    "log": "log",
    "lg": "lg",
    "sgn": "sgn",
    "abs": "abs",
    "floor": "floor",
    "ceil": "ceil",
    "max": "max",
    "min": "min",
    "gcd": "gcd",
    "lcm": "lcm",
    "cbrt": "cbrt",
    "sqrt": "sqrt",
    "binom": "binom",
    "binomial": "binom",
}
INVERSE = {name: f"arc{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}
TRIGONOMETRIC = frozenset(INVERSE)
CONSTANTS = {
    "pi": PI,
    "Pi": PI,
    "infty": INFINITY,
    "infinity": INFINITY,
    "inf": INFINITY,
    "oo": INFINITY,
    "e": E,
    "i": IMAGINARY,
}
CONSTANTS |= {"Infinity": INFINITY}
LETTERS = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell hbar".split()
)
RELATIONS = {"=": "=", "<": "<", ">": ">", "le": "<=", "ge": ">=", "ne": "!=", "approx": "~", "in": "in", "≈": "~"}
BRACKETS = ("pmatrix", "bmatrix", "Bmatrix", "matrix", "smallmatrix", "array")
SETS = {"mathbb R": "R", "mathbb Z": "Z", "mathbb N": "N", "mathbb Q": "Q", "mathbb C": "C"}
SPOKEN: dict[str, Node] = {
    **dict.fromkeys(("no solution", "no solutions", "empty set", "the empty set"), Call("set")),
    **dict.fromkeys(("all real numbers", "all reals", "the real numbers"), Call("text", (Name("R"),))),
    "infinity": INFINITY,
}
"""Words that stand for something of mathematics."""
BASES = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
BASES |= {"twelve": 12, "sixteen": 16}


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


class Reader:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = [*found, END, END, END]
        self.at = 0
        self.depth = 0
        self.bars = 0
        """Absolute values that are open: within one, the next bar closes it."""
        self.colons = 0
        """Whether a colon means "such that" and not a ratio."""

    @property
    def peek(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def sees(self, kind: str, *texts: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == kind and (not texts or token.text in texts)

    def skip(self, kind: str, *texts: str) -> bool:
        """Whether the next token is one of these; it is taken if so."""
        if self.sees(kind, *texts):
            self.at += 1
            return True
        return False

    def expect(self, kind: str, *texts: str) -> Token:
        if not self.sees(kind, *texts):
            self.refuse()
        return self.take()

    def refuse(self, says: str = "") -> NoReturn:
        token = self.peek
        raise Refused(
            "not_understood", says or (f"unexpected {token.text!r}" if token.kind != "end" else "it ends early")
        )

    # Statements

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
            return Call("rel", (Call("text"), Name("~"), self.union()))
        parts: list[Node] = [self.union()]
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

    # Values

    def value(self, node: Node) -> Node:
        if isinstance(node, Call) and node.head in FORMS and node.head not in ("pm", "mp", "base", "angle"):
            self.refuse(f"a {node.head} where a number was expected")
        return node

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
        divided = False
        while True:
            token = self.peek
            kind, text = token.kind, token.text
            if (kind == "sym" and text == "*") or (kind == "cmd" and text in ("cdot", "times")):
                self.at += 1
                if self.peek.kind == "text" or self.unit_word():
                    return self.with_unit(node)
                node, divided, simple = self.multiplied(node, self.signed()), False, False
            elif (kind == "sym" and text == "/") or (kind == "cmd" and text == "div"):
                self.at += 1
                start = self.at
                below = self.value(self.signed())
                divided = not (self.at == start + 1 and self.tokens[start].kind == "num") and kind == "sym"
                node, simple = Call("/", (self.value(node), below)), False
            elif kind == "text" or self.unit_word():
                return self.with_unit(node)
            elif kind == "num":
                # A number beside a number is a mixed number or a misprint.
                if simple and token.spaced and self.tokens[self.at + 1].text == "/":
                    node, simple = self.mixed(node), False
                elif self.tokens[self.at - 1].text == "!":
                    node = self.multiplied(node, self.power())
                else:
                    self.refuse("two numbers side by side")
            elif simple and kind == "cmd" and text == "frac" and self.fraction_ahead():
                node, simple = self.mixed(node), False
            elif self.begins():
                if divided:
                    self.refuse("a product after a slash could be read in two ways")
                node, simple = self.multiplied(node, self.power()), False
            else:
                return node

    def multiplied(self, node: Node, factor: Node) -> Node:
        if isinstance(factor, Call) and factor.head == "matrix":
            return scaled(self.value(node), factor)
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

    def fraction_ahead(self) -> bool:
        """Whether ``\\frac`` has whole numbers above and below: after a whole number that is a mixed number."""
        ahead = self.tokens[self.at + 1 : self.at + 7]
        if ahead[0].kind == "num":
            return len(ahead[0].text) > 1 or ahead[1].kind == "num" or ahead[2].kind == "num"
        texts = [token.text for token in ahead]
        if len(ahead) < 4 or texts[0] != "{" or ahead[1].kind != "num" or texts[2] != "}":
            return False
        return ahead[3].kind == "num" or (
            len(ahead) == 6 and texts[3] == "{" and ahead[4].kind == "num" and texts[5] == "}"
        )

    def mixed(self, node: Node) -> Node:
        if self.sees("num"):
            above: Node = self.number(self.take())
            self.expect("sym", "/")
            below: Node = self.number(self.expect("num"))
        else:
            fraction = self.primary()
            assert isinstance(fraction, Call)
            above, below = fraction.args
        if not (isinstance(node, Num) and isinstance(above, Num) and isinstance(below, Num)):
            self.refuse()
        if {node.value.denominator, above.value.denominator, below.value.denominator} != {
            1
        } or above.value >= below.value:
            self.refuse("a whole number beside an improper fraction could be read in two ways")
        return Num(node.value + above.value / below.value)

    def begins(self) -> bool:
        """Whether the next token may begin a factor of a product without a sign."""
        kind, text, _ = self.peek
        if kind == "sym":
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

    def degrees(self) -> bool:
        """Whether a degree sign stands after the ``^``; it is taken if so."""
        if self.skip("cmd", "circ"):
            return True
        if self.sees("sym", "{") and self.tokens[self.at + 1].text == "circ" and self.tokens[self.at + 2].text == "}":
            self.at += 3
            return True
        return False

    def degree(self, node: Node) -> Node:
        if self.peek.kind in ("word", "text") and self.peek.text in ("C", "F", "Celsius", "Fahrenheit"):
            return Call("unit", (node, whole(1), Name(f"[deg{self.take().text[0]}]")))
        return Call("angle", (node,))

    # Primaries

    def number(self, token: Token) -> Num:
        text, _, power = token.text.partition("e")
        before, _, after = text.partition(".")
        if len(text) > guards.MOST_DIGITS or (power and abs(int(power)) > guards.MOST_DIGITS):
            raise Refused("too_large", f"a number of more than {guards.MOST_DIGITS} digits")
        shift = len(after) - int(power or 0)
        value = int(before + after) * (Fraction(1, 10**shift) if shift >= 0 else Fraction(10**-shift))
        return Num(Fraction(value), shift if after or power else -1)

    def primary(self) -> Node:
        token = self.take()
        kind, text, _ = token
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
        if text == "[":
            return self.bracket("[")
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

    def numeral(self, token: Token) -> Node:
        """A number as written: repeating decimals and the base below it included."""
        if self.sees("cmd", "overline", "bar", "dot", "overbar") and "." in token.text + self.tokens[self.at - 1].text:
            return self.repeating(token.text)
        if self.sees("sym", ".") and self.tokens[self.at + 1].text in ("overline", "bar", "dot"):
            self.take()
            return self.repeating(token.text + ".")
        if self.sees("sym", "_"):
            return self.based(token.text)
        if self.sees("sym", "."):
            self.refuse()
        if self.peek.kind == "word" and not self.peek.spaced and self.digits_ahead():
            return self.based(token.text + self.take().text)
        return self.number(token)

    def repeating(self, start: str) -> Node:
        """``0.1\\overline{6}``: the digits under the line repeat for ever."""
        mark = self.take().text
        if self.skip("sym", "{"):
            run = self.expect("num").text
            self.expect("sym", "}")
        else:
            run = self.expect("num").text
            if len(run) > 1:
                self.refuse("a line over one of several digits")
        if mark == "dot":
            if self.skip("cmd", "dot"):
                self.refuse("a dot over more than one digit")
            if len(run) > 1:
                self.refuse("a dot over several digits")
        before, _, after = start.partition(".")
        if not run.isdigit() or "e" in start or len(start) + len(run) > 100 or self.sees("num"):
            self.refuse()
        fixed = Fraction(int((before or "0") + after), 10 ** len(after))
        return Num(fixed + Fraction(int(run), (10 ** len(run) - 1) * 10 ** len(after)))

    def digits_ahead(self) -> bool:
        """Whether letters go on a number in base 16 or so, as in ``1A_{16}``."""
        return self.tokens[self.at + 1].text == "_" and all(mark in "ABCDEFabcdef" for mark in self.peek.text)

    def based(self, figures: str) -> Node:
        """``101_2`` or ``1A_{16}``."""
        while self.peek.kind in ("num", "word") and not self.peek.spaced:
            figures += self.take().text
        self.expect("sym", "_")
        braced = self.skip("sym", "{")
        if self.peek.kind == "text":
            base = BASES.get(self.peek.text.strip().lower(), 0)
            base = base or (int(self.peek.text) if self.peek.text.isdigit() and len(self.peek.text) < 3 else 0)
            self.take()
        else:
            self.skip("sym", "(")
            base = int(self.expect("num").text) if len(self.peek.text) < 3 and self.peek.text.isdigit() else 0
            self.skip("sym", ")")
        if braced:
            self.expect("sym", "}")
        if not 2 <= base <= 36 or len(figures) > 200 or "." in figures:
            self.refuse("that is no base")
        try:
            return Num(Fraction(int(figures, base)))
        except ValueError:
            self.refuse(f"{figures[:40]} has digits that base {base} lacks")

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
        if len(text) > 3 or text in units.NO_UNITS:
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

    def part(self) -> Node:
        """An argument of a command: a group, or one digit, letter or command as LaTeX takes it."""
        token = self.peek
        if token.kind == "sym" and token.text == "{":
            self.at += 1
            node = self.inside(self.sum)
            self.expect("sym", "}")
            return node
        if token.kind == "num":
            if not token.text.isdigit():
                self.refuse()
            self.take()
            if len(token.text) > 1:
                self.at -= 1
                self.tokens[self.at] = Token("num", token.text[1:])
                if len(token.text) > 2:
                    self.refuse("digits behind a fraction")
            return whole(int(token.text[0]))
        if token.kind == "word":
            return self.letter()
        if token.kind == "cmd":
            return self.primary()
        self.refuse()
        return None

    def divided(self, above: Node, below: Node) -> Node:
        """A fraction; of units too: ``\\frac{5\\text{ m}}{\\text{s}}``."""
        unit_above = isinstance(above, Call) and above.head == "unit"
        unit_below = isinstance(below, Call) and below.head == "unit"
        if not (unit_above or unit_below):
            return Call("/", (self.value(above), self.value(below)))
        one, other = parts_of(unit_of(above)), parts_of(unit_of(below))
        measure = units.Measure(one[1] / other[1], ()).times(one[2]).times(other[2].power(-1))
        return unit_node(Call("/", (one[0], other[0])), measure)

    def function(self, text: str) -> Node:
        head = FUNCTIONS[text]
        if head == "sqrt":
            return self.root()
        if head == "cbrt":
            return Call("^", (self.value(self.argument()), Num(Fraction(1, 3))))
        base: Node | None = None
        raised: Node | None = None
        for _ in range(2):
            if raised is None and self.skip("sym", "^"):
                if self.degrees():
                    self.refuse()
                raised = self.exponent()
            elif base is None and head == "log" and self.skip("sym", "_"):
                base = self.value(self.part_whole())
        if head in ("max", "min", "gcd", "lcm", "binom"):
            inner = self.argument(several=True)
            items = inner.args if isinstance(inner, Call) and inner.head in ("tuple", "set", "list") else (inner,)
            return Call(head, tuple(map(self.value, items)))
        inverse = raised == whole(-1) or raised == Call("neg", (whole(1),))
        if inverse and head in INVERSE:
            head, raised = INVERSE[head], None
        elif inverse:
            self.refuse()
        inner = self.value(self.argument())
        node: Node = Call(head, (inner,))
        if head == "log":
            below: Node = Name(UNKNOWN_BASE) if base is None else Call("ln", (base,))
            node = Call("/", (Call("ln", (inner,)), below))
        elif head == "lg":
            node = Call("/", (Call("ln", (inner,)), Call("ln", (whole(10),))))
        elif head == "exp":
            node = Call("^", (E, inner))
        return Call("^", (node, raised)) if raised is not None else node

    def part_whole(self) -> Node:
        """The base of a logarithm: ``\\log_{10}``, ``\\log_2``; ``log10(x)`` comes as a word before a number."""
        if self.sees("num"):
            token = self.peek
            # \\log_28 is the logarithm of 8 to base 2.
            if len(token.text) > 1 and self.tokens[self.at + 1].text != "(":
                self.take()
                self.at -= 1
                self.tokens[self.at] = Token("num", token.text[1:])
                return whole(int(token.text[0]))
            return self.number(self.take())
        return self.part()

    def root(self) -> Node:
        degree: Node = whole(2)
        if self.skip("sym", "["):
            degree = self.value(self.inside(self.sum))
            self.expect("sym", "]")
        if self.sees("num"):
            token = self.peek
            if self.tokens[self.at - 1].kind == "word" or len(token.text) == 1:
                under: Node = self.number(self.take())
            else:
                self.refuse("a root over one of several digits")
        elif self.sees("sym", "("):
            under = self.value(self.primary())
        else:
            under = self.value(self.part())
        return Call(
            "^", (under, Call("/", (whole(1), degree)) if not isinstance(degree, Num) else reciprocal(degree, self))
        )

    def argument(self, several: bool = False) -> Node:
        """What a function is asked of: a bracket, or the factors that follow up to a sign, bracket or function."""
        if self.sees("sym", "(", "[", "{", "|") or self.sees("cmd", "{"):
            opening = self.take()
            if opening.text == "|":
                return self.absolute("|")
            closing = {"(": ")", "[": "]", "{": "}"}[opening.text]
            inner = self.inside(self.statement if several else self.sum)
            self.expect(opening.kind, closing)
            return inner
        negated = self.skip("sym", "-")
        node = self.factor_of_argument()
        while True:
            kind, text, _ = self.peek
            if kind == "sym" and text in ("(", "["):
                self.refuse("a bracket after a function's argument could be read in two ways")
            if not self.begins() or (kind in ("cmd", "word") and text in FUNCTIONS and text != "sqrt"):
                break
            if kind == "cmd" and (text.startswith("begin") or text in ("{", "langle")):
                break
            if kind == "sym" and text == "|":
                self.refuse("a bar after a function's argument could be read in two ways")
            node = Call("*", (node, self.factor_of_argument()))
        if self.sees("sym", "/"):
            self.refuse("a slash after a function's argument could be read in two ways")
        return negative(node) if negated else node

    def factor_of_argument(self) -> Node:
        if self.peek.kind in ("cmd", "word") and self.peek.text in FUNCTIONS and self.peek.text != "sqrt":
            return self.function(self.take().text)
        return self.value(self.power())

    def inside(self, read: Callable[[], Node]) -> Node:
        """Read something in brackets: bars that are open outside do not close in here."""
        bars, self.bars = self.bars, 0
        node = read()
        self.bars = bars
        return node

    def absolute(self, closing: str) -> Node:
        bars, self.bars = self.bars, 1
        node = self.value(self.sum())
        self.bars = bars
        self.expect("sym", closing)
        return Call("abs", (node,))

    # Brackets

    def bracket(self, opening: str) -> Node:
        """A group, a tuple or an interval."""
        if opening == "(" and self.sees("sym", ")"):
            self.refuse()
        inner = self.inside(self.statement)
        items = inner.args if isinstance(inner, Call) and inner.head == "list" else (inner,)
        if opening == "langle":
            self.expect("cmd", "rangle")
            return Call("tuple", items)
        closing = self.expect("sym", ")", "]").text
        if self.sees("sym", "_") and closing == ")" and self.tokens[self.at - 2].kind == "num" and isinstance(inner, Num):
            return self.based(self.tokens[self.at - 2].text)
        if closing == {"(": ")", "[": "]"}[opening] and len(items) == 1:
            if opening == "(":
                return inner
            if isinstance(inner, Call) and inner.head == "matrix":
                return inner
            return Call("[]", items) if inner_is_row(inner) or not self.amid() else self.value(inner)
        if opening == "(" and closing == ")":
            return Call("tuple", items)
        node = Call(opening + closing, items)
        if opening + closing != "[]" and len(items) != 2:
            self.refuse("an interval has two ends")
        if opening + closing == "[]" and all(inner_is_row(item) for item in items):
            return table([item.args for item in items], self)  # type: ignore[union-attr]
        return node

    def amid(self) -> bool:
        """Whether a bracket is part of a formula: then it only groups."""
        return self.peek.kind != "end" and (self.begins() or self.peek.text in "+-*/^")

    def braces(self) -> Node:
        """A group of LaTeX's, or a set in plain text."""
        if self.sees("sym", "}"):
            self.take()
            return Call("set")
        inner = self.inside(self.statement)
        self.expect("sym", "}")
        if isinstance(inner, Call) and inner.head == "list":
            return Call("set", inner.args)
        return inner

    def set(self) -> Node:
        if self.skip("cmd", "}"):
            return Call("set")
        bars, self.bars = self.bars, 1
        self.colons += 1
        first = self.statement()
        self.colons -= 1
        self.bars = bars
        if self.skip("sym", "|", ":") or self.skip("cmd", "mid"):
            # {x | x > 2} is what the condition says of x.
            condition = self.inside(self.statement)
            self.expect("cmd", "}")
            if isinstance(first, Call) and first.head == "rel" and first.args[1] == Name("in") and len(first.args) == 3:
                first = first.args[0] if first.args[2] == Call("text", (Name("R"),)) else first
            if not isinstance(first, Name):
                self.refuse()
            return Call("where", (first, condition))
        self.expect("cmd", "}")
        if (
            isinstance(first, Call)
            and first.head == "ratio"
            and len(first.args) == 2
            and isinstance(first.args[0], Name)
        ):
            self.refuse()
        return Call("set", first.args if isinstance(first, Call) and first.head == "list" else (first,))

    def matrix(self, kind: str) -> Node:
        if kind == "array":
            self.expect("sym", "{")
            while not self.skip("sym", "}"):
                if not (self.sees("word") or self.sees("sym", "|")):
                    self.refuse()
                self.take()
        elif kind not in BRACKETS and kind not in ("vmatrix",):
            self.refuse()
        rows: list[list[Node]] = [[]]
        while True:
            if self.skip("cmd", f"end {kind}"):
                break
            rows[-1].append(self.inside(self.sum))
            if self.skip("cmd", "&"):
                continue
            if self.skip("sym", "&"):
                continue
            if self.skip("sym", "\\\\"):
                self.skip("cmd", "hline")
                if not self.sees("cmd", f"end {kind}"):
                    rows.append([])
                continue
            self.expect("cmd", f"end {kind}")
            break
        node = table([tuple(row) for row in rows], self)
        return Call("det", node.args) if kind == "vmatrix" else node

    # Words and units

    def unit_word(self) -> bool:
        """Whether a unit in plain text follows: ``5 cm``; single letters are variables until a key says otherwise."""
        token = self.peek
        return (
            token.kind == "word"
            and self.at > 0
            and (token.text in units.PLAIN or (len(token.text) > 3 and token.spaced and self.noun(token.text)))
            and (self.tokens[self.at - 1].kind == "num" or self.tokens[self.at - 1].text in ("}", ")", "pi"))
        )

    @staticmethod
    def noun(text: str) -> bool:
        return (
            text not in FUNCTIONS
            and text not in CONSTANTS
            and text not in LETTERS
            and text.lower() not in units.NO_UNITS
        )

    def with_unit(self, node: Node) -> Node:
        """A value with the unit that follows it: words, powers and quotients of words."""
        said, raised = "", ""
        while True:
            kind, text, _ = self.peek
            if kind == "text" or (kind == "word" and (text in units.UNITS or self.noun(text))):
                said += " " + self.take().text
            elif kind == "sym" and text == "/":
                said += self.take().text
            elif kind == "cmd" and text in ("cdot", "times"):
                self.take()
                said += "*"
            elif kind == "sym" and text == "^":
                self.take()
                braced = self.skip("sym", "{")
                raised = ("-" if self.skip("sym", "-") else "") + self.expect("num").text
                if braced:
                    self.expect("sym", "}")
                said += f"^{raised}"
            else:
                break
        said = said.strip()
        if said.lower() in ("%", "percent", "\\%"):
            return Call("unit", (self.value(node), Num(Fraction(1, 100)), Name("%")))
        if said.lower() in ("degrees", "degree", "deg"):
            return Call("angle", (self.value(node),))
        if said.lower().startswith("base "):
            self.refuse()
        found = units.measure(said.replace("\\", " ")) if "\\" not in said.replace("\\ ", " ") else None
        if found is None:
            self.refuse(f"{said[:40]!r} is no unit")
        return unit_node(self.value(node), found)

    def wordy(self, text: str) -> Node:
        """Words where a value was expected: \\text{...} at the beginning."""
        lower = text.lower().strip(" .")
        if lower in SPOKEN:
            return SPOKEN[lower]
        if len(text) == 1 and text.isalpha() and text.isascii():
            return self.name(text)
        found = units.measure(text)
        if found is not None and not (found.dimensions and found.dimensions[0][0].startswith("#")):
            return unit_node(whole(1), found)  # a unit alone, as below a fraction line
        self.refuse(f"{text[:40]!r} is not mathematics")
        return None


BEGINNERS = frozenset(
    [
        *("frac", "surd", "surdthree", "binom", "lfloor", "lceil", "langle", "{", "sqrt", "infty"),
        *(f"begin {kind}" for kind in (*BRACKETS, "vmatrix")),
    ]
)


def reciprocal(degree: Num, reader: Reader) -> Num:
    if degree.value == 0:
        reader.refuse("a root of degree zero")
    return Num(1 / degree.value)


def inner_is_row(node: Node) -> bool:
    return isinstance(node, Call) and node.head == "[]"


def unit_node(value: Node, found: units.Measure) -> Node:
    if not found.dimensions:  # radians are plain numbers
        return value if found.size == 1 else Call("*", (value, Num(found.size)))
    return Call("unit", (value, Num(found.size), Name(f"[{units.named(found)}]")))


def unit_of(node: Node) -> Node:
    """A single letter beside a unit is a unit too, where there is one of that name."""
    found = units.UNITS.get(node.name) if isinstance(node, Name) else None
    return node if found is None else unit_node(whole(1), found)


def parts_of(node: Node) -> tuple[Node, Fraction, units.Measure]:
    """The value, size and dimensions of a quantity; a plain value has none."""
    if not (isinstance(node, Call) and node.head == "unit"):
        return node, Fraction(1), units.NONE
    value, size, named = node.args
    assert isinstance(size, Num)
    assert isinstance(named, Name)
    if not named.name.startswith("["):
        raise Refused("not_understood", "a percentage of a unit")
    dimensions = []
    for one in named.name[1:-1].split("*"):
        base, _, power = one.partition("^")
        if base:
            dimensions.append((base, int(power or 1)))
    return value, size.value, units.Measure(Fraction(1), tuple(dimensions))


def scaled(factor: Node, matrix: Call) -> Node:
    rows = [Call("row", tuple(Call("*", (factor, cell)) for cell in row.args)) for row in matrix.args]  # type: ignore[union-attr]
    return Call("matrix", tuple(rows))


def table(rows: list[tuple[Node, ...]], reader: Reader) -> Call:
    """A matrix of rows of one length."""
    if len({len(row) for row in rows}) != 1 or not rows[0] or sum(map(len, rows)) > 400:
        reader.refuse("the rows of a matrix differ in length")
    return Call("matrix", tuple(Call("row", tuple(map(reader.value, row))) for row in rows))
