"""Whether what a program printed or returned is what a test expects. Nothing here runs anything.

The policy, unless a key says otherwise: printed text is the same line by line, blanks at the ends of lines and empty
lines at the end aside. Returned values are the same as JSON: tuples are lists, numbers are compared as numbers (1 is
1.0), a truth value is no number, nothing equals NaN. No tolerance. In the spec of a key:

- ``tolerance`` (say 1e-6): numbers may be off by so much, absolutely or relative to the expected one; printed text is
  then compared word by word;
- ``tokens: true``: printed text is compared word by word;
- ``wrapped: true``: an expected ``[x]`` may mean ``[x]`` or ``x``.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from filters.verify import UnusableKey

NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?", re.ASCII)


@dataclass(frozen=True)
class Policy:
    """How a key wants to have things compared."""

    tolerance: float = 0.0
    tokens: bool = False
    wrapped: bool = False

    @classmethod
    def of(cls, spec: dict[str, Any]) -> Policy:
        """Raises UnusableKey."""
        tolerance, tokens, wrapped = spec.get("tolerance", 0.0), spec.get("tokens", False), spec.get("wrapped", False)
        if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 <= tolerance < 1:
            raise UnusableKey(f"tolerance: expected a number from 0 to below 1, found {tolerance!r}")
        if not isinstance(tokens, bool) or not isinstance(wrapped, bool):
            raise UnusableKey(f"tokens, wrapped: expected true or false, found {tokens!r}, {wrapped!r}")
        return cls(float(tolerance), tokens or tolerance > 0, wrapped)


def printed(said: bytes, wanted: str, policy: Policy) -> bool:
    """Whether a program's whole output is the expected one."""
    text = said.decode("utf-8", "replace")
    if not policy.tokens:
        return lines(text) == lines(wanted)
    found, expected = text.split(), wanted.split()
    return len(found) == len(expected) and all(
        one == other or (policy.tolerance > 0 and near(one, other, policy.tolerance))
        for one, other in zip(found, expected, strict=True)
    )


def lines(text: str) -> list[str]:
    kept = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def near(one: str, other: str, tolerance: float) -> bool:
    """Whether two words are numbers that are close enough."""
    return bool(NUMBER.fullmatch(one) and NUMBER.fullmatch(other)) and close(float(one), float(other), tolerance)


def close(one: float, other: float, tolerance: float) -> bool:
    return math.isfinite(one) and math.isfinite(other) and abs(one - other) <= tolerance * max(1.0, abs(other))


class NotPlain(Exception):
    """A value that JSON does not have."""


def plain(value: Any) -> Any:
    """A value as JSON has it, from the form in which driver.py sends it. Raises NotPlain."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    (kind, content), *others = value.items() or [("", None)]
    if others or kind not in ("tuple", "dict") or not isinstance(content, list):
        raise NotPlain(str(kind)[:40])
    if kind == "tuple":
        return [plain(one) for one in content]
    made = {}
    for pair in content:
        if not isinstance(pair, list) or len(pair) != 2:
            raise NotPlain("dict")
        made[key_of(pair[0])] = plain(pair[1])
    return made


def key_of(key: Any) -> str:
    """A dictionary's key as JSON writes it."""
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool | int | float):
        return json.dumps(key)
    raise NotPlain("a dictionary with keys that are no text")


def returned(value: Any, wanted: Any, policy: Policy) -> bool:
    """Whether a plain value is the expected one."""
    if same(value, wanted, policy.tolerance):
        return True
    open_to = policy.wrapped and isinstance(wanted, list) and len(wanted) == 1
    return open_to and same(value, wanted[0], policy.tolerance)


def same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        if one == other:
            return True
        try:
            return tolerance > 0 and close(float(one), float(other), tolerance)
        except OverflowError:  # a whole number beyond any float
            return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key], tolerance) for key in one)
    return type(one) is type(other) and bool(one == other)
