import os

import pytest
from handmade import trace

from warehouse.errors import BadInput
from warehouse.lake import Lake


def setting(lake, name):
    return lake.sql(f"SELECT current_setting('{name}') AS value")["value"].item()


def test_what_is_committed_between_two_questions_is_seen_by_the_second(lake):
    for number in range(3):
        lake.commit("traces", [trace(f"t{number}")])
        assert lake.sql("SELECT count(*) AS n FROM traces")["n"].item() == number + 1
        assert lake.sql("SELECT count(*) AS n FROM marks")["n"].item() == number + 1


def test_a_connection_that_is_open_keeps_to_the_lake_as_it_was(lake):
    lake.commit("traces", [trace("t1")])
    with lake.connect() as before:
        lake.commit("traces", [trace("t2")])
        with lake.connect() as after:
            assert after.execute("SELECT count(*) FROM traces").fetchall() == [(2,)]
        assert before.execute("SELECT count(*) FROM traces").fetchall() == [(1,)]
    assert lake.sql("SELECT count(*) AS n FROM traces")["n"].item() == 2


def test_what_one_question_makes_or_sets_the_next_one_does_not_find(lake):
    usual = setting(lake, "preserve_insertion_order"), setting(lake, "threads")
    lake.sql("CREATE TABLE mine AS SELECT 1")
    lake.sql("SET preserve_insertion_order = false")
    lake.sql("SET threads = 1; SELECT 1")
    with lake.connect() as db:
        db.execute("CREATE TEMP TABLE yours AS SELECT 1")
    with lake.connect(alone=True) as db:
        db.execute("DROP VIEW funnel")
    assert (setting(lake, "preserve_insertion_order"), setting(lake, "threads")) == usual
    for name in ("mine", "yours"):
        with pytest.raises(BadInput, match=name):
            lake.sql(f"FROM {name}")
    assert lake.sql("FROM funnel").height == 0


def test_marks_are_there_for_those_who_ask_for_them_alone(lake):
    lake.commit("traces", [trace("t1")])
    assert lake.sql("SELECT count(*) AS n FROM marks")["n"].item() == 1
    with pytest.raises(BadInput, match="marks"):
        list(lake.batches("FROM marks"))
    assert sum(batch.num_rows for batch in lake.batches("FROM marks", marks=True)) == 1


def test_after_an_error_the_next_question_is_answered(lake):
    lake.commit("traces", [trace("t1")])
    with pytest.raises(BadInput):
        lake.sql("SELECT error('no') FROM traces")
    assert lake.sql("SELECT count(*) AS n FROM traces")["n"].item() == 1


def test_memory_is_what_is_said_at_the_time(lake, monkeypatch):
    monkeypatch.setenv("THOUGHTMILL_MEMORY", "512MiB")
    assert setting(lake, "memory_limit") == "512.0 MiB"
    monkeypatch.setenv("THOUGHTMILL_MEMORY", "256MiB")
    assert setting(lake, "memory_limit") == "256.0 MiB"


def test_a_lake_that_cannot_be_written_to_answers_about_marks(lake, monkeypatch):
    lake.commit("traces", [trace("t1")])

    def refused(*_args, **_options):
        raise OSError(30, os.strerror(30), "_marts")

    monkeypatch.setattr("warehouse.lake.marts.Path.mkdir", refused)
    assert Lake(lake.path).sql("SELECT trace_id FROM marks")["trace_id"].to_list() == ["t1"]
    assert not (lake.path / "_marts").exists()
