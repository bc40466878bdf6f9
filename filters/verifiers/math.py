"""Mathematics: the same number, expression, set, interval, matrix, quantity ... however it is written.

docs/mathematics.md says what counts as equal; filters/mathematics does the work. Nothing that a model wrote is
evaluated: it is read by a parser of our own, whole or not at all.
"""

from __future__ import annotations

from filters.finding import Finding
from filters.mathematics.equality import REASONS, equal
from filters.mathematics.symbolic import load
from filters.verify import Key, UnusableKey, verifier


@verifier("math", reasons=tuple(REASONS), prepare=load)
def math(answer: str, key: Key) -> Finding:
    if not key.answers:
        raise UnusableKey("the answer key is empty")
    found: Finding | None = None
    for wanted in key.answers:
        one = equal(answer, wanted, key.spec)
        if one.outcome == "pass":
            return one
        if found is None or (one.outcome == "undecided" and found.outcome == "fail"):
            found = one
    assert found is not None
    return found
