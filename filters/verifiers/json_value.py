"""A JSON value: equal to the key's, whatever the order of an object's fields and the spaces."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from typing import Any

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

LONGEST = 100_000
"""Characters of a value."""
DEEPEST = 50


@verifier("json", reasons=("not_json", "wrong_value"))
def json_value(answer: str, key: Key) -> Finding:
    wanted = []
    for text in key.answers:
        try:
            wanted.append(read(text))
        except ValueError as error:
            raise UnusableKey(f"JSON was expected, found {text[:100]!r}: {error}") from error
    if not wanted:
        raise UnusableKey("JSON was expected, found no answer")
    try:
        found = read(answer)
    except ValueError as error:
        return Finding.fail("not_json", says=f"{answer[:60]} is not JSON: {error}"[:300], tier="exact")
    said = json.dumps(found, sort_keys=True, ensure_ascii=False)
    if any(same(found, one) for one in wanted):
        return Finding.passed(answer=said, tier="exact")
    return Finding.fail("wrong_value", says=f"{said[:60]} is not right", answer=said, tier="exact")


@lru_cache(maxsize=64)
def read(text: str) -> Any:
    """The value of a JSON text. Raises ValueError for anything else, also where it is too long or nested too deep."""
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    depth = deepest = 0
    for letter in text:
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(letter, 0)
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    return json.loads(text, parse_constant=refused, parse_float=finite, object_pairs_hook=fields)


def refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands twice")
    return found


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1, but 1.0 is."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
