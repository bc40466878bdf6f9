import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma3ForCausalLM, Gemma3TextConfig, MambaConfig, MambaForCausalLM

from generators.teachers.slots import ROOM, Slots, has_slots


@pytest.fixture(scope="module")
def model(tiny_model):
    return AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32, attn_implementation="eager").eval()


def prompt(length, seed=0):
    return torch.randint(10, 500, (length,), generator=torch.Generator().manual_seed(seed)).tolist()


def alone(model, tokens):
    """The logits after the last of some tokens, read by themselves."""
    with torch.inference_mode():
        return model(input_ids=torch.tensor([tokens])).logits[0, -1]


def told(model, slots, rows):
    """One more step; each row's logits have to be those of its tokens alone."""
    logits = slots.step([tokens[-1] for tokens in rows], [len(tokens) - 1 for tokens in rows])
    for row, tokens in zip(logits, rows, strict=True):
        torch.testing.assert_close(row, alone(model, tokens), atol=1e-4, rtol=1e-4)
    return [[*tokens, int(row.argmax())] for row, tokens in zip(logits, rows, strict=True)]


@pytest.mark.parametrize("lengths", [(1,), (1, 1), (5, 5, 5), (1, 2, 9, 40)])
def test_rows_of_any_length_read_as_if_each_were_alone(model, lengths):
    rows = [prompt(length, seed) for seed, length in enumerate(lengths)]
    slots = Slots(model, len(rows))
    slots.fill(range(len(rows)), rows)
    for _ in range(3):
        rows = told(model, slots, rows)


def test_rows_outgrow_the_room_there_is(model):
    rows = [prompt(3, 1), prompt(7, 2)]
    slots = Slots(model, 2)
    slots.fill([0, 1], rows)
    for _ in range(2 * ROOM + 1):
        rows = told(model, slots, rows)


def test_a_newcomer_takes_the_row_of_one_that_left_and_hears_nothing_of_it(model):
    rows = [prompt(4, 1), prompt(90, 2), prompt(6, 3)]
    slots = Slots(model, 3)
    slots.fill([0, 1, 2], rows)
    rows = told(model, slots, rows)
    rows[1] = prompt(5, 4)
    slots.fill([1], [rows[1]])
    rows = told(model, slots, told(model, slots, rows))
    rows[0], rows[2] = prompt(60, 5), prompt(2, 6)
    slots.fill([0, 2], [rows[0], rows[2]])
    told(model, slots, told(model, slots, rows))


def test_samples_of_one_prompt_share_its_reading_and_part_afterwards(model):
    shared, read = prompt(8, 1), []
    slots = Slots(model, 5)
    watch = model.register_forward_pre_hook(
        lambda _, __, given: read.append(given["input_ids"].shape), with_kwargs=True
    )
    slots.fill(range(5), [shared, prompt(3, 2), shared, shared, shared])
    watch.remove()
    assert read == [(2, 7)]
    rows = [shared, prompt(3, 2), shared, shared, shared]
    told(model, slots, [[*tokens[:-1], 20 + row] for row, tokens in enumerate(told(model, slots, rows))])


def test_the_rows_that_are_kept_go_on(model):
    rows = [prompt(length, length) for length in (4, 9, 2, 7)]
    slots = Slots(model, 4)
    slots.fill(range(4), rows)
    rows = told(model, slots, rows)
    slots.keep([1, 3])
    told(model, slots, told(model, slots, [rows[1], rows[3]]))


def test_an_empty_row_disturbs_no_other(model):
    rows = [prompt(4, 1), prompt(9, 2)]
    slots = Slots(model, 3)
    slots.fill([0, 2], rows)
    logits = slots.step([rows[0][-1], 0, rows[1][-1]], [3, 0, 8])
    for row, tokens in ((0, rows[0]), (2, rows[1])):
        torch.testing.assert_close(logits[row], alone(model, tokens), atol=1e-4, rtol=1e-4)


def test_a_model_whose_cache_slides_or_recurs_has_no_slots(model):
    small = {"vocab_size": 64, "hidden_size": 32, "num_hidden_layers": 2}
    sliding = Gemma3TextConfig(
        **small, intermediate_size=32, num_attention_heads=2, num_key_value_heads=1, head_dim=16, sliding_window=16
    )
    assert has_slots(model)
    assert not has_slots(Gemma3ForCausalLM(sliding))
    assert not has_slots(MambaForCausalLM(MambaConfig(**small, state_size=4)))
