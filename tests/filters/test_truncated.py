import pytest

from filters.checks import get

TRUNCATED = get("truncated")


def run(completion, finish_reason=None):
    return TRUNCATED.opinion({"completion": completion, "finish_reason": finish_reason}, None, {})


@pytest.mark.parametrize("limit", ["length", "max_tokens"])
def test_who_reached_the_token_limit_was_cut(limit):
    found = run("<think>a</think>It is 4.", limit)
    assert (found.outcome, found.reason, found.score) == ("fail", "token_limit", 0.0)


@pytest.mark.parametrize("ended", ["stop", "eos_token", "end_turn"])
@pytest.mark.parametrize("completion", ["<think>a</think>It is 4", "<think>a</think>", "", "4"])
def test_who_ended_by_itself_has_an_end(completion, ended):
    found = run(completion, ended)
    assert (found.outcome, found.score) == ("pass", 1.0)


@pytest.mark.parametrize("finish_reason", ["stop", None, "content_filter"])
@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        ("<think>a", "open_thinking"),
        ("<think>a</think>b<think>c.", "open_thinking"),
        ("<think>a</think>```python\nprint(1)", "open_code"),
        ("<think>a</think>```\na\n```\nand\n```python\nprint(1).", "open_code"),
        ("<think>a</think>So it is \\boxed{\\frac{1}{2}", "open_box"),
        ("<think>a</think>\\boxed{3} or \\boxed{", "open_box"),
        ("<think>a</think>\\fbox{4", "open_box"),
        ("<think>a</think>We have \\[ x + 1 =", "open_formula"),
        ("<think>a</think>We have $$ x + 1.", "open_formula"),
        ("<think>a</think>We have \\( x \\) and \\( y", "open_formula"),
        ("<think>a</think>\\begin{align} x &= 1 \\\\[2pt]", "open_formula"),
        ("\\(" * 200_000, "open_formula"),
    ],
)
def test_what_was_opened_and_never_closed_gives_a_text_away(completion, reason, finish_reason):
    found = run(completion, finish_reason)
    assert (found.outcome, found.reason, found.score) == ("fail", reason, 0.0)


@pytest.mark.parametrize(
    "completion",
    [
        "<think>a</think>It is 4.",
        "<think>so \\boxed{ and ``` and \\[ stay open</think>It is 4.",
        "<think>a</think>\\boxed{\\frac{1}{2}}",
        "<think>a</think>\\boxed{\\{1, 2\\}}",
        "<think>a</think>\\[ \\begin{pmatrix} 1 \\\\[2pt] 2 \\end{pmatrix} \\]",
        "<think>a</think>It costs $5, or $$$ where it is dear.",
        "<think>a</think>```python\nprint('$$ \\\\[')\n```",
        "<think>a</think>```one line``` says it.",
        "<think>a</think>The pattern `\\[` finds it.",
        "<think>a</think>答案是四。",
        "<think>a</think>$x = 4$",
        'He said "four"',
    ],
)
def test_a_text_that_closes_everything_and_ends_like_one_has_an_end(completion):
    found = run(completion)
    assert (found.outcome, found.score) == ("pass", 1.0)


@pytest.mark.parametrize("completion", ["<think>a</think>It is 4", "4", "", "<think>a</think>", "And so we", "\ud800"])
@pytest.mark.parametrize("finish_reason", [None, "", "content_filter"])
def test_where_nobody_can_know_it_is_undecided(completion, finish_reason):
    found = run(completion, finish_reason)
    assert (found.outcome, found.reason, found.score) == ("undecided", "unknown_end", None)
