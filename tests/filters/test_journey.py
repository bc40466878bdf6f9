"""The guards of a journey: what is no journey, for which reason."""

import pytest

from filters import Key
from filters.verdicts import ask

PROBLEM = "Use 16, 1 and 5 to make 22."
ORIGINAL = "<think>\nI need 22. Try 16 * 1 = 16. Then 16 + 5 = 22 yes!\n</think>\n\n21"
START, WRONG = "I need 22. Try 16 * 1 = 16.", "Then 16 + 5 = 22 yes!"
TURN = "Wait, 16 + 5 is 21. Let me try again."
RIGHT = "Try 16 + 1 = 17. Then 17 + 5 = 22 yes!"
KEY = Key("k1", ("22", "twenty-two"), "text")
PARTS = (("right", START), ("wrong", WRONG), ("turn", TURN), ("right", RIGHT))


def built(*parts, answer="22", between="\n"):
    """A completion and its spans."""
    text, spans = "<think>\n", []
    for label, said in parts:
        spans.append({"label": label, "start": len(text), "end": len(text) + len(said)})
        text += said + between
    return text + f"</think>\n\n{answer}", spans


def found(*parts, key=KEY, between="\n", settings=None, **own):
    text, spans = built(*(parts or PARTS), between=between)
    row = {
        "kind": "journey",
        "strategy": "stitched",
        "completion": text,
        "spans": spans,
        "messages": [{"role": "user", "content": PROBLEM}],
        "original": ORIGINAL,
    }
    (asked,) = ask(["journey"], {"journey": settings or {}}, None)
    return asked.check.opinion(row | own, key, asked.settings)


def reason(*parts, **more):
    one = found(*parts, **more)
    assert one.outcome == "fail"
    return one.reason


def test_a_path_that_was_walked_and_came_back_passes_and_its_size_is_told():
    one = found()
    assert (one.outcome, one.detail["turns"]) == ("pass", 1)
    assert one.detail["wrong"] == round(len(WRONG) / len("\n".join(said for _, said in PARTS)), 4)


def test_only_journeys_are_asked_about():
    (asked,) = ask(["journey"], {}, None)
    assert [kind for kind in ("sample", "journey", "shortcut", "mixed", "remark") if asked.check.concerns(kind)] == [
        "journey"
    ]


@pytest.mark.parametrize("spans", [None, [], [{"label": "wrong", "start": 9, "end": 10_000}]])
def test_without_a_wrong_stretch_it_is_no_journey(spans):
    assert reason(spans=spans) == "no_wrong_stretch"
    assert reason(("right", RIGHT)) == "no_wrong_stretch"
    assert reason(("wrong", " \n "), ("turn", TURN), ("right", RIGHT)) == "no_wrong_stretch"


def test_it_has_to_turn_after_it_went_wrong():
    assert reason(("wrong", WRONG), ("right", RIGHT)) == "no_turn"
    assert reason(("turn", TURN), ("wrong", WRONG), ("right", RIGHT)) == "no_turn"


def test_it_does_not_turn_for_ever():
    turns = [("turn", "Wait, that is wrong.")] * 3
    assert reason(("wrong", WRONG), *turns, ("right", RIGHT), settings={"at_most": 2}) == "too_many_turns"
    assert found(("wrong", WRONG), *turns, ("right", RIGHT), settings={"at_most": 3}).outcome == "pass"


def test_it_is_not_wrong_nearly_all_the_way():
    assert reason(settings={"share": 0.1}) == "mostly_wrong"
    assert 0.1 < found().detail["wrong"] < 0.3


def test_its_start_and_its_error_are_those_of_its_parent():
    assert found(*PARTS[1:]).outcome == "pass"
    assert reason(("right", "I want 22."), *PARTS[1:]) == "not_the_parents"
    assert reason(PARTS[0], ("wrong", "Then 16 + 5 = 22 no!"), *PARTS[2:]) == "not_the_parents"
    assert reason(("right", WRONG), ("wrong", START), *PARTS[2:]) == "not_the_parents"  # the other way round


def test_blanks_between_words_are_no_matter():
    squeezed = ("wrong", f"{START}\n{WRONG}")
    assert found(squeezed, *PARTS[2:]).outcome == "pass"


def test_one_that_was_retold_in_its_own_words_is_not_held_to_those_of_its_parent():
    retold = (("wrong", "First I took 16 times 1 and 5."), *PARTS[2:])
    assert reason(*retold) == "not_the_parents"
    assert found(*retold, strategy="smooth").outcome == "pass"


def test_later_errors_are_those_of_some_parent_where_all_are_known():
    twice = (PARTS[1], PARTS[2], ("wrong", "Try 16 / 1 = 16."), ("turn", "Wait, again."), PARTS[3])
    other = "<think>\nTry 16 / 1 = 16. No.\n</think>\n\n16"
    assert found(*twice).outcome == "pass"
    assert found(*twice, ancestors=[ORIGINAL, other]).outcome == "pass"
    assert reason(*twice, ancestors=[ORIGINAL, None]) == "not_the_parents"


def test_without_its_parent_it_is_undecided():
    one = found(original=None)
    assert (one.outcome, one.reason) == ("undecided", "no_original")


def test_the_wrong_parent_has_to_be_wrong():
    right = ORIGINAL.replace("\n\n21", "\n\n22")
    assert reason(original=right) == "wrong_is_right"
    nothing = ORIGINAL.partition("</think>")[0]
    assert found(original=nothing).outcome == "pass"


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (None, "no_key"),
        (Key("k2", ("22",), "judge"), "for_a_judge"),
        (Key("k3", (), "text"), "unusable_key"),
    ],
)
def test_where_nobody_can_say_that_the_parent_is_wrong_it_is_undecided(key, why):
    one = found(key=key)
    assert (one.outcome, one.reason, one.detail["of"]) == ("undecided", why, "the wrong parent")


LEAK = Key("k", ("(17 + 5)", "81"), "text")


@pytest.mark.parametrize(
    "turn", ["Wait, it should be (17 + 5).", "No: (17+5) it is.", "Wait. ( 17  +  5 )", "Wait, 81 is wanted.", "81!"]
)
def test_a_turn_that_knows_the_answer_before_anything_was_tried_leaks_it(turn):
    one = found(("wrong", WRONG), ("turn", turn), ("right", RIGHT), key=LEAK)
    assert (one.outcome, one.reason) == ("fail", "leaks_reference")


@pytest.mark.parametrize(
    "turn", ["Wait, 811 is too much.", "Wait, 1.81 is no number.", "Wait, 81.5.", "Wait, x81.", "8 1"]
)
def test_what_only_looks_like_the_answer_is_no_leak(turn):
    assert found(("wrong", WRONG), ("turn", turn), ("right", RIGHT), key=LEAK).outcome == "pass"


def test_what_the_problem_or_the_text_before_says_is_no_leak():
    assert found(("wrong", WRONG), ("turn", "That is not 22."), ("right", RIGHT)).outcome == "pass"
    said = ORIGINAL.replace("Then", "Maybe 81? Then")
    walked = ("wrong", f"Maybe 81? {WRONG}")
    assert found(walked, ("turn", "81 is not it."), ("right", RIGHT), key=LEAK, original=said).outcome == "pass"
    other = [{"role": "user", "content": "Make 81."}]
    assert (
        found(("wrong", WRONG), ("turn", "It is not 81."), ("right", RIGHT), key=LEAK, messages=other).outcome == "pass"
    )


def test_an_answer_is_known_in_chinese_and_in_a_box():
    turn = ("turn", "等等，应该是81。")
    assert reason(("wrong", WRONG), turn, ("right", RIGHT), key=LEAK) == "leaks_reference"
    boxed = Key("k", ("We add nine nines and so have \\boxed{81}.",), "text")
    assert reason(("wrong", WRONG), turn, ("right", RIGHT), key=boxed) == "leaks_reference"


SOLUTION = " ".join(f"Step {n}: take the number {n * 7} and add it." for n in range(12))


def copying(words, **more):
    stretch = " ".join(SOLUTION.split()[4 : 4 + words])
    return found(("wrong", WRONG), ("turn", "Wait."), ("right", stretch.upper()), **more)


@pytest.mark.parametrize(
    "where",
    [
        {"solution": SOLUTION},
        {"key": Key("k", (SOLUTION, "22"), "text")},
        {"key": Key("k", ("22",), "text", {"solution": SOLUTION})},
    ],
    ids=["the problem's", "an answer", "the key's"],
)
def test_a_right_path_that_is_copied_from_a_reference_solution_is_none(where):
    assert copying(30, **where).reason == "copies_reference"
    assert copying(29, **where).outcome == "pass"
    assert copying(29, **where, settings={"run": 29}).reason == "copies_reference"


def test_what_the_problem_says_itself_is_no_copy():
    assert copying(40, solution=SOLUTION, messages=[{"role": "user", "content": SOLUTION}]).outcome == "pass"


def test_many_journeys_are_each_decided_by_their_own_key_in_their_order():
    text, spans = built(("wrong", WRONG), ("turn", "Wait."), ("right", RIGHT))
    rows = [
        {"kind": "journey", "strategy": "stitched", "completion": text, "spans": spans, "original": ORIGINAL} | own
        for own in ({}, {"original": None}, {"spans": []}, {})
    ]
    keys = [KEY, KEY, KEY, Key("k9", ("21",), "text")]
    (asked,) = ask(["journey"], {}, None)
    assert [one.reason for one in asked.check.opinions(rows, keys, asked.settings)] == [
        None, "no_original", "no_wrong_stretch", "wrong_is_right",
    ]  # fmt: skip
