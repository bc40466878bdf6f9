import json

import pytest
from handmade import answer_key, problem, trace, verdict
from remains import files_holding

from warehouse import explain
from warehouse.claims import claim
from warehouse.errors import BadInput, LakeError
from warehouse.journal import journal, path_of, replay_all
from warehouse.lake import Lake
from warehouse.lake.place import data_files
from warehouse.lake.takedown import Wanted, take_down
from warehouse.lake.upkeep import compact

SECRET = "Ada's telephone number"


@pytest.fixture
def filled(lake):
    """Two problems; of the first a trace with a secret, a journey made of it and another trace; compacted since."""
    lake.commit("problems", [problem("p1", source="letters"), problem("p2")])
    lake.commit("answer_keys", [answer_key("k1", "p1"), answer_key("k2", "p2")])
    lake.commit("traces", [trace("t1", completion=SECRET), trace("t2")])
    lake.commit("traces", [trace("t3", kind="journey", completion=f"wait, {SECRET}", parents=["t1", "t2"])])
    lake.commit("traces", [trace("t4", problem="p2"), trace("t5", problem="p2", completion="5")])
    lake.commit("verdicts", [verdict("t1", "pass", detail=json.dumps({"answer": SECRET})), verdict("t2", "pass")])
    lake.commit("selections", [{"release_id": "r1", "trace_id": "t3", "kept": True, "rank": 0}])
    compact(lake)
    lake.export_catalog(lake.path / "catalog.duckdb")
    return lake


def names(lake, table="traces", column="trace_id"):
    return sorted(lake.scan(table).collect()[column])


def test_the_text_is_gone_from_every_file_and_so_is_that_of_what_was_made_of_it(filled):
    assert files_holding(filled.path, SECRET)
    told = take_down(filled, Wanted(traces=("t1",)), "personal data")
    assert told["traces"] == 2
    assert files_holding(filled.path, SECRET) == []
    assert names(filled) == ["t2", "t4", "t5"]
    assert names(filled, "verdicts") == ["t2"]


def test_ids_stay_with_the_reason_and_with_what_they_went_along_with(filled):
    take_down(filled, Wanted(traces=("t1",)), "personal data")
    rows = filled.sql("SELECT trace_id, problem_id, reason, through FROM takedowns ORDER BY 1").rows()
    assert rows == [("t1", "p1", "personal data", None), ("t3", "p1", "personal data", "t1")]
    with pytest.raises(explain.TakenDown, match=r"t3 was taken down on \S+, along with t1: personal data.*r1"):
        explain.trace(filled, "t3")


def test_the_releases_that_hold_it_are_named(filled):
    told = take_down(filled, Wanted(traces=("t1",)), "personal data")
    assert [(one["release"], one["kept"]) for one in told["releases"]] == [("r1", 1)]


def test_what_is_taken_down_stays_out(filled):
    take_down(filled, Wanted(traces=("t1",)), "personal data")
    assert filled.commit("traces", [trace("t1", completion=SECRET), trace("t6")]) == 1
    assert filled.commit("traces", [trace("t7", completion=SECRET, parents=["t2", "t1"])]) == 0
    assert filled.commit("verdicts", [verdict("t1", "fail", detail=SECRET)]) == 0
    assert filled.commit("failures", [{"trace_id": "t1", "reason": "garbled", "detail": SECRET}]) == 0
    assert names(filled) == ["t2", "t4", "t5", "t6"]
    assert files_holding(filled.path, SECRET) == []


def test_a_writer_that_looked_before_the_takedown_looks_again(filled, monkeypatch):
    looked = Lake._unknown

    def overtaken(self, table, name, frame):
        fresh = looked(self, table, name, frame)
        if name == "traces":
            monkeypatch.setattr(Lake, "_unknown", looked)
            take_down(Lake(filled.path), Wanted(traces=("t8", "t1")), "personal data")
        return fresh

    filled.commit("takedowns", [{"trace_id": "t8", "problem_id": "p1", "reason": "asked for before it was written"}])
    late = Lake(filled.path)
    monkeypatch.setattr(Lake, "_unknown", overtaken)
    monkeypatch.setattr(Lake, "_taken_down", once_empty(Lake._taken_down))
    assert late.commit("traces", [trace("t8"), trace("t9")]) == 1
    assert names(filled) == ["t2", "t4", "t5", "t9"]


def once_empty(real):
    """What has been taken down, as it was before anything was when first asked."""
    asked = []

    def taken_down(self):
        asked.append(self)
        return [] if len(asked) == 1 else real(self)

    return taken_down


def test_a_problem_goes_with_all_that_was_written_about_it(filled):
    told = take_down(filled, Wanted(problems=("p1",)), "no licence")
    assert (told["traces"], told["problems"]) == (3, 1)
    assert names(filled) == ["t4", "t5"]
    assert names(filled, "problems", "problem_id") == ["p2"]
    assert names(filled, "answer_keys", "problem_id") == ["p2"]
    assert files_holding(filled.path, "Problem p1") == []
    assert filled.commit("problems", [problem("p1")]) == 0
    assert filled.commit("answer_keys", [answer_key("k9", "p1")]) == 0
    assert filled.commit("traces", [trace("t9")]) == 0


def test_a_source_goes_with_all_its_problems(filled):
    take_down(filled, Wanted(source="letters"), "no licence")
    assert names(filled) == ["t4", "t5"]
    again = take_down(filled, Wanted(source="letters"), "no licence")
    assert again["files_removed"] == 0


def test_sql_says_which(filled):
    take_down(filled, Wanted(sql="SELECT trace_id FROM traces WHERE completion = '5'"), "wrong")
    assert names(filled) == ["t1", "t2", "t3", "t4"]


def test_a_dry_run_counts_and_removes_nothing(filled):
    before = filled.versions()
    told = take_down(filled, Wanted(traces=("t1",)), "personal data", dry_run=True)
    assert (told["traces"], len(told["releases"])) == (2, 1)
    assert filled.versions() == before
    assert files_holding(filled.path, SECRET)


def test_versions_of_before_cannot_be_read_any_more(filled):
    version = filled.versions()["traces"]
    take_down(filled, Wanted(traces=("t1",)), "personal data")
    with pytest.raises(LakeError, match="table traces cannot be read at version"):
        Lake(filled.path, as_of=version).sql("SELECT count(*) FROM traces")
    assert Lake(filled.path, as_of=filled.versions()["traces"]).sql("SELECT count(*) FROM traces").item() == 3


def test_a_stopped_runs_journal_loses_it_too(filled):
    with pytest.raises(KeyboardInterrupt), journal(filled, "shard") as add:  # noqa: PT012
        add(trace("t1", completion=SECRET))
        add(trace("t6"))
        raise KeyboardInterrupt
    take_down(filled, Wanted(traces=("t1",)), "personal data")
    assert files_holding(filled.path, SECRET) == []
    assert replay_all(filled) == ["t6"]


def test_a_journal_that_is_being_written_is_named(filled):
    path = path_of(filled, "busy")
    path.parent.mkdir()
    path.write_text(json.dumps(trace("t1", completion=SECRET)) + "\n")
    with claim(filled.path, "busy"):
        assert take_down(filled, Wanted(traces=("t1",)), "personal data")["journals_in_use"] == ["busy"]
    assert take_down(filled, Wanted(traces=("t1",)), "personal data")["journals_in_use"] == []
    assert files_holding(filled.path, SECRET) == []


def test_a_takedown_that_was_killed_is_finished_by_the_same_command(filled, monkeypatch):
    def killed(lake, name):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("warehouse.lake.takedown.sweep", killed)
        with pytest.raises(KeyboardInterrupt):
            take_down(filled, Wanted(traces=("t1",)), "personal data")
    assert files_holding(filled.path, SECRET)
    take_down(filled, Wanted(traces=("t1",)), "personal data")
    assert files_holding(filled.path, SECRET) == []


def test_text_in_the_log_of_an_older_lake_goes_as_well(lake):
    """Before, the least and the greatest text of every file stood in the log and in its checkpoints."""
    table = lake.table("traces")
    table.alter.set_table_properties({"delta.dataSkippingStatsColumns": "trace_id,completion"})
    from deltalake.writer import write_deltalake

    from warehouse.lake.lake import as_arrow

    write_deltalake(
        lake.table("traces"), as_arrow("traces", [trace("t1", completion=SECRET), trace("t2")]), mode="append"
    )
    lake.table("traces").create_checkpoint()
    assert any("_delta_log" in file for file in files_holding(lake.path, SECRET))
    take_down(lake, Wanted(traces=("t1",)), "personal data")
    assert files_holding(lake.path, SECRET) == []
    assert names(Lake(lake.path)) == ["t2"]
    assert len(data_files(lake.table("traces"))) == 1


@pytest.mark.parametrize(
    ("wanted", "reason", "says"),
    [
        (Wanted(traces=("t99",)), "why not", "no trace 't99'"),
        (Wanted(problems=("p99",)), "why not", "no problem 'p99'"),
        (Wanted(source="nowhere"), "why not", "no problem is of source 'nowhere'; expected one of letters, sums"),
        (Wanted(sql="SELECT 1 AS n"), "why not", "gives n; expected one column, trace_id or problem_id"),
        (Wanted(sql="SELECT nothing"), "why not", "does not run"),
        (Wanted(traces=("t1",)), " ", "the reason is empty"),
    ],
)
def test_what_names_nothing_is_bad_input(filled, wanted, reason, says):
    before = filled.versions()
    with pytest.raises(BadInput, match=says):
        take_down(filled, wanted, reason)
    assert filled.versions() == before
