"""Evaluate: the models answer the held-out problems; their answers are traces, their marks verdicts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flows.recipe.stages import Evaluate
from flows.run import Run, Shard
from flows.stages import judge, verify
from flows.stages.sampling import answer, in_turns, missing, requests
from trainers import scores
from warehouse.errors import RecipeError
from warehouse.records import Request


def asked(run: Run, stage: Evaluate) -> list[list[Request]]:
    """All that the stage asks for, block by block."""
    answers = [block for model in stage.models for block in requests(run, stage, model, "test", "sample")]
    return answers + (judge.asked(run, run.recipe.judge, exam(run, stage, stage.models)) if run.recipe.judge else [])


def exam(run: Run, stage: Evaluate, models: Sequence[str]) -> list[str]:
    """The traces that these models' answers are, or will be."""
    return [
        request.trace_id
        for model in models
        for block in requests(run, stage, model, "test", "sample")
        for request in block
    ]


def pending(run: Run, stage: Evaluate) -> list[Shard]:
    if not run.scope.get("test"):
        raise RecipeError('evaluate: no held-out problems; add a [[problems]] entry with split = "test"')
    shards = []
    for model in stage.models:
        shards += in_turns(run, missing(run, requests(run, stage, model, "test", "sample"), f"answers-{model}"))
    # Answers judged under an answer key that has been corrected since, or never: a crash may come before the verdict.
    shards += verify.row_shards(run, "test")
    if shards or not run.recipe.judge:
        return shards
    return judge.pending(run, run.recipe.judge, exam(run, stage, stage.models))


def work(run: Run, stage: Evaluate, shard: Shard) -> dict[str, int]:
    return judge.opinions(run, stage, shard) or answer(run, shard)


def results(run: Run, stage: Evaluate) -> dict[str, dict[str, scores.Interval]]:
    """pass@1, pass@k and maj@k per model, each with its 95% interval."""
    found = {}
    deciders = [(name, settings) for name, settings, *_ in run.checks if name in ("answer", "judged")]
    for model in stage.models:
        with run.lake.connect() as db:
            db.register("asked", pl.DataFrame({"trace_id": exam(run, stage, [model])}).to_arrow())
            schema = {"check_name": pl.String, "settings_hash": pl.String}
            db.register("deciders", pl.DataFrame(deciders, schema=schema, orient="row").to_arrow())
            rows = db.execute(
                # By this recipe's judge, whatever another's says. What a judge decides has no normal form: each answer
                # votes for itself.
                """SELECT m.problem_id, v.outcome = 'pass',
                    coalesce(v.detail ->> 'answer', CASE v.check_name WHEN 'judged' THEN m.trace_id END),
                    m.completion_tokens
                FROM marks m SEMI JOIN asked USING (trace_id) ANTI JOIN quarantined USING (problem_id) JOIN (
                    FROM latest_verdicts SEMI JOIN deciders USING (check_name, settings_hash)
                ) v USING (trace_id)
                WHERE v.outcome <> 'undecided'  -- which is nobody's fault
                ORDER BY m.problem_id, m.sample_index"""
            ).fetchall()
        found[model] = scores.report([scores.Sample(*row) for row in rows], stage.ks)
    return found
