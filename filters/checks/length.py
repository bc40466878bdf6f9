"""``length``: not too short, not too long, in tokens (in words where nobody counted tokens)."""

from __future__ import annotations

import re
from typing import Any

from filters.finding import Finding, check
from filters.scripts import RANGES

UNSPACED = RANGES["Han"] + RANGES["Kana"]
WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")
"""Where a script writes no spaces every letter counts, as it is about a token."""


@check("length", version=2, reasons=("too_short", "too_long"), at_least=1, at_most=32768, soft=0)
def length(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    """The score falls from 1.0 to 0.0 over the last ``soft`` tokens before ``at_most``: the soft overlong punishment of
    DAPO (Yu et al. 2025, eq. 13) plus 1.
    """
    size, most, soft = trace.get("completion_tokens"), settings["at_most"], settings["soft"]
    if size is None:
        size = sum(1 for _ in WORD.finditer(trace["completion"]))
    if size < settings["at_least"]:
        return Finding.fail("too_short", score=0.0, size=size)
    if size > most:
        return Finding.fail("too_long", score=0.0, size=size)
    return Finding.passed(score=round(min(1.0, (most - size) / soft), 4) if soft else 1.0, size=size)
