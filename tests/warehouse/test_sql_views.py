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


def flips(lake):
    return lake.sql("SELECT trace_id, from_outcome, to_outcome FROM flips ORDER BY ALL").rows()


def test_a_flip_is_a_newest_opinion_with_another_outcome_than_the_one_before(lake):
    for minute, outcomes in enumerate([("pass", "pass", "fail"), ("fail", "pass", "pass"), ("fail", "fail", "pass")]):
        names = ("t1", "t2", "t3")
        rows = [
            verdict(name, outcome, version=minute + 1, created_at=at(minute))
            for name, outcome in zip(names, outcomes, strict=True)
        ]
        lake.commit("verdicts", rows)
    assert flips(lake) == [("t2", "pass", "fail")]


def test_a_flip_says_what_became_of_what_and_by_which_question(lake):
    lake.commit("answer_keys", [answer_key("k1", created_at=at(0)), answer_key("k2", created_at=at(1))])
    was = verdict("t1", "undecided", reason="timeout", key_id="k1", created_at=at(0))
    now = verdict("t1", "fail", version=2, settings_hash="s2", key_id="k2", reason="wrong_value", run_id="run-2")
    lake.commit("verdicts", [was])
    lake.commit("verdicts", [now | {"created_at": at(5)}])
    assert one(lake, "FROM flips") == {
        "trace_id": "t1",
        "problem_id": "p1",
        "check_name": "answer",
        "from_version": 1,
        "to_version": 2,
        "from_settings": "s1",
        "to_settings": "s2",
        "from_key": "k1",
        "to_key": "k2",
        "from_outcome": "undecided",
        "to_outcome": "fail",
        "from_reason": "timeout",
        "to_reason": "wrong_value",
        "run_id": "run-2",
        "at": at(5),
    }


def test_an_undecided_opinion_that_was_asked_again_flips_and_one_that_came_too_late_does_not(lake):
    lake.commit("verdicts", [verdict("t1", "undecided", created_at=at(1)), verdict("t2", "pass", created_at=at(1))])
    lake.commit("verdicts", [verdict("t1", "pass", created_at=at(2))])
    lake.commit("verdicts", [verdict("t3", "undecided", created_at=at(2))])
    lake.commit("verdicts", [verdict("t3", "fail", created_at=at(1))])  # was first, and is committed later
    assert flips(lake) == [("t1", "undecided", "pass")]


def test_what_an_older_version_says_after_a_newer_one_is_no_flip(lake):
    lake.commit("verdicts", [verdict("t1", "fail", version=2, created_at=at(1))])
    lake.commit("verdicts", [verdict("t1", "pass", version=1, created_at=at(2))])
    assert flips(lake) == []


def test_each_check_flips_for_itself(lake):
    lake.commit(
        "verdicts", [verdict("t1", "pass", created_at=at(1)), verdict("t1", "fail", "format", created_at=at(2))]
    )
    assert flips(lake) == []


def test_a_key_that_comes_back_brings_its_opinion_back(lake):
    for minute, key in enumerate(["first", "second", "first"]):
        lake.commit("answer_keys", [answer_key(key, created_at=at(minute))])
    lake.commit("verdicts", [verdict("t1", "pass", key_id="first", created_at=at(0))])
    lake.commit("verdicts", [verdict("t1", "fail", key_id="second", created_at=at(1))])
    assert flips(lake) == [("t1", "fail", "pass")]


UNUSABLE = {"reason": "unusable_key", "detail": '{"says": "no number"}'}


def test_a_problem_whose_key_cannot_be_used_is_quarantined_and_nothing_of_it_counts(small):
    small.commit("verdicts", [verdict(None, "undecided", "key", key_id="k1", **UNUSABLE)])
    assert one(small, "FROM quarantined") == {
        "problem_id": "p1",
        "source": "sums",
        "key_id": "k1",
        "verifier": "number",
        "reason": "unusable_key",
        "says": "no number",
        "traces": 0,
    }
    marks = small.sql("SELECT trace_id, correct, accepted FROM marks ORDER BY trace_id").rows()
    assert marks[:3] == [("t1", None, False), ("t2", None, False), ("t3", True, False)]
    assert small.sql("SELECT problem_id, samples FROM pass_rates ORDER BY 1").rows()[:2] == [("p1", 0), ("p2", 1)]


def test_what_a_verdict_on_a_trace_says_of_the_key_quarantines_as_well(small):
    small.commit(
        "verdicts", [verdict(trace, "undecided", version=2, key_id="k1", **UNUSABLE) for trace in ("t1", "t2")]
    )
    assert small.sql("SELECT problem_id, traces FROM quarantined").rows() == [("p1", 2)]


def test_a_key_that_its_own_verifier_refuses_quarantines(small):
    refused = {"reason": "refuses_its_reference", "detail": '{"says": "4 is not 4"}'}
    small.commit("verdicts", [verdict(None, "fail", "key", key_id="k1", **refused)])
    assert small.sql("SELECT problem_id, says FROM quarantined").rows() == [("p1", "4 is not 4")]


def test_a_corrected_key_or_a_better_verifier_ends_the_quarantine(small):
    bad = verdict(None, "undecided", "key", key_id="k1", created_at=at(1), **UNUSABLE)
    small.commit("verdicts", [bad, verdict("t1", "undecided", version=2, key_id="k1", created_at=at(1), **UNUSABLE)])
    small.commit("verdicts", [bad | {"problem_id": "p2", "key_id": "k2"}])
    assert small.sql("SELECT problem_id FROM quarantined")["problem_id"].to_list() == ["p1", "p2"]
    small.commit("answer_keys", [answer_key("k2-corrected", "p2", answers=["5"])])
    assert small.sql("SELECT problem_id FROM quarantined")["problem_id"].to_list() == ["p1"]
    small.commit("verdicts", [verdict(None, "pass", "key", key_id="k1", settings_hash="s2", created_at=at(9))])
    assert small.sql("FROM quarantined").is_empty()


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


def test_a_corrected_key_leaves_its_problems_traces_undecided_and_not_accepted(small):
    small.commit("answer_keys", [answer_key("k1-corrected", answers=["5"])])
    found = small.sql("SELECT DISTINCT correct, accepted FROM marks WHERE problem_id = 'p1' AND trace_id <> 't2'")
    assert found.rows() == [(None, False)]


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
    told = "marks accepted pass_rates funnel cost_per_accepted scores latest_verdicts flips quarantined "
    told += "step_values first_wrong_steps journeys journey_yields"
    for view in told.split():
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
