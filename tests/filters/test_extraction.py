import pytest

from filters.extraction import final_answer, last_boxed


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("<think>a</think>\n\n42", "42"),
        ("42", "42"),
        ("<think>a</think> so\nit is <answer> 42 </answer>, I think", "42"),
        ("<think>a</think><answer>1</answer> no: <answer>2</answer>", "2"),
        ("<think>a</think><answer>1\n2</answer>", "1\n2"),
        ("<think>a</think><answer>1</answer> or <answer>2", "1"),
        ("<think>a</think>So\nit is \\boxed{42}.", "42"),
        ("<think>a</think>\\boxed{1} no, \\boxed{2}", "2"),
        ("<think>a</think>$\\boxed{\\frac{3}{4}}$", "\\frac{3}{4}"),
        ("<think>a</think>\\boxed{\\{1, \\{2\\}\\}}", "\\{1, \\{2\\}\\}"),
        ("<think>a</think><answer>1</answer> \\boxed{2}", "1"),
        ("<think>\\boxed{1}</think>2", "2"),
        ("<think>a</think>1</think>2", "2"),
    ],
)
def test_the_final_answer_is_found_in_the_response(completion, answer):
    assert final_answer(completion) == answer


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "   ",
        "<think>maybe \\boxed{4}",
        "<think>maybe <answer>4</answer>",
        "<think>maybe \\boxed{4}</think>",
        "<think>maybe \\boxed{4}</think>\n\nI do\nnot know",
        "<think>maybe <answer>4</answer></think> \n",
        "<think>a</think>The answer\nis 4",
        "<think>a</think>\\boxed{4",
        "<think>a</think>\\boxed{1} no, \\boxed{4",
        "<think>a</think>\\boxed{}",
        "<think>a</think>\\boxed{ }",
        "<think>a</think>\\boxed 4",
        "<think>a</think><answer></answer>",
        "4 <think>but",
    ],
)
def test_there_is_no_answer_without_a_response_in_a_known_form(completion):
    assert final_answer(completion) is None


@pytest.mark.parametrize(
    "loop", ["<answer>", "</answer>", "\\boxed{", "\\boxed{}", "{", "<answer></answer>", "</think>"]
)
def test_a_model_that_repeats_itself_endlessly_is_still_read(loop):
    assert final_answer("<think>a</think>" + loop * 50_000 + "\n") in (None, loop * 50_000)


def test_braces_are_balanced():
    assert last_boxed("\\boxed{a{b}{c{d}}} }") == "a{b}{c{d}}"
    assert last_boxed("no box") is None
