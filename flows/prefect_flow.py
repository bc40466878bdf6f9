"""The mill as Prefect sees it: one flow, one task per shard, artifacts at the end.

A deployment (prefect.yaml) names a recipe file; a call from Python or the command hands over the recipe itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows import report, shortfall
from flows.mill import grind, work
from flows.progress import Progress
from flows.recipe import Recipe, load
from flows.run import Run, Shard
from warehouse.errors import BadInput, Incomplete, RunFailed
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


@task(
    task_run_name="{shard.name}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=may_help,
)
def shard_task(run: Run, verb: str, stage: Any, shard: Shard) -> dict[str, int]:
    """One shard of one stage: returns counts, never rows."""
    return work(run, verb, stage, shard)


@flow(name="mill", persist_result=False)
def mill(recipe: Recipe | str, lake: str = "./lake", until: str | None = None, quiet: bool = False) -> dict[str, Any]:
    """Run a recipe, given as it is or as the path of its file. Returns the funnel and the scores.

    Raises Incomplete at its end when requests got no answer.
    """
    recipe = load(recipe) if isinstance(recipe, str) else recipe
    run = Run(recipe, Lake(lake, create=True), Progress(quiet))
    run.examine()
    grind(run, until, shard_task)
    funnel, scores = report.funnel(run), report.scores(run)
    create_table_artifact(key="funnel", table=funnel, description=f"Where traces are lost: {run.recipe.name}")
    create_markdown_artifact(key="scores", markdown=report.markdown(run), description=f"Scores: {run.recipe.name}")
    if (chart := report.chart_path(run)).exists():
        create_image_artifact(key="chart", image_url=Path(chart).as_uri(), description=f"Scores: {run.recipe.name}")
    if counts := shortfall.of_run(run, until):
        raise Incomplete(shortfall.told(counts))
    return {"funnel": funnel, "scores": scores}
