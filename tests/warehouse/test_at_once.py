"""Writers, a compactor with its vacuum, and a reader at one lake at once, each in a process of its own."""

import json
import os
import subprocess
import sys

import pytest
from handmade import trace

from warehouse.lake import Lake
from warehouse.lake.upkeep import vacuum

START = """
import json, sys
from warehouse.lake import Lake
lake, number = Lake(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
"""
WRITER = START + (
    """
print(json.dumps(sum(
    lake.commit("traces", [{"trace_id": f"t{number}-{n}-{m}", "completion": "x" * 1000} for m in range(5)])
    for n in range(12)
)))
"""
)
KEEPER = START + (
    """
from warehouse.lake.upkeep import compact, vacuum
removed = rows = 0
for _ in range(200):
    if rows == 181:
        break
    rows = lake.table("traces").count()
    compact(lake)
    removed += vacuum(lake, hours=0)["traces"]
print(json.dumps(removed))
"""
)
READER = START + (
    """
from warehouse.lake.damage import Moved
counts, again = [], 0
query = "SELECT count(*), count(DISTINCT trace_id), sum(length(completion))::INT FROM traces"
while len(counts) < 15:
    try:
        counts.append(lake.sql(query).row(0))
    except Moved:
        again += 1
print(json.dumps([counts, again]))
"""
)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """The lake after it, and what each of them says."""
    lake = Lake(tmp_path_factory.mktemp("crowded") / "lake", create=True)
    lake.commit("traces", [trace("t0", completion="x" * 1000)])
    parts = [WRITER, WRITER, WRITER, KEEPER, READER]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", part, str(lake.path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, part in enumerate(parts, start=1)
    ]
    assert [process.stdout.readline() for process in running] == ["ready\n"] * len(parts)
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(parts)
    return lake, [json.loads(one) for one in said]


def test_every_row_that_was_committed_is_there_once(crowded):
    lake, (first, second, third, *_) = crowded
    assert (first, second, third) == (60, 60, 60)
    found = lake.scan("traces").collect()["trace_id"]
    assert found.len() == found.n_unique() == 181


def test_a_reader_always_sees_a_whole_version(crowded):
    _, (*_, (counts, _)) = crowded
    rows = [row for row, _, _ in counts]
    assert rows == sorted(rows)
    assert all(distinct == row and length == row * 1000 for row, distinct, length in counts)


def test_what_was_compacted_meanwhile_goes_at_once_and_what_lost_a_race_after_a_day(crowded):
    lake, (*_, removed, _) = crowded
    assert removed + vacuum(lake, hours=0)["traces"] > 0
    for file in (lake.path / "traces").glob("*.parquet"):
        os.utime(file, (0, 0))
    vacuum(lake, hours=24)
    assert sorted(map(str, (lake.path / "traces").glob("*.parquet"))) == sorted(lake.files("traces"))
