"""``judge``: no rule decides the answer; a judge stage asks a model, and the check ``judged`` says what it found."""

from __future__ import annotations

from filters.finding import Finding
from filters.verify import Key, verifier


@verifier("judge")
def judge(answer: str, key: Key) -> Finding:
    return Finding.undecided("for_a_judge")
