"""The commands that look back at a lake, keep it fit and take text out of it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from remains import files_holding
from small import equations, tables

from flows.mill import grind, next_stage
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from warehouse.lake import Lake

COMMAND = Path(sys.executable).with_name("thoughtmill")


def thoughtmill(*arguments):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)


def said(*arguments):
    done = thoughtmill(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def recipe():
    stages = [stage for stage in tables()["stages"] if stage["do"] in ("generate", "verify", "release")]
    return check(tables(problems=[equations(6)], stages=stages), "small.toml")


@pytest.fixture(scope="module")
def made(tmp_path_factory, recipe):
    """A lake that the recipe has been through, to be copied."""
    lake = Lake(tmp_path_factory.mktemp("made") / "lake", create=True)
    grind(Run(recipe, lake, Progress(quiet=True)))
    return lake.path


@pytest.fixture
def ground(made, tmp_path):
    return Lake(shutil.copytree(made, tmp_path / "lake"))


def test_the_lake_can_be_asked_as_it_was(ground):
    count = ["sql", "SELECT count(*) AS n FROM traces", "--lake", ground, "--format", "json", "--as-of"]
    now = ground.sql("SELECT count(*) FROM traces").item()
    assert json.loads(said(*count, "1"))[0]["n"] < now
    assert json.loads(said(*count, f"traces={ground.versions()['traces']}"))[0]["n"] == now
    first, last = ground.sql("SELECT arg_min(trace_id, created_at), arg_max(trace_id, created_at) FROM traces").row(0)
    assert first in said("show", first, "--lake", ground, "--as-of", "1")
    told = thoughtmill("explain", last, "--lake", ground, "--as-of", "1")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert f"no trace '{last}'" in told.stderr
    told = thoughtmill(*count, "yesterday")
    assert (told.returncode, "expected a time such as" in told.stderr) == (2, True)


def test_a_long_answer_is_shown_by_its_ends(ground):
    shown = said("sql", "SELECT range AS number FROM range(100000)", "--lake", ground)
    assert shown.startswith("shape: (100_000, 1)\n")
    assert "99999" in shown
    assert len(shown.splitlines()) < 120


def test_a_takedown_is_told_of_and_stays(ground, turn, recipe):
    trace, problem = ground.sql(
        "SELECT trace_id, problem_id FROM selections JOIN traces USING (trace_id) WHERE kept ORDER BY 1 LIMIT 1"
    ).row(0)
    command = ["lake", "takedown", "--trace", trace, "--reason", "by request", "--lake", ground]
    assert "would take down" in said(*command, "--dry-run")
    assert trace in said("show", trace, "--lake", ground)
    shown = said(*command)
    assert "took down" in shown
    assert "releases that hold some of it" in shown
    assert "by request" in said("explain", trace, "--lake", ground)
    assert thoughtmill("show", trace, "--lake", ground).returncode == 2
    # The same command has nothing to make anew of it: what is left over is judged and released.
    again = turn(recipe)
    assert trace not in again.lake.sql("SELECT trace_id FROM traces")["trace_id"].to_list()
    assert problem in again.lake.sql("SELECT problem_id FROM problems")["problem_id"].to_list()
    assert next_stage(Run(recipe, Lake(ground.path), Progress(quiet=True)), None) is None


def test_a_problem_that_was_taken_down_does_not_come_back_with_its_recipe(ground, turn, recipe):
    problem, prompt = ground.sql("SELECT problem_id, prompt FROM problems WHERE split = 'train' LIMIT 1").row(0)
    said("lake", "takedown", "--problem", problem, "--reason", "no licence", "--lake", ground)
    lake = turn(recipe).lake
    assert lake.sql(f"SELECT count(*) FROM traces WHERE problem_id = '{problem}'").item() == 0
    assert problem not in lake.sql("SELECT problem_id FROM problems")["problem_id"].to_list()
    held = [file for file in files_holding(ground.path, prompt) if not file.startswith("releases/")]
    assert held == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "expected one of --trace, --problem, --source and --sql"),
        (["--trace", "t1", "--source", "sums"], "expected one of --trace"),
        (["--trace", "t1"], "no trace 't1'"),
        (["--source", "nowhere"], "no problem is of source 'nowhere'"),
    ],
)
def test_a_takedown_of_nothing_is_bad_input(lake, arguments, says):
    told = thoughtmill("lake", "takedown", *arguments, "--reason", "why not", "--lake", lake)
    assert (told.returncode, says in told.stderr) == (2, True)


def test_a_damaged_file_is_named_and_its_rows_are_made_anew(ground, turn, recipe):
    before = sorted(ground.sql("SELECT trace_id FROM traces")["trace_id"])
    Path(ground.files("traces")[0]).write_bytes(b"")
    told = thoughtmill("sql", "SELECT count(*) FROM traces", "--lake", ground)
    assert (told.returncode, "Traceback" in told.stderr) == (2, False)
    assert "lake repair" in told.stderr
    assert "traces" in said("lake", "repair", "--lake", ground)
    assert sorted(turn(recipe).lake.sql("SELECT trace_id FROM traces")["trace_id"]) == before
