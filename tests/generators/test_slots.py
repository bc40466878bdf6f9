import pytest
import torch
import transformers as hf
from transformers import AutoModelForCausalLM

from generators.teachers.slots import ROOM, Slots, has_slots

SIZES = {"vocab_size": 512, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
CONFIGS = {
    "qwen3": hf.Qwen3Config(**SIZES, intermediate_size=32, num_key_value_heads=2, head_dim=8),
    "llama": hf.LlamaConfig(**SIZES, intermediate_size=32, num_key_value_heads=1),
    "gpt2": hf.GPT2Config(vocab_size=512, n_embd=32, n_layer=2, n_head=4),
    "falcon, which shifts scores by distance": hf.FalconConfig(**SIZES, alibi=True),
    "mixtral": hf.MixtralConfig(**SIZES, intermediate_size=32, num_key_value_heads=2, num_local_experts=4),
}
WITHOUT = {
    "sliding windows": hf.Gemma3TextConfig(
        **SIZES, intermediate_size=32, num_key_value_heads=2, head_dim=8, sliding_window=16
    ),
    "windows that only its config tells of": hf.GPTNeoConfig(
        vocab_size=512, hidden_size=32, num_layers=2, attention_types=[[["global", "local"], 1]], num_heads=4
    ),
    "a recurrent state": hf.MambaConfig(vocab_size=512, hidden_size=32, num_hidden_layers=2, state_size=4),
    "positions stretched by the longest row": hf.LlamaConfig(
        **SIZES,
        intermediate_size=32,
        rope_parameters={
            "rope_type": "longrope",
            "rope_theta": 1e4,
            "short_factor": [1.0] * 4,
            "long_factor": [4.0] * 4,
            "original_max_position_embeddings": 32,
            "factor": 4.0,
        },
    ),
}


def random_model(config, attention="eager"):
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation=attention).eval()


@pytest.fixture(scope="module")
def model():
    return random_model(CONFIGS["qwen3"])


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


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("architecture", CONFIGS)
def test_any_model_that_has_slots_reads_rows_of_several_ages_right(architecture, attention):
    model = random_model(CONFIGS[architecture], attention)
    assert has_slots(model)
    rows = [prompt(4, 1), prompt(30, 2), prompt(9, 3)]
    slots = Slots(model, 3)
    slots.fill([0, 1, 2], rows)
    rows = told(model, slots, told(model, slots, rows))
    rows[1] = prompt(6, 4)
    slots.fill([1], [rows[1]])
    told(model, slots, told(model, slots, rows))


@pytest.mark.parametrize("what", WITHOUT)
def test_a_model_whose_attention_slides_recurs_or_stretches_has_none(what):
    assert not has_slots(random_model(WITHOUT[what]))


def test_prompts_are_read_in_parts_when_they_are_many(model, monkeypatch):
    monkeypatch.setattr("generators.teachers.slots.READ", 20)
    rows = [prompt(length, seed) for seed, length in enumerate((7, 9, 3, 9, 1, 30))]
    rows.append(rows[0])
    slots = Slots(model, len(rows))
    slots.fill(range(len(rows)), rows)
    told(model, slots, told(model, slots, rows))


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
