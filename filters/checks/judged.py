"""``judged``: is the answer good, where no rule decides? What most of a judge model's votes say.

The votes are traces of their own (kind ``judgement``), made by a judge stage. One that does not end in the word it was
asked for is no vote.
"""

from __future__ import annotations

import re
from typing import Any

from filters.finding import Finding, check
from filters.verify import Key
from warehouse.text import response

VOTE = re.compile(r"\W*(?:verdict\W+)?(pass|fail)\W*", re.IGNORECASE)


@check("judged", version=1, needs_key=True, decider="judge", judge="", style="", votes=1)
def judged(trace: dict[str, Any], key: Key | None, settings: dict[str, Any]) -> Finding:
    if not response(trace["completion"]):
        return Finding.fail("no_answer")
    said = [vote(text) for text in trace.get("judgements") or ()]
    passes, fails = said.count("pass"), said.count("fail")
    counts: dict[str, Any] = {"passes": passes, "fails": fails, "unclear": len(said) - passes - fails}
    if not said:
        return Finding.undecided("not_judged")
    if max(passes, fails) * 2 <= settings["votes"]:
        return Finding.undecided("no_majority", **counts)
    score = passes / (passes + fails)
    return Finding.passed(score=score, **counts) if passes > fails else Finding.fail("refused", score=score, **counts)


def vote(judgement: str) -> str | None:
    """pass or fail, when the last line of what the judge said is that and nothing else."""
    said = (response(judgement) or "").splitlines()
    found = VOTE.fullmatch(said[-1]) if said else None
    return found[1].lower() if found else None
