"""How a journey is put together: stretches that were good, stretches that were wrong, and turns between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

Stretches = Sequence[tuple[str, str]]
"""(label, text) pairs in the order of the thinking: ``right``, ``wrong``, ``turn``, and ``start``, what was right of a
way that is given up for another."""
Spans = tuple[tuple[str, int, int], ...]
"""(label, start, end) in characters of the completion."""

HAN = re.compile("[\u4e00-\u9fff]")


def thought(stretches: Stretches) -> tuple[str, Spans]:
    """The thinking so far, opened and not closed, with its spans. A turn has a line of its own, to the end of it;
    elsewhere the texts follow each other as they are, so that a way that was cut in two reads as it was written."""
    text, before = "<think>\n", ""
    spans: list[tuple[str, int, int]] = []
    for label, stretch in stretches:
        said = stretch
        if not said.strip():
            continue
        if before and label == "turn":
            text = text.rstrip() + "\n"
        if not before or "turn" in (label, before):
            said = said.lstrip()
        if label == "turn":
            said = said.rstrip() + "\n"
        blanks = len(said) - len(said.lstrip())
        spans.append((label, len(text) + blanks, len(text) + len(said.rstrip())))
        text, before = text + said, label
    return text, tuple(spans)


def weave(stretches: Stretches, answer: str) -> tuple[str, Spans]:
    """A completion whose thinking is the stretches, with their spans."""
    text, spans = thought(stretches)
    return f"{text.rstrip()}\n</think>\n\n{answer}", spans


def turn(why: str, beside: str) -> str:
    """What is said where a journey turns, in the language of what stands beside it: English, or Chinese."""
    return f"等等，{why.rstrip('。.')}。" if HAN.search(beside) else f"Wait, {why.rstrip('。.')}."
