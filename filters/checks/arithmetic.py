"""``arithmetic``: no step of the thinking says a false equation, such as ``16 * 5 = 82``."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

from filters.equations import equations
from filters.finding import Finding, check
from warehouse.steps import steps

DEFINED = re.compile(r"\bdefine|\bdenotes?\b|\bthe operation\b|定义|新运算", re.IGNORECASE)
"""What a problem says that gives signs a meaning of its own."""
REMAINDERS = re.compile(r"\bmod(?:ulo|ular)?\b|\\[pb]?mod\b|\bxor\b", re.IGNORECASE)
"""Where 3 * 5 may be 1."""


@check("arithmetic", version=1, reasons=("false_equation",))
def arithmetic(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    """Scores the share of the equations that hold, where there are any; ``detail`` has the first step with a false one.

    Only equations of plain numbers are looked at, and what cannot be told for sure is not held against anybody. Nor is
    one that is taken back in the same step or the next, nor the wrong stretch of a journey, which is there to be
    corrected, nor what the problem itself says. A problem may also give signs a meaning of its own, or
    reckon in remainders: then none is false.
    """
    text = trace["completion"]
    asked = " ".join(message["content"] for message in trace.get("messages") or [])
    places = steps(text)
    begin, end = (places[0][0], places[-1][1]) if places else (0, 0)
    begins = [start for start, _ in places]
    said = [
        (bisect_right(begins, begin + one.start), one)
        for one in equations(text[begin:end])
        if one.holds is not None and (one.holds or squeezed(f"{one.left}={one.right}") not in squeezed(asked))
    ]
    own = DEFINED.search(asked) or REMAINDERS.search(asked) or REMAINDERS.search(text)
    false = [] if own else [(step, one) for step, one in said if not one.holds]
    if false:
        forgiven = corrected(trace.get("spans") or [])
        right = {(squeezed(one.left), at): one.start for at, one in said if one.holds}
        false = [
            (step, one)
            for step, one in false
            if not any(start <= begin + one.start < stop for start, stop in forgiven)
            and not any(right.get((squeezed(one.left), at), -1) > one.start for at in (step, step + 1))
        ]
    if not false:
        return Finding.passed(score=1.0 if said else None, equations=len(said))
    step, first = false[0]
    return Finding.fail(
        "false_equation",
        score=round(1 - len(false) / len(said), 4),
        says=first.says,
        step=step,
        left=first.left,
        right=first.right,
        equations=len(said),
    )


def squeezed(text: str) -> str:
    return "".join(text.split())


def corrected(spans: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The wrong stretches that a turn comes after, as (start, end) in characters, and the turns themselves."""
    turns = [span["start"] for span in spans if span["label"] == "turn"]
    return [
        (span["start"], span["end"])
        for span in spans
        if span["label"] == "turn" or (span["label"] == "wrong" and any(turn >= span["start"] for turn in turns))
    ]
