"""``format``: one closed stretch of thinking, then a response, and an end of its own.

Knowledge may come without thinking: a plain answer, or an empty stretch.
"""

from __future__ import annotations

from typing import Any

from filters.finding import Finding, check
from warehouse.text import CLOSE, OPEN, response, thinking


@check("format", version=2)
def form(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    text = trace["completion"]
    if trace["finish_reason"] == "length":
        return Finding.fail("truncated", score=0.0)
    plain = trace.get("kind") == "knowledge"
    if plain and OPEN not in text and CLOSE not in text and response(text):
        return Finding.passed(score=1.0)
    if text.count(OPEN) != 1 or text.count(CLOSE) != 1 or not text.lstrip().startswith(OPEN):
        return Finding.fail("think_tags", score=0.0)
    if not thinking(text) and not plain:
        return Finding.fail("no_thinking", score=0.0)
    if not response(text):
        return Finding.fail("no_response", score=0.0)
    return Finding.passed(score=1.0)
