"""The corpus walks the road that answers walk in a run: completion, extraction, verdict, in the worker pool."""

from collections import Counter
from dataclasses import replace

import pytest
from corpus import THOUGHT, Case, cases, usual

from filters import checks
from filters.answers import findings
from filters.finding import CHECKS
from filters.verify import VERIFIERS

CASES = cases()
SORTS = ("equal", "near miss", "extraction", "hack", "injection", "bomb", "junk", "empty")
BOMB = 1.0
"""Seconds that a bomb may burn."""
# What ships; other tests may have registered parts of their own.
OURS = sorted(name for name, part in VERIFIERS.parts.items() if part.__module__.startswith("filters."))
ROW_CHECKS = sorted(
    name
    for name, check in CHECKS.parts.items()
    if (decide := check.decide or check.decide_all) and decide.__module__.startswith("filters.")
)
NO_RULE = {"judge"}
"""Verifiers that decide nothing themselves."""


@pytest.fixture(scope="module")
def canary(tmp_path_factory):
    """A folder in which what an injection runs would leave a file."""
    return tmp_path_factory.mktemp("canary")


def judged(asked: list[Case], canary, deadline: float):
    """The findings of cases, form by form, each form's in one call, as a shard's are."""
    found = {}
    for form in {case.form for case in asked}:
        mine = [case for case in asked if case.form == form]
        said = [case.completion and case.completion.replace("{canary}", str(canary)) for case in mine]
        found |= dict(zip((c.name for c in mine), findings(said, [c.key for c in mine], deadline, form), strict=True))
    return found


@pytest.fixture(scope="module")
def verdicts(canary):
    answers = [case for case in CASES if not case.check]
    quick = judged([case for case in answers if case.about != "bomb"], canary, 10.0)
    return quick | judged([case for case in answers if case.about == "bomb"], canary, BOMB)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("verifier", OURS)
def test_every_answer_of_the_corpus_is_judged_as_it_should_be(sort, verifier, verdicts):
    mine = [case for case in CASES if not case.check and case.about == sort and case.key.verifier == verifier]
    wrong = [
        f"{case.place}: {(case.completion or '')[-80:]!r} is {found.outcome}/{found.reason}, "
        f"expected {case.expected}/{case.reason}; key {case.key.answers} {case.key.spec}"
        for case in mine
        if not case.holds((found := verdicts[case.name]).outcome, found.reason)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("case", [case for case in CASES if case.check], ids=lambda case: case.name)
def test_every_row_of_the_corpus_is_judged_as_it_should_be(case):
    row = {"finish_reason": "stop", "completion_tokens": None, "kind": "sample"} | case.row
    (found,) = checks.get(case.check).opinions([row], [case.key], CHECKS.parts[case.check].defaults | case.settings)
    assert case.holds(found.outcome, found.reason), found


def test_no_injection_leaves_a_trace_on_disk(verdicts, canary):
    assert sum(case.about == "injection" for case in CASES) > 50 * len(OURS)
    assert list(canary.iterdir()) == []


def test_an_injected_command_would_leave_a_trace(canary):
    """The trap is set right: run by hand, such a command is seen."""
    command = next(
        case
        for case in CASES
        if case.about == "injection" and (case.completion or "").startswith(f"{THOUGHT}<answer>__import__")
    )
    text = command.completion.removeprefix(f"{THOUGHT}<answer>").removesuffix("</answer>")
    eval(text.replace("{canary}", str(canary)))
    left = list(canary.iterdir())
    for path in left:
        path.unlink()
    assert [path.name for path in left] == ["ran"]


def test_findings_are_the_same_whatever_stands_beside_an_answer(verdicts, canary):
    some = [case for case in CASES if not case.check and case.about in ("equal", "near miss") and case.form == "auto"][
        ::7
    ]
    alone = [replace(case, key=replace(case.key, key_id=f"{number}")) for number, case in enumerate(some)]
    again = judged(alone[::-1], canary, 10.0)
    assert {name: found.outcome for name, found in again.items()} == {c.name: verdicts[c.name].outcome for c in some}


def test_the_corpus_is_large_and_every_verifier_and_check_has_its_share():
    lines = {case.place for case in CASES}
    assert len(lines) >= 400
    assert Counter(case.about for case in CASES).keys() == set(SORTS)
    assert set(usual()) == set(OURS)
    for name in OURS:
        mine = [case for case in CASES if not case.check and case.key.verifier == name]
        outcomes = {case.expected for case in mine if case.about in ("equal", "near miss", "extraction")}
        assert name in NO_RULE or {"pass", "fail"} <= outcomes, name
        assert {"junk", "empty", "injection", "bomb", "hack"} <= {case.about for case in mine}, name
    for name in ROW_CHECKS:
        mine = [case for case in CASES if case.check == name]
        assert {"pass", "fail"} <= {case.expected for case in mine}, name
        assert {"junk", "empty"} <= {case.about for case in mine}, name


@pytest.mark.parametrize("verifier", sorted(set(OURS) - NO_RULE))
def test_the_right_answer_of_each_usual_key_passes(verifier):
    one = usual()[verifier]
    (found,) = findings([f"{THOUGHT}<answer>{one.right}</answer>"], [one.key])
    assert found.outcome == "pass", found
