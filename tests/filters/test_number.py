import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey


def ask(answer, *answers):
    return get("number")(answer, Key("k1", answers, "number"))


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("42", "42"),
        (" +42 ", "42"),
        ("42.0", "42"),
        ("42.", "42"),
        ("$42$", "42"),
        ("-7", "-7"),
        ("1,234,567", "1234567"),
        ("1,234.50", "1234.5"),
        ("1/2", "0.5"),
        ("6/4", "1.5"),
        ("007", "7"),
        ("0.1", "1/10"),
        ("−7", "-7"),
    ],
)
def test_the_same_number_passes_however_it_is_written(answer, wanted):
    assert ask(answer, wanted).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("0.0000001", "0.0000002"),
        ("0.3333333333", "1/3"),
        ("42", "-42"),
        ("1234", "12.34"),
        ("9007199254740993", "9007199254740992"),
    ],
)
def test_numbers_are_compared_exactly(answer, wanted):
    assert ask(answer, wanted).reason == "wrong_value"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "forty-two",
        "42 cm",
        "1e3",
        "12,34",
        "1/0",
        "inf",
        "nan",
        "4 2",
        "0x2a",
        "4²",
        "9**9**9",
        "1" * 31,
        "1.2.3",
        "٤٢",
        "４２",
        "४२",
        "1,٢34",
    ],
)
def test_what_is_not_one_number_fails(answer):
    assert (ask(answer, "42").outcome, ask(answer, "42").reason) == ("fail", "not_a_number")


def test_any_of_the_answers_will_do():
    assert [ask(answer, "1", "2").outcome for answer in ("1", "2", "3")] == ["pass", "pass", "fail"]


@pytest.mark.parametrize("answers", [(), ("many",), ("1/0",), ("42", "many"), ("",)])
def test_a_key_that_is_no_number_is_unusable(answers):
    with pytest.raises(UnusableKey):
        ask("42", *answers)


def within(answer, wanted, **spec):
    return get("number")(answer, Key("k1", (wanted,), "number", spec)).outcome


def test_a_tolerance_is_the_largest_difference_that_passes():
    assert within("3.14", "3.1415", tolerance="0.01") == "pass"
    assert within("3.13", "3.1415", tolerance="0.01") == "fail"
    assert within("9.478e+02", "947.8", tolerance="0.01") == "pass"
    assert within("54.1750680001", "54.175068", relative="1e-11") == "pass"
    assert within("54.175", "54.175068", relative="1e-11") == "fail"
    assert within("5e99", "5", tolerance="0.01") == "fail"
    assert within("5e9999999", "5", tolerance="0.01") == "fail"


def test_a_key_may_be_written_with_an_exponent():
    assert within("0.00003", "3e-05") == "pass"


def test_hexadecimal_numbers_need_their_prefix():
    assert [within(answer, "-0x1f", base=16) for answer in ("-0x1F", "-0x01f", "$-0x1f$")] == ["pass"] * 3
    assert [within(answer, "-0x1f", base=16) for answer in ("-1f", "-31", "0x1f", "0x", "-0x1g")] == ["fail"] * 5


@pytest.mark.parametrize(
    "spec", [{"tolerance": "some"}, {"tolerance": -1}, {"relative": [1]}, {"base": 7}, {"base": "x"}]
)
def test_a_tolerance_or_base_that_makes_no_sense_is_unusable(spec):
    with pytest.raises(UnusableKey):
        within("5", "5", **spec)
