"""Evaluate: the models answer the held-out problems; their answers are traces, their marks verdicts.

With ``after`` they do not begin themselves: somebody has gone wrong already, in a step that is known, and they go on
from its end. What they answer then are rollouts, which count in no pass rate but that of this examination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from flows.recipe.stages import Evaluate
from flows.run import Run, Shard
from flows.stages import judge, value, verify
from flows.stages.sampling import answer, in_turns, missing, requests
from generators.values import How, rollouts
from trainers import scores
from warehouse.errors import RecipeError
from warehouse.records import Request
from warehouse.steps import steps

CHECK = ("check_name", "settings_hash")


def asked(run: Run, stage: Evaluate) -> list[list[Request]]:
    """All that the stage asks for, block by block."""
    answers = beginnings(run, stage) + [block for model in stage.models for block in paper(run, stage, model)]
    return answers + (judge.asked(run, run.recipe.judge, exam(run, stage, stage.models)) if run.recipe.judge else [])


def paper(run: Run, stage: Evaluate, model: str) -> list[list[Request]]:
    """What one model is asked, block by block."""
    if not stage.after:
        return requests(run, stage, model, "test", "sample", stage.limit)
    how = How(
        model=model,
        weights=run.weights(model).id,
        n=stage.n,
        temperature=stage.temperature,
        top_p=stage.top_p,
        max_tokens=stage.max_tokens,
        templates=value.templates(run),
    )
    begun = [request.trace_id for block in beginnings(run, stage) for request in block]
    wanted = [request for trace in value.rows_of(run, begun) for request in onward(trace, how)]
    size = stage.shard * stage.n
    return [wanted[start : start + size] for start in range(0, len(wanted), size)]


def beginnings(run: Run, stage: Evaluate) -> list[list[Request]]:
    """The attempts that the models go on from: one of each problem."""
    if not stage.after:
        return []
    return requests(run, stage.model_copy(update={"n": 1}), stage.after, "test", "cold_start", stage.limit)


def onward(trace: dict, how: How) -> Iterator[Request]:
    """The requests that go on from the end of the first step in which a trace goes wrong, as its writer says."""
    if starts := [span["start"] for span in trace["spans"] or [] if span["label"] == "wrong"]:
        step = next(number for number, (_, end) in enumerate(steps(trace["completion"]), 1) if end > min(starts))
        yield from rollouts(trace, step, how)


def exam(run: Run, stage: Evaluate, models: Sequence[str]) -> list[str]:
    """The traces that these models' answers are, or will be."""
    return [request.trace_id for model in models for block in paper(run, stage, model) for request in block]


def pending(run: Run, stage: Evaluate) -> list[Shard]:
    if not run.scope.get("test"):
        raise RecipeError('evaluate: no held-out problems; add a [[problems]] entry with split = "test"')
    if begun := missing(run, beginnings(run, stage), f"beginnings-{stage.after}"):
        return in_turns(run, begun)
    shards = []
    for model in stage.models:
        shards += in_turns(run, missing(run, paper(run, stage, model), f"answers-{model}"))
    # Answers judged under an answer key that has been corrected since, or never: a crash may come before the verdict.
    shards += verify.row_shards(run, "test")
    if shards or not run.recipe.judge:
        return shards
    return judge.pending(run, run.recipe.judge, exam(run, stage, stage.models))


def work(run: Run, stage: Evaluate, shard: Shard) -> dict[str, int]:
    return judge.opinions(run, stage, shard) or answer(run, shard)


def results(run: Run, stage: Evaluate) -> dict[str, dict[str, scores.Interval]]:
    """pass@1, pass@k and maj@k per model, each with its 95% interval."""
    return {model: scores.report(answers, stage.ks) for model, answers in samples(run, stage).items()}


def samples(run: Run, stage: Evaluate) -> dict[str, list[scores.Sample]]:
    """The judged answers of each model, by problem and sample index."""
    deciders = [(name, settings) for name, settings, *_ in run.checks if name in ("answer", "judged")]
    # Two names may stand for the same weights, whose answers are then both's.
    asked = [(model, trace) for model in stage.models for trace in exam(run, stage, [model])]
    with run.lake.connect() as db:
        for name, rows, columns in (("asked", asked, ("who", "trace_id")), ("deciders", deciders, CHECK)):
            db.register(name, pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row").to_arrow())
        found = db.execute(
            # By this recipe's judge, whatever another's says. What a judge decides has no normal form: each answer
            # votes for itself.
            """SELECT asked.who, m.problem_id, v.outcome = 'pass',
                coalesce(v.detail ->> 'answer', CASE v.check_name WHEN 'judged' THEN m.trace_id END),
                m.completion_tokens
            FROM marks m JOIN asked USING (trace_id) ANTI JOIN quarantined USING (problem_id) JOIN (
                FROM latest_verdicts SEMI JOIN deciders USING (check_name, settings_hash)
            ) v USING (trace_id)
            WHERE v.outcome <> 'undecided'  -- which is nobody's fault
            ORDER BY m.problem_id, m.sample_index"""
        ).fetchall()
    answers: dict[str, list[scores.Sample]] = {model: [] for model in stage.models}
    for who, *row in found:
        answers[who].append(scores.Sample(*row))
    return answers
