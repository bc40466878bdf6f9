"""The mill: problems, traces, verdicts, journeys, a release, a student, its scores.

The road without Prefect: stage after stage, shard after shard. What is left to do is read off the lake each time, so a
run can stop anywhere and go on from there. ``flows/prefect_flow.py`` makes each shard a task, and ``flows/cluster.py``
sends tasks to other machines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from flows import report, shortfall
from flows.run import Run, Shard
from flows.stages import MODULES, road
from warehouse.errors import RunFailed
from warehouse.journal import replay_all

UNITS = {
    "problems": "problems",
    "generate": "traces",
    "verify": "traces",
    "judge": "votes",
    "rewrite": "rewritings",
    "value": "traces",
    "journey": "journeys",
    "deduplicate": "texts",
    "decontaminate": "problems",
    "release": "rows",
    "train": "student",
    "evaluate": "answers",
}


OF_SHARDS = {"keys": "answer keys", "verdicts": "verdicts", "judged": "verdicts", "stoplist": "stop list"}
"""What is made instead where only such shards are left, by how their names begin: no model is asked."""


def unit(verb: str, stage: Any, shards: Sequence[Shard]) -> str:
    """What some shards of a stage make, for people."""
    made = {OF_SHARDS.get(shard.name.partition("-")[0]) for shard in shards}
    only = made.pop() if len(made) == 1 else None
    return only or getattr(stage, "produces", "") or UNITS[verb]


def next_stage(run: Run, until: str | None = None) -> int | None:
    """The first stage with something to do, or None. Stages before it leave what later ones need in the run."""
    for number, (verb, stage) in enumerate(road(run.recipe, until)):
        if MODULES[verb].pending(run, stage):
            return number
    return None


def learn(run: Run, until: str | None = None) -> None:
    """Have the stages leave in the run what another run has made: scope, releases, trained models."""
    for verb, stage in road(run.recipe, until):
        MODULES[verb].pending(run, stage)


def work(run: Run, verb: str, stage: Any, shard: Shard) -> dict[str, int]:
    """One shard of one stage: returns counts, never rows."""
    return MODULES[verb].work(run, stage, shard)


def in_turn(run: Run, verb: str, stage: Any, shards: list[Shard]) -> Iterator[dict[str, int]]:
    """Some shards of one stage, one after the other: the counts of each."""
    for shard in shards:
        yield work(run, verb, stage, shard)


DoShards = Callable[[Run, str, Any, list[Shard]], Iterator[dict[str, int]]]
"""Some shards of one stage in; the counts of each out when it is done, in any order."""


def grind_stage(
    run: Run,
    verb: str,
    stage: Any,
    shards: list[Shard],
    do_shards: DoShards,
    before: Sequence[Shard] = (),
    failed: int = 0,
) -> int:
    """Some shards of one stage, with progress and events; returns how many requests failed in this run.

    ``before`` are the shards of its earlier rounds, of which ``failed`` requests failed.
    """
    total = sum(shard.size for shard in shards)
    may_fail = shortfall.tolerated(run, verb, stage, shards, failed)
    began = time.monotonic()
    run.event("stage_started", verb, todo=total, shards=len(shards))
    counts: dict[str, float] = {}
    with run.progress.stage(f"{verb} {unit(verb, stage, shards)}", total):
        for done in do_shards(run, verb, stage, shards):
            for name, count in done.items():
                counts[name] = round(counts.get(name, 0) + count, 4)
            if failed + counts.get("failed", 0) > may_fail:
                lost = shortfall.of_shards(run, [*before, *shards]) or shortfall.of_stage(run, verb, stage)
                told = shortfall.told(lost)
                raise RunFailed(
                    f"{verb}: {told}, more than the recipe tolerates ({stage.tolerate:.0%}); what was answered is in "
                    f"the lake. The last one: {shortfall.example(run)}"
                )
    run.event("stage_finished", verb, seconds=round(time.monotonic() - began, 1), **counts)
    return failed + int(counts.get("failed", 0))


def grind(run: Run, until: str | None = None, do_shards: DoShards = in_turn) -> None:
    """Every stage in order, its shards through ``do_shards``; the flow's loop, and all of it without Prefect."""
    run.event("started")
    began = time.monotonic()
    try:
        if back := replay_all(run.lake):
            run.progress.say(f"{len(back):,} answers that a stopped run had made are back")
        for verb, stage in road(run.recipe, until):
            planned: set[str] = set()
            before: list[Shard] = []
            failed = 0
            # Once more after the work: another run may have left something meanwhile, and what later stages need of
            # this one is known only now.
            while shards := MODULES[verb].pending(run, stage):
                names = {shard.name for shard in shards}
                if names == planned:
                    raise RunFailed(f"{verb}: {sum(shard.size for shard in shards)} left undone; run it again to go on")
                planned = names
                failed = grind_stage(run, verb, stage, shards, do_shards, before, failed)
                before += shards
        report.publish(run)
        in_vain = shortfall.of_run(run, until).total()
        run.event("finished", seconds=round(time.monotonic() - began, 1), unanswered=in_vain)
    except BaseException as error:
        with suppress(Exception):  # the error that ends the run must not be hidden by one in writing it down
            # Within Ray's own code it is another error's cause.
            asked = isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt)
            how = "stopped" if asked else "failed"
            run.event(how, error=(str(error) or type(error).__name__)[:2000])
        raise
