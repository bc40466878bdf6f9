import pytest

from filters.extraction import FORMS, final_answer


@pytest.mark.parametrize(
    ("completion", "answer", "form"),
    [
        ("<think>a</think>\n\n42", "42", "whole"),
        ("42", "42", "whole"),
        ("<think>a</think> so\nit is <answer> 42 </answer>, I think", "42", "tags"),
        ("<think>a</think><answer>1\n2</answer>", "1\n2", "tags"),
        ("<think>a</think>So\nit is \\boxed{42}.", "42", "boxed"),
        ("<think>a</think>So\nit is \\fbox{42}.", "42", "boxed"),
        ("<think>a</think>$\\boxed{\\frac{3}{4}}$", "\\frac{3}{4}", "boxed"),
        ("<think>a</think>\\boxed{\\{1, \\{2\\}\\}}", "\\{1, \\{2\\}\\}", "boxed"),
        ("<think>a</think>\\boxed{\\left\\{ 1 \\right.}", "\\left\\{ 1 \\right.", "boxed"),
        ("<think>a</think>\\boxed{\\boxed{42}}", "42", "boxed"),
        ("<think>a</think>\\boxed {42}", "42", "boxed"),
        ("<think>a</think>\\boxed{42} and again \\boxed{ $42$ }", "42", "boxed"),
        ("<think>a</think>\\boxed{1}, so <answer>1</answer>", "1", "tags"),
        ("<think>a</think><answer>It is \\boxed{2}.</answer>", "2", "tags"),
        ("<think>\\boxed{1}</think>2", "2", "whole"),
        ("<think>a</think>1</think>2", "2", "whole"),
    ],
)
def test_the_final_answer_is_found_in_the_response(completion, answer, form):
    found = final_answer(completion)
    assert (found.answers, found.form, found.why) == ((answer,), form, None)
    begin, end = found.span
    assert completion[begin:end].strip("$ ") == answer


@pytest.mark.parametrize(
    ("completion", "why"),
    [
        ("", "nothing_said"),
        ("   ", "nothing_said"),
        ("<think>maybe \\boxed{4}", "unclosed_think"),
        ("<think>maybe <answer>4</answer>", "unclosed_think"),
        ("4 <think>but", "unclosed_think"),
        ("<think>a</think>4 <think>but maybe \\boxed{5}", "unclosed_think"),
        ("<think>maybe \\boxed{4}</think>", "nothing_said"),
        ("<think>maybe <answer>4</answer></think> \n", "nothing_said"),
        ("<think>maybe \\boxed{4}</think>\n\nI do\nnot know", "no_form"),
        ("<think>a</think>The answer\nis 4", "no_form"),
        ("<think>a</think>\\boxed{4", "unclosed"),
        ("<think>a</think>\\boxed{1} no, \\boxed{4", "unclosed"),
        ("<think>a</think>\\boxed{\\boxed{4}", "unclosed"),
        ("<think>a</think>\\boxed 4", "unclosed"),
        ("<think>a</think>\\boxed{}", "empty"),
        ("<think>a</think>\\boxed{ }", "empty"),
        ("<think>a</think>\\boxed{1} no, \\boxed{}", "empty"),
        ("<think>a</think><answer></answer>", "empty"),
        ("<think>a</think><answer>4", "unclosed"),
        ("<think>a</think><answer>1</answer> or <answer>2", "unclosed"),
        ("<think>a</think><answer>2, no: <answer>1</answer>", "unclosed"),
        ("<think>a</think><answer>1</answer> or \\boxed{2", "unclosed"),
    ],
)
def test_there_is_no_answer_without_a_response_in_a_known_form(completion, why):
    found = final_answer(completion)
    assert (found.answers, found.span, found.why) == ((), None, why)


@pytest.mark.parametrize(
    "completion",
    [
        "\\boxed{1} no, \\boxed{2}",
        "\\boxed{1}\n\nOn second thoughts:\n\n\\fbox{2}",
        "<answer>1</answer> no: <answer>2</answer>",
        "<answer>\\boxed{1} or \\boxed{2}</answer>",
        "<answer>1</answer> or \\boxed{2}",
        "\\boxed{1}, but to be safe: <answer>2</answer>",
    ],
)
def test_several_different_answers_are_all_given_none_is_chosen(completion):
    assert final_answer(completion).answers == ("1", "2")


@pytest.mark.parametrize(
    ("form", "completion", "answer"),
    [
        ("last_line", "It is this:\n\n  42 ", "42"),
        ("marked", "So 6 times 7.\n#### 42", "42"),
        ("marked", "So 6 times 7.\n**Answer:** 42**", "42"),
        ("marked", "Final answer: 42", "42"),
        ("last_number", "It is 6 times 7, so 1,042.5, as said.", "1,042.5"),
        ("last_number", "From 41 to -42.", "-42"),
        ("last_number", "See pages 41-42.", "42"),
        ("boxed", "<answer>1</answer> \\boxed{42}", "42"),
        ("tags", "<answer>42</answer> \\boxed{1}", "42"),
        ("whole", "42 \\boxed{1}", "42 \\boxed{1}"),
    ],
)
def test_other_forms_are_read_where_they_were_asked_for(form, completion, answer):
    found = final_answer(completion, form)
    assert found.answers == (answer,)
    assert completion[slice(*found.span)] == answer


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("prose", ["I have seen 42 of them,\nbut who knows", "The answer is 42.\nOr 43?"])
def test_only_the_forms_that_say_so_take_something_out_of_prose(form, prose):
    answers = final_answer(prose, form).answers
    assert bool(answers) == (form in ("last_line", "last_number"))


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize(
    "loop",
    [
        "<answer>",
        "</answer>",
        "\\boxed{",
        "\\boxed{}",
        "{",
        "}",
        "\\",
        "<answer></answer>",
        "</think>",
        "\n",
        "1,",
        "*",
    ],
)
def test_a_model_that_repeats_itself_endlessly_is_still_read(form, loop):
    text = "<think>a</think>" + loop * 50_000 + "\n"
    for answer in final_answer(text, form).answers:
        assert answer in text


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_stretch_always_lies_where_it_says(form):
    for text in ("\ud800", "\u202e42", "４２", "<answer>\x00</answer>", "\\boxed{\n4\n}", "a\r\n#### 5\r\n"):
        found = final_answer(text, form)
        if found.span:
            assert text[slice(*found.span)].strip() == found.answers[-1]
