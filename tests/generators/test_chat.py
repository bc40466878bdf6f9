"""What a model is shown: the chat template's words, and what the style tells the template."""

from dataclasses import replace

import pytest
from asking import requests
from transformers import AutoTokenizer

from generators.teachers import Teacher
from generators.teachers.chat import Chat


@pytest.fixture(scope="module")
def chat(tiny_model):
    return Chat(Teacher("tiny", str(tiny_model), "w"), AutoTokenizer.from_pretrained(tiny_model))


def shown(chat, **shape):
    (prompt,) = chat.prompts(requests(["1 + 1?"], **shape))
    return chat.tokenizer.decode(prompt.ids), prompt.lead


@pytest.mark.parametrize(
    ("template", "opening", "lead"),
    [
        ({}, "", ""),
        ({"enable_thinking": True}, "<think>\n", "<think>\n"),
        ({"enable_thinking": False}, "<think>\n\n</think>\n\n", ""),  # the answer alone is the completion
    ],
)
def test_the_template_is_told_whether_to_think(chat, template, opening, lead):
    assert shown(chat, template=template) == (f"<|user|>1 + 1?<|assistant|>{opening}", lead)


def test_one_question_put_in_two_ways_is_shown_in_two_ways(chat):
    (asked,) = requests(["1 + 1?"])
    both = [replace(asked, template={"enable_thinking": thinks}) for thinks in (True, False, True)]
    first, second, third = chat.prompts(both)
    assert first.ids == third.ids != second.ids
    assert [prompt.request for prompt in (first, second, third)] == both


def test_an_answer_goes_on_where_it_stopped_however_it_was_begun(chat):
    said, lead = shown(chat, template={"enable_thinking": True}, prefix="<think>\n2, I")
    assert (said, lead) == ("<|user|>1 + 1?<|assistant|><think>\n2, I", "<think>\n2, I")
    said, lead = shown(chat, template={"enable_thinking": False}, prefix="tw")
    assert (said, lead) == ("<|user|>1 + 1?<|assistant|><think>\n\n</think>\n\ntw", "tw")
