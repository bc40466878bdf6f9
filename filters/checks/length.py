"""``length``: not too short, not too long, in tokens (in words where nobody counted tokens)."""

from __future__ import annotations

from typing import Any

from filters.finding import Finding, check


@check("length", version=1, at_least=1, at_most=32768)
def length(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    size = trace["completion_tokens"]
    if size is None:
        size = len(trace["completion"].split())
    if size < settings["at_least"]:
        return Finding.fail("too_short", score=0.0, size=size)
    if size > settings["at_most"]:
        return Finding.fail("too_long", score=0.0, size=size)
    return Finding.passed(score=1.0, size=size)
