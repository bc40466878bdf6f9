"""Runs of the small recipe, without Prefect."""

import pytest
from small import tables

from flows.mill import grind
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from warehouse.lake import Lake


@pytest.fixture
def recipe():
    return check(tables(), "small.toml")


@pytest.fixture
def turn(tmp_path):
    """Run a recipe over the test's lake, without Prefect; returns the run."""

    def run(recipe, lake=tmp_path / "lake", until=None):
        made = Run(recipe, Lake(lake, create=True), Progress(quiet=True))
        made.examine()
        grind(made, until)
        return made

    return run
