import pytest

from filters import Key
from filters.checks import get
from filters.verdicts import ask
from warehouse.errors import BadInput


def run(name, completion="<think>a</think>b", key=None, finish_reason="stop", completion_tokens=None, **settings):
    (asked,) = ask([name], {name: settings}, None)
    trace = {"completion": completion, "finish_reason": finish_reason, "completion_tokens": completion_tokens}
    return asked.check.opinion(trace, key, asked.settings)


def test_the_right_answer_passes_and_a_wrong_one_fails():
    key = Key("k1", ("4",), "number")
    assert run("answer", "<think>2 + 2</think>4", key).outcome == "pass"
    assert run("answer", "<think>4</think>5", key).reason == "wrong_value"


def test_no_answer_fails_and_is_not_undecided():
    found = run("answer", "<think>is it \\boxed{4}?", Key("k1", ("4",), "number"))
    assert (found.outcome, found.reason) == ("fail", "no_answer")


def test_a_problem_without_a_key_is_undecided():
    assert (run("answer").outcome, run("answer").reason) == ("undecided", "no_key")


@pytest.mark.parametrize("name", ["countdown", "equation", "factorization", "fraction", "number", "text"])
def test_an_unusable_key_is_undecided_whatever_was_answered(name):
    for completion in ("<think>a</think>4", "<think>a</think>junk"):
        found = run("answer", completion, Key("k1", (), name))
        assert (found.outcome, found.reason) == ("undecided", "unusable_key")
        assert found.detail["says"]


def test_an_unknown_check_is_bad_input_that_names_the_known_ones():
    with pytest.raises(BadInput, match=r"no check called 'vibes'; expected one of answer, .*duplicates.*format"):
        get("vibes")


def test_an_unknown_setting_is_bad_input_that_names_the_known_ones():
    with pytest.raises(BadInput, match="unknown longest; expected at_least, at_most, soft"):
        ask(["length"], {"length": {"longest": 3}}, None)
    with pytest.raises(BadInput, match="expected none"):
        ask(["truncated"], {"truncated": {"strict": True}}, None)


def test_what_a_user_names_as_a_check_has_to_be_one(tmp_path):
    (tmp_path / "own.py").write_text("def rude(trace, key, settings): ...")
    with pytest.raises(BadInput, match="decorate the function with @check"):
        get("own.py:rude", tmp_path)


def rewritten(original, completion, verifier=None):
    key = Key("k", ("1",), verifier) if verifier else None
    (asked,) = ask(["same_answer"], {}, None)
    trace = {"original": original, "completion": completion, "kind": "rewrite"}
    found = asked.check.opinion(trace, key, asked.settings)
    return found.outcome, found.reason


@pytest.mark.parametrize(
    ("original", "completion", "outcome"),
    [
        ("<think>a</think>7", "<think>b</think>\n\n7", ("pass", None)),
        ("<think>a</think>7", "<think>b</think>So it is \\boxed{7}.", ("pass", None)),
        ("<think>a</think>0.5", "<think>b</think>1/2", ("pass", None)),
        ("<think>a</think>1,000", "<think>b</think>1000.", ("pass", None)),
        ("<think>a</think>The  Moon.", "<think>b</think>the moon", ("pass", None)),
        ("<think>a</think>7", "<think>b</think>8", ("fail", "answer_changed")),
        ("<think>a</think>(3 + 7)", "<think>b</think>3 + 7", ("fail", "answer_changed")),
        ("<think>a</think>7", "<think>b 7", ("fail", "no_answer")),
        ("<think>a</think>7", "<think>b</think>It is\n7", ("fail", "no_answer")),
        ("<think>a</think>Well\n\nseven", "<think>b</think>seven", ("undecided", "no_answer_before")),
        (None, "<think>b</think>seven", ("undecided", "no_original")),
    ],
)
def test_a_rewriting_gives_the_answer_of_its_original_in_any_known_form(original, completion, outcome):
    assert rewritten(original, completion) == outcome


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("if x:\n    f()\ng()", ("pass", None)),
        ("if x:\n    f()\n    g()", ("fail", "answer_changed")),
        ("IF x:\n    f()\ng()", ("fail", "answer_changed")),
    ],
)
def test_a_rewritten_program_is_the_same_to_the_letter(program, outcome):
    before, after = (f"<think>a</think>Words\n```python\n{code}\n```" for code in ("if x:\n    f()\ng()", program))
    assert rewritten(before, after, "code") == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("The fox was brave.\n\nIt was in the tower.", ("pass", None)),
        ("The fox was brave.\n\nIt was in the garden.", ("fail", "answer_changed")),
        ("It was in the tower.", ("fail", "answer_changed")),
    ],
)
def test_where_a_judge_decides_all_of_a_rewritten_text_is_the_answer(text, outcome):
    before, after = (f"<think>a</think>{said}" for said in ("The fox was brave.\n\nIt was in the tower.", text))
    assert rewritten(before, after, "judge") == outcome


def test_a_check_may_concern_one_kind_of_trace():
    assert get("same_answer").concerns("rewrite")
    assert not get("same_answer").concerns("sample")
    assert get("format").concerns("rewrite")
