"""False equations are found in each step, and nothing that only looks like one."""

import random
import re

import pytest

from filters.checks import get
from filters.equations import equations
from generators.slips import NoSlip, slip

ARITHMETIC = get("arithmetic")


def run(completion, **own):
    return ARITHMETIC.opinion({"completion": completion} | own, None, ARITHMETIC.defaults)


def spans(*stretches):
    return [{"label": label, "start": start, "end": end} for label, start, end in stretches]


FALSE = {
    "Try 16 * 5 = 82: 82 - 60 = 22 yes!": "16 * 5 is 80, not 82",
    "试试16 + 1 = 18：18 + 5 = 23不对。": "16 + 1是17，不是18",
    "So she has 3 x 4 = 13 apples.": "3 x 4 is 12, not 13",
    "He pays $1.25 + $2.50 = $4.75 for both.": "1.25 + $2.50 is not 4.75",
    "That is 1,000 + 5 = 1,006.": "1,000 + 5 is 1005, not 1,006",
    "x = 3 + 4 = 8": "3 + 4 is 7, not 8",
    "8 = 3 + 4, as it should be": None,  # said in passing that it only should be
    "9 = 3 + 4, so": "3 + 4 is 7, not 9",
    "2 * (3 + 4) - 1 = 14": "2 * (3 + 4) - 1 is 13, not 14",
    "(since 3 + 4 = 8)": "3 + 4 is 7, not 8",
    "6 / 4 = 3 / 4": "6 / 4 is 3/2, and 3 / 4 is 3/4",
    "3 ÷ 4 × 8 − 1 = 6": "3 ÷ 4 × 8 − 1 is 5, not 6",
    "$\\frac{3}{4} + \\frac{1}{4} = 2$": "\\frac{3}{4} + \\frac{1}{4} is 1, not 2",
    "\\[ 3 \\times 4 = \\boxed{13} \\]": "3 \\times 4 is 12, not \\boxed{13}",
    "\\begin{align*}\n3 \\cdot 4 &= 12 \\\\\n&= 13\n\\end{align*}": "12 is not 13",
    "Then 2^3 - 1 = 8.": "2^3 - 1 is 7, not 8",
    "(-2)^2 + 5² = 30": "(-2)^2 + 5² is 29, not 30",
    "Cases:\n- 25 * 3 = 76\n- 25 + 3 = 28": "25 * 3 is 75, not 76",
    "1. 25 * 3 = 76": "25 * 3 is 75, not 76",
    "3 * 4 = 12 = 6 * 3": "6 * 3 is 18, not 12",
    "3 + 4\n= 8": "3 + 4 is 7, not 8",
}
NOT_FALSE = """
x + 3 = 5, so 3x = 6, and 2 x = 4, and y - 3 + 4 = 9
half of 12 + 8 = 14, twice 5 + 1 = 11, 12 divided by 3 + 1 = 3
f(2) + 1 = 9 and \\sqrt{16} + 1 = 5 and \\log_2 8 + 1 = 4 and a_1 + 3 = 9
4! = 24, 3 * 4! = 72 and 5! - 3 = 117 and 16 + 6 = 22!
17 / 5 = 3 remainder 2, 17 / 5 = 3 R 2, 17 / 5 = 3
10 / 3 = 3.33, 2 / 3 = 0.67, 3.33 * 3 = 10, 22 / 7 ≈ 3.14, 2 * 3.14159 = 6.283, 1/3 = 0.333...
7 + 8 = 3 (mod 12)
5 * 60 = 5 minutes, 25 * 4 = 100 = $1, 60 * 2 = 120 = 2 hours, 50 * 10 = 5 dollars, 3 * 100 = 3 hundred
20% of 50 + 3 = 13, 100 - 20% = 80, 3/4 = 75%, 180 - 120 = 60^\\circ
1 1/2 + 1/2 = 2 and 2\\frac{1}{2} + 1 = 3.5 and 2(3 + 4) = 14 and 6 / 2(1 + 2) = 1
12 : 4 + 1 = 4 and 2:30 + 1 = 3:30 and 3,5 + 1 = 4,5
0 = 1, 5 = 3
1 + 2 + ... + 10 = 55 and 55 = 1 + 2 + 3 + ... + 10
Is 3 * 4 = 13?
If 3 + 4 = 8, then so be it. Suppose 1 + 1 = 3. 3 + 4 = 8 is false. But 3 + 4 = 8 is impossible, as it isn't true.
3 + 4 != 8, 3 + 4 >= 5, 3 + 4 => 8, 3 + 4 =? 8, 3 + 4 == 8 or not
101_2 + 1 = 110_2, and 3 + 5 = 11 in base 7
-2^2 = 4, 2^3^2 = 64, 5 ^ 3 = 6, 0x10 + 1 = 17
5 -- 3 = 2 and 3 +
(3)(4) = 12 and g(xy)(3 + 4) = 14
3 cm * 4 cm = 12 cm^2 and 3 apples + 4 = 7
半数的12 + 8 = 14。2 * 60 = 2小时。
AB + 3 = 7 and sum of 3 and 4 + 5 = 12
7 // 2 = 3, 7 % 2 = 1, max(3, 4) + 1 = 5, floor(7/2) + 1 = 4
"""


@pytest.mark.parametrize(("thought", "says"), FALSE.items())
def test_a_false_equation_is_found(thought, says):
    found = run(f"<think>\n{thought}\n</think>\n\n4")
    assert (found.outcome, found.reason) == (("fail", "false_equation") if says else ("pass", None))
    assert says is None or found.detail["says"] == says


@pytest.mark.parametrize("thought", NOT_FALSE.strip().splitlines())
def test_nothing_is_held_against_what_is_not_plainly_false(thought):
    assert [one for one in equations(thought) if one.holds is False] == []
    assert run(f"<think>\n{thought}\n</think>\n\n4").outcome == "pass"


def test_the_first_step_with_a_false_equation_is_named_and_the_share_that_holds_is_the_score():
    found = run(
        "<think>\nI need 22. Try 2 * 3 = 6: 6 - 5 = 1 no. Try 16 * 5 = 82: 82 - 60 = 22 yes!\n</think>\n\n4 * 4 = 5"
    )
    assert found.detail == {
        "says": "16 * 5 is 80, not 82",
        "step": 3,
        "left": "16 * 5",
        "right": "82",
        "equations": 4,
    }
    assert found.score == 0.75


def test_without_an_equation_there_is_nothing_against_a_trace_and_no_score():
    found = run("<think>\nLet me think. It is four.\n</think>\n\n4")
    assert (found.outcome, found.score, found.detail) == ("pass", None, {"equations": 0})


@pytest.mark.parametrize(
    ("thought", "outcome"),
    [
        ("Try 16 * 5 = 82, wait, 16 * 5 = 80 no.", "pass"),
        ("Try 16 * 5 = 82. Wait, 16*5 = 80. No.", "pass"),
        ("Try 16 * 5 = 82. So what. Much later: 16 * 5 = 80.", "fail"),
        ("I know that 16 * 5 = 80. Then 16 * 5 = 82.", "fail"),
    ],
)
def test_who_takes_an_equation_back_at_once_has_not_said_it(thought, outcome):
    assert run(f"<think>\n{thought}\n</think>\n\n4").outcome == outcome


def test_the_wrong_stretch_of_a_journey_may_be_wrong_and_the_right_one_may_not():
    journey = "<think>\n3 + 4 = 8 yes!\nWait, that is 7, not 8.\n3 + 4 = {}.\n</think>\n\n7"
    where = spans(("wrong", 8, 22), ("turn", 23, 46), ("right", 47, 57))
    assert run(journey.format(7), spans=where).outcome == "pass"
    assert run(journey.format(9), spans=where).detail["step"] == 3
    # Without a turn nothing is corrected: a sample whose wrong stretch is known is wrong.
    assert run(journey.format(7), spans=where[:1]).outcome == "fail"


@pytest.mark.parametrize(
    "problem",
    [
        "Alice says that 3 + 4 = 8. Is she right?",
        "Define a + b = ab - 4 for all a, b. What is 3 + 4?",
        "Working modulo 5, find 3 + 4 and write it as 8.",
    ],
)
def test_what_the_problem_says_or_means_by_a_sign_is_no_fault_of_the_trace(problem):
    thought = "<think>\n3 + 4 = 8.\n</think>\n\n8"
    assert run(thought).outcome == "fail"
    assert run(thought, messages=[{"role": "user", "content": problem}]).outcome == "pass"


def test_code_is_not_read():
    assert run("<think>\n```\n3 + 4 = 8\n```\n3 + 4 = 7.\n</think>\n\n7").detail == {"equations": 1}


def test_what_slips_in_a_solvers_reckoning_is_found_where_it_slipped():
    found = 0
    for seed in range(150):
        dice = random.Random(seed)
        first, second, third = (dice.randint(1, 25) for _ in range(3))
        puzzle = {"numbers": [first, second, third], "target": first + second + third}
        try:
            attempt = slip("reasoning-gym/countdown", puzzle, dice)
        except NoSlip:
            continue
        said = run(attempt.completion)
        if re.match(r"\d+ \S \d+(?: is |是)", attempt.why):
            assert (said.outcome, said.detail["step"]) == ("fail", attempt.wrong), attempt
            found += 1
        else:  # a number that is not there: its equations are true
            assert said.outcome == "pass", attempt
    assert found > 50


def test_worked_solutions_say_nothing_false():
    import reasoning_gym

    said = [
        one.holds
        for row in reasoning_gym.create_dataset("gsm_symbolic", size=150, seed=3)
        for one in equations(row["metadata"]["answer_cot"])
    ]
    assert said.count(True) > 150
    assert said.count(False) == 0


@pytest.mark.parametrize(
    "text",
    [
        "= " * 10_000,
        "1+" * 50_000 + "1 = 2",
        "(" * 50_000 + "1 = 2" + ")" * 50_000,
        "3 + 4 = 8. " * 2_000,
        "9" * 100_000 + " + 1 = 3",
        "9^99 * 9^99 = 1, 9^9^9^9 = 1, " * 500,
        "1 x 1 x 1 = " * 2_000,
        "1/9999999999999999999 + " * 30 + "1 = 2",
        "3 +\n= 4\n" * 4_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_is_too_much(text):
    assert run(f"<think>\n{text}\n</think>\n\n4").outcome in ("pass", "fail")
