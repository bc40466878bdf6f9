import json

import pytest
from handmade import answer_key, trace, verdict

from warehouse import explain
from warehouse.errors import BadInput


def test_a_trace_is_explained_back_to_its_problem_key_and_verdicts(small):
    told = explain.trace(small, "t2")
    assert told["trace"]["completion"].endswith("5")
    assert told["problem"]["prompt"] == "Problem p1"
    assert [(key["key_id"], key["current"]) for key in told["answer_keys"]] == [("k1", True)]
    assert [(row["check_name"], row["outcome"], row["reason"], row["counts"]) for row in told["verdicts"]] == [
        ("answer", "fail", "wrong_value", True),
        ("format", "pass", None, True),
    ]
    assert [(child["trace_id"], child["kind"]) for child in told["children"]] == [("t6", "journey")]


def test_a_journey_names_its_wrong_and_its_right_parent(small):
    parents = explain.trace(small, "t6")["parents"]
    assert [(parent["role"], parent["trace_id"], parent["correct"]) for parent in parents] == [
        ("wrong", "t2", False),
        ("right", "t1", True),
    ]


def test_a_parent_that_is_not_in_the_lake_does_not_lend_its_role_to_another(small):
    small.commit("traces", [trace("t7", kind="journey", parents=["gone", "t1"])])
    parents = explain.trace(small, "t7")["parents"]
    assert [(parent["role"], parent["trace_id"]) for parent in parents] == [("right", "t1")]


def test_every_parent_of_a_journey_is_told(small):
    small.commit("traces", [trace("t7", kind="journey", parents=["t2", "t1", "t3"])])
    parents = explain.trace(small, "t7")["parents"]
    assert [(parent["role"], parent["trace_id"]) for parent in parents] == [
        ("wrong", "t2"),
        ("right", "t1"),
        ("parent", "t3"),
    ]


def test_a_verdict_under_a_superseded_key_is_told_and_does_not_count(small):
    small.commit("answer_keys", [answer_key("k1-corrected", answers=["5"])])
    small.commit("verdicts", [verdict("t2", "pass", key_id="k1-corrected")])
    told = explain.trace(small, "t2")
    answers = [(row["key_id"], row["counts"]) for row in told["verdicts"] if row["check_name"] == "answer"]
    assert answers == [("k1", False), ("k1-corrected", True)]
    assert [(key["key_id"], key["current"]) for key in told["answer_keys"]] == [("k1", False), ("k1-corrected", True)]


def test_releases_that_hold_or_left_out_a_trace_are_told(small):
    small.commit("selections", [{"release_id": "r1", "trace_id": "t2", "kept": False, "reason": "answer: wrong_value"}])
    (row,) = explain.trace(small, "t2")["selections"]
    assert (row["release_id"], row["kept"], row["reason"]) == ("r1", False, "answer: wrong_value")


def test_an_explanation_can_be_written_as_json(small):
    assert json.loads(explain.as_json(explain.trace(small, "t6")))["trace"]["parents"] == ["t2", "t1"]


@pytest.mark.parametrize("name", ["t99", "", "'; DROP TABLE traces"])
def test_an_unknown_id_is_bad_input(small, name):
    with pytest.raises(BadInput, match="no trace"):
        explain.trace(small, name)


def test_a_trace_on_a_quarantined_problem_says_so(small):
    assert explain.trace(small, "t1")["quarantined"] == []
    says = {"reason": "unusable_key", "detail": '{"says": "no number"}'}
    small.commit("verdicts", [verdict(None, "undecided", "key", key_id="k1", **says)])
    assert explain.trace(small, "t1")["quarantined"] == [{"reason": "unusable_key", "says": "no number"}]
