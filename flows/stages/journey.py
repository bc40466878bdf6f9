"""Journey: attempts that went wrong become journeys and what those are compared with, and all of it is judged.

Whatever a builder asks is a trace of its own (kinds ``remark`` and ``rollout``), so it is journaled, paid for and asked
once; of an attempt that nothing could be made of, the reason is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flows.recipe.stages import Journey
from flows.run import Run, Shard
from flows.stages import remembered
from flows.stages.value import templates
from flows.stages.verify import judge_in_sql, judge_traces
from generators import journeys, styles
from generators.journeys import Attempt, Builder, Declined, Means
from generators.journeys.rows import controls
from warehouse import ids
from warehouse.errors import BadInput
from warehouse.records import LASTING, Complete, Completion, Failure, Request

# The first wrong traces of a problem and a writer, by sample index, and for pairs the writer's first right ones, which
# are right in their equations too where somebody looked; so more samples later add attempts and change none. Where one
# went wrong is known by step values first, and then by the check of steps.
ATTEMPTS = """
WITH judged AS (
    SELECT m.trace_id, m.problem_id, m.weights, m.sample_index, m.correct, v.detail ->> 'says' AS says,
        coalesce(m.outcomes ['arithmetic'], 'pass') <> 'fail' AS sound
    FROM marks m SEMI JOIN scope_frame USING (problem_id) ANTI JOIN quarantined USING (problem_id)
    JOIN latest_verdicts v ON v.trace_id = m.trace_id AND v.check_name = 'answer' AND v.settings_hash = $answer
    WHERE m.kind = 'sample' AND m.finish_reason = 'stop' AND coalesce(m.outcomes ['format'], 'pass') = 'pass'
        AND ($all OR list_contains($domains, m.domain)) AND (len($writers) = 0 OR list_contains($writers, m.weights))),
wrong AS (
    SELECT *, row_number() OVER (PARTITION BY problem_id, weights ORDER BY sample_index, trace_id) AS place
    FROM judged WHERE NOT correct AND says IS NOT NULL),
right_ones AS (
    SELECT *, row_number() OVER (PARTITION BY problem_id, weights ORDER BY sample_index, trace_id) AS place
    FROM judged WHERE correct AND sound),
faults AS (
    SELECT trace_id, any_value((detail ->> 'step')::INT) AS step, any_value(detail ->> 'says') AS why
    FROM latest_verdicts WHERE check_name = 'arithmetic' AND outcome = 'fail' GROUP BY trace_id),
valued AS (SELECT trace_id, any_value(step) AS step FROM first_wrong_steps GROUP BY trace_id),
-- Who still comes right from the end of the thinking has found nothing wrong with it: only the answer after it was.
held AS (
    SELECT trace_id FROM step_values WHERE newest
    GROUP BY trace_id HAVING arg_max(outcome, step) = 'pass')
SELECT w.problem_id, w.trace_id AS wrong, CASE WHEN $pairs THEN r.trace_id END AS "right", NULL AS journey,
    w.says AS fault, coalesce(v.step, a.step) AS step, v.step AS valued,
    CASE WHEN v.step IS NULL OR v.step = a.step THEN a.why END AS why
FROM wrong w LEFT JOIN right_ones r USING (problem_id, weights, place)
LEFT JOIN valued v ON v.trace_id = w.trace_id LEFT JOIN faults a ON a.trace_id = w.trace_id
WHERE place <= $per_problem AND (NOT $pairs OR r.trace_id IS NOT NULL) AND w.trace_id NOT IN (FROM held)
ORDER BY w.problem_id, w.weights, place
"""

# By age, so that later journeys change none either.
JOURNEYS = """
SELECT m.problem_id, m.parents [1] AS wrong, NULL AS "right", m.trace_id AS journey, NULL AS fault, NULL AS step,
    NULL AS valued, NULL AS why
FROM marks m SEMI JOIN scope_frame USING (problem_id)
WHERE m.kind = 'journey' AND m.accepted AND m.strategy <> $own AND (len($of) = 0 OR list_contains($of, m.strategy))
    AND ($all OR list_contains($domains, m.domain))
QUALIFY row_number() OVER (
    PARTITION BY m.problem_id, m.strategy ORDER BY m.created_at, m.trace_id) <= $per_problem
ORDER BY m.problem_id, m.created_at, m.trace_id
"""


def prepared(stage: Journey, folder: Path | None) -> tuple[Builder, dict[str, Any], styles.Style | None]:
    """A stage's builder with its settings and its style. Raises BadInput where they do not go together."""
    builder = journeys.get(stage.builder, folder)
    unknown = set(stage.settings) - set(builder.defaults)
    if unknown:
        expected = ", ".join(builder.defaults) or "none"
        raise BadInput(f"settings of {stage.builder}: unknown {', '.join(sorted(unknown))}; expected {expected}")
    for name, value in stage.settings.items():
        if type(value) is not type(builder.defaults[name]):
            kind = type(builder.defaults[name]).__name__
            raise BadInput(f"settings of {stage.builder}: {name} is {value!r}; expected {kind}")
    if builder.asks and not stage.model:
        raise BadInput(f"{stage.builder} asks a model; name one, model = ...")
    style = styles.load(stage.style or builder.style, folder, builder.use) if builder.style else None
    return builder, builder.defaults | stage.settings, style


def how(run: Run, stage: Journey) -> str:
    """Names the way journeys are made: what is declined in one way may be tried in another."""
    builder, settings, style = prepared(stage, run.recipe.base)
    asked = [run.weights(name).id for name in filter(None, (stage.model, stage.critic))]
    shape = [stage.n, stage.temperature, stage.top_p, stage.max_tokens] if builder.asks else []
    return ids.digest(builder.name, builder.version, settings, style.asked if style else None, asked, shape)


def subjects(run: Run, stage: Journey) -> list[dict[str, Any]]:
    """Attempts of which this builder has made nothing yet; ``declined`` names each in the stage's way."""
    builder, _, _ = prepared(stage, run.recipe.base)
    scope = run.scope.get("train", [])
    where = {"per_problem": stage.per_problem, "all": not stage.domains, "domains": list(stage.domains)}
    with run.lake.connect() as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        if builder.takes == "journey":
            found = db.sql(JOURNEYS, params=where | {"own": builder.name, "of": list(stage.of)})
        else:
            answer = next(one.settings_hash for one in run.asked if one.check.name == "answer")
            writers = [run.weights(name).id for name in stage.writers or filter(None, [stage.model])]
            whose = {"answer": answer, "writers": writers, "pairs": builder.takes == "pair"}
            found = db.sql(ATTEMPTS, params=where | whose)
        rows = found.pl().to_dicts()
        # In another way nothing is made yet, even of the same.
        way = how(run, stage)
        made = {
            frozenset(parents)
            for (parents,) in db.execute(
                "SELECT parents FROM traces WHERE kind = 'journey' AND strategy = ? AND sampling ->> 'way' = ?",
                [builder.name, way],
            ).fetchall()
        }
    told = {parent for parents in made for parent in parents}
    return [
        row | {"declined": "d" + ids.digest(way, row["wrong"], row["right"], row["journey"])}
        for row in rows
        if (
            frozenset((row["wrong"], row["right"])) not in made
            if row["right"]
            else (row["journey"] or row["wrong"]) not in told
        )
    ]


def refusals(run: Run, found: Sequence[dict[str, Any]]) -> dict[str, tuple[str, bool]]:
    """Why nothing was made of some attempts, by what names them, and whether it was this run that said so."""
    with run.lake.connect(marks=False) as db:
        wanted = pl.DataFrame({"trace_id": [one["declined"] for one in found]}, schema={"trace_id": pl.String})
        db.register("wanted", wanted.to_arrow())
        rows = db.execute(
            """SELECT trace_id, arg_max(reason, created_at), bool_or(run_id = $run) FROM failures
            SEMI JOIN wanted USING (trace_id) GROUP BY trace_id""",
            {"run": run.run_id},
        ).fetchall()
    return {name: (reason, now) for name, reason, now in rows}


def pending(run: Run, stage: Journey) -> list[Shard]:
    """Attempts of which nothing is made yet, unless it is known that nothing can be, or not in this run."""
    found = subjects(run, stage)
    refused = refusals(run, found)
    settled = {name for name, (reason, now) in refused.items() if now or reason in LASTING}
    left = [one for one in found if one["declined"] not in settled]
    blocks = [left[start : start + stage.shard] for start in range(0, len(left), stage.shard)]
    return [Shard(f"journeys-{ids.digest([one['declined'] for one in b])}", len(b), b) for b in blocks]


def unanswered(run: Run, stage: Journey) -> Counter[str]:
    """Attempts of which nothing could be made because somebody did not answer."""
    reasons = Counter(reason for reason, _ in refusals(run, subjects(run, stage)).values())
    return Counter({reason: count for reason, count in reasons.items() if reason not in LASTING})


def work(run: Run, stage: Journey, shard: Shard) -> dict[str, int]:
    builder, settings, style = prepared(stage, run.recipe.base)
    subjects: list[dict[str, Any]] = shard.content
    attempts, sources = told(run, subjects)
    ids_of = dict(zip(map(id, attempts), subjects, strict=True))
    lost: dict[str, Failure] = {}
    way = how(run, stage)
    model, critic = stage.model or "", stage.critic or stage.model or ""
    means = Means(
        complete=noting(remembered.complete(run, shard.name), lost),
        judge=remembered.judge(run),
        model=model,
        weights=run.weights(model).id if model else "",
        critic=critic,
        critic_weights=run.weights(critic).id if critic else "",
        style=style,
        n=stage.n,
        temperature=stage.temperature,
        top_p=stage.top_p,
        max_tokens=stage.max_tokens,
        templates=templates(run),
        settings=settings,
    )
    rows: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for found in builder.build(attempts, means):
        if isinstance(found, Declined):
            subject = ids_of[id(found.attempt)]
            # A request that got no answer may get one in the next run.
            in_vain = any(one.request.problem_id == found.attempt.problem_id for one in lost.values())
            reason = "unanswered" if in_vain else "declined"
            refused.append(failure(run, builder, subject, reason, found.why))
        else:
            rows.append(builder.row(found, way))
    beside = list(controls(rows, [sources[row["problem_id"]] for row in rows]))
    unmixed = len(rows) - sum(row["kind"] == "mixed" for row in beside)
    rows += beside
    if refused:
        run.lake.commit("failures", refused)
    committed = run.lake.commit("traces", [{**row, "run_id": run.run_id} for row in rows]) if rows else 0
    made = [row["trace_id"] for row in rows]
    passed = judge_traces(run, made)
    for one in run.asked:
        if one.check.query and made:
            judge_in_sql(run, one, made)
    run.progress.advance(shard.size, accepted=passed, judged=len(rows))
    return {"traces": committed, "accepted": passed, "declined": len(refused), "unmixed": unmixed, "failed": len(lost)}


def told(run: Run, subjects: Sequence[dict[str, Any]]) -> tuple[list[Attempt], dict[str, str]]:
    """The attempts with their texts, and the source of each problem."""
    wanted = {s[side] for s in subjects for side in ("wrong", "right", "journey") if s[side]}
    with run.lake.connect(marks=False) as db:
        db.register("wanted", pl.DataFrame({"trace_id": sorted(wanted)}).to_arrow())
        texts = {
            row["trace_id"]: row for row in db.sql("FROM traces SEMI JOIN wanted USING (trace_id)").pl().to_dicts()
        }
        db.register("asked", pl.DataFrame({"problem_id": sorted({s["problem_id"] for s in subjects})}).to_arrow())
        problems = db.execute(
            "SELECT problem_id, prompt, source FROM problems SEMI JOIN asked USING (problem_id)"
        ).fetchall()
    prompts = {name: prompt for name, prompt, _ in problems}
    attempts = [
        Attempt(
            s["problem_id"],
            prompts[s["problem_id"]],
            texts[s["wrong"]],
            s["fault"] or "",
            texts.get(s["right"]),
            s["step"],
            s["valued"],
            s["why"],
            texts.get(s["journey"]),
        )
        for s in subjects
    ]
    return attempts, {name: source for name, _, source in problems}


def noting(complete: Complete, lost: dict[str, Failure]) -> Complete:
    """The same ``Complete``, which notes the requests that got no answer and may get one yet."""

    def answers(requests: Sequence[Request]) -> Iterator[Completion | Failure]:
        for came in complete(requests):
            if isinstance(came, Failure) and came.reason not in LASTING:
                lost[came.request.trace_id] = came
            yield came

    return answers


def failure(run: Run, builder: Builder, subject: dict[str, Any], reason: str, why: str) -> dict[str, Any]:
    """The row of ``failures`` for an attempt that nothing was made of."""
    return {
        "trace_id": subject["declined"],
        "problem_id": subject["problem_id"],
        "run_id": run.run_id,
        "reason": reason,
        "detail": f"{builder.name} makes no journey of {subject['journey'] or subject['wrong']}: {why}",
        "attempts": 1,
    }
