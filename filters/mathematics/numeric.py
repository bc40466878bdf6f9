"""Values by evaluation: in double precision to see a clear difference, in high precision to see none.

Variables are real and stand for the same points on both sides, drawn once and for all from their names. A power with
an odd root of a negative real number is the real one, as school has it; everything else takes principal values.
"""

from __future__ import annotations

import cmath
import math
import random
from fractions import Fraction
from functools import lru_cache
from typing import Any

from filters.mathematics.evaluation import evaluate
from filters.mathematics.fields import Floats, Precise, context
from filters.mathematics.tree import UNKNOWN_BASE, Call, Name, Node, has, nodes

POINTS = 5
DIGITS = 40
"""Precision of the first of two evaluations; the second has twice as many, so that the first shows its error."""
WIDEST = 8_000
"""Binary exponents an intermediate value may have for digits to be kept that far down."""
LARGE = 1e12
WHOLE = " counts"
"""Put behind the name of a variable that stands in a factorial: its points are whole numbers."""


@lru_cache(4096)
def point(name: str, number: int) -> Fraction:
    """The value of a variable at a point: between 1/5 and 3 in size; positive at the first, negative at the second."""
    if name.endswith(WHOLE):
        return Fraction(3 + number + len(name) % 3)
    dice = random.Random(f"{name}/{number}")
    value = Fraction(dice.randrange(200_003, 3_000_017), 1_000_003)
    if name == UNKNOWN_BASE or number in (0, 3):
        return value
    return -value if number == 1 or dice.random() < 0.5 else value


FAILURES = (ArithmeticError, ValueError, KeyError, AttributeError, TypeError, RecursionError)


def roughly(node: Node, names: tuple[str, ...], number: int) -> tuple[complex, float] | None:
    """(value, error to allow for) at a point in double precision; None where that does not work out."""
    field = Floats()
    try:
        at = {name.removesuffix(WHOLE): complex(float(point(name, number))) for name in names}
        value = complex(evaluate(node, at, field))
    except FAILURES:
        return None
    if not cmath.isfinite(value) or field.largest > LARGE:
        return None
    return value, 1e-9 * field.largest


def differ(one: Node, other: Node, names: tuple[str, ...]) -> bool:
    """Whether double precision already shows that two values are not the same."""
    both = Call("+", (one, other))
    names = counting(both, names)
    real = bool(names) and not has(both, "i")
    for number in range(3 if names else 1):
        first, second = roughly(one, names, number), roughly(other, names, number)
        if first is None or second is None:
            continue
        if real and abs(first[0].imag) > first[1] and abs(second[0].imag) > second[1]:
            continue  # outside the domain of both
        gap = abs(first[0] - second[0])
        if gap > first[1] + second[1] and gap > 1e-7 * max(abs(first[0]), abs(second[0])):
            return True
    return False


def precisely(node: Node, names: tuple[str, ...], number: int, digits: int) -> tuple[Any, Any] | None:
    """(value, error) at a point: the error is what half the digits got wrong. None where the value is undefined."""
    values = []
    for precision in (digits, 2 * digits):
        value = at_point(node, names, number, Precise(precision))
        if value is None:
            return None
        values.append(value)
    finer = context(2 * digits)
    try:
        value, rough = finer.mpmathify(values[1]), finer.mpmathify(values[0])
        error = abs(value - rough) + abs(value) * finer.mpf(10) ** -digits
        return (value, error) if finer.isfinite(value) and finer.isfinite(rough) else None
    except FAILURES:
        return None


def at_point(node: Node, names: tuple[str, ...], number: int, field: Precise) -> Any | None:
    try:
        return evaluate(node, {name.removesuffix(WHOLE): field.number(point(name, number)) for name in names}, field)
    except FAILURES:
        return None


def counting(one: Node, names: tuple[str, ...]) -> tuple[str, ...]:
    """The variables, those marked that stand for whole numbers because a factorial is taken of them."""
    counted = {
        inner.name
        for call in nodes(one)
        if isinstance(call, Call) and call.head in ("!", "binom")
        for inner in nodes(call)
        if isinstance(inner, Name)
    }
    return tuple(name + WHOLE if name in counted else name for name in names)


def agree(one: Node, other: Node, names: tuple[str, ...], points: int = POINTS) -> bool | None:
    """Whether two values are the same to high precision, at several points where there are variables.

    Where neither side is real the point lies outside both domains and says nothing, unless i is written out or there
    are no other points. None where too few points have a value on both sides. One side alone undefined is a difference.
    """
    both = Call("+", (one, other))
    names = counting(both, names)
    real = bool(names) and not has(both, "i")
    needed = 2 if names else 1
    inside: list[bool] = []
    outside: list[bool] = []
    for number in range(POINTS if names else 1):
        if number >= points and len(inside) >= needed:
            break
        # What is tiny or huge on the way takes as many digits more.
        scout = Precise(20)
        at_point(one, names, number, scout), at_point(other, names, number, scout)
        digits = DIGITS + (20 * (scout.span // 60) + 20 if 20 < scout.span <= WIDEST else 0)
        first, second = precisely(one, names, number, digits), precisely(other, names, number, digits)
        if first is None and second is None:
            continue
        if first is None or second is None:
            return None if not names else False
        close = context(2 * digits).mpf(abs(first[0] - second[0])) <= 100 * (first[1] + second[1])
        if real and not is_real(first) and not is_real(second):
            outside.append(bool(close))
        elif not close:
            return False
        elif scout.span <= WIDEST:
            inside.append(True)
    if len(inside) >= needed:
        return True
    return all(outside) if len(outside) >= needed and not inside else None


def is_real(found: tuple[Any, Any]) -> bool:
    value, error = found
    return not hasattr(value, "_mpc_") or abs(value.imag) <= 100 * error


def real_value(node: Node, digits: int = 60) -> Any | None:
    """The value of a tree without variables as an mpmath real; None where it is none."""
    found = precisely(node, (), 0, digits)
    if found is None:
        return None
    value, error = found
    if hasattr(value, "_mpc_"):
        return value.real if abs(value.imag) <= 100 * error else None
    return value


def as_float(node: Node) -> float | None:
    """The value of a real constant in double precision, infinity included."""
    if isinstance(node, Call) and node.head == "oo":
        return math.inf
    if isinstance(node, Call) and node.head == "neg" and node.args[0] == Call("oo"):
        return -math.inf
    found = roughly(node, (), 0)
    return None if found is None or abs(found[0].imag) > found[1] else found[0].real


def fraction(value: Fraction | None, digits: int = 120) -> Any:
    """A rational number as an mpmath real; None counts as zero."""
    return context(digits).mpf(value.numerator) / value.denominator if value is not None else context(digits).mpf(0)
