"""What the votes of a judge come to."""

import pytest

from filters.checks import get
from filters.judging import Question, findings, vote
from filters.verdicts import Asked, judge_with
from warehouse.records import Completion, Failure, Request

CHECK = get("judged")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("pass", "pass"),
        ("<think>\nfail, at first sight\n</think>\n\nPass.", "pass"),
        ("It misses a word.\n\n**Verdict: fail**", "fail"),
        ("FAIL\n", "fail"),
        ("I would let it pass", None),
        ("pass or fail", None),
        ("pass\nBut then again it is rude.", None),
        ("<think>\npass", None),
        ("passable", None),
        ("", None),
    ],
)
def test_a_vote_is_the_last_line_and_one_word(said, meant):
    assert vote(said) == meant


def found(*judgements, votes=None):
    trace = {"completion": "A sentence.", "judgements": list(judgements)}
    finding = CHECK.decide(trace, None, {"votes": votes or len(judgements)})
    return finding.outcome, finding.reason


def test_most_votes_decide():
    assert found("pass") == ("pass", None)
    assert found("pass", "fail", "pass") == ("pass", None)
    assert found("fail", "fail", "well") == ("fail", "refused")


def test_without_a_majority_of_all_votes_nothing_is_decided():
    assert found("pass", "fail") == ("undecided", "no_majority")
    assert found("pass", "hm", "hm") == ("undecided", "no_majority")
    assert found("pass", votes=3) == ("undecided", "no_majority")  # the others never came
    assert found(votes=1) == ("undecided", "not_judged")


def test_no_answer_needs_no_judge():
    trace = {"completion": "<think>\nand so on and so", "judgements": None}
    assert CHECK.decide(trace, None, {"votes": 3}).reason == "no_answer"


def test_the_score_is_the_share_of_clear_votes():
    trace = {"completion": "A sentence.", "judgements": ["pass", "pass", "fail", "well"]}
    finding = CHECK.decide(trace, None, {"votes": 3})
    assert finding.score == pytest.approx(2 / 3)
    assert finding.detail == {"passes": 2, "fails": 1, "unclear": 1}


@pytest.mark.parametrize(
    ("judgements", "swapped", "votes", "told"),
    [
        (["pass"], ["pass"], 2, ("pass", None)),
        (["fail"], ["fail"], 2, ("fail", "refused")),
        (["pass"], ["fail"], 2, ("undecided", "order_dependent")),
        (["pass", "pass"], ["fail", "fail"], 4, ("undecided", "order_dependent")),
        (["pass", "pass"], ["fail"], 3, ("undecided", "order_dependent")),  # a majority of all, and yet
        (["pass", "pass", "pass"], ["fail", "pass", "fail"], 6, ("undecided", "order_dependent")),
        (["pass", "pass"], ["pass", "fail"], 4, ("pass", None)),  # a tie contradicts nobody
        (["fail", "fail"], ["hm", "fail"], 4, ("fail", "refused")),
        (["pass"], ["hm"], 2, ("undecided", "no_majority")),
        (["pass", "pass"], [], 4, ("undecided", "no_majority")),  # those in the other order never came
        ([], ["pass", "pass", "pass"], 5, ("pass", None)),
        ([], [], 2, ("undecided", "not_judged")),
    ],
)
def test_where_the_two_orders_contradict_each_other_nothing_is_decided(judgements, swapped, votes, told):
    trace = {"completion": "A sentence.", "judgements": judgements, "swapped": swapped}
    finding = CHECK.decide(trace, None, {"votes": votes})
    assert (finding.outcome, finding.reason) == told


def test_the_votes_are_counted_by_order():
    trace = {"completion": "A sentence.", "judgements": ["pass", "hm"], "swapped": ["fail", "fail"]}
    assert CHECK.decide(trace, None, {"votes": 4}).detail == {
        "passes": 1,
        "fails": 2,
        "unclear": 1,
        "as_written": {"passes": 1, "fails": 0, "unclear": 1},
        "swapped": {"passes": 0, "fails": 2, "unclear": 0},
    }


def votes(subject, answer, count, first=0):
    return tuple(
        Request("p", (("user", answer),), "judge", "w", "mine@1", f"asked-{n % 2}", n, kind="judgement",
                strategy="judgement", parents=(subject,))
        for n in range(first, count, 2)
    )  # fmt: skip


def test_a_judge_is_asked_through_a_complete_and_its_failures_are_no_votes():
    def complete(requests):
        for request in reversed(list(requests)):
            answer = request.messages[-1][1]
            if answer == "broken":
                yield Failure(request, "timeout")
            elif answer == "long":
                yield Completion(request, "so that I would let it\npass", "length", 1, 1, 0.1, "test")
            else:
                first = request.asked == "asked-0"
                said = {"good": "pass", "bad": "fail", "biased": "pass" if first else "fail"}[answer]
                yield Completion(request, f"<think>\nWell.\n</think>\n\n{said}", "stop", 1, 1, 0.1, "test")

    questions = [
        Question(votes(f"t-{answer}", answer, 2), votes(f"t-{answer}", answer, 2, first=1))
        for answer in ("good", "bad", "biased", "broken", "long")
    ]
    assert [(one.outcome, one.reason) for one in findings(questions, complete)] == [
        ("pass", None),
        ("fail", "refused"),
        ("undecided", "order_dependent"),
        ("undecided", "not_judged"),
        ("undecided", "not_judged"),
    ]


def test_a_rule_and_a_judge_keep_out_of_each_others_way():
    import polars as pl

    asked = [Asked(get(name), dict(get(name).defaults)) for name in ("answer", "judged", "length")]
    rows = [
        {"trace_id": f"t-{verifier}", "problem_id": "p", "kind": "knowledge", "completion": "4", "completion_tokens": 1,
         "key_id": "k", "answers": ["4"], "verifier": verifier, "spec": None, "judgements": ["pass"]}
        for verifier in ("number", "judge")
    ]  # fmt: skip
    verdicts = judge_with(asked, "run")(pl.DataFrame(rows))
    assert verdicts.select("trace_id", "check_name", "outcome").rows() == [
        ("t-number", "answer", "pass"),
        ("t-number", "length", "pass"),
        ("t-judge", "judged", "pass"),
        ("t-judge", "length", "pass"),
    ]


def test_nobody_judges_a_judgement():
    assert not any(get(name).concerns("judgement") for name in ("answer", "format", "judged"))
