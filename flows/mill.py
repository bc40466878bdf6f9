"""The mill: problems, traces, verdicts, journeys, a release, a student, its scores.

``turn`` runs a recipe; with nothing left to do it says so without starting Prefect. ``mill`` is the Prefect flow: one
task is one shard, and the lake, not Prefect's cache, knows what is done.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows import report
from flows.progress import Progress
from flows.recipe import Recipe
from flows.run import Run, Shard
from flows.stages import MODULES, road
from warehouse.errors import BadInput, RunFailed
from warehouse.lake import Lake

UNITS = {
    "problems": "problems",
    "generate": "traces",
    "verify": "traces",
    "journey": "journeys",
    "release": "rows",
    "train": "student",
    "evaluate": "answers",
}


def next_stage(run: Run, until: str | None = None) -> int | None:
    """The first stage with something to do, or None. Stages before it leave what later ones need in the run."""
    for number, (verb, stage) in enumerate(road(run.recipe, until)):
        if MODULES[verb].pending(run, stage):
            return number
    return None


def turn(recipe: Recipe, lake: Path, until: str | None = None, quiet: bool = False) -> Run:
    """Run a recipe to its end, or to its last ``until`` stage. Raises BadInput, RunFailed."""
    run = Run(recipe, Lake(lake, create=True), Progress(quiet))
    run.examine()
    if next_stage(run, until) is None:
        run.progress.say(f"{recipe.name}: nothing to do, everything is in {run.lake.path}")
        return run
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")  # our own progress and errors say it better
    os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
    from flows.prefect_flow import mill
    from flows.server import prefect_server

    with prefect_server(run.lake.path / "prefect.log"):
        mill.with_options(flow_run_name=recipe.name)(recipe, str(run.lake.path), until, quiet)
    next_stage(run, until)  # learn what the flow has left: releases, trained models
    return run


def work(run: Run, verb: str, stage: Any, shard: Shard) -> dict[str, int]:
    """One shard of one stage: returns counts, never rows."""
    return MODULES[verb].work(run, stage, shard)


def grind_stage(run: Run, verb: str, stage: Any, shards: list[Shard], do_shard: Callable[..., dict[str, int]]) -> None:
    """Some shards of one stage, with progress and events."""
    total = sum(shard.size for shard in shards)
    began = time.monotonic()
    run.event("stage_started", verb, todo=total, shards=len(shards))
    counts: dict[str, float] = {}
    with run.progress.stage(f"{verb} {getattr(stage, 'produces', '') or UNITS[verb]}", total):
        for shard in shards:
            for name, count in do_shard(run, verb, stage, shard).items():
                counts[name] = round(counts.get(name, 0) + count, 4)
    run.event("stage_finished", verb, seconds=round(time.monotonic() - began, 1), **counts)


def grind(run: Run, until: str | None = None, do_shard: Callable[..., dict[str, int]] = work) -> None:
    """Every stage in order, every shard through ``do_shard``; the flow's loop, and all of it without Prefect."""
    run.event("started")
    began = time.monotonic()
    try:
        for verb, stage in road(run.recipe, until):
            planned: set[str] = set()
            # Once more after the work: another run may have left something meanwhile, and what later stages need of
            # this one is known only now.
            while shards := MODULES[verb].pending(run, stage):
                names = {shard.name for shard in shards}
                if names == planned:
                    raise RunFailed(f"{verb}: {sum(shard.size for shard in shards)} left undone; run it again to go on")
                planned = names
                grind_stage(run, verb, stage, shards, do_shard)
        run.event("finished", seconds=round(time.monotonic() - began, 1))
        report.publish(run)
    except (BadInput, RunFailed, OSError) as error:
        run.event("failed", error=str(error)[:2000])
        raise
