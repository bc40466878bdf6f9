"""The mill as Prefect sees it: one flow, one task per shard, artifacts at the end.

A deployment (prefect.yaml) names a recipe file; a call from Python or the command hands over the recipe itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows import cluster, flips, report, shortfall
from flows.mill import grind, work
from flows.progress import Progress
from flows.recipe import Recipe
from flows.recipe.file import load
from flows.run import Run, Shard
from warehouse.errors import BadInput, Incomplete, ModelError, RunFailed
from warehouse.lake import Lake


def may_help(task: Any, task_run: Any, state: Any) -> bool:
    """Whether trying again can change anything: bad input stays bad."""
    try:
        state.result()
    except (BadInput, RunFailed, KeyboardInterrupt):
        return False
    except Exception:  # noqa: BLE001 - anything else may pass: a full disk, a busy device
        return True
    return False


def may_help_there(task: Any, task_run: Any, state: Any) -> bool:
    """The same on a cluster's node, where what a model needs may be with another process for a moment more."""
    try:
        state.result()
    except ModelError:
        return True
    except Exception:  # noqa: BLE001 - looked at, not handled
        return may_help(task, task_run, state)
    return False


OFTEN: dict[str, Any] = {
    "task_run_name": "{shard.name}",
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 2,
    "retry_delay_seconds": [2, 10],
}


@task(**OFTEN, retry_condition_fn=may_help)
def shard_task(run: Run, verb: str, stage: Any, shard: Shard) -> dict[str, int]:
    """One shard of one stage: returns counts, never rows."""
    return work(run, verb, stage, shard)


@task(**OFTEN, retry_condition_fn=may_help_there)
def shard_there(run: Run, verb: str, stage: Any, shard: Shard) -> tuple[dict[str, int], dict[str, int]]:
    """The same on a node of a cluster: returns its progress as well."""
    return cluster.arrived(run, verb, stage, shard)


def as_tasks(run: Run, verb: str, stage: Any, shards: list[Shard]) -> Iterator[dict[str, int]]:
    for shard in shards:
        yield shard_task(run, verb, stage, shard)


@flow(name="mill", persist_result=False)
def mill(
    recipe: Recipe | str,
    lake: str = "./lake",
    until: str | None = None,
    quiet: bool = False,
    on: str | None = None,
    run_id: str | None = None,
) -> dict[str, Any]:
    """Run a recipe, given as it is or as the path of its file; ``on`` names a Ray cluster (flows/cluster.py).

    Whoever wants to ask the lake about the run gives it a ``run_id`` that no other has.
    Returns the funnel and the scores. Raises Incomplete at its end when requests got no answer.
    """
    recipe = load(recipe) if isinstance(recipe, str) else recipe
    run = Run(recipe, Lake(lake, create=True), Progress(quiet))
    run.run_id = run_id or run.run_id
    run.examine()
    with cluster.cluster(on, shard_there, as_tasks) if on else nullcontext(as_tasks) as do_shards:
        grind(run, until, do_shards)
    funnel, scores = report.funnel(run), report.scores(run)
    if flipped := flips.of_run(run):
        create_table_artifact(key="flips", table=flipped, description=f"What was judged anew: {recipe.name}")
    create_table_artifact(key="funnel", table=funnel, description=f"Where traces are lost: {run.recipe.name}")
    create_markdown_artifact(key="scores", markdown=report.markdown(run), description=f"Scores: {run.recipe.name}")
    if (chart := report.chart_path(run)).exists():
        create_image_artifact(key="chart", image_url=Path(chart).as_uri(), description=f"Scores: {run.recipe.name}")
    if counts := shortfall.of_run(run, until):
        raise Incomplete(shortfall.told(counts))
    return {"funnel": funnel, "scores": scores}
