"""Value: what the steps of traces are worth, by how often a model that goes on from there comes to a right answer.

The rollouts are traces of their own (kind ``rollout``), children of the trace they go on with, judged like any other
and counted in no pass rate. A step's value is a verdict on it (``step_value``): its score is the share of right ones
among those that were decided, with a 95% interval; it fails where nothing came right. Where rollouts have failed that
may yet come it is undecided, and the next run asks again. It hangs on the answer key, as its rollouts' verdicts do.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl

from flows.recipe.stages import Sampled, Value
from flows.run import Run, Shard, use_of
from flows.stages import remembered
from generators import styles, values
from warehouse import ids
from warehouse.intervals import wilson
from warehouse.steps import steps

CHECK, VERSION = "step_value", 1

# The first ones of a problem by sample index, as journeys take them.
SUBJECTS = """
SELECT m.trace_id FROM marks m SEMI JOIN scope_frame USING (problem_id) ANTI JOIN quarantined USING (problem_id)
WHERE list_contains($kinds, m.kind) AND ($all OR list_contains($domains, m.domain))
    AND m.finish_reason = 'stop' AND m.superseded IS NULL AND coalesce(m.outcomes ['format'], 'pass') = 'pass'
    AND CASE $answers WHEN 'right' THEN m.correct WHEN 'wrong' THEN NOT m.correct ELSE m.correct IS NOT NULL END
    AND (m.correct OR EXISTS (
        FROM latest_verdicts v
        WHERE v.trace_id = m.trace_id AND v.check_name = 'answer' AND v.detail ->> 'says' IS NOT NULL))
QUALIFY row_number() OVER (
    PARTITION BY m.problem_id, m.correct ORDER BY m.sample_index, m.trace_id) <= $per_problem
ORDER BY m.problem_id, m.correct, m.sample_index, m.trace_id
"""

# How many rollouts of a trace failed that may yet come, and whether it was this run that saw them fail.
FAILED = """
SELECT trace_id, coalesce(sum((detail ->> 'failed')::INT), 0)::INT AS failed, bool_or(run_id = $run) AS now
FROM latest_verdicts SEMI JOIN subjects USING (trace_id)
WHERE check_name = $check AND version = $version AND settings_hash = $settings GROUP BY trace_id
"""


def how(run: Run, stage: Value) -> values.How:
    """Who goes on and how. A chat template is told what the style that a trace was asked in tells it, where a stage of
    the recipe has that style."""
    asking = [one for one in run.recipe.stages if isinstance(one, Sampled) and use_of(one) == "ask"]
    known = [styles.load(one.style, run.recipe.base) for one in asking]
    return values.How(
        model=stage.model,
        weights=run.weights(stage.model).id,
        n=stage.n,
        temperature=stage.temperature,
        top_p=stage.top_p,
        max_tokens=stage.max_tokens,
        method=stage.method,
        templates={style.label: style.template for style in known if style.template},
    )


def subjects(run: Run, stage: Value) -> list[str]:
    """The traces whose steps the stage looks at, as the other verdicts stand."""
    with run.lake.connect() as db:
        scope = pl.DataFrame({"problem_id": run.scope.get("train", [])}, schema={"problem_id": pl.String})
        db.register("scope_frame", scope.to_arrow())
        where = {"kinds": list(stage.kinds), "all": not stage.domains, "domains": list(stage.domains)}
        found = db.execute(SUBJECTS, where | {"answers": stage.of, "per_problem": stage.per_problem})
        return [row[0] for row in found.fetchall()]


def failed(run: Run, stage: Value, traces: list[str]) -> dict[str, tuple[int, bool]]:
    """The traces whose steps have been looked at in the stage's way: how many of their rollouts failed that may yet
    come, and whether that was in this run."""
    settings = {"check": CHECK, "version": VERSION, "settings": how(run, stage).settings_hash, "run": run.run_id}
    with run.lake.connect(marks=False) as db:
        db.register("subjects", pl.DataFrame({"trace_id": traces}, schema={"trace_id": pl.String}).to_arrow())
        return {trace: (count, now) for trace, count, now in db.execute(FAILED, settings).fetchall()}


def unanswered(run: Run, stage: Value) -> Counter[str]:
    """How many rollouts were asked for in vain, of those that values hang on."""
    count = sum(count for count, _ in failed(run, stage, subjects(run, stage)).values())
    return Counter({"unanswered": count} if count else {})


def pending(run: Run, stage: Value) -> list[Shard]:
    """Traces whose steps have no values yet, or had rollouts that failed in an earlier run."""
    wanted = subjects(run, stage)
    known = failed(run, stage, wanted)
    done = {trace for trace, (count, now) in known.items() if now or not count}
    shards = []
    for start in range(0, len(wanted), stage.shard):
        block = wanted[start : start + stage.shard]
        if left := [trace for trace in block if trace not in done]:
            # Named by all that is in it, so that runs which find more or less of it done share the claim.
            shards.append(Shard(f"values-{ids.digest(block)}", len(left), left))
    return shards


def work(run: Run, stage: Value, shard: Shard) -> dict[str, int]:
    way = how(run, stage)
    traces = list(rows_of(run, shard.content))
    known = values.values(traces, remembered.complete(run, shard.name), remembered.judge(run), way)
    rows = [row | {"run_id": run.run_id} for trace in traces for row in verdicts(trace, known[trace["trace_id"]], way)]
    run.lake.commit("verdicts", rows)
    found = sum(values.first_wrong(steps_of) is not None for steps_of in known.values())
    lost = sum(value.failed for steps_of in known.values() for value in steps_of.values())
    run.progress.advance(shard.size, note=f"{found} of {shard.size} with a first wrong step")
    return {"traces": len(traces), "steps": len(rows), "first_wrong": found, "failed": lost}


def rows_of(run: Run, traces: list[str]) -> Iterator[dict[str, Any]]:
    """Rows of ``traces`` with their current answer key's id, in the order of their own."""
    with run.lake.connect(marks=False) as db:
        db.register("wanted", pl.DataFrame({"trace_id": traces}, schema={"trace_id": pl.String}).to_arrow())
        found = db.sql(
            """SELECT t.*, k.key_id FROM traces t SEMI JOIN wanted USING (trace_id)
            LEFT JOIN current_keys k USING (problem_id) ORDER BY trace_id"""
        )
        yield from found.pl().iter_rows(named=True)


def verdicts(trace: dict[str, Any], known: values.Values, way: values.How) -> Iterator[dict[str, Any]]:
    """Rows of ``verdicts``, one a step that was asked."""
    spans = [(None, None), *steps(trace["completion"])]
    for step, value in sorted(known.items()):
        start, end = spans[step]
        detail = {"right": len(value.right), "start": start, "end": end}
        outcome, reason = outcome_of(value)
        score, low, high = wilson(len(value.right), value.n) if value.n else (None, None, None)
        yield {
            "problem_id": trace["problem_id"],
            "trace_id": trace["trace_id"],
            "step": step,
            "check_name": CHECK,
            "version": VERSION,
            "settings_hash": way.settings_hash,
            "key_id": trace["key_id"],
            "outcome": outcome,
            "reason": reason,
            "score": score,
            "low": low,
            "high": high,
            "n": value.n,
            "detail": json.dumps(detail | ({"failed": value.failed} if value.failed else {})),
        }


def outcome_of(value: values.Value) -> tuple[str, str | None]:
    """An outcome and its reason."""
    if value.failed or not value.n:
        return "undecided", "unanswered" if value.failed else "nothing_decided"
    return ("pass", None) if value.right else ("fail", "leads_nowhere")


def at_most(run: Run, stage: Value) -> int:
    """Rollouts that the traces there are so far may yet be asked for; some of them may have come already."""
    left = [trace for shard in pending(run, stage) for trace in shard.content]
    with run.lake.connect(marks=False) as db:
        db.register("wanted", pl.DataFrame({"trace_id": left}, schema={"trace_id": pl.String}).to_arrow())
        texts = db.execute("SELECT completion FROM traces SEMI JOIN wanted USING (trace_id)")
        asked = 0
        while some := texts.fetchmany(1024):
            asked += sum(values.at_most(len(steps(text)), stage.method) for (text,) in some)
    return asked * stage.n
