import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey


def ask(answer, *answers):
    return get("text")(answer, Key("k1", answers, "text"))


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("Paris", "paris"),
        ("  new   york\n", "New York"),
        ("Yes.", "yes"),
        ("yes .", "yes"),
        ("STRASSE", "straße"),
        ("１２", "12"),
        ("cafe\u0301", "café"),
        ("北京", "北京"),
        (".", "."),
        ("\\text{Yes}", "yes"),
        ("$\\mathrm{Yes}$", "yes"),
        ("\\textbf{New York.}", "new york"),
    ],
)
def test_case_spaces_form_and_a_final_full_stop_do_not_matter(answer, wanted):
    assert ask(answer, wanted).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("London", "Paris"),
        ("Paris, France", "Paris"),
        ("10%", "10"),
        ("3.5", "35"),
        ("...", "a"),
        ("4²", "42"),
        ("½", "1/2"),
        ("①", "1"),
    ],
)
def test_other_words_fail(answer, wanted):
    assert (ask(answer, wanted).outcome, ask(answer, wanted).reason) == ("fail", "wrong_text")


def test_any_of_the_answers_will_do():
    assert [ask(answer, "four", "4").outcome for answer in ("4", "four", "five")] == ["pass", "pass", "fail"]


@pytest.mark.parametrize("answers", [(), ("",), (" ", "\n")])
def test_an_empty_key_is_unusable(answers):
    with pytest.raises(UnusableKey):
        ask("", *answers)


def test_exact_text_keeps_case_and_lines_but_not_the_space_around_them():
    def exact(answer, wanted):
        return get("text")(answer, Key("k1", (wanted,), "text", {"exact": True})).outcome

    assert exact(" A#  #B \n", "A# #B") == "pass"
    assert exact("ab \n cd", "ab\ncd") == "pass"
    assert exact("\\text{A\\# \\#B}", "A# #B") == "pass"
    assert exact("\\text{A\\#} \\text{\\#B}", "A# #B") == "fail"
    assert exact("a# #b", "A# #B") == "fail"
    assert exact("ab cd", "ab\ncd") == "fail"
    assert exact("Stop", "Stop.") == "fail"


def test_a_text_that_goes_on_for_ever_is_not_read():
    assert ask("yes " * 100_000, "yes").reason == "too_long"
