"""Rewrite: a model puts accepted traces in order without changing their answers; what it writes is judged as they were.

A rewriting is a trace of its own kind, a child of its original: it is nobody's independent sample, so pass rates,
scores and journeys look past it. Its messages are what the rewriter was asked; a release asks the problem instead.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from filters import selection
from flows.recipe import Rewrite
from flows.run import Run, Shard
from flows.stages import verify
from flows.stages.sampling import answer, in_turns, missing
from generators import styles
from warehouse import release_plan
from warehouse.records import Request


def asked(run: Run, stage: Rewrite) -> list[list[Request]]:
    """All that the stage asks for as the verdicts stand, block by block; without the texts, which no id needs."""
    style = styles.load(stage.style, run.recipe.base, use="rewrite")
    weights = run.weights(stage.model).id
    requests = [
        [
            Request(
                problem_id=problem,
                messages=(),
                model=stage.model,
                weights=weights,
                prompt_style=style.label,
                asked=style.asked,
                sample_index=sample,
                temperature=stage.temperature,
                top_p=stage.top_p,
                max_tokens=stage.max_tokens,
                kind="rewrite",
                strategy="rewrite",
                parents=(trace,),
            )
            for sample in range(stage.n)
        ]
        for trace, problem in originals(run, stage)
    ]
    blocks = (requests[start : start + stage.shard] for start in range(0, len(requests), stage.shard))
    return [[request for together in block for request in together] for block in blocks]


def originals(run: Run, stage: Rewrite) -> list[tuple[str, str]]:
    """(trace, problem) ids of what is to be rewritten, problem by problem."""
    sql = selection.policy(stage.select, run.recipe.base)
    checks = [(one.check.name, one.settings_hash, one.check.kind) for one in run.asked]
    with run.lake.connect() as db:
        release_plan.gather(db, run.scope.get("train", []), list(stage.kinds), checks)
        release_plan.choose(db, stage.select, sql)
        return db.sql(
            "SELECT trace_id, problem_id FROM candidates SEMI JOIN chosen USING (trace_id) "
            "ORDER BY problem_id, sample_index, trace_id"
        ).fetchall()


def pending(run: Run, stage: Rewrite) -> list[Shard]:
    """Verdicts first, the recipe's and all of them: what is rewritten hangs on them, and what is released as well."""
    return verify.pending(run, stage) or in_turns(run, missing(run, asked(run, stage), "rewritings"))


def work(run: Run, stage: Rewrite, shard: Shard) -> dict[str, int]:
    if shard.name.startswith("verdicts-"):
        return verify.work(run, stage, shard)
    return answer(run, Shard(shard.name, shard.size, told(run, stage, shard.content)))


def told(run: Run, stage: Rewrite, requests: list[Request]) -> list[Request]:
    """The requests with their messages: each original's problem and text in the stage's style."""
    style = styles.load(stage.style, run.recipe.base, use="rewrite")
    with run.lake.connect(marks=False) as db:
        wanted = pl.DataFrame({"trace_id": list({request.parents[0] for request in requests})})
        db.register("wanted", wanted.to_arrow())
        texts = {
            trace: style.messages(prompt, completion)
            for trace, prompt, completion in db.execute(
                """SELECT trace_id, p.prompt, t.completion FROM traces t SEMI JOIN wanted USING (trace_id)
                JOIN problems p USING (problem_id)"""
            ).fetchall()
        }
    return [replace(request, messages=texts[request.parents[0]]) for request in requests]
