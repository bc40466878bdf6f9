"""What an expression of plain numbers comes to: exact fractions, parsed by hand with caps on length and size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

DIGITS = 40
"""The longest number that is read."""
BITS = 256
"""The largest base of a power, in binary digits."""

SIGNS = {"×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "\\times": "*", "\\cdot": "*", "\\div": "/"}


class Token(NamedTuple):
    """A piece of a text: ``kind`` is number, power, sign, open or close, or what an expression is not made of."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Value:
    """A number, or where decimals were rounded all that it may be: from low to high."""

    low: Fraction
    high: Fraction
    nearest: Fraction
    """Its decimals taken at their word."""

    def joined(self, sign: str, other: Value) -> Value:
        """Raises Unreadable for a division by what may be zero."""
        if sign == "+":
            return Value(self.low + other.low, self.high + other.high, self.nearest + other.nearest)
        if sign == "-":
            return Value(self.low - other.high, self.high - other.low, self.nearest - other.nearest)
        if sign == "/":
            if other.low <= 0 <= other.high:
                raise Unreadable
            other = Value(1 / other.high, 1 / other.low, 1 / other.nearest)
        ends = [one * two for one in (self.low, self.high) for two in (other.low, other.high)]
        return Value(min(ends), max(ends), self.nearest * other.nearest)


class Unreadable(Exception):
    """No expression, or one that two people would read in two ways."""


def value(tokens: list[Token]) -> Value | None:
    """What an expression comes to; None for one that is none."""
    reader = Reader(tokens)
    try:
        found = reader.sum()
    except Unreadable:
        return None
    return found if reader.at == len(tokens) else None


class Reader:
    """Products before sums, from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def next_is(self, kind: str, signs: str = "") -> str | None:
        """The next token, if it is of this kind (and one of these signs): taken."""
        if self.at == len(self.tokens) or self.tokens[self.at].kind != kind:
            return None
        text = self.tokens[self.at].text
        text = SIGNS.get(text, text)
        if signs and text not in signs:
            return None
        self.at += 1
        return text

    def sum(self) -> Value:
        total = self.product()
        while sign := self.next_is("sign", "+-"):
            total = total.joined(sign, self.product())
        return total

    def product(self) -> Value:
        total = self.signed()
        while sign := self.next_is("sign", "*/"):
            total = total.joined(sign, self.signed())
        return total

    def signed(self) -> Value:
        if not self.next_is("sign", "-"):
            return self.power()
        before = self.at
        if before > 1 and self.tokens[before - 2].text in ("+", "-"):  # 5 -- 3
            raise Unreadable
        found = self.power()
        if any(token.kind == "power" for token in self.tokens[before : self.at]):  # -2^2
            raise Unreadable
        return Value(-found.high, -found.low, -found.nearest)

    def power(self) -> Value:
        base = self.atom()
        raised = self.next_is("power")
        if raised is None:
            return base
        exponent = {"²": 2, "³": 3}.get(raised) or int(re.sub(r"\D", "", raised))
        if max(abs(base.nearest.numerator), base.nearest.denominator).bit_length() * exponent > BITS:
            raise Unreadable
        found = Value(Fraction(1), Fraction(1), Fraction(1))
        for _ in range(exponent):
            found = found.joined("*", base)
        return found

    def atom(self) -> Value:
        if self.next_is("open"):
            inside = self.sum()
            if not self.next_is("close"):
                raise Unreadable
            return inside
        text = self.next_is("number")
        if text is None:
            raise Unreadable
        return number(text)


def number(text: str) -> Value:
    """A number as it was written: a decimal may have been rounded or cut off at its last digit."""
    if len(text) > DIGITS:
        raise Unreadable
    if text.startswith("\\") and "frac" in text:
        top, bottom = re.findall(r"[0-9]+", text)
        if int(bottom) == 0:
            raise Unreadable
        exact = Fraction(int(top), int(bottom))
        return Value(exact, exact, exact)
    digits = re.sub(r"[^0-9.]", "", text)
    exact = Fraction(digits)
    _, point, decimals = digits.partition(".")
    reach = Fraction(1, 10 ** len(decimals)) if point else Fraction(0)
    return Value(exact - reach, exact + reach, exact)
