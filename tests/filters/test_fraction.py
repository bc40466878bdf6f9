import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey

KEY = Key("k1", ("$\\frac{3}{4}$",), "fraction", {"numerator": 9, "denominator": 12})


def ask(answer, key=KEY):
    return get("fraction")(answer, key)


@pytest.mark.parametrize(
    "answer",
    ["3/4", " 3 / 4 ", "$3/4$", "\\frac{3}{4}", "$\\dfrac{3}{4}$", "\\(\\frac{ 3 }{ 4 }\\)", "$ \\frac {3} {4} $"],
)
def test_the_fraction_in_lowest_terms_passes(answer):
    assert ask(answer).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("6/8", "not_lowest"),
        ("9/12", "not_lowest"),
        ("2/3", "wrong_value"),
        ("-3/4", "wrong_value"),
        ("3", "wrong_value"),
        ("0/4", "wrong_value"),
        ("3/0", "division_by_zero"),
        ("0.75", "not_a_fraction"),
        ("75%", "not_a_fraction"),
        ("3/4/1", "not_a_fraction"),
        ("3/4 or 2/3", "not_a_fraction"),
        ("\\frac34", "not_a_fraction"),
        ("\\frac{\\frac{3}{4}}{1}", "not_a_fraction"),
        ("¾", "not_a_fraction"),
        ("٣/٤", "not_a_fraction"),
        ("３/４", "not_a_fraction"),
        ("3²/4", "not_a_fraction"),
        ("1" * 31 + "/4", "not_a_fraction"),
        ("", "not_a_fraction"),
    ],
)
def test_a_wrong_answer_fails_with_its_reason(answer, reason):
    found = ask(answer)
    assert (found.outcome, found.reason) == ("fail", reason)


def test_a_whole_number_and_a_negative_fraction_are_fractions():
    assert ask("2", Key("k1", ("2/1",), "fraction")).outcome == "pass"
    assert ask("-\\frac{1}{2}", Key("k1", ("-1/2",), "fraction")).outcome == "pass"


def test_any_of_the_answers_will_do():
    key = Key("k1", ("1/2", "1/3"), "fraction")
    assert [ask(answer, key).outcome for answer in ("1/2", "1/3", "1/4")] == ["pass", "pass", "fail"]


def test_a_key_with_other_details_than_the_fraction_asked_for_still_decides():
    found = ask("2/3", Key("k1", ("3/4",), "fraction", {"difficulty": "easy"}))
    assert found.detail["says"] == "2/3 is not equal to the fraction asked for"


@pytest.mark.parametrize("answers", [(), ("three quarters",), ("3/0",), ("",), ("3/4", "junk")])
def test_a_key_that_is_no_fraction_is_unusable(answers):
    with pytest.raises(UnusableKey):
        ask("3/4", Key("k1", answers, "fraction"))
