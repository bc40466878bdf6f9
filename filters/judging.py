"""A language model as judge: what its votes come to, and asking for them where no lake keeps them.

Judges lean to what stands first in their question (position bias: Zheng et al. 2023, arXiv 2306.05685, sections 3.3 and
3.4). So the parts of the question may be put in another order for half of the votes, and where the two orders
contradict each other nothing is decided.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from filters.finding import Finding
from warehouse.records import Complete, Completion, Request
from warehouse.text import response

VOTE = re.compile(r"\W*(?:verdict\W+)?(pass|fail)\W*", re.IGNORECASE)
REASONS = ("not_judged", "no_majority", "order_dependent", "refused")


def vote(judgement: str) -> str | None:
    """pass or fail, when the last line of what the judge said is that and nothing else."""
    said = (response(judgement) or "").splitlines()
    found = VOTE.fullmatch(said[-1]) if said else None
    return found[1].lower() if found else None


def finding(judgements: Sequence[str], swapped: Sequence[str], votes: int) -> Finding:
    """What the votes come to that were asked for in the one order and, with the parts ``swapped``, in the other.

    It takes most of the ``votes`` that were asked for, whether they came or not, and two orders that do not contradict
    each other.
    """
    first, second = count(judgements), count(swapped)
    both = {outcome: first[outcome] + second[outcome] for outcome in first}
    detail: dict[str, Any] = both | ({"as_written": first, "swapped": second} if swapped else {})
    if not judgements and not swapped:
        return Finding.undecided("not_judged")
    if {most(first), most(second)} == {"passes", "fails"}:
        return Finding.undecided("order_dependent", **detail)
    passes, fails = both["passes"], both["fails"]
    if max(passes, fails) * 2 <= votes:
        return Finding.undecided("no_majority", **detail)
    score = passes / (passes + fails)
    return Finding.passed(score=score, **detail) if passes > fails else Finding.fail("refused", score=score, **detail)


def count(judgements: Sequence[str]) -> dict[str, int]:
    said = [vote(judgement) for judgement in judgements]
    return {"passes": said.count("pass"), "fails": said.count("fail"), "unclear": said.count(None)}


def most(counts: dict[str, int]) -> str | None:
    if counts["passes"] == counts["fails"]:
        return None
    return "passes" if counts["passes"] > counts["fails"] else "fails"


@dataclass(frozen=True)
class Question:
    """Is one answer good? As it is put to the judge: once for each vote."""

    as_written: tuple[Request, ...]
    swapped: tuple[Request, ...] = ()


def findings(questions: Sequence[Question], complete: Complete) -> list[Finding]:
    """Ask a judge, all votes at once; what it finds, in the order of the questions. A vote that fails, or is cut by its
    token limit, is none."""
    asked = [request for question in questions for request in (*question.as_written, *question.swapped)]
    said = {
        came.request.trace_id: came.text
        for came in complete(asked)
        if isinstance(came, Completion) and came.finish_reason != "length"
    }

    def heard(requests: tuple[Request, ...]) -> list[str]:
        return [said[request.trace_id] for request in requests if request.trace_id in said]

    return [
        finding(heard(one.as_written), heard(one.swapped), len(one.as_written) + len(one.swapped)) for one in questions
    ]
