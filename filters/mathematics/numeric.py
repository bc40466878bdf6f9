"""Values by evaluation: in double precision to see a clear difference, in high precision to see none.

Variables are real and stand for the same points on both sides, drawn once and for all from their names. A power with
an odd root of a negative real number is the real one, as school has it; everything else takes principal values.
"""

from __future__ import annotations

import cmath
import math
import random
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from filters.mathematics.exact import Undefined, rational
from filters.mathematics.tree import UNKNOWN_BASE, Call, Name, Node, Num, nodes

POINTS = 4
DIGITS = 40
"""Precision of the first of two evaluations; the second has twice as many, so that the first shows its error."""
WIDEST = 40_000
"""Binary exponents an intermediate value may have for digits to be kept that far down."""
LARGE = 1e12


WHOLE = " counts"
"""Put behind the name of a variable that stands in a factorial: its points are whole numbers."""


@lru_cache(4096)
def point(name: str, number: int) -> Fraction:
    """The value of a variable at a point: between 1/5 and 3 in size, of either sign; the first point is positive."""
    if name.endswith(WHOLE):
        return Fraction(3 + number + len(name) % 3)
    dice = random.Random(f"{name}/{number}")
    value = Fraction(dice.randrange(200_003, 3_000_017), 1_000_003)
    return -value if name != UNKNOWN_BASE and number and dice.random() < 0.5 else value


class Floats:
    """Complex numbers in double precision, with the size of the largest intermediate value."""

    def __init__(self) -> None:
        self.largest = 1.0

    def number(self, value: Fraction) -> complex:
        return complex(value.numerator / value.denominator)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(cmath, name)
        return found

    def is_zero(self, value: complex) -> bool:
        return abs(value) < 1e-13 * min(self.largest, 1e10)

    def real(self, value: complex) -> float | None:
        return value.real if abs(value.imag) <= 1e-12 * (1 + abs(value)) else None

    def gamma(self, value: complex) -> complex:
        return complex(math.gamma(value.real)) if not value.imag else self.undefined()

    def floor(self, value: float) -> complex:
        if abs(value - round(value)) < 1e-9:
            raise Unclear
        return complex(math.floor(value))

    @staticmethod
    def undefined() -> complex:
        raise Undefined


class Unclear(ArithmeticError):
    """Too close to a jump to say in this precision."""


class Precise:
    """Real and complex numbers of mpmath, in a context of one's own."""

    def __init__(self, digits: int) -> None:
        self.context = context(digits)
        self.tiny = self.context.mpf(10) ** (-digits + 10)
        self.largest = 1.0
        self.span = 0
        """The largest binary exponent of an intermediate value, up or down."""

    def number(self, value: Fraction) -> Any:
        return self.context.mpf(value.numerator) / value.denominator

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self.context, name)
        return found

    def is_zero(self, value: Any) -> bool:
        return bool(abs(value) < self.tiny)

    def real(self, value: Any) -> Any:
        if not hasattr(value, "_mpc_"):
            return value
        return value.real if abs(value.imag) <= self.tiny * (1 + abs(value)) else None

    def floor(self, value: Any) -> Any:
        if abs(value - self.context.nint(value)) < self.tiny:
            raise Unclear
        return self.context.floor(value)

    @property
    def pi(self) -> Any:
        return +self.context.pi

    @property
    def e(self) -> Any:
        return +self.context.e


@lru_cache(64)
def context(digits: int) -> Any:
    import mpmath

    made = mpmath.MPContext()
    made.dps = digits
    return made


Field = Any
Point = dict[str, Any]


def evaluate(node: Node, at: Point, field: Field) -> Any:
    """The value of a tree at a point. Raises Undefined or another ArithmeticError, ValueError."""
    if isinstance(node, Num):
        return field.number(node.value)
    if isinstance(node, Name):
        return at[node.name]
    head, args = node.head, node.args
    if not args:
        if head == "pi":
            return field.pi
        if head == "e":
            return field.e
        if head == "i":
            return 1j
        raise Undefined(head)
    if head == "^":
        value = raised(args[0], args[1], at, field)
    elif head == "+":
        value = evaluate(args[0], at, field)
        for one in args[1:]:
            value = value + evaluate(one, at, field)
    elif head == "*":
        value = evaluate(args[0], at, field) * evaluate(args[1], at, field)
    elif head == "neg":
        return -evaluate(args[0], at, field)
    elif head == "/":
        below = evaluate(args[1], at, field)
        if field.is_zero(below):
            exact = rational(args[1])
            if not exact:
                raise Undefined
        value = evaluate(args[0], at, field) / below
    else:
        function = FUNCTIONS.get(head)
        if function is None:
            raise Undefined(head)
        value = function(field, *(evaluate(one, at, field) for one in args))
    if type(value) is complex:
        large = abs(value)
        if large > field.largest:
            field.largest = large
    elif type(field) is Precise and value:
        span = abs(field.context.mag(value))
        if span > field.span:
            field.span = span
    return value


def raised(base: Node, exponent: Node, at: Point, field: Field) -> Any:
    power = rational(exponent)
    if base == E_:
        return field.exp(evaluate(exponent, at, field))
    value = evaluate(base, at, field)
    if power is not None:
        if field.is_zero(value):
            if power <= 0 or rational(base) not in (None, 0):
                raise Undefined
            return value * 0
        if power.denominator == 1:
            return value**power.numerator
        if power == Fraction(1, 2):
            return field.sqrt(value)
        if power.denominator % 2:
            real = field.real(value)
            if real is not None and real < 0:
                size_ = field.exp(field.log(-real) * field.number(power))
                return -size_ if power.numerator % 2 else size_
        return field.exp(field.log(value) * field.number(power))
    if field.is_zero(value):
        raise Undefined
    return field.exp(field.log(value) * evaluate(exponent, at, field))


E_ = Call("e")


def nonzero(field: Field, value: Any) -> Any:
    if field.is_zero(value):
        raise Undefined
    return value


def on_reals(apply: Callable[..., Any]) -> Callable[..., Any]:
    def applied(field: Field, *values: Any) -> Any:
        real = [field.real(value) for value in values]
        if any(value is None for value in real):
            raise Undefined
        return apply(field, *real)

    return applied


def factorial(field: Field, value: Any) -> Any:
    real = field.real(value)
    if real is None or real <= -1:
        raise Undefined
    return field.gamma(value + 1)


def choose(field: Field, above: Any, below: Any) -> Any:
    return factorial(field, above) / (factorial(field, below) * factorial(field, above - below))


def quotient(above: str, below: str) -> Callable[..., Any]:
    def applied(field: Field, value: Any) -> Any:
        return getattr(field, above)(value) / nonzero(field, getattr(field, below)(value))

    return applied


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: (lambda field, value, name=name: getattr(field, name)(value)) for name in "sin cos sinh cosh tanh".split()
    },
    "tan": quotient("sin", "cos"),
    "cot": quotient("cos", "sin"),
    "sec": lambda field, value: 1 / nonzero(field, field.cos(value)),
    "csc": lambda field, value: 1 / nonzero(field, field.sin(value)),
    "ln": lambda field, value: field.log(nonzero(field, value)),
    "arcsin": lambda field, value: field.asin(value),
    "arccos": lambda field, value: field.acos(value),
    "arctan": lambda field, value: field.atan(value),
    "arccot": lambda field, value: field.pi / 2 - field.atan(value),
    "arcsec": lambda field, value: field.acos(1 / nonzero(field, value)),
    "arccsc": lambda field, value: field.asin(1 / nonzero(field, value)),
    "arcsinh": lambda field, value: field.asinh(value),
    "arccosh": lambda field, value: field.acosh(value),
    "arctanh": lambda field, value: field.atanh(value),
    "abs": lambda field, value: abs(value) + 0 * value,
    "floor": on_reals(lambda field, value: field.floor(value)),
    "ceil": on_reals(lambda field, value: -field.floor(-value)),
    "sgn": on_reals(lambda field, value: field.number(Fraction((value > 0) - (value < 0)))),
    "max": on_reals(lambda field, *values: max(values) + 0 * values[0]),
    "min": on_reals(lambda field, *values: min(values) + 0 * values[0]),
    "!": factorial,
    "binom": choose,
}
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
    if names:
        names = counting(Call("+", (one, other)), names)
    for number in range(2 if names else 1):
        first, second = roughly(one, names, number), roughly(other, names, number)
        if first is None or second is None:
            continue
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

    None where too few points have a value on both sides. One side alone undefined is a difference.
    """
    names = counting(Call("+", (one, other)), names)
    seen = 0
    for number in range(points if names else 1):
        # What is tiny or huge on the way takes as many digits more.
        scout = Precise(20)
        at_point(one, names, number, scout), at_point(other, names, number, scout)
        digits = DIGITS + (scout.span // 3 if scout.span <= WIDEST else 0)
        first, second = precisely(one, names, number, digits), precisely(other, names, number, digits)
        if first is None and second is None:
            continue
        if first is None or second is None:
            return None if not names else False
        if context(2 * digits).mpf(abs(first[0] - second[0])) > 100 * (first[1] + second[1]):
            return False
        seen += scout.span <= WIDEST
    return True if seen >= (2 if names else 1) else None


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
