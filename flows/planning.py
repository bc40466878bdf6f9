"""Looking without touching: what a run would do and how the last one is doing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows import quarantine
from flows.progress import Progress
from flows.recipe import Recipe
from flows.recipe.stages import Drawn, Evaluate, Generate, Journey, Judge, Rewrite, Value
from flows.run import Run
from warehouse.lake import Lake
from warehouse.lake.marker import is_lake

ENOUGH = 30
"""Traces of a model from which what the next ones take is told."""


def plan_of(recipe: Recipe, lake: Path) -> list[dict[str, Any]]:
    """One row per stage: what there is to do at most, what of it is left, and what that is expected to take."""
    from flows.stages import MODULES, evaluate, judge, rounds, truncated, value
    from flows.stages.sampling import missing, requests

    run = None
    if is_lake(lake):
        run = Run(recipe, Lake(lake), Progress(quiet=True), fetch=False)
        if MODULES["problems"].unread(run, recipe.problems):
            run = None
    counts = [at_most(run, recipe, split) for split in ("train", "test")]
    both = None if None in counts else sum(count or 0 for count in counts)
    for name, described in recipe.models.items():
        if described.backend == "solver":
            continue
        asked = Run(recipe, run.lake if run else None, Progress(quiet=True), fetch=False)  # type: ignore[arg-type]
        if described.backend == "openai" or asked.weights(name).path.exists():
            asked.complete(name)  # as a run would: options that it refuses are refused here
    rows: list[dict[str, Any]] = [
        {
            "stage": "problems",
            "what": " + ".join(sorted({p.source for p in recipe.problems}))
            + (f"; {bad:,} quarantined" if run and (bad := len(quarantine.of_run(run))) else ""),
            "at most": both,
            "to do": 0 if run else both,
        }
    ]
    for stage in recipe.stages:
        if isinstance(stage, Generate | Evaluate):
            split = "train" if isinstance(stage, Generate) else "test"
            models = (stage.model,) if isinstance(stage, Generate) else stage.models
            for model in models:
                count = at_most(run, recipe, split, stage.domains)
                what = f"{model}, n = {stage.n}, up to {stage.max_tokens} tokens each"
                if isinstance(stage, Evaluate):
                    count = None if count is None else min(count, stage.limit or count)
                    what = f"{stage.name}: {what}"
                total = None if count is None else count * stage.n
                todo = total
                if run and model in recipe.models:
                    if isinstance(stage, Evaluate):
                        blocks = evaluate.paper(run, stage, model)
                    else:
                        blocks = requests(run, stage, model, split, stage.kind)
                    todo = sum(shard.size for shard in missing(run, blocks, "plan"))
                    if isinstance(stage, Generate):
                        ids = [request.trace_id for block in blocks for request in block]
                        cut = sum(shard.size for shard in truncated.shards(run, stage, ids))
                        todo = cut + (rounds.expected(run, stage) if stage.in_rounds else todo)
                elif run:
                    todo = None  # its weights are not known before it is trained
                if isinstance(stage, Generate) and stage.in_rounds:
                    what += f"; in rounds{f' until {stage.accept} are accepted' if stage.accept else ''}"
                row = {"stage": stage.do, "what": what, "at most": total, "to do": todo}
                rows.append(row | (spend(run, recipe, model, stage, todo) if todo else {}))
        elif isinstance(stage, Journey):
            rows.append(of_journeys(run, recipe, stage))
        elif isinstance(stage, Rewrite | Judge):
            what = f"{stage.model}, {stage.style}, up to {stage.max_tokens} tokens each"
            known = run and stage.model in recipe.models  # of the traces there are so far
            left = None
            if run and known:
                wanted = MODULES[stage.do].asked(run, stage)
                if isinstance(stage, Judge):
                    for one in recipe.stages:
                        if isinstance(one, Evaluate):
                            papers = evaluate.exam(run, one, [name for name in one.models if name in recipe.models])
                            wanted += judge.asked(run, stage, papers)
                left = sum(shard.size for shard in missing(run, wanted, "plan"))
            row = {"stage": stage.do, "what": what, "at most": None, "to do": left}
            rows.append(row | (spend(run, recipe, stage.model, stage, left) if left else {}))
        elif isinstance(stage, Value):
            what = f"{stage.model}, n = {stage.n}, {stage.method}, of {stage.of}, up to {stage.max_tokens} tokens each"
            left = value.at_most(run, stage) if run and stage.model in recipe.models else None
            row = {"stage": stage.do, "what": what, "at most": None, "to do": left}
            rows.append(row | (spend(run, recipe, stage.model, stage, left) if left else {}))
        else:
            said = {key: filled(value) for key, value in stage.model_dump(mode="json", exclude={"do"}).items()}
            usual = {key for key, field in type(stage).model_fields.items() if getattr(stage, key) == field.default}
            told = {key: value for key, value in said.items() if value or not (value is None or key in usual)}
            what = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in told.items())
            rows.append({"stage": stage.do, "what": what, "at most": None, "to do": None})
    return rows


def of_journeys(run: Run | None, recipe: Recipe, stage: Journey) -> dict[str, Any]:
    """The row of a journey stage: attempts left of those the lake holds, and what they will take, by those so far."""
    from flows.stages import journey

    builder, _, _ = journey.prepared(stage, recipe.base)
    what = stage.builder
    if stage.model:
        critic = f", criticised by {stage.critic}" if stage.critic else ""
        what += f", {stage.model}{critic}, n = {stage.n}, up to {stage.max_tokens} tokens each"
    row: dict[str, Any] = {"stage": stage.do, "what": what, "at most": None, "to do": None}
    # Of what the lake does not know yet nothing can be said: traces that are to be generated, weights to be trained.
    if not run or any(name not in recipe.models for name in (stage.model, stage.critic) if name):
        return row
    row["to do"] = left = sum(shard.size for shard in journey.pending(run, stage))
    if not left or not builder.asks:
        return row
    with run.lake.connect() as db:
        so_far = db.execute(
            "SELECT attempts, tokens, device_seconds_per_accepted * accepted, cost_per_accepted * accepted "
            "FROM journey_yields WHERE builder = ?",
            [builder.name],
        ).fetchone()
    if so_far and so_far[0] >= ENOUGH:
        attempts, tokens, seconds, cost = so_far
        row |= {"tokens": round(left * tokens / attempts), "basis": f"as {attempts:,} attempts so far"}
        row |= {"device hours": round(left * seconds / attempts / 3600, 2)} if seconds else {}
        row |= {"cost": round(left * cost / attempts, 2)} if cost else {}
    return row


def filled(value: Any) -> Any:
    """A setting without the tables in it that say nothing."""
    return {key: inner for key, inner in value.items() if inner} if isinstance(value, dict) else value


def at_most(run: Run | None, recipe: Recipe, split: str, domains: tuple[str, ...] = ()) -> int | None:
    """Problems of a split (and of some domains); None while that hangs on a source which nobody has read yet."""
    from flows.stages.sampling import problems_of

    if run:
        return len(problems_of(run, split, domains) if domains else run.scope.get(split, []))
    counts = [None if domains else entry.count for entry in recipe.problems if entry.split == split]
    return None if None in counts else sum(count or 0 for count in counts)


def spend(run: Run | None, recipe: Recipe, model: str, stage: Drawn, todo: int) -> dict[str, Any]:
    """What so many samples of a model will take: by its traces so far where there are some, else at most."""
    from flows.stages import rounds

    price = recipe.model_behind(model).options.get("price")
    tokens, seconds, cost, basis = float(stage.max_tokens), None, None, "at most"
    if price:  # of the answer; how long prompts are shows with the first traces
        cost = stage.max_tokens * price["output"] / 1e6
    if run and model in recipe.models:
        kinds = {Rewrite: ["rewrite"], Judge: ["judgement"], Value: ["rollout"]}.get(
            type(stage), ["sample", "cold_start", "knowledge"]
        )
        with run.lake.connect() as db:
            so_far = db.execute(
                """SELECT count(*), avg(completion_tokens), avg(seconds), avg(cost) FROM marks
                WHERE weights = ? AND list_contains(?, kind)""",
                [run.weights(model).id, kinds],
            ).fetchone()
        if so_far and so_far[0] >= ENOUGH:
            seconds, cost = so_far[2:]
            tokens = so_far[1] if so_far[1] is not None else tokens  # not every server counts them
            basis = f"as {so_far[0]:,} traces so far"
    budget = stage.budget.model_dump(exclude_none=True) if isinstance(stage, Generate) and stage.budget else {}
    if budget and run and isinstance(stage, Generate):
        spent = rounds.tally(run, stage).spent
        budget = {name: max(0.0, limit - spent[name]) for name, limit in budget.items()}
    rows = {
        "tokens": bounded(todo * tokens, budget.get("tokens")),
        "device hours": bounded(todo * seconds, budget.get("device_seconds")) / 3600 if seconds else None,
        "cost": bounded(todo * cost, budget.get("cost")) if cost else None,
    }
    return {name: round(amount, 2) if amount is not None else None for name, amount in rows.items()} | {"basis": basis}


def bounded(amount: float, budget: float | None) -> float:
    return amount if budget is None else min(amount, budget)


def status_of(lake: Lake) -> list[dict[str, Any]]:
    """The last run: its stage, how much of it is done, rate, time left, acceptance, spend."""
    events = lake.scan("runs").sort("created_at").collect().to_dicts()
    started = [event for event in events if event["event"] == "started"]
    if not started:
        return []
    last = started[-1]
    own = [event for event in events if event["run_id"] == last["run_id"]]
    now = own[-1]
    rows = [
        {"what": "run", "value": f"{last['run_id']} of {json.loads(last['recipe'])['name']}"},
        {"what": "began", "value": f"{last['created_at']:%Y-%m-%d %H:%M:%S} UTC"},
        {"what": "state", "value": " ".join(filter(None, [now["event"].replace("_", " "), now["stage"]]))},
    ]
    with lake.connect() as db:
        done, tokens, seconds, cost, accepted, answers = db.execute(
            """SELECT count(*), sum(completion_tokens)::BIGINT, sum(seconds), sum(cost), count(*) FILTER (accepted),
                count(*) FILTER (kind NOT IN ('judgement', 'remark'))
            FROM marks WHERE run_id = $run AND created_at >= $since""",
            {
                "run": last["run_id"],
                "since": now["created_at"] if now["event"] == "stage_started" else last["created_at"],
            },
        ).fetchone()  # type: ignore[misc]
    if now["event"] == "stage_started" and now["stage"] in ("generate", "judge", "rewrite", "evaluate"):
        todo = json.loads(now["counters"])["todo"]
        spent = (datetime.now(UTC) - now["created_at"]).total_seconds()
        rows.append({"what": "done", "value": f"{done:,} of {todo:,}"})
        rows.append({"what": "rate", "value": f"{done / spent:.1f} traces/s, {(tokens or 0) / spent:.0f} tokens/s"})
        if done:
            rows.append({"what": "time left", "value": f"{spent / done * (todo - done):.0f} s"})
    if answers:  # of votes there are no opinions
        rows.append({"what": "accepted", "value": f"{accepted / answers:.1%} of {answers:,} traces"})
    if done:
        spend = f", cost {cost:.2f}" if cost else ""
        rows.append({"what": "spent", "value": f"{tokens or 0:,} tokens, {seconds or 0:.0f} device seconds{spend}"})
    with lake.connect(marks=False) as db:
        (bad,) = db.execute("SELECT count(*) FROM quarantined").fetchone()  # type: ignore[misc]
    if bad:
        rows.append(
            {
                "what": "quarantined",
                "value": f"{bad:,} {'problem' if bad == 1 else 'problems'}, by answer keys of no use",
            }
        )
    failures = lake.scan("failures").filter(pl.col("run_id") == last["run_id"]).collect()
    if failures.height:
        reasons = failures.group_by("reason").len().sort("len", descending=True).iter_rows()
        rows.append({"what": "failed", "value": ", ".join(f"{reason} {count:,}" for reason, count in reasons)})
    if now["event"] == "failed":
        rows.append({"what": "error", "value": json.loads(now["counters"])["error"]})
    return rows
