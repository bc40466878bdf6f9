"""A fraction in lowest terms."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

PLAIN = re.compile(r"(-?\d{1,30})\s*(?:/\s*(\d{1,30}))?", re.ASCII)
LATEX = re.compile(r"(-?)\\[dt]?frac\s*\{\s*(-?\d{1,30})\s*\}\s*\{\s*(\d{1,30})\s*\}", re.ASCII)


@verifier("fraction", reasons=("not_a_fraction", "division_by_zero", "wrong_value", "not_lowest"))
def fraction(answer: str, key: Key) -> Finding:
    keys = [parse(text) for text in key.answers]
    wanted = {Fraction(*parts) for parts in keys if parts and parts[1]}
    if not keys or not all(parts and parts[1] for parts in keys):
        raise UnusableKey(f"a fraction was expected, found {key.answers}")
    found = parse(answer)
    if found is None:
        return Finding.fail("not_a_fraction", says=f"{answer[:60]} is not a fraction", tier="exact")
    top, bottom = found
    said = f"{top}/{bottom}"
    if bottom == 0:
        return Finding.fail("division_by_zero", says=f"{said} divides by zero", answer=said, tier="exact")
    if Fraction(top, bottom) not in wanted:
        known = "numerator" in key.spec and "denominator" in key.spec
        given = f"{key.spec['numerator']}/{key.spec['denominator']}" if known else "the fraction asked for"
        return Finding.fail("wrong_value", says=f"{said} is not equal to {given}", answer=said, tier="exact")
    shared = math.gcd(top, bottom)
    if shared != 1:
        return Finding.fail("not_lowest", says=f"{said} can still be divided by {shared}", answer=said, tier="exact")
    return Finding.passed(answer=said, tier="exact")


def parse(text: str) -> tuple[int, int] | None:
    """Numerator and denominator of ``3/4``, ``3`` or ``\\frac{3}{4}``; None for anything else."""
    text = text.strip().strip("$").strip().replace("−", "-")
    text = text.removeprefix("\\(").removesuffix("\\)").strip()
    if match := PLAIN.fullmatch(text):
        return int(match[1]), int(match[2] or 1)
    if match := LATEX.fullmatch(text):
        return (-1 if match[1] else 1) * int(match[2]), int(match[3])
    return None
