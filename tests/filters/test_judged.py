"""What the votes of a judge come to."""

import pytest

from filters.checks import get
from filters.checks.judged import vote
from filters.verdicts import Asked, judge_with

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
