"""Polynomials with rational coefficients over named generators, and quotients of two of them."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from filters.mathematics.exact import root_of

LARGEST_PRIME = 5_000
LARGEST_POWER = 60
"""Of a sum, as in (x+1)^60."""
MOST_BITS = 6_000
Mono = tuple[tuple[str, Fraction], ...]
Poly = dict[Mono, Fraction]
ZERO, ONE = Fraction(0), Fraction(1)
UNIT: Mono = ()
HALF = Fraction(1, 2)
IPI: Mono = (("i", ONE), ("pi", ONE))
TURN = "exp[i*pi]"
EXP1 = "exp[1]"


class GiveUp(ArithmeticError):
    """Too large, or outside what this can do."""


class Element:
    """A quotient of two polynomials."""

    __slots__ = ("bottom", "top")

    def __init__(self, top: Poly, bottom: Poly | None = None) -> None:
        self.top = top
        self.bottom = bottom if bottom is not None else {UNIT: ONE}

    @property
    def whole(self) -> bool:
        """Whether the denominator is 1."""
        return len(self.bottom) == 1 and self.bottom.get(UNIT) == 1

    def rational(self) -> Fraction | None:
        if not self.top:
            return ZERO
        if self.whole and len(self.top) == 1:
            return self.top.get(UNIT)
        return None

    def monomial(self) -> tuple[Mono, Fraction] | None:
        if self.whole and len(self.top) == 1:
            return next(iter(self.top.items()))
        return None


def conjugate(poly: Poly) -> Poly:
    """The complex conjugate of a constant. Raises GiveUp where a generator may be complex itself."""
    result: Poly = {}
    for mono, factor in poly.items():
        powers = dict(mono)
        if not all(one == "i" or one == "pi" or one.isdigit() or one == EXP1 for one in powers):
            raise GiveUp("the size of a complex number")
        result[mono] = -factor if powers.get("i") == 1 else factor
    return result


def generator(name: str, exponent: Fraction = ONE) -> Element:
    return Element({((name, exponent),): ONE} if exponent else {UNIT: ONE})


def add(poly: Poly, mono: Mono, factor: Fraction) -> None:
    total = poly.get(mono, ZERO) + factor
    if total:
        poly[mono] = total
    else:
        poly.pop(mono, None)


def added(one: Poly, other: Poly) -> Poly:
    result = dict(one)
    for mono, factor in other.items():
        add(result, mono, factor)
    return result


def spelled(poly: Poly) -> str:
    """The same text only for equal polynomials."""
    if not poly:
        return "0"
    terms = []
    for mono, factor in sorted(poly.items()):
        parts = [str(factor)] if factor != 1 or not mono else []
        parts += [named(one) if exponent == 1 else f"{named(one)}^({exponent})" for one, exponent in mono]
        terms.append("*".join(parts))
    return " + ".join(terms)


def named(one: str) -> str:
    return one[2:] if one.startswith("v:") else one


def divided_content(poly: Poly) -> tuple[Fraction, Poly]:
    """A polynomial as a positive rational number times one with whole coefficients without a common factor."""
    below = lcm(*(factor.denominator for factor in poly.values()))
    above = gcd(*(factor.numerator * (below // factor.denominator) for factor in poly.values()))
    content = Fraction(above, below)
    return content, {mono: factor / content for mono, factor in poly.items()}


def factors(value: Fraction) -> list[tuple[int, int]]:
    """Primes and exponents of a positive rational number; what trial division does not reach raises GiveUp."""
    found: dict[int, int] = {}
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        if number.bit_length() > MOST_BITS:
            raise GiveUp("a number is too large to factor")
        divisor = 2
        while number > 1 and divisor <= LARGEST_PRIME and divisor * divisor <= number:
            while number % divisor == 0:
                found[divisor] = found.get(divisor, 0) + sign
                number //= divisor
            divisor += 1 if divisor == 2 else 2
        if number > 1:
            if divisor * divisor <= number:
                root = root_of(number, 2)
                if root is None or root > LARGEST_PRIME**2:
                    raise GiveUp("a number is too large to factor")
                found[root] = found.get(root, 0) + 2 * sign
            else:
                found[number] = found.get(number, 0) + sign
    return sorted(found.items())


def surd(*terms: tuple[Fraction | int, int]) -> Poly:
    """A sum of rational multiples of square roots of 2, 3 and 6."""
    result: Poly = {}
    for factor, under in terms:
        mono = tuple((str(prime), HALF) for prime in (2, 3) if under % prime == 0)
        result[mono] = Fraction(factor)
    return result


QUARTER = Fraction(1, 4)
COSINES = {
    0: surd((1, 1)),
    1: surd((QUARTER, 6), (QUARTER, 2)),
    2: surd((HALF, 3)),
    3: surd((HALF, 2)),
    4: surd((HALF, 1)),
    5: surd((QUARTER, 6), (-QUARTER, 2)),
    6: {},
    7: surd((-QUARTER, 6), (QUARTER, 2)),
    8: surd((-HALF, 1)),
    9: surd((-HALF, 2)),
    10: surd((-HALF, 3)),
    11: surd((-QUARTER, 6), (-QUARTER, 2)),
}
"""cos(k pi / 12)."""
