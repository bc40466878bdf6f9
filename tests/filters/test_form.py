import pytest

from filters.checks import get

FORM = get("format")


def run(completion, finish_reason="stop", kind="sample", **settings):
    trace = {"completion": completion, "finish_reason": finish_reason, "kind": kind}
    return FORM.opinion(trace, None, FORM.defaults | settings)


def test_a_closed_thought_and_a_response_are_well_formed():
    found = run("\n<think>\na\n</think>\n\nb\n")
    assert (found.outcome, found.score) == ("pass", 1.0)


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        ("b", "think_tags"),
        ("", "think_tags"),
        ("<think>a", "think_tags"),
        ("a</think>b", "think_tags"),
        ("Well. <think>a</think>b", "think_tags"),
        ("<think>a</think>b</think>c", "think_tags"),
        ("<think>a<think>b</think>c", "think_tags"),
        ("<think>a<think>b</think>c</think>d", "think_tags"),
        ("<think>a</think>b<think>c</think>d", "think_tags"),
        ("</think><think>", "think_tags"),
        ("<THINK>a</THINK>b", "think_tags"),
        ("<think>a</Think>b</think>c", "think_tags"),
        ("< think >a</ think >b", "think_tags"),
        ("<think>a</think>It looks so:\n```\n<think>b</think>\n```", "think_tags"),
        ("<think>`</think>` ends it</think>b", "think_tags"),
        ("<think></think>b", "no_thinking"),
        ("<think> \n</think>b", "no_thinking"),
        ("<think>a</think>", "no_response"),
        ("<think>a</think>\n\n", "no_response"),
    ],
)
def test_a_malformed_completion_fails_with_its_reason(completion, reason):
    found = run(completion)
    assert (found.outcome, found.reason, found.score) == ("fail", reason, 0.0)


def test_a_truncated_completion_is_malformed_even_when_it_looks_whole():
    assert run("<think>a</think>b", finish_reason="length").reason == "truncated"


@pytest.mark.parametrize("finish_reason", ["stop", None, "", "content_filter"])
def test_only_the_token_limit_says_that_it_was_cut(finish_reason):
    assert run("<think>a</think>b", finish_reason=finish_reason).outcome == "pass"


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        ("b", None),
        ("<think></think>b", None),
        ("<think>a</think>b", None),
        ("", "no_response"),
        ("<think></think>", "no_response"),
        ("b</think>", "think_tags"),
        ("<Think>b", "think_tags"),
    ],
)
def test_knowledge_may_come_without_thinking(completion, reason):
    assert run(completion, kind="knowledge").reason == reason


def test_a_prompt_may_have_opened_the_thinking():
    assert run("a</think>b", opened=True).outcome == "pass"
    assert run("<think>a</think>b", opened=True).reason == "think_tags"
    assert run("a", opened=True).reason == "think_tags"


@pytest.mark.parametrize(
    "completion",
    ["<think>a</think><answer>b</answer>", "<think> a </think>\n\n<answer>\nb < c\n</answer>\n"],
)
def test_the_form_of_r1_zero_has_its_answer_in_tags(completion):
    assert run(completion, answer_tags=True).outcome == "pass"
    assert run(completion).outcome == "pass"


@pytest.mark.parametrize(
    "completion",
    [
        "<think>a</think>b",
        "<think>a</think><answer></answer>",
        "<think>a</think><answer> \n </answer>",
        "<think>a</think><answer>b",
        "<think>a</think>So <answer>b</answer>",
        "<think>a</think><answer>b</answer>.",
        "<think>a</think><answer>b</answer><answer>c</answer>",
        "<think>a</think><answer>b<answer>c</answer></answer>",
        "<think>a <answer>b</answer></think><answer>b</answer>",
        "<think>a</think><Answer>b</Answer>",
        "<think>a</think></answer>b<answer>",
    ],
)
def test_anything_else_is_not_the_form_of_r1_zero(completion):
    found = run(completion, answer_tags=True)
    assert (found.reason, found.score) == ("answer_tags", 0.0)


@pytest.mark.parametrize("junk", ["\ud800" * 100, "\0", "<" * 10**6, "<think>" * 10**5, "< " * 10**5])
def test_junk_is_malformed(junk):
    assert run(junk).reason == "think_tags"
    assert run(f"<think>{junk}</think>{junk}").reason in (None, "think_tags")
