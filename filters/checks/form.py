"""``format``: one closed stretch of thinking, then a response, and an end of its own.

Knowledge may come without thinking: a plain answer, or an empty stretch. Tags count wherever they stand, in code too,
and however they are spelled: what splits a completion into thinking and response would stumble over them as well.
"""

from __future__ import annotations

import re
from typing import Any

from filters.finding import Finding, check
from warehouse.text import BLANK, CLOSE, OPEN, response, thinking

TAG = re.compile(r"<\s{0,4}/?\s{0,4}(think|answer)\s{0,4}>", re.IGNORECASE)
ANSWER = ("<answer>", "</answer>")


@check(
    "format",
    version=3,
    reasons=("truncated", "think_tags", "no_thinking", "no_response", "answer_tags"),
    opened=False,
    answer_tags=False,
)
def form(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    """Scores 1.0 or 0.0, as the format reward of DeepSeek-R1-Zero does (DeepSeek-AI 2025, section 2.2.2).

    ``answer_tags`` wants its form: after the thinking ``<answer>...</answer>``, once, and nothing else. ``opened``: the
    prompt ends with ``<think>``, as many chat templates have it, so that the completion begins inside it.
    """
    reason = fault(trace, settings["opened"], settings["answer_tags"])
    return Finding.passed(score=1.0) if reason is None else Finding.fail(reason, score=0.0)


def fault(trace: dict[str, Any], opened: bool, answer_tags: bool) -> str | None:
    """The first thing that is wrong with the form."""
    text = (OPEN if opened else "") + trace["completion"]
    if trace.get("finish_reason") == "length":
        return "truncated"
    tags = [tag[0] for tag in TAG.finditer(text)]
    thoughts = [tag for tag in tags if "think" in tag.lower()]
    plain = trace.get("kind") == "knowledge"
    if not (plain and not thoughts) and not (thoughts == [OPEN, CLOSE] and text.lstrip().startswith(OPEN)):
        return "think_tags"
    said = response(text)
    if not thinking(text) and not plain:
        return "no_thinking"
    if not said:
        return "no_response"
    return "answer_tags" if answer_tags and not in_answer_tags(said, tags) else None


def in_answer_tags(said: str, tags: list[str]) -> bool:
    """Whether a response is one pair of answer tags with something in it."""
    opening, closing = ANSWER
    answers = [tag for tag in tags if "answer" in tag.lower()]
    whole = said.startswith(opening) and said.endswith(closing)
    return whole and answers == [opening, closing] and bool(said[len(opening) : -len(closing)].strip(BLANK))
