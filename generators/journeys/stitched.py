"""Stitched journeys: the wrong path as it was walked, a turn that names the fault, then the right path.

Nothing is invented: both paths are traces that a model wrote, and the fault is what a verifier or a check of steps
found (Qin et al. 2024, O1 Replication Journey, arXiv:2410.18982, compare training on journeys and on shortcuts). Where
step values know the first wrong step, what comes before it is no part of the wrong stretch, and the turn says where it
went wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generators.journeys import Attempt, Declined, Journey, Means, builder
from generators.journeys.attempts import opening
from generators.journeys.weaving import HAN, turn, weave

QUOTED = 80
"""Characters of a step that a turn repeats."""


@builder("stitched", version=2, takes="pair")
def stitched(attempts: Sequence[Attempt], means: Means) -> Iterator[Journey | Declined]:
    for one in attempts:
        assert one.right
        if not one.path or not one.right_path or not one.right_answer:
            yield Declined(one, "one of the two has no thinking or no answer")
            continue
        before, step = opened(one)
        wrong = one.path[len(before) :]
        stretches = [("start", before), ("wrong", wrong), ("turn", told(one, step)), ("right", one.right_path)]
        text, spans = weave(stretches, one.right_answer)
        yield Journey(one, text, spans, (one.wrong["trace_id"], one.right["trace_id"]))


def opened(one: Attempt) -> tuple[str, str | None]:
    """The wrong path up to its first wrong step, and that step, where it is known and there is such a step."""
    try:
        return opening(one.wrong["completion"], one.step) if one.step else ("", None)
    except ValueError:  # known by another splitter of steps
        return "", None


def told(one: Attempt, step: str | None) -> str:
    """What is said at the turn: what is wrong, and with which step, as far as that is known."""
    said = turn(one.why or one.fault, one.path)
    chinese = HAN.search(one.path)
    if step:
        quoted = " ".join(step.split())
        quoted = quoted if len(quoted) <= QUOTED else f"{quoted[:QUOTED]}..."
        said += f"错在这一步：{quoted}" if chinese else f" It went wrong at: {quoted}"
    return f"{said}重新来。" if chinese else f"{said} Let me try again."
