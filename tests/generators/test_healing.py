"""An answer that goes on from a text does so as if the text had never been cut."""

import random

import pytest
import torch
from asking import requests
from reasoning_gym import create_dataset
from transformers import AutoTokenizer

from generators.solvers import ENGLISH, countdown
from generators.teachers import Teacher, complete_with
from generators.teachers.chat import Chat
from generators.teachers.healing import Healing, only
from generators.teachers.transformers import Generator
from warehouse.weights import SHIPPED

NANO = Teacher("nano", str(SHIPPED / "nano-teacher"), "w")

SMALL = {"min_numbers": 3, "max_numbers": 3, "max_value": 25, "min_target": 10, "max_target": 99}


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(NANO.path)


def healed(tokenizer, prefix, **shape):
    """What of a prefix is read, what comes before the first token, and what that may be."""
    (prompt,) = Chat(NANO, tokenizer).prompts(requests(["12?"], prefix=prefix, **shape))
    read, lead, allowed = Healing(tokenizer).heal(prompt)
    return tokenizer.decode(read).partition("<|assistant|>")[2], lead, {tokenizer.decode([one]) for one in allowed}


def test_the_last_token_is_left_out_and_may_become_any_that_begins_with_it(tokenizer):
    read, lead, allowed = healed(tokenizer, "<think>\n5 + 7 = 12 no.")
    assert (read, lead) == ("<think>\n5 + 7 = 12",) * 2
    assert {" no.", " no. Try "} <= allowed
    assert all(piece.startswith(" no.") for piece in allowed)


def test_a_number_or_a_word_that_is_whole_is_not_made_longer(tokenizer):
    _, _, allowed = healed(tokenizer, "<think>\n5 + 7 = 12")
    assert not {"120", "121"} & allowed


@pytest.mark.parametrize(
    ("prefix", "shape"),
    [
        ("", {}),
        ("<think>\n5 + 7 = 12 no.", {"prefix_tokens": 9}),  # a token limit cuts where a token ends
        ("<think>\n\N{SNOWMAN}", {}),  # no one token holds the whole character
    ],
)
def test_what_ends_where_a_token_ends_is_read_whole(tokenizer, prefix, shape):
    assert healed(tokenizer, prefix, **shape) == (prefix, prefix, set())


def test_rows_keep_the_odds_of_what_they_are_allowed():
    logits = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    left = only(logits, [[], [0, 2]])
    assert left.tolist() == [[1.0, 2.0, 3.0], [4.0, float("-inf"), 6.0]]
    assert logits[1, 1] == 5.0
    assert only(logits, [[], []]) is logits


def cut_searches(count):
    """Countdown puzzles with a solver's search for each, up to the end of a step that leads nowhere."""
    for number in range(count):
        item = create_dataset("countdown", size=1, seed=number, **SMALL)[0]
        thought, _ = countdown(item["metadata"], random.Random(number), ENGLISH, hasty=False)
        if " no. " in thought:
            yield item["question"], "<think>\n" + thought[: thought.index(" no. ")]


def whats_next(complete, searches, end, **shape):
    asked = [requests([question], prefix=said + end, max_tokens=8, **shape)[0] for question, said in searches]
    came = list(complete(asked))
    assert len(came) == len(asked)
    assert all(one.text.startswith(one.request.prefix) for one in came)
    return [one.text.removeprefix(one.request.prefix) for one in came]


def test_the_nano_teacher_goes_on_searching_as_it_does_where_nothing_was_cut():
    searches = list(cut_searches(25))
    complete = complete_with("transformers", NANO)
    uncut = [said for said in whats_next(complete, searches, "", prefix_tokens=1) if said.startswith(" no.")]
    on = sum(said.startswith(" no. Try ") for said in uncut) / len(uncut)
    assert on > 0.9
    after = whats_next(complete, searches, " no.")
    assert sum(said.startswith(" Try ") for said in after) / len(after) > 0.9
    # Without it the model, which has met such an end of a token only there, ends its thinking.
    raw = whats_next(complete, searches, " no.", prefix_tokens=1)
    assert sum(said.startswith(" Try ") for said in raw) / len(raw) < 0.1


def test_a_model_without_slots_heals_as_well():
    searches = list(cut_searches(6))
    asked = [requests([question], prefix=said + " no.", max_tokens=8)[0] for question, said in searches]
    asked += requests(["Find a way to make 12."], max_tokens=8)  # nothing to heal beside it
    model = Generator(NANO, None, None)
    came = list(model.in_batches(iter(model.prepare(asked)), 4))
    texts = [model.completion(answer).text.removeprefix(answer.request.prefix) for answer in came]
    assert sum(said.startswith(" Try ") for said in texts) == len(searches)
