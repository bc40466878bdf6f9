"""Numbers as they are written: repeating decimals, powers of ten, other bases, mixed numbers."""

from __future__ import annotations

import re
from fractions import Fraction

from filters.mathematics import guards
from filters.mathematics.cursor import Cursor
from filters.mathematics.guards import Refused
from filters.mathematics.tokens import Token
from filters.mathematics.tree import Call, Node, Num
from filters.mathematics.vocabulary import BASES

BASE = re.compile(r"\(?(?:in )?base[ -](\w+)\)?", re.ASCII)
HEXADECIMAL = set("0123456789ABCDEFabcdef")


class Numerals(Cursor):
    """Reads numbers."""

    def number(self, token: Token) -> Num:
        text, _, power = token.text.partition("e")
        before, _, after = text.partition(".")
        if len(text) > guards.MOST_DIGITS or (power and abs(int(power)) > guards.MOST_DIGITS):
            raise Refused("too_large", f"a number of more than {guards.MOST_DIGITS} digits")
        shift = len(after) - int(power or 0)
        value = int(before + after) * (Fraction(1, 10**shift) if shift >= 0 else Fraction(10**-shift))
        return Num(Fraction(value), shift if after or power else -1)

    def numeral(self, token: Token) -> Node:
        """A number as written: repeating decimals and the base below it included."""
        if self.sees("cmd", "overline", "bar", "dot", "overbar") and "." in token.text + self.tokens[self.at - 1].text:
            return self.repeating(token.text)
        if (
            "." not in token.text
            and self.sees("sym", ".")
            and self.tokens[self.at + 1].text in ("overline", "bar", "dot")
        ):
            self.take()
            return self.repeating(token.text + ".")
        if self.sees("sym", "_"):
            return self.based(token.text)
        if self.sees("sym", "."):
            self.refuse()
        if token.text[0] == "0" and token.text.isdigit() and len(token.text) > 1 and len(self.tokens) > 5:
            self.refuse("zeros in front of a number")  # what is left of 1,000 in a list
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
        if not run.isdigit() or not (before + after).isdigit() or len(start) + len(run) > 100 or self.sees("num"):
            self.refuse()
        fixed = Fraction(int((before or "0") + after), 10 ** len(after))
        return Num(fixed + Fraction(int(run), (10 ** len(run) - 1) * 10 ** len(after)))

    def figures(self, at: int) -> tuple[str, int]:
        """(figures, number of tokens) of a number in base 16 or so that begins at a token: ``1A`` of ``1A_{16}``.

        No tokens where there is no such number.
        """
        run, count = "", 0
        while True:
            token = self.tokens[at + count]
            letters = token.kind in ("word", "text") and token.text.isalnum() and not set(token.text) - HEXADECIMAL
            digits = token.kind == "num" and not set(token.text) - HEXADECIMAL  # 88E4 was taken for a power of ten
            if not (letters or digits) or (count and token.spaced):
                break
            run, count = run + token.text, count + 1
        # One letter with a number below it is a variable.
        return (run, count) if len(run) > 1 or run.isdigit() else ("", 0)

    def base_ahead(self, at: int) -> tuple[int, int]:
        """(base, number of tokens) of what stands at a token: ``_2``, ``_{16}``, ``_{\\text{two}}``, ``base 2``.

        No tokens where there is none.
        """
        token = self.tokens[at]
        if token.kind == "text" and (told := BASE.fullmatch(token.text)):
            return base_of(told[1]), 1
        if token.kind in ("word", "text") and token.text == "base":
            return base_of(self.tokens[at + 1].text), 2
        if token.text != "_":
            return 0, 0
        end, closing = at + 1, []
        while self.tokens[end].text in ("{", "("):
            closing.append({"{": "}", "(": ")"}[self.tokens[end].text])
            end += 1
        if self.tokens[end].text == "base":
            end += 1
        base = base_of(self.tokens[end].text.removeprefix("base").strip())
        for mark in reversed(closing):
            end += 1
            if self.tokens[end].text != mark:
                return 0, 0
        return (base, end + 1 - at) if base else (0, 0)

    def based(self, figures: str) -> Node:
        """``101_2`` or ``1A_{16}``: the base that stands next."""
        base, count = self.base_ahead(self.at)
        self.at += count
        if not 2 <= base <= 36 or len(figures) > 200 or "." in figures:
            self.refuse("that is no base")
        try:
            return Num(Fraction(int(figures, base)))
        except ValueError:
            self.refuse(f"{figures[:40]} has digits that base {base} lacks")

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


def base_of(text: str) -> int:
    """A base in digits or words; 0 for none."""
    return int(text) if text.isdigit() and text.isascii() and len(text) < 3 else BASES.get(text.lower(), 0)
