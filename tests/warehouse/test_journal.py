import json

import pytest
from handmade import trace

from warehouse.claims import claim
from warehouse.journal import journal, replay, replay_all
from warehouse.lake import Lake


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake", create=True)


def broken_off(lake, rows, shard="shard"):
    """The journal of a run that was stopped before it could commit."""
    with pytest.raises(KeyboardInterrupt), journal(lake, shard) as add:  # noqa: PT012
        for row in rows:
            add(row)
        raise KeyboardInterrupt


def ids(lake):
    return lake.sql("SELECT trace_id FROM traces ORDER BY 1")["trace_id"].to_list()


def test_a_journal_goes_when_its_shard_is_done(lake):
    with journal(lake, "shard") as add:
        add(trace("t1"))
    assert replay_all(lake) == []
    assert ids(lake) == []


def test_what_a_stopped_run_had_is_committed_whole_and_once(lake):
    rows = [trace("t1", completion='<think>\n目标\u2028 "x"\n</think> 4'), trace("t2")]
    broken_off(lake, rows)
    assert replay_all(lake) == ["t1", "t2"]
    assert lake.sql("SELECT completion FROM traces WHERE trace_id = 't1'").item() == rows[0]["completion"]
    broken_off(lake, rows)
    replay_all(lake)
    assert ids(lake) == ["t1", "t2"]
    assert replay_all(lake) == []


@pytest.mark.parametrize("junk", [b'{"trace_id": "t9", "compl', b"\xff\xfe\n", b"[1]\n", b"{}\n", b"\0" * 100])
def test_a_line_that_was_cut_off_costs_that_line_only(lake, junk):
    broken_off(lake, [trace("t1")])
    (file,) = (lake.path / "_journal").iterdir()
    file.write_bytes(junk + b"\n" + file.read_bytes() + junk)
    assert replay_all(lake) == ["t1"]
    assert ids(lake) == ["t1"]


def test_the_journal_of_a_living_run_is_left_alone(lake):
    broken_off(lake, [trace("t1")], "mine")
    broken_off(lake, [trace("t2")], "other")
    with claim(lake.path, "mine"):
        assert replay_all(lake) == ["t2"]
        assert replay(lake, "mine") == ["t1"]


def test_rows_are_on_disk_as_they_come(lake):
    with journal(lake, "shard") as add:
        for n in range(3):
            add(trace(f"t{n}"))
            (file,) = (lake.path / "_journal").iterdir()
            assert [json.loads(line)["trace_id"] for line in file.read_text().splitlines()][-1] == f"t{n}"
