"""``judged``: is the answer good, where no rule decides? What most of a judge model's votes say (filters/judging.py).

The votes are traces of their own (kind ``judgement``), made by a judge stage. One that does not end in the word it was
asked for is no vote.
"""

from __future__ import annotations

from typing import Any

from filters import judging
from filters.finding import Finding, check
from filters.verify import Key
from warehouse.text import response


@check(
    "judged",
    version=2,
    needs_key=True,
    decider="judge",
    reasons=("no_answer", *judging.REASONS),
    judge="",
    style="",
    votes=1,
)
def judged(trace: dict[str, Any], key: Key | None, settings: dict[str, Any]) -> Finding:
    if not response(trace["completion"]):
        return Finding.fail("no_answer")
    return judging.finding(trace.get("judgements") or (), trace.get("swapped") or (), settings["votes"])
