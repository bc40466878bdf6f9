import json

import pytest
from handmade import answer_key, at, trace, verdict

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
        ("parent", "t1"),
        ("right", "t3"),
    ]


def test_a_verdict_under_a_superseded_key_is_told_and_does_not_count(small):
    small.commit("answer_keys", [answer_key("k1-corrected", answers=["5"])])
    small.commit("verdicts", [verdict("t2", "pass", key_id="k1-corrected")])
    told = explain.trace(small, "t2")
    answers = [(row["key_id"], row["counts"]) for row in told["verdicts"] if row["check_name"] == "answer"]
    assert answers == [("k1", False), ("k1-corrected", True)]
    assert [(key["key_id"], key["current"]) for key in told["answer_keys"]] == [("k1", False), ("k1-corrected", True)]


def test_of_verdicts_on_steps_each_counts_for_its_own_step(small):
    small.commit("verdicts", [verdict("t2", "pass", "step_value", step=step, created_at=at(1)) for step in (0, 1)])
    small.commit("verdicts", [verdict("t2", "pass", "step_value", step=1, version=2, created_at=at(1))])
    told = [row for row in explain.trace(small, "t2")["verdicts"] if row["check_name"] == "step_value"]
    assert sorted((row["step"], row["version"], row["counts"]) for row in told) == [
        (0, 1, True),
        (1, 1, False),
        (1, 2, True),
    ]


def test_the_steps_of_a_trace_have_its_spans_and_no_value_where_none_is_known(small):
    small.commit(
        "traces",
        [
            trace(
                "t7",
                completion="<think>\nOne. Two.\n</think>\n\n4",
                spans=[{"label": "wrong", "start": 8, "end": 14}, {"label": "turn", "start": 14, "end": 17}],
            )
        ],
    )
    assert explain.trace(small, "t7")["steps"] == [
        {"step": 1, "start": 8, "end": 12, "text": "One.", "spans": ["wrong"]},
        {"step": 2, "start": 13, "end": 17, "text": "Two.", "spans": ["wrong", "turn"]},
    ]


def test_a_child_has_its_parents_values_as_far_as_it_says_the_same(small):
    for name, completion, parents in (
        ("t7", "<think>\nOne. Two. Three.\n</think>\n\n4", []),
        ("t8", "<think>\nOne. Two. Four.\n</think>\n\n4", ["t7"]),
        ("t9", "<think>\nOne. Two, three. Three.\n</think>\n\n4", ["t7"]),
    ):
        small.commit("traces", [trace(name, completion=completion, parents=parents)])
    ends = [(None, None), (8, 12), (13, 17), (18, 24)]
    small.commit(
        "verdicts",
        [
            verdict("t7", "pass", "step_value", step=step, score=1 / (step + 1), n=4, detail=json.dumps(place))
            for step, place in enumerate({"start": start, "end": end} for start, end in ends)
        ],
    )
    told = {name: explain.trace(small, name)["steps"] for name in ("t7", "t8", "t9")}
    values = {name: [step.get("value") for step in steps] for name, steps in told.items()}
    assert values == {"t7": [1, 1 / 2, 1 / 3, 1 / 4], "t8": [1, 1 / 2, 1 / 3, None], "t9": [1, 1 / 2, None, None]}
    assert {step.get("of") for step in told["t8"]} == {"t7", None}


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
