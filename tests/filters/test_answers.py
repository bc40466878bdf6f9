import pytest

from filters import Finding, Key, verifier
from filters.answers import findings
from warehouse.errors import BadInput

FOUR = Key("k4", ("4",), "number")


def of(*completions, key=FOUR, **how):
    return [(one.outcome, one.reason) for one in findings(completions, [key] * len(completions), **how)]


def test_each_completion_gets_its_finding_in_order():
    keys = [Key(f"k{number}", (str(number),), "number") for number in range(50)]
    found = findings([f"<think>a</think>{number}" for number in range(50)], keys)
    assert {one.outcome for one in found} == {"pass"}
    found = findings([f"<think>a</think>{number + number % 2}" for number in range(50)], keys)
    assert [one.outcome for one in found] == ["pass", "fail"] * 25


def test_what_was_taken_for_the_answer_and_where_it_stands_is_told():
    (found,) = findings(["<think>5</think>It is\n\\boxed{4}."], [FOUR])
    assert found.detail == {"answer": "4", "extracted": "4", "form": "boxed", "span": (29, 30), "tier": "exact"}
    assert found.elapsed_ms > 0


def test_without_an_answer_it_fails_and_says_why():
    (unclosed, silent, prose, none) = findings(["<think>4", "<think>4</think>", "It is\n4", None], [FOUR] * 4)
    assert {one.reason for one in (unclosed, silent, prose, none)} == {"no_answer"}
    assert [one.detail["why"] for one in (unclosed, silent, prose, none)] == [
        "unclosed_think",
        "nothing_said",
        "no_form",
        "nothing_said",
    ]


def test_several_different_answers_pass_only_if_all_are_right():
    assert of("\\boxed{4} so \\boxed{4.0}") == [("pass", None)]
    assert of("\\boxed{4} or \\boxed{5}", "\\boxed{5} or \\boxed{4}") == [("fail", "ambiguous")] * 2
    assert of("\\boxed{6} or \\boxed{5}") == [("fail", "wrong_value")]
    guesses = " ".join(f"\\boxed{{{number}}}" for number in range(100))
    assert of(guesses) == [("fail", "ambiguous")]


def test_a_key_that_cannot_be_used_is_undecided_and_a_missing_one_too():
    assert of("4", key=Key("k", ("many",), "number")) == [("undecided", "unusable_key")]
    assert of("4", key=None) == [("undecided", "no_key")]


def test_the_form_is_the_one_that_was_asked_for():
    assert of("So it is\n4") == [("fail", "no_answer")]
    assert of("So it is\n4", form="last_line") == [("pass", None)]
    with pytest.raises(BadInput, match="form 'guess': expected one of auto, tags"):
        of("4", form="guess")


def test_the_same_answer_to_the_same_problem_is_judged_once(tmp_path):
    (tmp_path / "own.py").write_text(
        "from filters import Finding\n"
        "said = []\n"
        "def counting(answer, key):\n"
        "    said.append(answer)\n"
        "    return Finding.passed(turn=len(said))\n"
    )
    key = Key("k", ("4",), "own.py:counting")
    found = findings(["1", "2", "1", "<think>a</think>1", "2"], [key] * 5, folder=tmp_path)
    assert [one.detail["turn"] for one in found] == [1, 2, 1, 1, 2]


def test_an_unknown_verifier_is_bad_input():
    with pytest.raises(BadInput, match="no verifier called 'oracle'"):
        of("4", key=Key("k", ("4",), "oracle"))


def test_an_answer_has_the_time_that_is_given(tmp_path):
    (tmp_path / "own.py").write_text(
        "import time\nfrom filters import Finding, verifier\n"
        "def sleepy(answer, key):\n    time.sleep(2)\n    return Finding.passed()\n"
        "patient = verifier('patient', seconds=lambda key: 60.0)(lambda answer, key: sleepy(answer, key))\n"
    )
    assert of("a", key=Key("k", (), "own.py:sleepy"), deadline=0.3, folder=tmp_path) == [("undecided", "timeout")]
    assert of("a", key=Key("k", (), "own.py:patient"), deadline=0.3, folder=tmp_path) == [("pass", None)]


def test_a_verifier_of_the_users_own_says_what_of_a_completion_is_its_answer(tmp_path):
    (tmp_path / "own.py").write_text(
        "from filters import Finding, verifier\n"
        "@verifier('first_word', extract=lambda said: said.split()[0] if said else None)\n"
        "def first_word(answer, key):\n    return Finding.passed(answer=answer)\n"
    )
    key = Key("k1", (), "own.py:first_word")
    seven, nothing = findings(["seven\nof nine", ""], [key] * 2, folder=tmp_path)
    assert seven.detail == {"answer": "seven", "extracted": "seven", "span": (0, 5), "form": None}
    assert nothing.reason == "no_answer"


def test_a_verifier_that_only_this_process_knows_is_bad_input():
    @verifier("local")
    def local(answer, key):
        return Finding.passed()

    with pytest.raises(BadInput, match=r"no verifier called 'local'.*path/to/file.py:name"):
        of("4", key=Key("k1", (), "local"))


def test_an_answer_may_have_several_lines_where_the_keys_own_has():
    board = Key("k-board", ("1 2\n3 4",), "text")
    assert of("<think>a</think>1 2\n3 4", "<answer>1 2\n3 4</answer>", key=board) == [("pass", None)] * 2
    assert of("It is\n4", key=FOUR) == [("fail", "no_answer")]
