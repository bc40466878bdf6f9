import pytest
from handmade import trace

from warehouse.errors import BadInput
from warehouse.lake.upkeep import compact, vacuum

NAMES = [f"t{n}" for n in range(6)]


@pytest.fixture
def scattered(lake):
    for name in NAMES:
        lake.commit("traces", [trace(name)], shard=f"shard-{name}")
    return lake


def traces_in(lake):
    return sorted(lake.scan("traces").collect()["trace_id"])


def data_files(lake):
    return len(list((lake.path / "traces").glob("*.parquet")))


def test_compaction_makes_one_file_of_many_and_keeps_all_rows(scattered):
    before = scattered.scan("traces").sort("trace_id").collect()
    assert compact(scattered)["traces"] == {"files_before": 6, "files_after": 1}
    assert scattered.scan("traces").sort("trace_id").collect().equals(before)
    assert scattered.sql("SELECT count(*) FROM marks").rows() == [(6,)]


def test_compacting_again_changes_nothing(scattered):
    compact(scattered)
    versions = scattered.versions()
    assert compact(scattered)["traces"] == {"files_before": 1, "files_after": 1}
    assert scattered.versions() == versions


def test_vacuum_removes_what_compaction_left_behind_and_keeps_all_rows(scattered):
    compact(scattered)
    assert vacuum(scattered, hours=0)["traces"] == 6
    assert data_files(scattered) == 1
    assert traces_in(scattered) == NAMES


def test_a_dry_run_counts_and_removes_nothing(scattered):
    compact(scattered)
    assert vacuum(scattered, hours=0, dry_run=True)["traces"] == 6
    assert data_files(scattered) == 7


@pytest.mark.parametrize("hours", [168, 1, 0.5])
def test_young_files_stay(scattered, hours):
    compact(scattered)
    assert vacuum(scattered, hours=hours)["traces"] == 0
    assert data_files(scattered) == 7


def test_vacuum_without_compaction_removes_nothing_that_is_in_use(scattered):
    vacuum(scattered, hours=0)
    assert traces_in(scattered) == NAMES


def test_what_was_committed_stays_committed_after_upkeep(scattered):
    compact(scattered)
    vacuum(scattered, hours=0)
    assert scattered.commit("traces", [trace("t1")]) == 0
    assert scattered.commit("traces", [trace("t9")], shard="shard-t1") == 0
    assert scattered.commit("traces", [trace("t9")]) == 1


def test_an_earlier_version_can_be_read_after_compaction(scattered):
    version = scattered.table("traces").version()
    compact(scattered)
    table = scattered.table("traces")
    table.load_as_version(version - 1)
    assert sum(len(batch) for batch in table.to_pyarrow_dataset().to_batches()) == 5


def test_negative_hours_are_bad_input(lake):
    with pytest.raises(BadInput, match="expected 0 or more"):
        vacuum(lake, hours=-1)
