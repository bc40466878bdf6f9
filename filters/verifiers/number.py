"""One number, compared exactly."""

from __future__ import annotations

import re
from fractions import Fraction

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

# Up to 30 digits either side: enough for any answer, and no number large enough to cost time.
NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:/\d{1,30})?")


@verifier("number")
def number(answer: str, key: Key) -> Finding:
    wanted = [parse(text) for text in key.answers]
    if not wanted or None in wanted:
        raise UnusableKey(f"a number was expected, found {key.answers}")
    found = parse(answer)
    if found is None:
        return Finding.fail("not_a_number", says=f"{answer[:60]} is not a number")
    if found in wanted:
        return Finding.passed(answer=str(found), tier="exact")
    return Finding.fail("wrong_value", says=f"{found} is not right", answer=str(found))


def parse(text: str) -> Fraction | None:
    """An integer, decimal or quotient as an exact fraction; thousands separators and $ signs are dropped."""
    bare = text.strip().strip("$").strip().rstrip(".")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    if not NUMBER.fullmatch(bare):
        return None
    top, _, bottom = bare.partition("/")
    if bottom and int(bottom) == 0:
        return None
    return Fraction(top) / (Fraction(bottom) if bottom else 1)
