import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey

CITIES = ["London", "Paris", "Rome", "New York"]


def ask(answer, *answers, **spec):
    return get("choice")(answer, Key("k1", answers or ("B",), "choice", spec))


@pytest.mark.parametrize("choices", [None, CITIES, {"A": "London", "B": "Paris", "C": "Rome"}])
@pytest.mark.parametrize(
    "answer",
    [
        "B",
        "b",
        " B\n",
        "(B)",
        "[B]",
        "B.",
        "B)",
        "B:",
        "(B).",
        "**B**",
        "**(B)**",
        "*B*",
        "`B`",
        '"B"',
        "$B$",
        "\\(B\\)",
        "\\text{B}",
        "$\\mathbf{B}$",
        "\\textbf{(B)}",
        "\\boxed{B}",
        "\\mathrm{(B)}",
        "Option B",
        "option (B)",
        "Choice B.",
        "Answer: B",
        "**Answer:** B",
        "Answer: **B**",
        "The answer is B.",
        "The correct answer is (B)",
        "The correct answer is option B.",
        "Final answer: $\\boxed{B}$",
        "B. Paris",
        "B) Paris",
        "(B) Paris",
        "B: Paris",
        "B - Paris",
        "**B.** Paris",
        "**B. Paris**",
        "\\textbf{(B)}\\ Paris",
        "\\text{B. Paris}",
        "Answer: B. paris.",
        "Ｂ",
    ],
)
def test_the_letter_passes_in_all_its_usual_forms(answer, choices):
    assert ask(answer, choices=choices).outcome == "pass"


@pytest.mark.parametrize("answer", ["Paris", "paris.", "**Paris**", "\\text{Paris}", "The answer is Paris", "B Paris"])
def test_the_text_of_the_right_choice_passes_where_the_choices_are_known(answer):
    assert ask(answer, choices=CITIES).outcome == "pass"


def test_a_key_may_be_the_text_of_a_choice():
    assert ask("(d)", "new york", choices=CITIES).outcome == "pass"
    assert ask("New York", "New York", choices=CITIES).outcome == "pass"
    assert ask("A", "New York", choices=CITIES).reason == "wrong_choice"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("A", "wrong_choice"),
        ("(C)", "wrong_choice"),
        ("London", "wrong_choice"),
        ("A. London", "wrong_choice"),
        ("E", "beyond_the_choices"),
        ("Option Z", "beyond_the_choices"),
        ("B. London", "contradiction"),
        ("B London", "contradiction"),
        ("A. Paris", "contradiction"),
        ("B. The city of light", "contradiction"),
        ("B. Paris or London", "contradiction"),
        ("B, C", "several_answers"),
        ("B and C", "several_answers"),
        ("A or B", "several_answers"),
        ("A/B", "several_answers"),
        ("(A), (B), (C), (D)", "several_answers"),
        ("A good answer is B", "not_a_choice"),
        ("I think B", "not_a_choice"),
        ("B because it is the capital", "not_a_choice"),
        ("The answer is not B", "not_a_choice"),
        ("not B", "not_a_choice"),
        ("Berlin", "not_a_choice"),
        ("AB", "not_a_choice"),
        ("BB", "not_a_choice"),
        ("Paris, London", "not_a_choice"),
        ("В", "not_a_choice"),  # Cyrillic
        ("", "not_a_choice"),
        ("2", "not_a_choice"),
        ("Answer:", "not_a_choice"),
        ("B " * 2000, "too_long"),
    ],
)
def test_a_wrong_answer_fails_with_its_reason(answer, reason):
    found = ask(answer, choices=CITIES)
    assert (found.outcome, found.reason) == ("fail", reason)


@pytest.mark.parametrize(
    "answer", ["B. No, it is C", "B. or A", "B: not sure, maybe D", "B. is wrong", "A good answer is B", "B Paris"]
)
def test_without_the_choices_a_letter_that_is_taken_back_is_not_read(answer):
    assert ask(answer).reason == "not_a_choice"


def test_several_letters_pass_in_any_order_where_the_key_is_a_set():
    for answer in ("A, C", "C, A", "A and C", "(C) and (A)", "A; C", "A C", "**A, C**", "A, and C"):
        assert ask(answer, "A, C").outcome == "pass", answer
    assert ask("AC", "AC", multiple=True).outcome == "pass"
    assert ask("CA", "A, C", multiple=True).outcome == "pass"
    assert ask("B", "B", multiple=True).outcome == "pass"
    assert ask("A", "A, C").reason == "wrong_choice"
    assert ask("A, B, C", "A, C").reason == "wrong_choice"
    assert ask("A or C", "A, C").reason == "several_answers"
    assert ask("AAC", "A, C").reason == "not_a_choice"


def test_any_of_the_answers_of_a_key_will_do():
    assert [ask(answer, "A", "C").outcome for answer in ("A", "C", "B", "A, C")] == ["pass", "pass", "fail", "fail"]


def test_a_text_that_two_choices_share_is_no_answer():
    twins = ["5 cm", "5 kg", "5 cm"]
    assert ask("5 cm", "A", choices=twins).reason == "matches_several"
    assert ask("A", "A", choices=twins).outcome == "pass"
    assert ask("A. 5 cm", "A", choices=twins).outcome == "pass"
    assert ask("5 kg", "B", choices=twins).outcome == "pass"


def test_a_letter_that_is_the_text_of_another_choice_is_no_answer():
    vitamins = {"A": "B", "B": "C", "C": "D"}
    assert ask("B", "A", choices=vitamins).reason == "matches_several"
    assert ask("B", "B", choices=vitamins).reason == "matches_several"
    assert ask("A. B", "A", choices=vitamins).outcome == "pass"


def test_formulas_as_choices_are_compared_as_they_are_written():
    roots = ["$x = 1$", "$x^{2}$", "$x_2$", "-2"]
    assert ask("$x^2$", "B", choices=roots).outcome == "pass"
    assert ask("B. $x^{2}$", "B", choices=roots).outcome == "pass"
    assert ask("$x^3$", "B", choices=roots).outcome == "fail"
    assert ask("D. -2", "D", choices=roots).outcome == "pass"
    assert ask("D. 2", "D", choices=roots).reason == "contradiction"


@pytest.mark.parametrize(
    ("answers", "spec"),
    [
        (("E",), {"choices": CITIES}),
        (("Berlin",), {"choices": CITIES}),
        (("Paris",), {}),
        (("",), {}),
        (("A or B",), {}),
        (("A", "Z"), {"choices": CITIES}),
        (("5 cm",), {"choices": ["5 cm", "5 cm"]}),
        (("B",), {"choices": "ABCD"}),
        (("B",), {"choices": []}),
        (("B",), {"choices": {"one": "x"}}),
        (("B",), {"choices": {"b": "x", "B": "y"}}),
        (("B",), {"choices": ["x"] * 27}),
    ],
)
def test_a_key_that_names_no_choice_is_unusable(answers, spec):
    with pytest.raises(UnusableKey):
        ask("B", *answers, **spec)


def test_a_key_without_answers_is_unusable():
    with pytest.raises(UnusableKey):
        get("choice")("B", Key("k1", (), "choice"))


def test_the_normal_form_for_votes_is_the_letter():
    assert {ask(answer, choices=CITIES).detail["answer"] for answer in ("b", "(B)", "Paris", "B. paris")} == {"B"}
