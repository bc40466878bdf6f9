import pytest

from filters.checks.turns import untrue

PROBLEM = "Make 22 from 16, 1 and 5.\n\n1. Use all of them.\n7. Say nothing else."
BEFORE = "I need 22. Try 16 + 1 = 18: 18 + 5 = 22 yes! 45/60. Try 3: 14/20."


@pytest.mark.parametrize(
    "turn",
    [
        "Wait, 16 + 1 is 17, not 18.",
        "Wait, 16 + 1 is not 18.",
        "等等，16 + 1是17，不是18。",
        "Wait, 45/60 by 3 is 15/20, not 14/20.",
        "等等，45/60除以3不是14/20。",
        "Wait, 7 is not given.",
        "Wait, that is not what was asked. Let me try again.",
        "Wait, (16 + 1) + 5 does not use 16, 1, 5 once each.",
        "Hold on: the sum should be 17. I was off by one.",
    ],
)
def test_a_turn_that_is_true_or_says_nothing_of_the_kind_passes(turn):
    assert untrue(turn, PROBLEM, BEFORE) is None


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        ("Wait, 16 + 1 is 19, not 18.", "16 + 1 is 17, not 19"),
        ("等等，16 + 1是19，不是18。", "17"),
        ("Wait, 16 + 1 = 19.", "16 + 1 is 17, not 19"),
        ("Wait, 16 + 1 is 17, not 17.", "it is 17 and not 17"),
        ("Wait, 45/60 by 3 is 15/20, not 15/20.", "it is 15/20 and not 15/20"),
        ("Wait, 16 + 1 is 17, not 30.", "nobody said 30"),
        ("Wait, 5 is not given.", "5 is given"),
        ("等等，5不在给出的数里。", "5 is given"),
    ],
)
def test_a_turn_that_says_what_is_not_so_is_told_by_it(turn, says):
    assert says in untrue(turn, PROBLEM, BEFORE)
