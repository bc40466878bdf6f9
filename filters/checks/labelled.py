"""``labelled``: do the labels that came with an imported trace call it right? One that does is enough.

``by`` names some of them (``["correctness_llama"]``); all that the trace has are asked where it names none.
"""

from __future__ import annotations

from pathlib import Path

from filters.finding import CHECKS, Check

CHECKS.parts["labelled"] = Check(
    "labelled",
    version=1,
    query=Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
    reasons=("labelled_wrong", "no_opinion"),
    defaults={"by": []},
)
