import random
from pathlib import Path

import pytest
from handmade import trace

from warehouse.errors import BadInput, LakeError
from warehouse.lake import Lake
from warehouse.lake.damage import Moved
from warehouse.lake.upkeep import compact, repair, vacuum


@pytest.fixture
def two(lake):
    """A lake whose traces are in two files; with the files, t1's first."""
    lake.commit("traces", [trace("t1", completion="one")])
    first = Path(lake.files("traces")[0])
    lake.commit("traces", [trace("t2", completion=random.Random(0).randbytes(20_000).hex())])
    (second,) = set(map(Path, lake.files("traces"))) - {first}
    return lake, first, second


def cut(file):
    file.write_bytes(file.read_bytes()[:200])


def scramble(file):
    """Damage a page of text; the footer stays whole."""
    whole = file.read_bytes()
    place = whole.index(b"\x28\xb5\x2f\xfd", len(whole) // 4)  # a zstd frame
    file.write_bytes(whole[: place + 4] + b"\xff" * 24 + whole[place + 28 :])


def empty(file):
    file.write_bytes(b"")


DAMAGES = [cut, scramble, empty, Path.unlink]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(two, damage):
    lake, _, file = two
    damage(file)
    says = rf"table traces: \S*{file.name} is (damaged|missing).*put it back from a copy.*lake repair"
    for ask in (
        lambda: lake.sql("SELECT * FROM traces"),
        lambda: list(lake.batches("SELECT * FROM traces")),
        lambda: Lake(lake.path).sql("SELECT * FROM traces"),
    ):
        with pytest.raises(LakeError, match=says):
            ask()


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_read_is_taken_out_and_its_rows_can_come_again(two, damage):
    lake, _, file = two
    damage(file)
    (looked,) = repair(lake, dry_run=True)
    assert (looked["table"], Path(looked["file"])) == ("traces", file)
    assert len(repair(lake)) == 1
    assert repair(lake) == []
    assert lake.sql("SELECT trace_id FROM traces").rows() == [("t1",)]
    assert lake.commit("traces", [trace("t1"), trace("t2")]) == 1


def test_a_damaged_file_is_kept_aside(two):
    lake, _, file = two
    cut(file)
    held = file.read_bytes()
    repair(lake)
    assert (lake.path / "_damaged" / f"traces-{file.name}").read_bytes() == held


def test_files_that_were_vacuumed_while_they_were_read_are_looked_for_anew(two):
    lake, *_ = two
    with pytest.raises(Moved, match="ask again"), lake.connect() as db:  # noqa: PT012
        compact(Lake(lake.path))
        vacuum(Lake(lake.path), hours=0)
        db.sql("SELECT * FROM traces").fetchall()
    assert lake.sql("SELECT count(*) FROM traces").item() == 2


def test_a_commit_whose_files_are_vacuumed_while_it_looks_looks_again(two, monkeypatch):
    lake, *_ = two
    looked, rounds = Lake._unknown, []

    def overtaken(self, table, name, frame):
        rounds.append(name)
        if len(rounds) == 1:
            compact(Lake(lake.path))
            vacuum(Lake(lake.path), hours=0)
        return looked(self, table, name, frame)

    monkeypatch.setattr(Lake, "_unknown", overtaken)
    assert lake.commit("traces", [trace("t1"), trace("t3")]) == 1
    assert rounds == ["traces", "traces"]


def test_a_file_of_the_users_own_that_is_not_there_is_no_damage_of_the_lake(two, tmp_path):
    lake, *_ = two
    with pytest.raises(BadInput, match="does not run") as caught:
        lake.sql(f"FROM read_parquet('{tmp_path}/nothing.parquet')")
    assert not isinstance(caught.value, LakeError)


def test_a_log_that_cannot_be_read_is_a_lake_error(two):
    lake, *_ = two
    for file in (lake.path / "traces" / "_delta_log").glob("*.json"):
        file.write_text("{")
    with pytest.raises(LakeError, match="traces cannot be used as a Delta table"):
        Lake(lake.path).sql("FROM traces")
