import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey


def ask(answer, *answers):
    return get("json")(answer, Key("k1", answers, "json"))


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ('{"b": [1, 2], "a": "x"}', '{"a": "x", "b": [1, 2]}'),
        ('{"a":1.0}', '{"a": 1}'),
        ('"\\u00e9"', '"é"'),
        ("true", "true"),
        (" 0.5 ", "5e-1"),
        ("null", "null"),
    ],
)
def test_an_equal_value_passes(answer, wanted):
    assert ask(answer, wanted).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "wanted", "reason"),
    [
        ("1", "true", "wrong_value"),
        ("[2, 1]", "[1, 2]", "wrong_value"),
        ('{"a": 1, "b": 2}', '{"a": 1}', "wrong_value"),
        ('{"a": "1"}', '{"a": 1}', "wrong_value"),
        ("0.50000001", "0.5", "wrong_value"),
        ('The answer is {"a": 1}', '{"a": 1}', "not_json"),
        ("{'a': 1}", '{"a": 1}', "not_json"),
        ('{"a": 2, "a": 1}', '{"a": 1}', "not_json"),
        ("NaN", "1", "not_json"),
        ("1e999", "1", "not_json"),
        ("", "1", "not_json"),
        ("9" * 10_000, "1", "not_json"),
        ("[" * 100_000, "1", "not_json"),
        ("[" * 60 + "]" * 60, "1", "not_json"),
    ],
)
def test_anything_else_fails_with_its_reason(answer, wanted, reason):
    found = ask(answer, wanted)
    assert (found.outcome, found.reason) == ("fail", reason)


@pytest.mark.parametrize("answers", [(), ("x",), ("",), ("1", "x")])
def test_a_key_that_is_no_json_is_unusable(answers):
    with pytest.raises(UnusableKey):
        ask("1", *answers)
