"""Verify: every check's opinion of every trace of the training problems, once per version, settings and answer key.

With ``again``, what was left undecided for a reason that may have passed is asked once more in each run. It is a row of
its own; a decided one counts before it, and nothing decided is ever asked again.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from filters.finding import MAY_COME_RIGHT
from filters.verdicts import Asked, judge_with
from flows.recipe.parts import Part
from flows.run import Run, Shard
from warehouse import ids

BLOCK = 4096


def pending(run: Run, stage: Part) -> list[Shard]:
    """Traces that some check has not seen yet, or not under the current answer key."""
    shards = row_shards(run, "train")
    for one in run.asked:
        if one.check.query and (left := unjudged(run, one, "train")):
            shards.append(Shard(f"verdicts-{one.check.name}-{ids.digest(left)}", len(left), (one, left)))
    return shards


def work(run: Run, stage: Part, shard: Shard) -> dict[str, int]:
    if isinstance(shard.content, tuple):
        one, traces = shard.content
        # What came in since the plan was made belongs to the question as well.
        count = judge_in_sql(run, one, sorted({*traces, *unjudged(run, one, "train")}))
        run.progress.advance(shard.size)
        return {"verdicts": count}
    passed = judge_traces(run, shard.content)
    run.progress.advance(shard.size, accepted=passed, judged=shard.size)
    return {"verdicts": len(shard.content) * len(run.asked), "accepted": passed}


def row_shards(run: Run, split: str, never: bool = False) -> list[Shard]:
    """Shards of traces that some row check has not seen yet; with ``never``, not even under an older answer key."""
    rows = [one for one in run.asked if one.by_row]
    unseen = sorted({trace for one in rows for trace in unjudged(run, one, split, never)})
    blocks = [unseen[start : start + BLOCK] for start in range(0, len(unseen), BLOCK)]
    return [Shard(f"verdicts-{ids.digest(block)}", len(block), block) for block in blocks]


def unjudged(run: Run, one: Asked, split: str, never: bool = False) -> list[str]:
    """Trace ids of a split's problems without a verdict of this check, version, settings and current answer key.

    With ``never``, without one under any key. Where the recipe asks again, one that is undecided and may come right is
    none, unless it is of this run.
    """
    scope = run.scope.get(split, [])
    with run.lake.connect(marks=False) as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        found = db.execute(
            """SELECT t.trace_id FROM traces t SEMI JOIN scope_frame USING (problem_id)
            LEFT JOIN current_keys k USING (problem_id)
            WHERE ($kind IS NULL OR t.kind = $kind) AND t.kind NOT IN ('judgement', 'remark')
            AND ($decider IS NULL OR $decider = decider(k.verifier))
            AND NOT EXISTS (
                FROM verdicts v WHERE v.trace_id = t.trace_id AND v.check_name = $name AND v.version = $version
                AND v.settings_hash = $settings AND ($keyless OR v.key_id IS NOT DISTINCT FROM k.key_id)
                AND NOT ($again AND v.outcome = 'undecided' AND v.run_id <> $run AND list_contains($may, v.reason)))
            ORDER BY t.trace_id""",
            {
                "name": one.check.name,
                "version": one.check.version,
                "settings": one.settings_hash,
                "kind": one.check.kind,
                "decider": one.check.decider,
                "keyless": never or not one.check.needs_key,
                "again": run.recipe.again and not never,
                "may": MAY_COME_RIGHT,
                "run": run.run_id,
            },
        )
        return [row[0] for row in found.fetchall()]


def judge_traces(run: Run, traces: list[str]) -> int:
    """Ask the recipe's row checks about some traces and commit the verdicts; returns how many traces all passed."""
    asked = [one for one in run.asked if one.by_row]
    if not traces or not asked:
        return 0
    return commit(run, with_originals(run, with_keys(run, traces)), asked)


def with_originals(run: Run, traces: pl.DataFrame) -> pl.DataFrame:
    """Rows of traces with what the check of a rewriting or a journey compares: its first parent's text (original), and
    for a journey those of all its parents (ancestors) and the solution that came with its problem."""
    compared = traces.filter(pl.col("kind").is_in(["rewrite", "journey"])).select(
        "trace_id", "problem_id", "kind", pl.col("parents").cast(pl.List(pl.String))
    )
    with run.lake.connect(marks=False) as db:
        db.register("todo", compared.to_arrow())
        found = db.sql(
            """WITH parents AS (
                SELECT trace_id AS child, kind, unnest(parents) AS trace_id, generate_subscripts(parents, 1) AS place
                FROM todo),
            texts AS (
                SELECT child, any_value(completion) FILTER (place = 1) AS original,
                    list(completion ORDER BY place) FILTER (p.kind = 'journey') AS ancestors
                FROM (FROM parents WHERE place = 1 OR kind = 'journey') p JOIN traces USING (trace_id) GROUP BY child)
            SELECT d.trace_id, original, ancestors, p.metadata ->> 'solution' AS solution
            FROM todo d LEFT JOIN texts ON child = d.trace_id
            LEFT JOIN problems p ON p.problem_id = d.problem_id AND d.kind = 'journey'"""
        ).pl()
    return traces.join(found, on="trace_id", how="left")


def with_keys(run: Run, traces: list[str] | pl.DataFrame) -> pl.DataFrame:
    """Rows of traces, as they are or by their ids, with their problems' language and answer keys: key_id, answers,
    verifier, spec."""
    with run.lake.connect(marks=False) as db:
        given = "todo"
        if isinstance(traces, pl.DataFrame):
            db.register("todo", traces.to_arrow())
        else:
            db.register("todo", pl.DataFrame({"trace_id": traces}).to_arrow())
            given = "traces SEMI JOIN todo USING (trace_id)"
        return db.sql(
            # Which keys first and what they hold after: the tests of a programming problem may be a megabyte.
            f"""WITH asked AS MATERIALIZED (SELECT * FROM {given}),
                wanted AS MATERIALIZED (
                    SELECT problem_id, key_id FROM current_keys SEMI JOIN asked USING (problem_id)),
                keys AS (
                    SELECT key_id, any_value(answers) AS answers, any_value(verifier) AS verifier,
                        any_value(spec) AS spec
                    FROM answer_keys SEMI JOIN wanted USING (key_id) GROUP BY key_id)
            SELECT t.*, p.language, k.key_id, k.answers, k.verifier, k.spec FROM asked t
            LEFT JOIN problems p USING (problem_id)
            LEFT JOIN wanted USING (problem_id) LEFT JOIN keys k USING (key_id)"""
        ).pl()


def commit(run: Run, frame: pl.DataFrame, asked: list[Asked]) -> int:
    """Judge rows of traces and commit the verdicts; returns how many passed all that was asked of them."""
    verdicts = judge_with(asked, run.run_id)(frame)
    if verdicts.is_empty():  # no check concerns them
        return 0
    run.lake.commit("verdicts", verdicts)
    return int(verdicts.group_by("trace_id").agg((pl.col("outcome") == "pass").all())["outcome"].sum())


def judge_in_sql(run: Run, one: Asked, traces: list[str]) -> int:
    """Ask a check that is a query over the lake, and commit its verdicts."""
    with run.lake.connect(marks=False) as db:
        db.register("todo_frame", pl.DataFrame({"trace_id": traces}).to_arrow())
        db.execute("CREATE TEMP TABLE todo AS FROM todo_frame")
        for name, value in one.settings.items():
            db.execute(f'SET VARIABLE "{name}" = $value', {"value": value})
        # A trace the query passes over is undecided, so that it is not asked about for ever.
        frame = db.sql(
            f"""SELECT t.trace_id, t.problem_id, f.against, coalesce(f.outcome, 'undecided') AS outcome,
                CASE WHEN f.outcome IS NULL THEN 'no_opinion' ELSE f.reason END AS reason, f.score
            FROM todo JOIN traces t USING (trace_id) LEFT JOIN ({one.check.query}) f USING (trace_id)"""
        ).pl()
    constant: dict[str, Any] = {
        "check_name": one.check.name,
        "version": one.check.version,
        "settings_hash": one.settings_hash,
        "run_id": run.run_id,
    }
    return run.lake.commit("verdicts", frame.with_columns(**{name: pl.lit(value) for name, value in constant.items()}))
