"""Rational values in exact arithmetic, with caps on their size."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from filters.mathematics.tree import Name, Node, Num

MOST_BITS = 40_000
"""Of a numerator or denominator: about 12,000 digits, the size of 3000!."""


class Undefined(ArithmeticError):
    """The value does not exist: a division by zero, a logarithm of zero."""


def rational(node: Node) -> Fraction | None:
    """The value of a tree without variables where every step stays rational and within the cap; else None.

    Raises Undefined for a division by zero.
    """
    if isinstance(node, Num):
        return node.value
    if isinstance(node, Name) or not node.args:
        return None
    head = node.head
    if head == "^":
        return powered(node.args[0], node.args[1])
    values = []
    for one in node.args:
        value = rational(one)
        if value is None:
            return None
        values.append(value)
    if head == "+":
        return capped(sum(values, Fraction(0)))
    if head == "neg":
        return -values[0]
    if head == "*":
        return capped(values[0] * values[1])
    if head == "/":
        if not values[1]:
            raise Undefined("a division by zero")
        return capped(values[0] / values[1])
    function = FUNCTIONS.get(head)
    return capped(function(*values)) if function else None


def capped(value: Fraction | None) -> Fraction | None:
    if value is None:
        return None
    return value if max(value.numerator.bit_length(), value.denominator.bit_length()) <= MOST_BITS else None


def powered(base: Node, exponent: Node) -> Fraction | None:
    power, value = rational(exponent), rational(base)
    if power is None or value is None:
        return None
    if value == 0:
        if power <= 0:
            raise Undefined("zero to a power that is not positive")
        return Fraction(0)
    if power.denominator != 1:
        root = rooted(value, power.denominator) if power.denominator <= 64 else None
        if root is None:
            return None
        value, power = root, Fraction(power.numerator)
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if bits > 1 and bits * abs(power.numerator) > MOST_BITS:
        return Fraction(1) if value == 1 else Fraction((-1) ** (power.numerator % 2)) if value == -1 else None
    return value**power.numerator


def rooted(value: Fraction, degree: int) -> Fraction | None:
    """The exact root, if it is rational; the real one of a negative number where the degree is odd."""
    if value < 0:
        if degree % 2 == 0:
            return None
        below = rooted(-value, degree)
        return None if below is None else -below
    above, below_ = root_of(value.numerator, degree), root_of(value.denominator, degree)
    return None if above is None or below_ is None else Fraction(above, below_)


def root_of(number: int, degree: int) -> int | None:
    """The whole root of a whole number that is not negative; None where there is none."""
    if number < 2:
        return number
    if degree == 2:
        root = math.isqrt(number)
    else:
        low, high = 1, 1 << (number.bit_length() // degree + 1)
        while low < high:  # the largest whose power does not exceed the number
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= number else (low, middle - 1)
        root = low
    return root if root**degree == number else None


def factorial(value: Fraction) -> Fraction | None:
    if value.denominator != 1 or not 0 <= value <= 3000:
        return None
    return Fraction(math.factorial(value.numerator))


def choose(*values: Fraction) -> Fraction | None:
    if len(values) != 2 or any(value.denominator != 1 or not 0 <= value <= 10_000 for value in values):
        return None
    return capped(Fraction(math.comb(values[0].numerator, values[1].numerator)))


def divisor(*values: Fraction) -> Fraction | None:
    return Fraction(math.gcd(*map(int, values))) if all(value.denominator == 1 for value in values) else None


def multiple(*values: Fraction) -> Fraction | None:
    return Fraction(math.lcm(*map(int, values))) if all(value.denominator == 1 for value in values) else None


FUNCTIONS: dict[str, Callable[..., Fraction | None]] = {
    "abs": abs,
    "!": factorial,
    "binom": choose,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "sgn": lambda value: Fraction((value > 0) - (value < 0)),
    "max": lambda *values: max(values),
    "min": lambda *values: min(values),
    "gcd": divisor,
    "lcm": multiple,
}
