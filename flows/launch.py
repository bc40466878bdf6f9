"""A run from the command line: Prefect is started for work, and only for work."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from flows import cluster, report
from flows.mill import learn, next_stage
from flows.progress import Progress
from flows.recipe import Recipe
from flows.run import Run
from warehouse.errors import Incomplete
from warehouse.lake import Lake


def turn(recipe: Recipe, lake: Path, until: str | None = None, quiet: bool = False, on: str | None = None) -> Run:
    """Run a recipe to its end, or to its last ``until`` stage, here or ``on`` a cluster. Raises BadInput, RunFailed."""
    run = Run(recipe, Lake(lake, create=True), Progress(quiet))
    run.examine()
    if next_stage(run, until) is None:
        if not report.catalog_path(run).exists():
            report.publish(run)
        run.progress.say(f"{recipe.name}: nothing to do, everything is in {run.lake}")
        return run
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")  # our own progress and errors say it better
    os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
    if on:
        from prefect.settings import PREFECT_API_URL

        cluster.check(on, PREFECT_API_URL.value())
    from flows.prefect_flow import mill
    from flows.server import prefect_server

    with prefect_server(run.lake.path / "prefect.log"), suppress(Incomplete):
        mill.with_options(flow_run_name=recipe.name)(recipe, str(run.lake), until, quiet, on, run.run_id)
    learn(run, until)
    return run
