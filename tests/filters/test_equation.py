import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey


def key(equation, variable="x"):
    return Key("k1", (), "equation", {"equation": equation, "variable": variable})


def ask(answer, equation="3*x + 4 = 10", variable="x"):
    return get("equation")(answer, key(equation, variable))


@pytest.mark.parametrize("answer", ["2", "x = 2", "x=2", " x  =  2 ", "2.0", "+2", "4/2", "$2$", "2."])
def test_the_solution_passes_however_it_is_written(answer):
    assert ask(answer).outcome == "pass"


@pytest.mark.parametrize(
    ("equation", "answer"),
    [
        ("405*h = 24705", "61"),
        ("242 - 35*h = -1788", "58"),
        ("h + h + 2h - 1 = 3", "1"),
        ("-h = 5", "-5"),
        ("2*h = 1", "1/2"),
        ("3 h - 7 = 0", "7/3"),
    ],
)
def test_every_linear_equation_is_decided_by_putting_the_answer_in(equation, answer):
    assert ask(answer, equation, "h").outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("3", "wrong_value"),
        ("-2", "wrong_value"),
        ("y = 2", "not_a_number"),
        ("x = ", "not_a_number"),
        ("x == 2", "not_a_number"),
        ("x = x", "not_a_number"),
        ("1 + 1", "not_a_number"),
        ("two", "not_a_number"),
        ("2/0", "not_a_number"),
        ("", "not_a_number"),
        ("2" * 31, "not_a_number"),
        ("x = ٢", "not_a_number"),
        ("２", "not_a_number"),
    ],
)
def test_a_wrong_answer_fails_with_its_reason(answer, reason):
    found = ask(answer)
    assert (found.outcome, found.reason) == ("fail", reason)


@pytest.mark.parametrize(
    ("equation", "variable"),
    [
        ("", "x"),
        ("3*x + 4", "x"),
        ("3*y + 4 = 10", "x"),
        ("0 = 0", "x"),
        ("x - x = 0", "x"),
        ("3*x + 4 = x", "x"),
        ("x*x = 4", "x"),
        ("x^2 = 4", "x"),
        ("3*4 + x = 13", "x"),
        ("3 4 + x = 8", "x"),
        ("3* + x = 8", "x"),
        ("3*x*4 = 24", "x"),
        ("1234567890123456*x = 1", "x"),
        ("x + = 4", "x"),
        ("2*(x + 1) = 4", "x"),
        ("x = 4 = 4", "x"),
        ("x + " * 60 + "x = 1", "x"),
        ("3*x + 4 = 10", ""),
        ("3*x + 4 = 10", "("),
        ("3*x + 4 = 10", None),
        (None, "x"),
        (7, "x"),
    ],
)
def test_what_is_no_linear_equation_in_the_variable_is_an_unusable_key(equation, variable):
    with pytest.raises(UnusableKey):
        ask("2", equation, variable)


def test_an_empty_key_is_unusable():
    with pytest.raises(UnusableKey):
        get("equation")("2", Key("k1", ("2",), "equation"))
