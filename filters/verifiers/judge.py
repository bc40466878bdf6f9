"""``judge``: no rule decides the answer; a judge stage asks a model, and the check ``judged`` says what it found.

The answer is all that stands after the thinking, however many lines that is.
"""

from __future__ import annotations

from filters.finding import Finding
from filters.verify import Key, verifier
from warehouse.text import response


@verifier("judge", extract=response, reasons=("for_a_judge",), tries_keys=False)
def judge(answer: str, key: Key) -> Finding:
    return Finding.undecided("for_a_judge")
