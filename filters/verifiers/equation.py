"""A linear equation in one unknown: the answer is put in, in exact arithmetic."""

from __future__ import annotations

import re
from fractions import Fraction

from filters.finding import Finding
from filters.verifiers.number import parse
from filters.verify import Key, UnusableKey, verifier

TERM = re.compile(r"([+-]?)\s*(?:(\d{1,15})\s*\*?\s*)?([a-z])?")
LONGEST = 200
"""Characters of an equation."""


@verifier("equation")
def equation(answer: str, key: Key) -> Finding:
    text, name = key.spec.get("equation", ""), key.spec.get("variable", "")
    left, equals, right = text.partition("=")
    factor, constant = linear(left, name)
    target = parse(right.replace(" ", ""))
    if not equals or target is None or len(text) > LONGEST or factor == 0:
        raise UnusableKey(f"an equation and its variable were expected, found {key.spec}")
    given = re.fullmatch(rf"(?:{re.escape(name)}\s*=\s*)?(.+)", answer.strip(), re.DOTALL)
    found = parse(given[1]) if given else None
    if found is None:
        return Finding.fail("not_a_number", says=f"{answer[:60]} is not a number")
    value = factor * found + constant
    if value != target:
        return Finding.fail("wrong_value", says=f"{name} = {found} gives {value}, not {target}", answer=str(found))
    return Finding.passed(answer=str(found))


def linear(text: str, name: str) -> tuple[Fraction, Fraction]:
    """(factor of the unknown, constant) of a sum such as ``9 - 3*x``. Raises UnusableKey for anything else."""
    factor = constant = Fraction(0)
    position, text = 0, text.strip()
    while position < len(text):
        match = TERM.match(text, position)
        if match is None or not (match[2] or match[3]) or (match[3] and match[3] != name):
            raise UnusableKey(f"{text!r} is not a sum of numbers and multiples of {name!r}")
        size = Fraction(int(match[2] or 1)) * (-1 if match[1] == "-" else 1)
        if match[3]:
            factor += size
        else:
            constant += size
        position = match.end()
        while position < len(text) and text[position] == " ":
            position += 1
    return factor, constant
