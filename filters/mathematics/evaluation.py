"""The value of a tree at a point, in either kind of numbers (see fields)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from filters.mathematics.exact import Undefined, rational
from filters.mathematics.fields import Precise
from filters.mathematics.tree import E, Name, Node, Num

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
    if base == E:
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
