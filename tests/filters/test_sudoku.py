import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey

PUZZLE = [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
"""It has more than one solution."""
ONE = "1 2 3 4\n3 4 1 2\n4 1 2 3\n2 3 4 1"
OTHER = "1 3 2 4\n2 4 1 3\n4 1 3 2\n3 2 4 1"
UNEQUAL = {"puzzle": [[0, 0, 0], [0, 0, 0], [0, 0, 1]], "constraints": [[0, 0, 0, 1, "<"], [1, 0, 2, 0, ">"]]}


def ask(answer, puzzle=PUZZLE):
    return get("sudoku")(answer, Key("k1", (), "sudoku", {"puzzle": puzzle}))


def unequal(answer, spec=UNEQUAL):
    return get("futoshiki")(answer, Key("k1", (), "futoshiki", spec))


@pytest.mark.parametrize("answer", [ONE, OTHER])
def test_every_solution_of_a_sudoku_passes(answer):
    assert ask(answer).outcome == "pass"


@pytest.mark.parametrize(
    "answer",
    [
        "1234\n3412\n4123\n2341",
        "1 2 | 3 4\n3 4 | 1 2\n----+----\n4 1 | 2 3\n2 3 | 4 1",
        "[[1, 2, 3, 4], [3, 4, 1, 2], [4, 1, 2, 3], [2, 3, 4, 1]]",
        "1,2,3,4\n3,4,1,2\n4,1,2,3\n2,3,4,1\n",
    ],
)
def test_a_solution_passes_however_it_is_drawn(answer):
    assert ask(answer).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("2 1 4 3\n4 3 2 1\n3 4 1 2\n1 2 3 4", "changed_clue"),
        ("1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1", None),
        ("1 2 3 4\n2 3 1 4\n4 1 2 3\n3 4 2 1", "repeated_number"),
        ("1 2 3 4\n4 3 1 2\n2 1 4 3\n3 4 2 1", None),
        ("1 2 3 4\n2 4 1 3\n3 1 4 2\n4 3 2 1", "repeated_number"),
        ("1 2 2 4\n3 4 1 2\n4 1 2 3\n2 3 4 1", "repeated_number"),
        ("1 2 3 4\n3 4 1 2\n4 1 2 3\n2 3 4 _", "not_a_board"),
        ("1 2 3 4\n3 4 1 2\n4 1 2 3", "not_a_board"),
        ("1 2 3 4\n3 4 1 2\n4 1 2 3\n2 3 4 1\n1 2 3 4", "not_a_board"),
        ("1 2 3 5\n3 4 1 2\n4 1 2 3\n2 3 4 1", "not_a_board"),
        ("1 2 3 ٤\n3 4 1 2\n4 1 2 3\n2 3 4 1", "not_a_board"),
        ("", "not_a_board"),
        ("see above", "not_a_board"),
    ],
)
def test_a_board_that_breaks_a_rule_fails(answer, reason):
    assert ask(answer).reason == reason


def test_the_constraints_of_a_futoshiki_count():
    assert unequal("2 < 3   1\n∨\n3   1   2\n∨\n1   2   3").reason == "changed_clue"
    assert unequal("2 < 3   1\n3   1   2\n1   2   3", {**UNEQUAL, "puzzle": [[0] * 3] * 3}).outcome == "pass"
    assert unequal("1 < 2   3\n            \n3   1   2\n∨\n2   3   1").outcome == "pass"
    assert unequal("1 2 3\n3 1 2\n2 3 1").outcome == "pass"
    assert unequal("2 3 1\n1 2 3\n3 1 2", {**UNEQUAL, "puzzle": [[0] * 3] * 3}).reason == "broken_constraint"
    assert unequal("1 2 3\n3 3 2\n2 1 1").reason == "repeated_number"


@pytest.mark.parametrize(
    "puzzle",
    [None, [], 4, "1234", [[1, 2], [3]], [[0, 0], [0, 0]], [[5] * 4] * 4, [["1"] * 4] * 4, [[0] * 49] * 49, [None] * 4],
)
def test_a_key_without_a_square_puzzle_is_unusable(puzzle):
    with pytest.raises(UnusableKey):
        ask(ONE, puzzle)


@pytest.mark.parametrize("constraints", [None, [1], [[0, 0, 0, 9, "<"]], [[0, 0, 0, 1, "="]], [[0, 0, 1, "<"]]])
def test_a_futoshiki_without_constraints_is_unusable(constraints):
    with pytest.raises(UnusableKey):
        unequal("1 2 3\n3 1 2\n2 3 1", {"puzzle": UNEQUAL["puzzle"], "constraints": constraints})
