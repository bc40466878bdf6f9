"""Arithmetic with quotients of polynomials, reduced by the relations that hold between their generators."""

from __future__ import annotations

from fractions import Fraction

from filters.mathematics.exact import Undefined
from filters.mathematics.polynomials import (
    COSINES,
    EXP1,
    LARGEST_POWER,
    MOST_BITS,
    ONE,
    TURN,
    UNIT,
    ZERO,
    Element,
    GiveUp,
    Mono,
    Poly,
    add,
    added,
)

MOST_TERMS = 300
MOST_WORK = 60_000
"""Products of two terms in one comparison."""


class Ring:
    """What one comparison works in."""

    def __init__(self, most_work: int = MOST_WORK, variables_positive: bool = False) -> None:
        self.most_work = most_work
        self.variables_positive = variables_positive
        self.powers: dict[str, Mono] = {}
        """What the generators stand for that are exponentials: the exponent."""
        self.bases: dict[str, Element] = {}
        """What the generators stand for that are roots: the root's name -> what is under it."""
        self.logs: dict[str, Element] = {}
        """What the generators stand for that are logarithms."""
        self.work = 0

    def positive(self, mono: Mono) -> bool:
        """Whether a monomial is surely a positive real number."""
        for one, _ in mono:
            if one == "pi" or one.isdigit() or one == EXP1:
                continue
            if not self.variables_positive:
                return False
            real = one in self.powers and all(part.startswith("v:") or part.isdigit() for part, _ in self.powers[one])
            if not (real or one.startswith("v:")):
                return False
        return True

    def plus(self, one: Element, other: Element) -> Element:
        if one.bottom == other.bottom:
            return self.element(added(one.top, other.top), one.bottom)
        top = added(self.product(one.top, other.bottom), self.product(other.top, one.bottom))
        return self.element(top, self.product(one.bottom, other.bottom))

    def minus(self, one: Element, other: Element) -> Element:
        return self.plus(one, Element({mono: -factor for mono, factor in other.top.items()}, other.bottom))

    def times(self, one: Element, other: Element) -> Element:
        return self.element(self.product(one.top, other.top), self.product(one.bottom, other.bottom))

    def over(self, one: Element, other: Element) -> Element:
        if not other.top:
            raise Undefined("a division by zero")
        return self.element(self.product(one.top, other.bottom), self.product(one.bottom, other.top))

    def element(self, top: Poly, bottom: Poly) -> Element:
        """A quotient, with a denominator of one term divided out."""
        if not bottom:
            raise Undefined("a division by zero")
        if len(bottom) > 1 or not top:
            return Element(top, bottom if top else None)
        ((mono, factor),) = bottom.items()
        if not mono and factor == 1:
            return Element(top)
        inverse: list[tuple[str, Fraction]] = []
        roots: list[tuple[str, Fraction]] = []
        for generator, exponent in mono:
            (roots if generator in self.bases else inverse).append((generator, -exponent))
        if inverse or factor != 1:
            scaled: Poly = {}
            for one, of_one in top.items():
                self.merge(scaled, one, tuple(inverse), of_one / factor)
            top = scaled
        if not roots:
            return Element(top)
        below: Poly = {UNIT: ONE}
        for generator, exponent in roots:  # 1/g^r is g^(1-r)/base
            if exponent <= -1:
                raise GiveUp("a root that was not reduced")
            top = self.product(top, {((generator, 1 + exponent),): ONE})
            base = self.bases[generator]
            if not base.whole:
                raise GiveUp("a root of a quotient")
            below = self.product(below, base.top)
        if len(below) == 1 and not any(one in self.bases for one, _ in next(iter(below))):
            return self.element(top, below)
        return Element(top, below)

    def product(self, one: Poly, other: Poly) -> Poly:
        result: Poly = {}
        self.work += len(one) * len(other)
        if self.work > self.most_work:
            raise GiveUp("too much work")
        for mono, factor in one.items():
            for mono2, factor2 in other.items():
                coefficient = factor * factor2
                if not mono:
                    add(result, mono2, coefficient)
                elif not mono2:
                    add(result, mono, coefficient)
                else:
                    self.merge(result, mono, mono2, coefficient)
        if len(result) > MOST_TERMS:
            raise GiveUp("too many terms")
        for factor in result.values():
            if factor.numerator.bit_length() + factor.denominator.bit_length() > MOST_BITS:
                raise GiveUp("a coefficient is too large")
            break
        return result

    def merge(self, result: Poly, mono: Mono, mono2: Mono, coefficient: Fraction) -> None:
        """Add the product of two monomials, reduced by the relations, to a result."""
        powers = dict(mono)
        for generator, exponent in mono2:
            powers[generator] = powers.get(generator, ZERO) + exponent
        extra: list[Poly] = []
        for generator, exponent in list(powers.items()):
            if not exponent:
                del powers[generator]
            elif generator == "i":
                turns = exponent.numerator % 4
                coefficient = -coefficient if turns >= 2 else coefficient
                if turns % 2:
                    powers[generator] = ONE
                else:
                    del powers[generator]
            elif generator.isdigit():
                whole, part = divmod(exponent, 1)
                if whole:
                    coefficient *= Fraction(int(generator)) ** int(whole)
                    if part:
                        powers[generator] = part
                    else:
                        del powers[generator]
            elif generator == TURN:
                del powers[generator]
                extra.append(self.turn(exponent))
            elif generator in self.bases and exponent >= 1:
                whole, part = divmod(exponent, 1)
                base = self.bases[generator]
                if not base.whole or whole > LARGEST_POWER:
                    raise GiveUp("a root of a quotient")
                if part:
                    powers[generator] = part
                else:
                    del powers[generator]
                extra.extend([base.top] * int(whole))
        reduced: Poly = {tuple(sorted(powers.items())): coefficient}
        for poly in extra:
            reduced = self.product(reduced, poly)
        for key, value in reduced.items():
            add(result, key, value)

    def turn(self, exponent: Fraction) -> Poly:
        """exp(i pi q) for a rational q: exact where q is a multiple of 1/12, else a generator with q in [0, 1)."""
        exponent %= 2
        sign = ONE
        if exponent >= 1:
            exponent, sign = exponent - 1, -ONE
        if exponent == 0:
            return {UNIT: sign}
        if (exponent * 12).denominator != 1:
            return {((TURN, exponent),): sign}
        steps = int(exponent * 12)
        cosine, sine = COSINES[steps], COSINES[abs(6 - steps)] if steps <= 6 else COSINES[steps - 6]
        result: Poly = {}
        for mono, factor in cosine.items():
            add(result, mono, factor * sign)
        for mono, factor in sine.items():
            add(result, tuple(sorted((*mono, ("i", ONE)))), factor * sign)
        return result
