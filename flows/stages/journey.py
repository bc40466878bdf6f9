"""Journey: a wrong trace and a right one of the same problem become a journey and its shortcut, and are judged."""

from __future__ import annotations

from typing import Any

import polars as pl

from flows.recipe.stages import Journey
from flows.run import Run, Shard
from flows.stages.verify import judge_in_sql, judge_traces
from generators import journeys
from warehouse import ids

BLOCK = 1024

# The first wrong traces of a problem, by sample index, meet its first right ones; so more samples later add pairs and
# change none.
PAIRS = """
WITH judged AS (
    SELECT m.trace_id, m.problem_id, m.sample_index, m.correct, v.detail ->> 'says' AS says
    FROM marks m SEMI JOIN scope_frame USING (problem_id) ANTI JOIN quarantined USING (problem_id)
    JOIN latest_verdicts v ON v.trace_id = m.trace_id AND v.check_name = 'answer'
    WHERE m.kind = 'sample' AND m.finish_reason = 'stop' AND coalesce(m.outcomes ['format'], 'pass') = 'pass'),
wrong AS (
    SELECT *, row_number() OVER (PARTITION BY problem_id ORDER BY sample_index, trace_id) AS place
    FROM judged WHERE NOT correct AND says IS NOT NULL),
right_ones AS (
    SELECT *, row_number() OVER (PARTITION BY problem_id ORDER BY sample_index, trace_id) AS place
    FROM judged WHERE correct)
SELECT problem_id, w.trace_id AS wrong, r.trace_id AS "right", w.says AS fault
FROM wrong w JOIN right_ones r USING (problem_id, place) WHERE place <= $per_problem
ORDER BY problem_id, place
"""


def pending(run: Run, stage: Journey) -> list[Shard]:
    """Pairs that no journey of this builder joins yet."""
    scope = run.scope.get("train", [])
    with run.lake.connect() as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        pairs = db.sql(PAIRS, params={"per_problem": stage.per_problem}).pl().to_dicts()
        joined = {
            tuple(row[0])
            for row in db.execute(
                "SELECT parents FROM traces WHERE kind = 'journey' AND strategy = ?", [stage.builder.rpartition(":")[2]]
            ).fetchall()
        }
    declined = run.known("failures", "trace_id", [declined_id(stage, pair) for pair in pairs])
    left = [
        pair
        for pair in pairs
        if (pair["wrong"], pair["right"]) not in joined and declined_id(stage, pair) not in declined
    ]
    blocks = [left[start : start + BLOCK] for start in range(0, len(left), BLOCK)]
    return [Shard(f"journeys-{ids.digest([(p['wrong'], p['right']) for p in b])}", len(b), b) for b in blocks]


def declined_id(stage: Journey, pair: dict[str, Any]) -> str:
    """Names a pair that a builder could make nothing of."""
    return "d" + ids.digest(stage.builder, pair["wrong"], pair["right"])


def work(run: Run, stage: Journey, shard: Shard) -> dict[str, int]:
    build = journeys.builder(stage.builder, run.recipe.base)
    pairs: list[dict[str, Any]] = shard.content
    parents = [pair[side] for pair in pairs for side in ("wrong", "right")]
    with run.lake.connect(marks=False) as db:
        db.register("wanted", pl.DataFrame({"trace_id": parents}).to_arrow())
        texts = {
            row["trace_id"]: row for row in db.sql("FROM traces SEMI JOIN wanted USING (trace_id)").pl().to_dicts()
        }
    rows: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for pair in pairs:
        built = list(build({**pair, "wrong": texts[pair["wrong"]], "right": texts[pair["right"]]}))
        rows += [{**row, "run_id": run.run_id} for row in built]
        if not built:
            refused.append(
                {
                    "trace_id": declined_id(stage, pair),
                    "problem_id": pair["problem_id"],
                    "run_id": run.run_id,
                    "reason": "declined",
                    "detail": f"{stage.builder} makes no journey of {pair['wrong']} and {pair['right']}",
                    "attempts": 1,
                }
            )
    if refused:
        run.lake.commit("failures", refused)
    committed = run.lake.commit("traces", rows) if rows else 0
    made = [row["trace_id"] for row in rows]
    passed = judge_traces(run, made)
    for one in run.asked:
        if one.check.query and made:
            judge_in_sql(run, one, made)
    run.progress.advance(shard.size, accepted=passed, judged=len(rows))
    return {"traces": committed, "accepted": passed, "declined": len(refused)}
