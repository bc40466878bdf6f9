"""The two kinds of numbers that trees are evaluated in: double precision, and as many digits as it takes."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from filters.mathematics.exact import Undefined


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
