"""A recipe's road over a lake in a bucket, and the commands that ask for it and keep it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small import equations, tables

from flows.recipe.file import check
from warehouse.lake import Lake
from warehouse.release import listing

COMMAND = Path(sys.executable).with_name("thoughtmill")
FACTS = "SELECT trace_id, problem_id, kind, model, correct, accepted FROM marks ORDER BY trace_id"


def told(*arguments):
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def recipe():
    stages = [
        {"do": "generate", "model": "hasty", "n": 3},
        {"do": "verify", "checks": ["answer", "format"]},
        {"do": "release", "select": "accepted"},
    ]
    return check(tables(problems=[equations(6)], stages=stages), "small.toml")


@pytest.mark.slow
def test_the_same_recipe_gives_the_same_lake_and_the_same_release(turn, recipe, bucket, tmp_path):
    here, there = turn(recipe, tmp_path / "lake").lake, turn(recipe, f"{bucket}/lake").lake
    assert there.sql(FACTS).equals(here.sql(FACTS))
    ((local,), (remote,)) = listing(here), listing(there)
    assert (remote["release_id"], remote["rows"]) == (local["release_id"], local["rows"])
    data = {name: digest for name, digest in local["files"].items() if name.endswith(".parquet")}
    assert data.items() <= remote["files"].items()

    told("lake", "compact", "--lake", there)
    told("lake", "vacuum", "--hours", 0, "--lake", there)
    turn(recipe, str(there))
    assert len(listing(there)) == 1
    rows = json.loads(told("sql", FACTS, "--lake", there, "--format", "json"))
    assert [row["trace_id"] for row in rows] == here.sql(FACTS)["trace_id"].to_list()
    one = rows[0]["trace_id"]
    assert one in told("explain", one, "--lake", there)
    assert "took down 1 traces" in told("lake", "takedown", "--trace", one, "--reason", "by request", "--lake", there)
    assert "by request" in told("explain", one, "--lake", there)
    assert one not in Lake(str(there)).sql(FACTS)["trace_id"].to_list()
