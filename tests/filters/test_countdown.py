import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey

KEY = Key("k1", ("(3 + 7) * 2 - 5",), "countdown", {"numbers": [3, 7, 2, 5], "target": 15})


def ask(answer, key=KEY):
    return get("countdown")(answer, key)


@pytest.mark.parametrize(
    "answer",
    [
        "(3 + 7) * 2 - 5",
        "(3+7)*2-5",
        "-5 + 2*(7 + 3)",
        "((3 + 7)) * (2) - 5",
        "(3 + 7) × 2 − 5",
        "[3 + 7] * 2 - 5",
        "  (3 + 7) * 2 - 5\n",
        "(3 + 7) * 2 - 5 = 15",
        "(3 + 7) * 2 - 5 = 30/2",
        "$(3 + 7) \\times 2 - 5$",
        "\\left(3 + 7\\right) \\cdot 2 - 5",
        "(3 + 7) \\cdot 2 - 5 = 15",
    ],
)
def test_an_expression_with_every_number_once_and_the_right_value_passes(answer):
    assert ask(answer).outcome == "pass"


def test_division_is_exact():
    key = Key("k1", (), "countdown", {"numbers": [1, 3, 3], "target": 1})
    assert ask("1/3*3", key).outcome == "pass"
    assert ask("1 ÷ 3 · 3", key).outcome == "pass"
    assert ask("\\frac{1}{3} * 3", key).outcome == "pass"
    assert ask("\\dfrac{3}{\\frac{3}{1}}", key).outcome == "pass"
    assert ask("\\frac{1}{3 - 3}", key).reason == "division_by_zero"
    assert ask("\\frac{1}{3} * 3}", key).reason == "not_an_expression"


def test_a_number_given_twice_is_used_twice():
    key = Key("k1", (), "countdown", {"numbers": [5, 5, 2], "target": 5})
    assert ask("5 * 2 - 5", key).outcome == "pass"
    assert ask("5 * (2 - 1)", key).reason == "wrong_numbers"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("3 + 7 + 2 - 5", "wrong_value"),
        ("3 + 7 + 5", "wrong_numbers"),
        ("15", "wrong_numbers"),
        ("3 * 5", "wrong_numbers"),
        ("(3 + 7) * 2 - 5 + 0", "wrong_numbers"),
        ("37 - 25", "wrong_numbers"),
        ("(3 + 7) * 2 - 5 = 16", "wrong_equation"),
        ("(3 + 7) * 2 - 5 = 15 = 15", "not_an_expression"),
        ("3 / (7 - 2 - 5)", "division_by_zero"),
        ("(3 + 7) * 2 - 5 = 15/0", "division_by_zero"),
    ],
)
def test_a_wrong_answer_fails_with_its_reason(answer, reason):
    found = ask(answer)
    assert (found.outcome, found.reason) == ("fail", reason)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "the answer",
        "3 +",
        "(3 + 7",
        "3 + 7)",
        "3 7 2 5",
        "3 ** 7",
        "7 // 2",
        "9**9**9",
        "3.0 + 7",
        "3e5",
        "0x3 + 7",
        "3 + x",
        "3² + 7",
        "٣ + ٧",
        "３ + ７",
        "३ + ७",
        "½ + 7",
        "8//3",
        "2**3",
        "2^3",
        "2^{3}",
        "\\frac{3}7",
        "\\fractal{3}{7}",
        "3{7}",
        "{3 + 7}",
        "[[" * 200,
        "\\frac{" * 30,
        "$" * 100_000,
        "+3 + 7",
        "3, 7",
        "1234567890 + 7",
        "(" * 21 + "3" + ")" * 21,
        "-" * 30 + "3",
        "1+" * 200 + "1",
        "= 15",
        "(3 + 7) * 2 - 5 =",
        "__import__('os').system('touch X')",
    ],
)
def test_what_is_not_arithmetic_over_whole_numbers_is_not_an_expression(answer):
    assert (ask(answer).outcome, ask(answer).reason) == ("fail", "not_an_expression")


def test_the_24_game_is_countdown_with_four_numbers():
    key = Key("k1", (), "countdown", {"numbers": [8, 3, 8, 3], "target": 24})
    assert ask("8 / (3 - 8/3)", key).outcome == "pass"
    assert ask("8 * 3 * (8 - 7) * 1", key).reason == "wrong_numbers"
    assert ask("24", key).reason == "wrong_numbers"
    assert ask("83 - 38 - 21", key).reason == "wrong_numbers"
    assert ask("8//3 * 8 + 8", key).reason == "not_an_expression"


def test_numbers_are_not_put_together():
    assert ask("12", Key("k1", (), "countdown", {"numbers": [1, 2], "target": 12})).reason == "wrong_numbers"
    assert ask("1 2", Key("k1", (), "countdown", {"numbers": [1, 2], "target": 12})).reason == "not_an_expression"


def test_the_reason_is_told_in_words_for_the_journeys_that_correct_it():
    assert ask("3 + 7 + 2 - 5").detail["says"] == "3 + 7 + 2 - 5 is 7, not 15"
    assert ask("3 * 5").detail["says"] == "3 * 5 does not use 3, 7, 2, 5 once each"


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"numbers": [1, 2]},
        {"target": 3},
        {"numbers": None, "target": 3},
        {"numbers": ["a"], "target": 3},
        {"numbers": [1, 2], "target": None},
        {"numbers": [1, 2], "target": "three"},
        {"numbers": [1, 2], "target": "1/0"},
        {"numbers": [1, 2], "target": float("inf")},
        {"numbers": [float("inf")], "target": 3},
        {"numbers": [1] * 51, "target": 3},
    ],
)
def test_a_key_without_numbers_and_target_is_unusable(spec):
    with pytest.raises(UnusableKey):
        ask("1 + 2", Key("k1", (), "countdown", spec))
