"""Revised journeys: a model is shown its own wrong attempt, names the first wrong step, and goes on from there.

Taken is the first of ``n`` revisions that is accepted: with the attempt word for word up to the step that was named,
the reason as the turn, and the way from there. With ``agree`` it has to name the step that step values
found, and where they found none nothing is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generators.journeys import Attempt, Declined, Journey, Means, builder
from generators.journeys.attempts import numbered, opening
from generators.journeys.remarks import Remark, read
from generators.journeys.weaving import turn, weave
from warehouse.records import Completion


@builder("revised", version=1, style="revise", agree=False)
def revised(attempts: Sequence[Attempt], means: Means) -> Iterator[Journey | Declined]:
    by_attempt = {one.wrong["trace_id"]: one for one in attempts}
    requests = [
        means.remark(one, "revised", (trace,), sample, steps=numbered(one.wrong["completion"]))
        for trace, one in by_attempt.items()
        for sample in range(means.n)
    ]
    candidates: dict[str, list[Journey]] = {trace: [] for trace in by_attempt}
    for came in means.complete(requests):
        one = by_attempt[came.request.parents[0]]
        if isinstance(came, Completion) and (remark := read(came.text)):
            if means.settings["agree"] and remark.step != one.valued:
                continue
            if journey := corrected(one, remark, came.request.trace_id):
                candidates[one.wrong["trace_id"]].append(journey)
    rows = {id(journey): revised.row(journey) for found in candidates.values() for journey in found}
    good = means.accepted(list(rows.values()))
    for trace, found in candidates.items():
        taken = next((journey for journey in found if rows[id(journey)]["trace_id"] in good), None)
        yield taken or Declined(by_attempt[trace], f"{means.n} revisions, {len(found)} of use, none accepted")


def corrected(one: Attempt, remark: Remark, remark_id: str) -> Journey | None:
    """The journey that a revision tells of; None where it names no step of the attempt, or does not go on from it."""
    if not remark.rest or not remark.answer:
        return None
    try:
        before, step = opening(one.wrong["completion"], remark.step)
    except ValueError:
        return None
    stretches = [("right", before), ("wrong", step), ("turn", turn(remark.why, step)), ("right", remark.rest)]
    text, spans = weave(stretches, remark.answer)
    return Journey(one, text, spans, (one.wrong["trace_id"], remark_id))
