"""Answer keys are tried with their own answers, before anything is asked."""

import pytest

from filters import keys
from filters.verify import Key
from warehouse.errors import BadInput


def key(name, *answers, verifier="number", **spec):
    return Key(name, answers, verifier, spec)


def test_each_key_is_told_whether_it_can_be_used():
    found = keys.findings(
        [
            key("good", "4", "5"),
            key("bad", "four"),
            key("none", verifier="text"),
            key("spec", verifier="countdown", numbers=[1, 2], target=3),
            key("no spec", "1 + 2", verifier="countdown"),
        ]
    )
    assert [(one.outcome, one.reason) for one in found] == [
        ("pass", None),
        ("undecided", "unusable_key"),
        ("undecided", "unusable_key"),
        ("pass", None),  # it has no answer of its own, and needs none
        ("undecided", "unusable_key"),
    ]
    assert "four" in found[1].detail["says"]


def test_a_key_whose_own_answer_is_refused_says_so():
    (found,) = keys.findings([key("wrong", "1 + 1", verifier="countdown", numbers=[1, 2], target=3)])
    assert (found.outcome, found.reason) == ("fail", "refuses_its_reference")
    assert found.detail["says"].startswith("countdown refuses the key's own answer '1 + 1': ")


def test_what_hangs_costs_its_deadline_and_decides_nothing(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import time\n\ndef slow(answer, key):\n    time.sleep(60)\n\ndef broken(answer, key):\n    return 1 / 0\n"
    )
    found = keys.findings(
        [key("slow", "4", verifier="mine.py:slow"), key("broken", "4", verifier="mine.py:broken"), key("good", "4")],
        deadline=0.5,
        folder=tmp_path,
    )
    assert [(one.outcome, one.reason) for one in found] == [
        ("undecided", "timeout"),
        ("undecided", "crash"),
        ("pass", None),
    ]


def test_no_program_is_run_to_try_a_key_and_no_judge_is_asked():
    assert [keys.tried(name) for name in ("number", "countdown", "code", "judge")] == [True, True, False, False]
    with pytest.raises(BadInput, match="no verifier called 'nobody'"):
        keys.tried("nobody")


def test_what_is_found_has_a_reason_that_the_check_names():
    assert set(keys.CHECK.reasons) >= {"unusable_key", "refuses_its_reference", "timeout", "memory", "crash"}
