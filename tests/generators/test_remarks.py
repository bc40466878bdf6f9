import pytest

from generators.journeys.attempts import numbered, opening
from generators.journeys.remarks import Remark, read, written

ATTEMPT = "<think>\nI need 9. Try 2 + 3 = 6: 6 + 3 = 9 yes!\n</think>\n\n(2 + 3) + 3"


def test_an_attempt_is_shown_step_by_step_with_its_answer():
    assert numbered(ATTEMPT) == "1. I need 9.\n2. Try 2 + 3 = 6: 6 + 3 = 9 yes!\nAnswer: (2 + 3) + 3"


def test_the_opening_of_an_attempt_is_word_for_word_its_own():
    before, step = opening(ATTEMPT, 2)
    assert ATTEMPT.startswith("<think>\n" + before + step)
    assert opening(ATTEMPT, 1) == ("", "I need 9.")
    with pytest.raises(ValueError, match="step 3 of 2"):
        opening(ATTEMPT, 3)


@pytest.mark.parametrize(
    "remark",
    [
        Remark(2, "2 + 3 is 5, not 6"),
        Remark(2, "2 + 3 is 5, not 6", "Try 2 * 3 = 6:\n6 + 3 = 9 yes!", "(2 * 3) + 3"),
    ],
)
def test_what_is_written_is_read_back(remark):
    assert read(written(remark)) == remark


@pytest.mark.parametrize(
    ("text", "step", "why"),
    [
        ("<think>let me see</think>\nWrong step: Step 2\nWhy: it is 5.", 2, "it is 5."),
        ("**Wrong step:** 12\n**Why:** so.\n\n**From there:** a\nb\n**Answer:** 3", 12, "so."),
        ("### Wrong step: 3 (the last)\nWhy: two\nlines", 3, "two lines"),
    ],
)
def test_models_decorate_what_they_say(text, step, why):
    found = read(text)
    assert (found.step, found.why) == (step, why)


@pytest.mark.parametrize(
    "text", ["Wrong step: none", "It is wrong.", "Wrong step: 3", "<think>Wrong step: 1\nWhy: x", ""]
)
def test_a_reply_that_names_no_error_is_no_remark(text):
    assert read(text) is None
