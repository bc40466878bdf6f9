"""A lake in a bucket: a real S3 protocol, spoken with a server of moto's on this machine."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from handmade import fill, trace

from warehouse.answers import save
from warehouse.errors import LakeError
from warehouse.lake import Lake
from warehouse.lake.place import place_of
from warehouse.lake.tables import SCHEMAS
from warehouse.lake.takedown import Wanted, take_down
from warehouse.lake.upkeep import compact, repair, vacuum

WRITER = """
import json, sys
from warehouse.lake import Lake
where, number = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
lake = Lake(where, create=True)
rows = [{"trace_id": f"t{number * 10 + n:02d}", "completion": str(number)} for n in range(20)]
print(json.dumps(sum(lake.commit("traces", rows[start : start + 10]) for start in (0, 10))))
"""


@pytest.fixture
def lake(bucket):
    return Lake(f"{bucket}/lake", create=True)


def test_it_is_filled_asked_and_found_again_like_any_other(lake, tmp_path):
    local = fill(Lake(tmp_path / "local", create=True))
    fill(lake)
    for query in (
        "SELECT * EXCLUDE created_at FROM marks",
        "FROM funnel",
        "FROM pass_rates ORDER BY ALL",
        "FROM scores",
    ):
        assert Lake(str(lake)).sql(query).equals(local.sql(query)), query
    assert sorted(lake.scan("traces").collect()["trace_id"]) == sorted(local.scan("traces").collect()["trace_id"])
    assert lake.commit("traces", [trace("t1"), trace("t99")]) == 1
    assert save(lake, "SELECT trace_id, completion FROM traces", tmp_path / "out.parquet") == 7
    assert pl.read_parquet(tmp_path / "out.parquet").height == 7


def test_a_path_that_has_folded_its_slashes_names_it_too(lake):
    assert str(Lake(Path(str(lake)))) == str(lake)


def test_the_bucket_holds_the_tables_and_this_machine_the_rest(lake, tmp_path):
    fill(lake).sql("FROM marks")
    top = {uri.removeprefix(f"{lake}/").partition("/")[0] for uri in lake.place.below(str(lake), "")}
    assert top == {"lake.json", *SCHEMAS}
    assert [path.name for path in lake.path.iterdir()] == ["_marts"]
    assert lake.path.is_relative_to(tmp_path)


def test_compaction_vacuum_and_looking_back(lake):
    for n in range(4):
        lake.commit("traces", [trace(f"t{n}")])
    assert compact(lake)["traces"] == {"files_before": 4, "files_after": 1}
    assert Lake(str(lake), as_of=2).sql("SELECT count(*) FROM traces").item() == 2
    assert vacuum(lake, hours=0)["traces"] == 4
    assert lake.sql("SELECT count(*) FROM traces").item() == 4
    with pytest.raises(LakeError, match="cannot be read at version 2"):
        Lake(str(lake), as_of=2).sql("SELECT count(*) FROM traces")


def test_takedown_leaves_no_object_with_the_text(lake):
    lake.commit("traces", [trace("t1", completion="Ada's telephone number"), trace("t2")])
    before = lake.files("traces")
    take_down(lake, Wanted(traces=("t1",)), "personal data")
    assert lake.place.gone(before) == before
    for uri in lake.place.below(str(lake), ".parquet"):
        with lake.place.files.open_input_file(lake.place.within(uri)) as file:
            assert "telephone" not in str(pl.read_parquet(file.read()).rows())
    assert lake.commit("traces", [trace("t1")]) == 0


def test_an_object_that_is_missing_is_named_and_can_be_taken_out(lake):
    lake.commit("traces", [trace("t1")])
    (first,) = lake.files("traces")
    lake.commit("traces", [trace("t2")])
    lake.place.remove(first)
    with pytest.raises(LakeError, match=rf"table traces: {first} is missing"):
        lake.sql("SELECT * FROM traces")
    assert [one["file"] for one in repair(lake)] == [first]
    assert lake.sql("SELECT trace_id FROM traces").rows() == [("t2",)]


def test_several_processes_that_commit_overlapping_ids_at_once_leave_every_id_once(bucket):
    where = f"{bucket}/raced"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, where, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(3)
    ]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 3
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    said = [json.loads(writer.communicate()[0]) for writer in writers]
    assert sum(said) == 40
    assert sorted(Lake(where).scan("traces").collect()["trace_id"]) == [f"t{n:02d}" for n in range(40)]


def test_it_goes_to_another_process(lake):
    lake.commit("traces", [trace("t1")])
    assert pickle.loads(pickle.dumps(lake)).sql("SELECT count(*) FROM traces").item() == 1


def test_what_is_no_lake_is_refused(bucket, lake):
    with pytest.raises(LakeError, match=f"no lake at {bucket}/nowhere"):
        Lake(f"{bucket}/nowhere")
    lake.place.write(f"{bucket}/thesis/text.txt", b"mine")
    with pytest.raises(LakeError, match="is not a lake"):
        Lake(f"{bucket}/thesis", create=True)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("s3:", "expected a folder, or s3://BUCKET/PREFIX"),
        ("gs://bucket/lake", "expected a folder, or s3://BUCKET/PREFIX"),
        ("s3://bucket/la[ke]", "name another"),
    ],
)
def test_an_address_that_cannot_be_is_a_lake_error(where, says):
    with pytest.raises(LakeError, match=says):
        place_of(where)


def test_a_store_that_does_not_answer_is_a_lake_error(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(LakeError, match=r"s3://bucket/\S+ cannot be reached.*AWS_ENDPOINT_URL"):
        Lake(f"{bucket}/lake", create=True)


def test_an_endpoint_that_is_no_address_is_a_lake_error(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:9000")
    with pytest.raises(LakeError, match="AWS_ENDPOINT_URL is 'localhost:9000'; expected http://HOST:PORT"):
        Lake(f"{bucket}/lake")


def test_two_stores_have_two_workspaces(bucket, monkeypatch):
    here = place_of(f"{bucket}/lake").path
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere:9000")
    assert place_of(f"{bucket}/lake").path != here
    assert os.environ["THOUGHTMILL_WORK"] == str(here.parent)
