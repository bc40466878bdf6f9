import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey

KEY = Key("k1", ("2 × 2 × 3",), "factorization", {"number": 12})


def ask(answer, key=KEY):
    return get("factorization")(answer, key)


@pytest.mark.parametrize(
    "answer",
    [
        "2 × 2 × 3",
        "3×2×2",
        "2*2*3",
        "2 x 3 x 2",
        "2 · 2 · 3",
        " 2 × 2 × 3\n",
        "$2 \\times 2 \\times 3$",
        "2 \\cdot 3 \\cdot 2",
    ],
)
def test_primes_with_the_right_product_pass_in_any_order(answer):
    assert ask(answer).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("4 × 3", "not_prime"),
        ("12", "not_prime"),
        ("1 × 2 × 2 × 3", "not_prime"),
        ("2 × 3", "wrong_value"),
        ("2 × 2 × 3 × 3", "wrong_value"),
        ("0 × 2", "wrong_value"),
        ("2^2 × 3", "not_a_product"),
        ("2**2 × 3", "not_a_product"),
        ("-2 × -2 × 3", "not_a_product"),
        ("2 × 2 × 3 ×", "not_a_product"),
        ("2.0 × 6", "not_a_product"),
        ("² × 3", "not_a_product"),
        ("٢ × ٢ × ٣", "not_a_product"),
        ("２ × ２ × ３", "not_a_product"),
        ("0x2 × 2 × 3", "wrong_value"),
        ("9" * 5000, "not_a_product"),
        ("", "not_a_product"),
        ("2×" * 5000 + "3", "not_a_product"),
    ],
)
def test_a_wrong_answer_fails_with_its_reason(answer, reason):
    found = ask(answer)
    assert (found.outcome, found.reason) == ("fail", reason)


def test_a_prime_is_its_own_factorization():
    assert ask("999999999989", Key("k1", (), "factorization", {"number": 999999999989})).outcome == "pass"


def test_the_most_factors_a_number_can_have_are_read():
    assert ask(" × ".join(["2"] * 39), Key("k1", (), "factorization", {"number": 2**39})).outcome == "pass"


@pytest.mark.parametrize("number", [None, 1, 0, -12, 12.0, "12", True, 10**12 + 1])
def test_a_key_without_a_number_that_can_be_factored_is_unusable(number):
    with pytest.raises(UnusableKey):
        ask("2 × 2 × 3", Key("k1", (), "factorization", {"number": number}))
