"""How a journey is put together: stretches that were good, stretches that were wrong, and turns between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

Stretches = Sequence[tuple[str, str]]
"""(label, text) pairs: ``right``, ``wrong`` or ``turn``, in the order of the thinking."""
Spans = tuple[tuple[str, int, int], ...]
"""(label, start, end) in characters of the completion."""

HAN = re.compile("[\u4e00-\u9fff]")


def weave(stretches: Stretches, answer: str) -> tuple[str, Spans]:
    """A completion whose thinking is the stretches, with their spans. A turn has a line of its own; elsewhere the texts
    follow each other as they are, so a way that was cut in two reads as it was written."""
    text, spans, before = "<think>\n", [], ""
    for label, stretch in stretches:
        if not stretch.strip():
            continue
        if before and "turn" in (label, before):
            text = text.rstrip() + "\n"
            stretch = stretch.lstrip()
        blanks = len(stretch) - len(stretch.lstrip())
        spans.append((label, len(text) + blanks, len(text) + len(stretch.rstrip())))
        text, before = text + stretch, label
    return f"{text.rstrip()}\n</think>\n\n{answer}", tuple(spans)


def turn(why: str, beside: str) -> str:
    """What is said where a journey turns, in the language of what stands beside it: English, or Chinese."""
    return f"等等，{why.rstrip('。')}。" if HAN.search(beside) else f"Wait, {why.rstrip('.')}."
