"""Rewrite: a model puts accepted traces in order without changing their answers; what it writes is judged as they were.

A rewriting is a trace of its own kind, a child of its original: it is nobody's independent sample, so pass rates,
scores and journeys look past it. Its messages are what the rewriter was asked; a release asks the problem instead.
"""

from __future__ import annotations

from filters import selection
from flows.recipe.stages import Rewrite
from flows.run import Run, Shard
from flows.stages import about, judge, verify
from flows.stages.sampling import answer, in_turns, missing
from warehouse.records import Request
from warehouse.release.candidates import gather
from warehouse.release.choosing import choose
from warehouse.release.selection import Selection


def asked(run: Run, stage: Rewrite) -> list[list[Request]]:
    """All that the stage asks for as the verdicts stand, block by block."""
    subjects = [(trace, problem, None) for trace, problem in originals(run, stage)]
    return about.requests(run, stage, stage.model, "rewrite", subjects)


def originals(run: Run, stage: Rewrite) -> list[tuple[str, str]]:
    """(trace, problem) ids of what is to be rewritten, problem by problem."""
    with run.lake.connect() as db:
        policy = selection.policy(stage.select, run.recipe.base)
        scope = tuple(run.scope.get("train", []))
        gather(db, Selection("rewrite", (policy,), scope, stage.kinds, checks=tuple(run.checks)))
        choose(db, [policy])
        return db.sql(
            """SELECT trace_id, problem_id FROM candidates WHERE $all OR list_contains($domains, domain)
            ORDER BY problem_id, sample_index, trace_id""",
            params={"all": not stage.domains, "domains": list(stage.domains)},
        ).fetchall()


def pending(run: Run, stage: Rewrite) -> list[Shard]:
    """Verdicts first, the recipe's and all of them: what is rewritten hangs on them, and what is released as well."""
    first = judge.pending(run, run.recipe.judge) if run.recipe.judge else verify.pending(run, stage)
    return first or in_turns(run, missing(run, asked(run, stage), "rewritings"))


def work(run: Run, stage: Rewrite, shard: Shard) -> dict[str, int]:
    if found := judge.opinions(run, stage, shard):
        return found
    return answer(run, Shard(shard.name, shard.size, about.told(run, stage, shard.content)))
