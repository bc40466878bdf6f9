"""How exact numbers are written, in many ways; and numbers that are nearly the same."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from fractions import Fraction

NAMES = ("frac", "dfrac", "tfrac")
FREE = (2, 3, 5, 6, 7, 10, 11, 13)
"""Numbers without square factors."""


@dataclass(frozen=True)
class Root:
    """a + b√c exactly, b not 0 and c free of squares, so that equal ones are written alike."""

    a: Fraction
    b: Fraction
    c: int

    def __add__(self, other: Fraction | int) -> Root:
        return Root(self.a + other, self.b, self.c)

    __radd__ = __add__

    def __sub__(self, other: Fraction | int) -> Root:
        return self + -other

    def __neg__(self) -> Root:
        return Root(-self.a, -self.b, self.c)

    def __mul__(self, times: Fraction | int) -> Root:
        return Root(self.a * times, self.b * times, self.c)

    __rmul__ = __mul__

    def __float__(self) -> float:
        return float(self.a) + float(self.b) * math.sqrt(self.c)


Number = Fraction | Root


def latex(value: Number | int) -> str:
    """The way a reference answer is written: ``-\\frac{3}{4}``, ``5``, ``1-\\sqrt{2}``."""
    if isinstance(value, Root):
        front = latex(value.a) if value.a else ""
        size = abs(value.b)
        root = ("" if size.numerator == 1 else str(size.numerator)) + rf"\sqrt{{{value.c}}}"
        root = root if size.denominator == 1 else rf"\frac{{{root}}}{{{size.denominator}}}"
        return front + ("-" if value.b < 0 else "+" if front else "") + root
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def decimal(value: Fraction) -> str | None:
    """All its decimals; None when they never end or there are more than nine."""
    scaled = value * 10**9
    if scaled.denominator != 1:
        return None
    digits = f"{abs(scaled.numerator):010d}"
    text = f"{digits[:-9]}.{digits[-9:]}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text


def root_forms(value: Root) -> dict[str, str]:
    front, sign, size = latex(value.a) if value.a else "", "-" if value.b < 0 else "+", abs(value.b)
    join = front + (sign if front or sign == "-" else "")
    written = {latex(value): "as it is", latex(value).replace(r"\sqrt{", r"\sqrt {"): "spaces"}
    written[rf"{join}{latex(size)} \cdot \sqrt{{{value.c}}}"] = "times"
    written[rf"{join}{latex(size)} \cdot {value.c}^{{1/2}}"] = "power"
    written[rf"{join}\frac{{{size.numerator * value.c}}}{{{size.denominator}\sqrt{{{value.c}}}}}"] = "root below"
    if size.denominator == 1:
        written[rf"{join}\sqrt{{{size.numerator**2 * value.c}}}"] = "taken in"
        written[f"{join}{size if size != 1 else ''}√{value.c}"] = "unicode"
    if front and sign == "+":
        written[f"{latex(Root(Fraction(0), value.b, value.c))}{'' if value.a < 0 else '+'}{front}"] = "root first"
    return written


def forms(dice: random.Random, value: Number | int) -> dict[str, str]:
    """form -> how: other ways to write the same number, none of which needs a comma."""
    if isinstance(value, Root):
        return root_forms(value)
    value = Fraction(value)
    top, bottom = abs(value.numerator), value.denominator
    sign = "-" if value < 0 else ""
    times = dice.randint(2, 9)
    written = {latex(value): "as it is"}
    if sign:
        written["−" + latex(-value)] = "unicode minus"
    if bottom == 1:
        written[f"{sign}{top}.0"] = "trailing zero"
        written[rf"{sign}\frac{{{top * times}}}{{{times}}}"] = "unreduced"
        return written
    for name in NAMES:
        written[rf"{sign}\{name}{{{top}}}{{{bottom}}}"] = name
    written[f"{sign}{top}/{bottom}"] = "slash"
    written[rf"{sign}\frac{{{top * times}}}{{{bottom * times}}}"] = "unreduced"
    if sign:
        written[rf"\frac{{-{top}}}{{{bottom}}}"] = "sign on top"
    if top < 10 and bottom < 10:
        written[rf"{sign}\frac{top}{bottom}"] = "frac without braces"
        written[rf"{sign}\frac{{{top}}}{bottom}"] = "frac with half its braces"
    digits = decimal(value)
    if digits is not None:
        written[digits] = "decimal"
        written[digits + "0"] = "decimal with a zero"
    return written


def another(dice: random.Random, value: Number | int) -> str:
    """One of those ways."""
    return dice.choice(sorted(forms(dice, value)))


def near(dice: random.Random, value: Number | int) -> Number:
    """A number that is not this one, but that a slip would make of it."""
    if isinstance(value, Root):
        other = dice.choice([free for free in FREE if free != value.c])
        slips = [-value, value + 1, value * 2, Root(value.a, -value.b, value.c), Root(value.a, value.b, other)]
        return dice.choice([slip for slip in slips if slip != value])
    value = Fraction(value)
    slips = [value + 1, value - 1, -value, value * 10, value / 10, value + Fraction(1, 100)]
    if value.denominator > 1:
        slips += [
            Fraction(value.numerator + 1, value.denominator),
            Fraction(value.numerator, value.denominator + 1),
            1 / value,
        ]
    return dice.choice([slip for slip in slips if slip != value])


def swapped(dice: random.Random, digits: str) -> str:
    """Two neighbouring digits exchanged; the text itself when it has no two different ones."""
    places = [at for at in range(len(digits) - 1) if digits[at] != digits[at + 1]]
    if not places:
        return digits
    at = dice.choice(places)
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]


def rational(dice: random.Random, largest: int = 40) -> Fraction:
    """A fraction that is no integer."""
    while True:
        value = Fraction(dice.randint(-largest, largest), dice.randint(2, largest))
        if value.denominator > 1:
            return value


def element(dice: random.Random) -> Number:
    """What stands in sets, tuples and matrices: an integer, now and then a fraction or a root."""
    sort = dice.random()
    if sort < 0.65:
        return Fraction(dice.randint(-20, 20))
    part = Fraction(dice.choice([-1, 1]) * dice.randint(1, 11), dice.randint(2, 8))
    if sort < 0.85:
        return part
    front = dice.choice([0, 0, dice.randint(-9, 9)])
    return Root(Fraction(front), dice.choice([part, Fraction(dice.randint(1, 4))]), dice.choice(FREE))
