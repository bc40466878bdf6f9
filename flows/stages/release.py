"""Release: a selection becomes a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from filters import error_rates, selection
from flows.recipe.stages import Decontaminate, Deduplicate, Release
from flows.run import Run, Shard
from flows.stages import decontaminate, deduplicate
from generators import styles
from warehouse import release
from warehouse.errors import RunFailed
from warehouse.lake.marts import MARKED
from warehouse.release import Plan, Selection, building


def pending(run: Run, stage: Release) -> list[Shard]:
    """Nothing when the release that the lake calls for now has been built."""
    made = planned(run, stage)
    run.releases[made.name] = made
    return [] if made.is_built(run.lake) else [Shard(made.release_id, made.kept.height, made)]


def planned(run: Run, stage: Release) -> Plan:
    """What the lake calls for now; decided once while the lake does not change."""
    wanted = wish(run, stage)
    known = run.releases.get(wanted.name)
    if known and known.selection.told() == wanted.told() and known.selection.scope == wanted.scope:
        now = run.lake.versions()
        if all(known.versions[table] == now[table] for table in MARKED):
            return known
    return release.plan(run.lake, wanted)


def wish(run: Run, stage: Release) -> Selection:
    """What the stage says, with what it stands on: the recipe's problems, its checks, its prompt style."""
    return Selection(
        name=stage.name or run.recipe.name,
        policies=tuple(selection.policy(name, run.recipe.base, stage.settings.get(name)) for name in stage.select),
        scope=tuple(run.scope.get("train", [])),
        kinds=stage.kinds,
        models=stage.models,
        checks=tuple(run.checks),
        near=tuple(pair for one in run.recipe.stages_of(Deduplicate) for pair in deduplicate.named(one)),
        contamination=leaks(run),
        quotas={by: quotas for by, quotas in stage.quotas.model_dump().items() if quotas},
        seed=stage.seed,
        validation=stage.validation,
        configs=stage.configs,
        forms=stage.forms,
        style=stage.style,
        asked=styles.load(stage.style, run.recipe.base).messages("{prompt}") if stage.style else None,
    )


def leaks(run: Run) -> str | None:
    """Settings hash of the verdicts that say which problems are contaminated, where the recipe has any looked at."""
    looked = [one for one in run.recipe.stages_of(Decontaminate) if decontaminate.stops_of(run, one).exists()]
    return decontaminate.settings_hash(run, looked[-1]) if looked else None


def work(run: Run, stage: Release, shard: Shard) -> dict[str, int]:
    made: Plan = shard.content
    for by, lacking in made.short.items():
        for name, count in lacking.items():
            most = made.selection.quotas[by][name]
            run.progress.say(f"release {made.name}: {by} {name} is {count:,} short of its {most:,} rows")
    manifest = release.build(run.lake, made, error_rates.notes())
    run.progress.advance(shard.size)
    run.progress.say(
        f"release {made.name}: {manifest['rows']:,} rows, {manifest['left_out']:,} left out"
        + (f" (most of them: {building.lost(run.lake, made)})" if manifest["left_out"] else "")
    )
    return {"rows": manifest["rows"], "left_out": manifest["left_out"]}


def taught(run: Run, name: str) -> Iterator[tuple[list[dict[str, str]], list[dict[str, Any]]]]:
    """What a built release teaches, in its order: each chat with the spans of its last message."""
    made = run.releases[name]
    if "train" not in set(made.kept["split"]):
        raise RunFailed(f"release {name}: all of its rows are in the split validation; lower the share")
    for file in sorted((made.folder(run.lake) / "default").glob("train-*.parquet")):
        for row in pl.read_parquet(file, columns=["messages", "spans"]).iter_rows(named=True):
            yield row["messages"], row["spans"] or []
