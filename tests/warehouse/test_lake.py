import json
import random
import resource
import subprocess
import sys
from datetime import UTC, datetime

import polars as pl
import pyarrow as pa
import pytest
from handmade import at, trace, verdict

from warehouse.errors import BadInput, LakeError
from warehouse.lake.lake import Lake, as_arrow
from warehouse.lake.place import write_atomically
from warehouse.lake.tables import SCHEMA_VERSION, SCHEMAS

# Waits for its turn on standard input, so that all processes start together.
WRITER = """
import json, sys
from warehouse.lake import Lake
folder, number = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
lake = Lake(folder, create=True)
rows = [{"trace_id": f"t{number * 10 + n:02d}", "completion": str(number)} for n in range(40)]
traces = sum(lake.commit("traces", rows[start : start + 10]) for start in range(0, 40, 10))
failures = lake.commit("failures", [{"trace_id": f"t{number}", "reason": "timeout"}] * 3, shard="shard-1")
print(json.dumps({"traces": traces, "failures": failures}))
"""


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    """A lake that four processes created and wrote to at once, and what each says that it has committed."""
    folder = tmp_path_factory.mktemp("raced") / "lake"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 4
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    said = [writer.communicate()[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 4
    return Lake(folder), [json.loads(counts) for counts in said]


def traces_in(lake):
    return sorted(lake.scan("traces").collect()["trace_id"].to_list())


def test_rows_committed_twice_are_there_once(lake):
    rows = [trace("t1"), trace("t2")]
    assert lake.commit("traces", rows) == 2
    assert lake.commit("traces", rows) == 0
    assert traces_in(lake) == ["t1", "t2"]


def test_of_overlapping_rows_only_the_new_ones_are_committed(lake):
    lake.commit("traces", [trace("t1", completion="first")])
    assert lake.commit("traces", [trace("t1", completion="second"), trace("t2")]) == 1
    assert lake.scan("traces").filter(pl.col("trace_id") == "t1").collect()["completion"].to_list() == ["first"]


def test_a_key_that_comes_twice_in_one_commit_is_there_once(lake):
    assert lake.commit("traces", [trace("t1"), trace("t1")]) == 1
    assert traces_in(lake) == ["t1"]


def test_a_shard_committed_twice_is_there_once_whatever_it_holds(lake):
    assert lake.commit("failures", [{"trace_id": "t1", "reason": "timeout"}], shard="shard-1") == 1
    assert lake.commit("failures", [{"trace_id": "t2", "reason": "timeout"}], shard="shard-1") == 0
    assert lake.commit("failures", [{"trace_id": "t2", "reason": "timeout"}], shard="shard-2") == 1
    assert lake.scan("failures").collect().height == 2


def test_four_processes_that_commit_overlapping_ids_at_once_leave_every_id_once(raced):
    lake, committed = raced
    assert traces_in(lake) == [f"t{n:02d}" for n in range(70)]
    assert sum(counts["traces"] for counts in committed) == 70


def test_of_four_processes_that_commit_one_shard_at_once_one_does(raced):
    lake, committed = raced
    assert sorted(counts["failures"] for counts in committed) == [0, 0, 0, 3]
    assert lake.scan("failures").collect()["trace_id"].n_unique() == 1


def test_four_processes_may_create_one_lake_at_once(raced):
    lake, _ = raced
    assert json.loads((lake.path / "lake.json").read_text()) == {"schema": SCHEMA_VERSION}
    assert sorted(file.name for file in lake.path.iterdir()) == ["failures", "lake.json", "traces"]


def test_a_decided_verdict_is_not_repeated(lake):
    assert lake.commit("verdicts", [verdict("t1", "fail")]) == 1
    assert lake.commit("verdicts", [verdict("t1", "pass")]) == 0
    assert lake.commit("verdicts", [verdict("t1", "undecided")]) == 0


def test_an_undecided_verdict_may_be_asked_for_again(lake):
    assert lake.commit("verdicts", [verdict("t1", "undecided")]) == 1
    assert lake.commit("verdicts", [verdict("t1", "pass")]) == 1
    assert lake.commit("verdicts", [verdict("t1", "fail")]) == 0
    assert lake.scan("verdicts").collect()["outcome"].sort().to_list() == ["pass", "undecided"]


@pytest.mark.parametrize("other", [{"version": 2}, {"settings_hash": "s2"}, {"key_id": "k2"}, {"step": 0}])
def test_another_version_setting_key_or_step_is_another_verdict(lake, other):
    assert lake.commit("verdicts", [verdict("t1", "pass", key_id="k1"), verdict("t1", "fail", **other)]) == 2


def test_a_commit_of_nothing_is_nothing(lake):
    assert lake.commit("traces", []) == 0
    assert lake.commit("verdicts", pl.DataFrame()) == 0
    assert lake.versions() == dict.fromkeys(SCHEMAS, 0)


def test_what_is_missing_in_a_row_is_null_and_created_now():
    before = datetime.now(UTC)
    (row,) = as_arrow("traces", [{"trace_id": "t1"}]).to_pylist()
    assert before <= row["created_at"] <= datetime.now(UTC)
    assert {name for name, value in row.items() if value is not None} == {"trace_id", "created_at"}


@pytest.mark.parametrize("make", [list, pl.DataFrame, pa.Table.from_pylist])
def test_rows_frames_and_arrow_tables_are_brought_into_the_declared_schema(make):
    rows = [
        {"version": 2, "trace_id": "t1", "created_at": at(5)},
        {"version": 1, "trace_id": "t2", "created_at": at(6)},
    ]
    table = as_arrow("verdicts", make(rows))
    assert table.schema == SCHEMAS["verdicts"]
    assert table.select(["trace_id", "version", "created_at"]).to_pylist() == [
        {"trace_id": "t1", "version": 2, "created_at": at(5)},
        {"trace_id": "t2", "version": 1, "created_at": at(6)},
    ]


def test_a_frame_without_created_at_gets_it():
    assert as_arrow("failures", pl.DataFrame({"trace_id": ["t1", "t2"]}))["created_at"].null_count == 0


def test_what_is_committed_comes_back_as_it_was(lake):
    row = trace(
        "t1", completion="<think>想\n</think> ½", parents=["t0"], spans=[{"label": "step", "start": 0, "end": 3}]
    )
    lake.commit("traces", [row])
    (found,) = lake.scan("traces").collect().to_dicts()
    assert {name: found[name] for name in row} == row


def test_an_answer_comes_in_batches_in_the_order_asked_for(lake):
    lake.commit("traces", [trace(f"t{n:04d}", completion=f"text {n}") for n in range(5000)])
    wanted = pl.DataFrame({"trace_id": [f"t{n:04d}" for n in range(0, 5000, 2)]})
    query = "SELECT trace_id, completion FROM traces SEMI JOIN wanted USING (trace_id) ORDER BY trace_id"
    batches = list(lake.batches(query, rows=1000, wanted=wanted))
    assert len(batches) > 1
    assert max(batch.num_rows for batch in batches) <= 1000
    assert pa.Table.from_batches(batches)["trace_id"].to_pylist() == wanted["trace_id"].to_list()


def test_batches_may_ask_marks_and_may_be_left_halfway(lake):
    lake.commit("traces", [trace(f"t{n}") for n in range(10)])
    first = next(lake.batches("SELECT trace_id FROM marks ORDER BY trace_id", rows=1, marks=True))
    assert first.num_rows >= 1
    assert first["trace_id"][0].as_py() == "t0"


def test_batches_of_sql_that_does_not_run_are_bad_input(lake):
    with pytest.raises(BadInput, match="does not run"):
        list(lake.batches("SELECT nothing FROM nowhere"))


def test_an_empty_table_scans_with_all_its_columns(lake):
    assert lake.scan("traces").collect().columns == SCHEMAS["traces"].names


def test_scanning_an_unknown_table_is_bad_input(lake):
    with pytest.raises(BadInput, match="expected one of problems"):
        lake.scan("tracks")


def test_a_missing_lake_is_a_lake_error_and_is_not_created(tmp_path):
    with pytest.raises(LakeError, match="no lake at"):
        Lake(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_with_something_else_in_it_is_not_made_a_lake(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(LakeError, match="is not a lake"):
        Lake(tmp_path, create=True)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_not_a_lake(tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(LakeError, match="is not a lake"):
        Lake(file, create=True)


def test_an_empty_folder_may_become_a_lake(tmp_path):
    Lake(tmp_path, create=True)
    assert Lake(tmp_path).path == tmp_path.resolve()


@pytest.mark.parametrize("name", ["it's a lake", "数据", "50% off", "a*b?{c}", "a#b"])
def test_a_lake_may_have_an_odd_name(tmp_path, name):
    lake = Lake(tmp_path / name, create=True)
    assert lake.commit("traces", [trace("t1")]) == 1
    assert lake.commit("traces", [trace("t1")]) == 0
    assert traces_in(lake) == ["t1"]
    assert lake.sql("SELECT trace_id FROM marks").rows() == [("t1",)]


@pytest.mark.parametrize("name", ["lake[1]", "a%20b"])
def test_a_name_that_delta_tables_cannot_bear_is_a_lake_error(tmp_path, name):
    with pytest.raises(LakeError, match="name another"):
        Lake(tmp_path / name, create=True)
    assert not (tmp_path / name).exists()


def test_a_lake_of_a_newer_schema_is_refused(lake):
    (lake.path / "lake.json").write_text(json.dumps({"schema": SCHEMA_VERSION + 1}))
    with pytest.raises(LakeError, match="upgrade thoughtmill"):
        Lake(lake.path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe"])
def test_a_damaged_marker_is_a_lake_error(lake, content):
    (lake.path / "lake.json").write_bytes(content)
    with pytest.raises(LakeError, match="damaged"):
        Lake(lake.path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "a.json"
    write_atomically(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "\ud800")
    assert file.read_text() == "old"
    assert [left.name for left in tmp_path.iterdir()] == ["a.json"]


def test_a_disk_that_takes_no_more_is_an_error_of_the_system_and_what_was_there_stays(tmp_path):
    lake = Lake(tmp_path / "lake", create=True)
    lake.commit("traces", [trace("t0")])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = random.Random(0).randbytes(200_000).hex()
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(OSError, match=r"File too large.*traces"):
            lake.commit("traces", [trace("t1", completion=noise)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert lake.sql("SELECT trace_id FROM traces").rows() == [("t0",)]
    assert lake.commit("traces", [trace("t1", completion=noise)]) == 1
