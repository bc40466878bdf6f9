"""``arithmetic``: no step of the thinking says a false equation, such as ``16 * 5 = 82``."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from filters.equations import Equation, equations
from filters.finding import Finding, check
from warehouse.steps import steps


@check("arithmetic", version=1, reasons=("false_equation",))
def arithmetic(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    """Scores the share of the equations that hold, where there are any; ``detail`` has the first step with a false one.

    Only equations of plain numbers are looked at, and what cannot be told for sure is not held against anybody. Nor is
    one that is taken back in the same step or the next, nor the wrong stretch of a journey, which is there to be
    corrected, nor what the problem itself says.
    """
    text = trace["completion"]
    places = steps(text)
    if not places:
        return Finding.passed()
    begins = [start for start, _ in places]
    said = [
        (bisect_right(begins, one.start + places[0][0]), one)
        for one in equations(text[places[0][0] : places[-1][1]])
        if one.holds is not None
    ]
    asked = squeezed(" ".join(message["content"] for message in trace.get("messages") or []))
    forgiven = corrected(trace.get("spans") or [])
    false = [
        (step, one)
        for step, one in said
        if not one.holds
        and not taken_back(step, one, said)
        and not any(start <= one.start + places[0][0] < end for start, end in forgiven)
        and squeezed(f"{one.left}={one.right}") not in asked
    ]
    share = round(1 - len(false) / len(said), 4) if said else None
    if not false:
        return Finding.passed(score=share, equations=len(said))
    step, first = false[0]
    return Finding.fail(
        "false_equation",
        score=share,
        says=f"step {step}: {first.says}",
        step=step,
        left=first.left,
        right=first.right,
        equations=len(said),
    )


def squeezed(text: str) -> str:
    return "".join(text.split())


def taken_back(step: int, false: Equation, said: list[tuple[int, Equation]]) -> bool:
    """Whether the same is said right in the same step or the next."""
    return any(
        one.holds and squeezed(one.left) == squeezed(false.left) and one.start > false.start and at - step in (0, 1)
        for at, one in said
    )


def corrected(spans: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The wrong stretches that a turn comes after, as (start, end) in characters, and the turns themselves."""
    turns = [span["start"] for span in spans if span["label"] == "turn"]
    return [
        (span["start"], span["end"])
        for span in spans
        if span["label"] == "turn" or (span["label"] == "wrong" and any(turn >= span["start"] for turn in turns))
    ]
