"""Release: a selection becomes a dataset."""

from __future__ import annotations

import polars as pl

from filters import selection
from flows.recipe import Release
from flows.run import Run, Shard
from generators import styles
from warehouse import release, release_plan


def pending(run: Run, stage: Release) -> list[Shard]:
    """Nothing when the release that the lake calls for now has been built."""
    made = planned(run, stage)
    run.releases[made.name] = made
    return [] if made.is_built(run.lake) else [Shard(made.release_id, len(made.trace_ids), made)]


def planned(run: Run, stage: Release) -> release_plan.Plan:
    sql = selection.policy(stage.select, run.recipe.base)
    name = stage.name or run.recipe.name
    scope = run.scope.get("train", [])
    kinds, models = list(stage.kinds), list(stage.models)
    ask = styles.load(stage.style, run.recipe.base).messages if stage.style else None
    return release_plan.plan(
        run.lake, name, stage.select, sql, scope, kinds, stage.seed, run.checks, models, ask, stage.quotas
    )


def work(run: Run, stage: Release, shard: Shard) -> dict[str, int]:
    made: release_plan.Plan = shard.content
    for domain, count in made.short.items():
        run.progress.say(f"release {made.name}: {domain} is {count:,} short of its {stage.quotas[domain]:,} rows")
    manifest = release.build(run.lake, made)
    run.progress.advance(shard.size)
    return {"rows": manifest["rows"], "left_out": len(made.left_out)}


def messages(run: Run, name: str) -> list[list[dict[str, str]]]:
    """The chats of a built release, in order."""
    files = sorted((run.releases[name].folder(run.lake) / "data").glob("train-*.parquet"))
    return pl.read_parquet(files, columns=["messages"])["messages"].to_list()
