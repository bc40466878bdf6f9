"""A linear equation in one unknown: the answer is put in, in exact arithmetic."""

from __future__ import annotations

import re
from fractions import Fraction

from filters.finding import Finding
from filters.verifiers.number import parse
from filters.verify import Key, UnusableKey, verifier

TERM = re.compile(r"\s*([+-]?)\s*(?:(\d{1,15})(?:\s*\*?\s*([a-z]))?|([a-z]))\s*(?=[+-]|$)", re.ASCII)
LONGEST = 200
"""Characters of an equation."""


@verifier("equation", reasons=("not_a_number", "wrong_value"))
def equation(answer: str, key: Key) -> Finding:
    text, name = key.spec.get("equation", ""), key.spec.get("variable", "")
    if not isinstance(text, str) or not isinstance(name, str) or len(text) > LONGEST:
        raise UnusableKey(f"an equation and its variable were expected, found {key.spec}")
    left, equals, right = text.partition("=")
    factor, constant = linear(left, name)
    target = parse(right.replace(" ", ""))
    if not equals or target is None or factor == 0:
        raise UnusableKey(f"an equation and its variable were expected, found {key.spec}")
    given = re.fullmatch(rf"(?:{re.escape(name)}\s*=\s*)?(.+)", answer.strip(), re.DOTALL)
    found = parse(given[1]) if given else None
    if found is None:
        return Finding.fail("not_a_number", says=f"{answer[:60]} is not a number", tier="exact")
    value = factor * found + constant
    if value != target:
        return Finding.fail(
            "wrong_value", says=f"{name} = {found} gives {value}, not {target}", answer=str(found), tier="exact"
        )
    return Finding.passed(answer=str(found), tier="exact")


def linear(text: str, name: str) -> tuple[Fraction, Fraction]:
    """(factor of the unknown, constant) of a sum such as ``9 - 3*x``. Raises UnusableKey for anything else."""
    factor = constant = Fraction(0)
    position, text = 0, text.strip()
    while position < len(text):
        match = TERM.match(text, position)
        unknown = match and (match[3] or match[4])
        if match is None or (unknown and unknown != name):
            raise UnusableKey(f"{text!r} is not a sum of numbers and multiples of {name!r}")
        size = Fraction(int(match[2] or 1)) * (-1 if match[1] == "-" else 1)
        if unknown:
            factor += size
        else:
            constant += size
        position = match.end()
    return factor, constant
