"""How exact numbers are written, in many ways; and numbers that are nearly the same."""

from __future__ import annotations

import random
from fractions import Fraction

NAMES = ("frac", "dfrac", "tfrac")


def latex(value: Fraction | int) -> str:
    """The way a reference answer is written: ``-\\frac{3}{4}``, ``5``."""
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


def forms(dice: random.Random, value: Fraction | int) -> dict[str, str]:
    """form -> how: other ways to write the same number, none of which needs a comma."""
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


def another(dice: random.Random, value: Fraction | int) -> str:
    """One of those ways."""
    return dice.choice(sorted(forms(dice, value)))


def near(dice: random.Random, value: Fraction | int) -> Fraction:
    """A number that is not this one, but that a slip would make of it."""
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


def element(dice: random.Random) -> Fraction:
    """What stands in sets, tuples and matrices: an integer, now and then a fraction."""
    if dice.random() < 0.7:
        return Fraction(dice.randint(-20, 20))
    return Fraction(dice.choice([-1, 1]) * dice.randint(1, 11), dice.randint(2, 8))
