"""What a model says of an attempt: which step is the first wrong one, why, and how it would go on from there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from warehouse.text import response

FIELDS = re.compile(
    r"^[*_# ]*(Wrong step|Why|From there|Answer)[*_ ]*:[*_ ]*(.*?)(?=^[*_# ]*(?:Why|From there|Answer)[*_ ]*:|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
NUMBER = re.compile(r"(?:step\s*)?(\d{1,4})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Remark:
    """One opinion of an attempt."""

    step: int
    """The first wrong step, counted from 1."""
    why: str
    """What is wrong with it, in a sentence."""
    rest: str = ""
    """The way from that step on, as it should have been; empty where that was not asked."""
    answer: str = ""


def read(text: str) -> Remark | None:
    """The remark that a reply holds; None where it finds nothing wrong, or is not in the form that was asked for."""
    fields = [(name.lower(), said.strip()) for name, said in FIELDS.findall(response(text) or "")]
    found = dict(fields)
    if len(found) < len(fields):  # which of two is meant nobody knows
        return None
    number = NUMBER.match(found.get("wrong step", ""))
    why = " ".join(found.get("why", "").split())
    if not number or not why:
        return None
    return Remark(int(number[1]), why, found.get("from there", ""), found.get("answer", ""))


def written(remark: Remark) -> str:
    """The reply that ``read`` reads back."""
    lines = [f"Wrong step: {remark.step}", f"Why: {remark.why}"]
    if remark.rest:
        lines += [f"From there: {remark.rest}", f"Answer: {remark.answer}"]
    return "\n".join(lines)
