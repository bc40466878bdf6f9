"""Which step of an attempt is the first wrong one: ``Wrong step: 3``, or ``Wrong step: none``.

What a critic is asked, as in ProcessBench (Zheng et al. 2024, arXiv:2412.06559). Only the number is compared; the
reason that is given with it is not.
"""

from __future__ import annotations

import re

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier
from warehouse.text import response

NAMED = re.compile(
    r"^[*_# ]*Wrong step[*_ ]*:[*_ ]*(?:step )?(\d{1,4}\b|none\b)", re.ASCII | re.IGNORECASE | re.MULTILINE
)
STEP = re.compile(r"\d{1,4}|none", re.ASCII)


def named(completion: str) -> str | None:
    """The step that a reply names: its number or ``none``. None where it names several, or none at all."""
    found = {step.lower() for step in NAMED.findall(response(completion) or "")}
    return found.pop() if len(found) == 1 else None


@verifier("wrong-step", extract=named, reasons=("not_a_step", "other_step", "none_is_wrong"))
def wrong_step(answer: str, key: Key) -> Finding:
    if not key.answers or not all(STEP.fullmatch(one) for one in key.answers):
        raise UnusableKey(f"the number of a step or none was expected, found {key.answers}")
    said = answer.strip().lower()
    if said in key.answers:
        return Finding.passed(answer=said, tier="exact")
    if not STEP.fullmatch(said):
        return Finding.fail("not_a_step", says=f"{said[:60]} is not the number of a step", tier="exact")
    if said == "none":
        return Finding.fail("none_is_wrong", says="it finds nothing wrong", answer=said, tier="exact")
    return Finding.fail("other_step", says=f"step {said} is not the first wrong one", answer=said, tier="exact")
