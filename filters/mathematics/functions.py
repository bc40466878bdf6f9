"""Functions and commands with arguments: fractions, roots, logarithms, sines and their kin."""

from __future__ import annotations

from fractions import Fraction

from filters.mathematics import units
from filters.mathematics.brackets import Brackets
from filters.mathematics.cursor import Cursor
from filters.mathematics.quantities import parts_of, unit_node, unit_of
from filters.mathematics.tokens import Token
from filters.mathematics.tree import UNKNOWN_BASE, Call, E, Name, Node, Num, negative, whole
from filters.mathematics.vocabulary import FUNCTIONS, INVERSE, TRIGONOMETRIC


class Functions(Brackets):
    """Reads functions."""

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
        inner = self.value(self.argument(turning=head in TRIGONOMETRIC))
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
            if not token.text.isdigit():
                self.refuse()
            # \\log_28 is the logarithm of 8 to base 2.
            if token.text[0] != "." and len(token.text) > 1 and self.tokens[self.at + 1].text != "(":
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

    def argument(self, several: bool = False, turning: bool = False) -> Node:
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
            kind, text, spaced = self.peek
            if kind == "sym" and text in ("(", "["):
                self.refuse("a bracket after a function's argument could be read in two ways")
            if not self.begins() or (kind in ("cmd", "word") and text in FUNCTIONS and text != "sqrt"):
                break
            if kind == "cmd" and (text.startswith("begin") or text in ("{", "langle")):
                break
            if kind == "sym" and text == "|":
                self.refuse("a bar after a function's argument could be read in two ways")
            if spaced and self.tokens[self.at - 1].kind != "cmd" and not (turning and isinstance(node, Num)):
                self.refuse("a space after a function's argument could be read in two ways")
            node = Call("*", (node, self.factor_of_argument()))
        if self.sees("sym", "/"):
            self.refuse("a slash after a function's argument could be read in two ways")
        return negative(node) if negated else node

    def factor_of_argument(self) -> Node:
        if self.peek.kind in ("cmd", "word") and self.peek.text in FUNCTIONS and self.peek.text != "sqrt":
            return self.function(self.take().text)
        return self.value(self.power())


def reciprocal(degree: Num, reader: Cursor) -> Num:
    if degree.value == 0:
        reader.refuse("a root of degree zero")
    return Num(1 / degree.value)
