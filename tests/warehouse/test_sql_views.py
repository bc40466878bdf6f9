import duckdb
import pytest
from handmade import answer_key, at, problem, trace, verdict

from warehouse.errors import BadInput


def latest(lake):
    return lake.sql("SELECT outcome FROM latest_verdicts ORDER BY outcome")["outcome"].to_list()


def one(lake, query):
    (row,) = lake.sql(query).to_dicts()
    return row


def test_the_highest_version_is_the_latest_verdict_even_when_it_is_older(lake):
    lake.commit("verdicts", [verdict("t1", "fail", version=2, created_at=at(1))])
    lake.commit("verdicts", [verdict("t1", "pass", version=1, created_at=at(2))])
    assert latest(lake) == ["fail"]


def test_within_a_version_decided_comes_before_undecided(lake):
    lake.commit("verdicts", [verdict("t1", "undecided", created_at=at(1))])
    lake.commit("verdicts", [verdict("t1", "pass", created_at=at(2))])
    assert latest(lake) == ["pass"]


def test_a_newer_undecided_verdict_does_not_displace_a_decided_one(lake):
    # Two runs that asked at once: both found the subject undecided before.
    lake.commit("verdicts", [verdict("t1", "undecided", created_at=at(3))])
    lake.commit("verdicts", [verdict("t1", "fail", created_at=at(1))])
    assert latest(lake) == ["fail"]


def test_an_undecided_verdict_of_a_higher_version_displaces_a_decided_one(lake):
    lake.commit("verdicts", [verdict("t1", "pass"), verdict("t1", "undecided", version=2)])
    assert latest(lake) == ["undecided"]


def test_among_equals_the_newest_verdict_counts(lake):
    lake.commit("verdicts", [verdict("t1", "undecided", reason="old", created_at=at(1))])
    lake.commit("verdicts", [verdict("t1", "undecided", reason="new", created_at=at(2))])
    assert one(lake, "SELECT reason FROM latest_verdicts") == {"reason": "new"}


def test_checks_settings_and_steps_are_different_subjects(lake):
    lake.commit("verdicts", [verdict("t1", "pass"), verdict("t1", "fail", "format")])
    lake.commit("verdicts", [verdict("t1", "fail", settings_hash="s2"), verdict("t1", "fail", step=1)])
    assert latest(lake) == ["fail", "fail", "fail", "pass"]


def test_a_verdict_under_a_superseded_answer_key_does_not_count(lake):
    lake.commit("answer_keys", [answer_key("old", created_at=at(1)), answer_key("new", created_at=at(2))])
    lake.commit("verdicts", [verdict("t1", "pass", key_id="old"), verdict("t2", "fail", key_id="new")])
    assert latest(lake) == ["fail"]


def test_a_verdict_that_rests_on_no_key_outlives_a_correction(lake):
    lake.commit("answer_keys", [answer_key("old", created_at=at(1)), answer_key("new", created_at=at(2))])
    lake.commit("verdicts", [verdict("t1", "pass", "format")])
    assert latest(lake) == ["pass"]


def test_a_key_that_comes_back_after_a_correction_is_current_again(lake):
    for minute, key in enumerate(["first", "second", "first"]):
        lake.commit("answer_keys", [answer_key(key, created_at=at(minute))])
    lake.commit("verdicts", [verdict("t1", "pass", key_id="first"), verdict("t2", "fail", key_id="second")])
    assert one(lake, "SELECT key_id FROM current_keys") == {"key_id": "first"}
    assert latest(lake) == ["pass"]


def test_the_current_key_is_found_per_problem(lake):
    lake.commit("answer_keys", [answer_key("k1", "p1", created_at=at(2)), answer_key("k2", "p2", created_at=at(1))])
    assert lake.sql("SELECT key_id FROM current_keys ORDER BY key_id")["key_id"].to_list() == ["k1", "k2"]


def test_marks_say_of_every_trace_whether_it_is_correct_and_accepted(small):
    marks = small.sql("SELECT trace_id, correct, accepted FROM marks ORDER BY trace_id").rows()
    assert marks == [
        ("t1", True, True),
        ("t2", False, False),
        ("t3", True, False),
        ("t4", None, False),
        ("t5", None, False),
        ("t6", True, True),
    ]


def test_marks_hold_every_checks_outcome_and_reason(small):
    row = one(small, "SELECT outcomes ['format'] AS said, reasons ['format'] AS why FROM marks WHERE trace_id = 't3'")
    assert row == {"said": "fail", "why": "truncated"}


def test_marks_hold_no_text(small):
    columns = set(small.sql("DESCRIBE marks")["column_name"])
    assert not columns & {"completion", "messages", "prompt", "sampling"}


def test_a_check_asked_under_several_settings_speaks_by_its_newest_opinion(lake):
    lake.commit("traces", [trace("t1")])
    lake.commit("verdicts", [verdict("t1", "fail", "length", created_at=at(1))])
    lake.commit("verdicts", [verdict("t1", "pass", "length", settings_hash="s2", created_at=at(2))])
    assert one(lake, "SELECT accepted FROM marks") == {"accepted": True}


def test_marks_are_refreshed_after_a_commit(small):
    assert one(small, "SELECT correct FROM marks WHERE trace_id = 't4'") == {"correct": None}
    small.commit("verdicts", [verdict("t4", "pass", problem="p3", key_id="k3")])
    assert one(small, "SELECT correct, accepted FROM marks WHERE trace_id = 't4'") == {
        "correct": True,
        "accepted": True,
    }


def test_a_corrected_key_leaves_its_problems_traces_undecided(small):
    small.commit("answer_keys", [answer_key("k1-corrected", answers=["5"])])
    found = small.sql("SELECT DISTINCT correct, accepted FROM marks WHERE problem_id = 'p1' AND trace_id <> 't2'")
    assert found.rows() == [(None, True)]


def test_accepted_splits_thinking_from_response(small):
    rows = small.sql("SELECT trace_id, thinking, response FROM accepted ORDER BY trace_id").rows()
    assert rows == [("t1", "2 + 2", "4"), ("t6", "2 + 2", "4")]


def test_pass_rates_count_decided_samples_per_problem_and_model(small):
    rows = small.sql("SELECT problem_id, samples, passed, pass_rate FROM pass_rates ORDER BY problem_id").rows()
    assert rows == [("p1", 2, 1, 0.5), ("p2", 1, 1, 1.0), ("p3", 0, 0, None)]


def test_the_funnel_says_where_traces_are_lost(small):
    rows = small.sql("SELECT split, kind, traces, finished, decided, correct, accepted, acceptance FROM funnel").rows()
    assert rows == [
        ("test", "journey", 1, 1, 1, 1, 1, 1.0),
        ("test", "sample", 3, 2, 3, 2, 1, 0.3333),
        ("train", "sample", 2, 2, 0, 0, 0, 0.0),
    ]


def test_cost_per_accepted_spreads_what_all_traces_took_over_the_accepted_ones(small):
    rows = small.sql("FROM cost_per_accepted ORDER BY kind").rows()
    assert rows == [("sums", "ada", "journey", 1, 60.0, 1.0, 0.5), ("sums", "ada", "sample", 1, 150.0, 10.0, 2.5)]


def test_nothing_accepted_costs_null_and_not_an_error(lake):
    lake.commit("problems", [problem("p1")])
    lake.commit("traces", [trace("t1")])
    assert one(lake, "SELECT accepted, tokens_per_accepted, cost_per_accepted FROM cost_per_accepted") == {
        "accepted": 0,
        "tokens_per_accepted": None,
        "cost_per_accepted": None,
    }


def test_scores_average_problems_and_not_samples_and_carry_an_interval(small):
    # Two held-out problems with rates 0.5 and 1: mean 0.75, and 1.96 * 0.3536 / sqrt(2) = 0.49 to either side.
    assert one(small, "FROM scores") == {
        "model": "ada",
        "weights": "w1",
        "temperature": 0.5,
        "problems": 2,
        "samples": 3,
        "pass_at_1": 0.75,
        "low": 0.26,
        "high": 1.0,
        "tokens_per_answer": 20.0,
    }


def test_views_of_an_empty_lake_are_empty(lake):
    for view in ("marks", "accepted", "pass_rates", "funnel", "cost_per_accepted", "scores", "latest_verdicts"):
        assert lake.sql(f"FROM {view}").is_empty()


def test_queries_take_parameters(small):
    assert small.sql("SELECT kind FROM marks WHERE trace_id = $wanted", wanted="t6").rows() == [("journey",)]


@pytest.mark.parametrize(
    "query", ["SELEC 1", "FROM nowhere", "SELECT colour FROM traces", "SELECT 'a'::INT", "SELECT ("]
)
def test_sql_that_does_not_run_is_bad_input(lake, query):
    with pytest.raises(BadInput, match="does not run"):
        lake.sql(query)


def test_a_statement_without_an_answer_gives_an_empty_frame(lake):
    assert lake.sql("").is_empty()


def test_the_exported_catalog_answers_in_plain_duckdb(small, tmp_path):
    file = small.export_catalog(tmp_path / "catalog.duckdb")
    with duckdb.connect(str(file), read_only=True) as db:
        assert db.execute("SELECT count(*) FROM marks WHERE accepted").fetchone() == (2,)
        assert db.execute("SELECT pass_at_1 FROM scores").fetchone() == (0.75,)
        assert db.execute("SELECT thinking('<think>a</think>b'), response('<think>a</think>b')").fetchone() == (
            "a",
            "b",
        )
        assert db.execute("SELECT count(*) FROM failures").fetchone() == (0,)


def test_exporting_again_replaces_the_catalog_under_an_open_reader(small, tmp_path):
    file = small.export_catalog(tmp_path / "catalog.duckdb")
    with duckdb.connect(str(file), read_only=True) as reader:
        small.commit("traces", [trace("t7")])
        small.export_catalog(file)
        assert reader.execute("SELECT count(*) FROM traces").fetchone() == (6,)
    with duckdb.connect(str(file), read_only=True) as db:
        assert db.execute("SELECT count(*) FROM traces").fetchone() == (7,)
    assert sorted(left.name for left in tmp_path.glob("*catalog*")) == ["catalog.duckdb"]
