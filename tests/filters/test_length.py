import pytest

from filters.checks import get

LENGTH = get("length")


def run(completion="<think>a</think>b", completion_tokens=None, **settings):
    trace = {"completion": completion, "completion_tokens": completion_tokens}
    return LENGTH.opinion(trace, None, LENGTH.defaults | settings)


@pytest.mark.parametrize(("tokens", "reason"), [(4, "too_short"), (5, None), (9, None), (10, "too_long")])
def test_length_is_counted_in_tokens_bounds_included(tokens, reason):
    assert run(completion_tokens=tokens, at_least=5, at_most=9).reason == reason


def test_length_is_counted_in_words_where_nobody_counted_tokens():
    found = run("one two three", at_least=4)
    assert (found.reason, found.detail) == ("too_short", {"size": 3})
    assert run("").reason == "too_short"


def test_where_no_spaces_are_written_every_letter_counts():
    assert run("我们需要7。").detail == {"size": 5}
    assert run("数を かぞえる").detail == {"size": 6}


@pytest.mark.parametrize(("tokens", "score"), [(1, 1.0), (80, 1.0), (85, 0.75), (95, 0.25), (100, 0.0), (101, 0.0)])
def test_the_score_may_fall_softly_towards_the_limit(tokens, score):
    found = run(completion_tokens=tokens, at_most=100, soft=20)
    assert found.score == score
    assert found.outcome == ("pass" if tokens <= 100 else "fail")


def test_without_a_soft_end_what_fits_is_worth_one():
    assert run(completion_tokens=100, at_most=100).score == 1.0
    assert run(completion_tokens=101, at_most=100).score == 0.0
