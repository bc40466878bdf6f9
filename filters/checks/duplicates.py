"""``duplicates``: has the same text been written for the same problem before? The first of its kind passes."""

from __future__ import annotations

from pathlib import Path

from filters.finding import CHECKS, Check

CHECKS.parts["duplicates"] = Check(
    "duplicates",
    version=2,
    query=Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
    reasons=("exact_duplicate", "no_opinion"),
)
