import dataclasses
import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from trainers import sft

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CHATML_WITH_A_SYSTEM_MESSAGE = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are helpful.<|im_end|>\n{% endif %}" + CHATML
)
LLAMA = (
    "{{ '<|begin_of_text|>' }}{% for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n"
    "{{ message.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
DROPS_THINKING = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{{ message.content.split('</think>')[-1] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
OPENS_THINKING = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n\n</think>\n\n{% endif %}")
REFUSES = "{{ raise_exception('roles must alternate') }}"

ANSWER = "<think>\nTry 3 + 7 = 10 yes!\n</think>\n\n(3 + 7)"
CHAT = [{"role": "user", "content": "Make 10 from 3 and 7."}, {"role": "assistant", "content": ANSWER}]
ROWS = [
    [
        {"role": "user", "content": f"{a} + {b}?"},
        {"role": "assistant", "content": f"<think>\n{a} + {b} = {a + b}\n</think>\n\n{a + b}"},
    ]
    for a, b in ((1, 2), (3, 4), (20, 5), (8, 8))
]
SETTINGS = sft.SFTSettings(learning_rate=3e-2, epochs=15, batch_size=4, max_tokens=128, precision="float32")


@pytest.fixture
def tokenizer(tiny_model):
    return AutoTokenizer.from_pretrained(tiny_model)


@pytest.fixture(params=[None, CHATML, CHATML_WITH_A_SYSTEM_MESSAGE, LLAMA], ids=["nano", "chatml", "qwen", "llama"])
def keeping(tokenizer, request):
    if request.param:
        tokenizer.chat_template = request.param
    return tokenizer


def learned(tokenizer, rendered):
    """What the loss covers, as text."""
    return tokenizer.decode([label for label in rendered.labels if label != -100])


def test_the_labels_hold_the_thinking_and_the_answer(keeping):
    assert ANSWER in learned(keeping, sft.render(keeping, CHAT))


def test_the_prompt_is_masked_and_nothing_else(keeping):
    ids, labels, _ = sft.render(keeping, CHAT)
    start = next(place for place, label in enumerate(labels) if label != -100)
    assert labels == [-100] * start + ids[start:]
    prompt = keeping.apply_chat_template(CHAT[:1], add_generation_prompt=True, tokenize=False)
    assert keeping.decode(ids[:start]) == prompt
    assert keeping.decode(ids) == keeping.apply_chat_template(CHAT, tokenize=False)


def test_only_the_last_message_of_a_long_chat_is_learned(keeping):
    chat = [*CHAT, {"role": "user", "content": "Again."}, {"role": "assistant", "content": "<think>\n7\n</think>\n\n7"}]
    rendered = sft.render(keeping, chat)
    assert "7\n</think>" in learned(keeping, rendered)
    assert "(3 + 7)" not in learned(keeping, rendered)
    assert "(3 + 7)" in keeping.decode(rendered.input_ids)


def test_the_end_of_the_answer_is_learned(tokenizer):
    assert sft.render(tokenizer, CHAT).labels[-1] == tokenizer.eos_token_id


@pytest.mark.parametrize("template", [DROPS_THINKING, OPENS_THINKING], ids=["drops", "opens"])
def test_a_template_that_does_not_keep_the_thinking_is_refused(tokenizer, template):
    tokenizer.chat_template = template
    with pytest.raises(sft.TrainingError, match="does it strip the thinking"):
        sft.render(tokenizer, CHAT)


def test_a_template_that_refuses_the_messages_is_reported_in_its_own_words(tokenizer):
    tokenizer.chat_template = REFUSES
    with pytest.raises(sft.TrainingError, match="roles must alternate"):
        sft.render(tokenizer, CHAT)


def loss(path, rows=ROWS):
    model, tokenizer = AutoModelForCausalLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)
    losses = []
    with torch.inference_mode():
        for messages in rows:
            ids, labels, _ = sft.render(tokenizer, messages)
            losses.append(float(model(input_ids=torch.tensor([ids]), labels=torch.tensor([labels])).loss))
    return sum(losses) / len(losses)


def train(model, out, rows=ROWS, progress=lambda state: None, **settings):
    paired = (row if isinstance(row, tuple) else (row, []) for row in rows)
    return sft.train(paired, model, out, dataclasses.replace(SETTINGS, **settings), progress)


def test_a_few_steps_on_a_few_rows_lower_the_loss_and_write_a_checkpoint_that_loads(tiny_model, tmp_path):
    seen = []
    happened = train(tiny_model, tmp_path, progress=seen.append)
    assert loss(tmp_path) < 0.7 * loss(tiny_model)
    assert (happened["rows"], happened["dropped_too_long"], happened["steps"]) == (4, 0, 15)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert happened["tokens"] == sum(len(sft.render(tokenizer, row).input_ids) for row in ROWS)
    assert happened["settings"]["learning_rate"] == SETTINGS.learning_rate
    assert seen
    assert {"step", "steps", "loss"} == set(seen[0])


def test_the_same_seed_trains_the_same_weights(tiny_model, tmp_path):
    for name in ("once", "again"):
        train(tiny_model, tmp_path / name, epochs=2)
    once, again = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("once", "again"))
    assert once == again


def long_row(words):
    return [{"role": "user", "content": "Count."}, {"role": "assistant", "content": "17 " * words}]


def test_a_row_that_does_not_fit_is_dropped_whole_and_counted(tiny_model, tmp_path):
    happened = train(tiny_model, tmp_path, [*ROWS, long_row(60)], max_tokens=40, epochs=1)
    assert (happened["rows"], happened["dropped_too_long"]) == (4, 1)


def test_a_row_longer_than_the_context_of_the_model_does_not_fit(tiny_model, tmp_path):
    happened = train(tiny_model, tmp_path, [*ROWS, long_row(100)], max_tokens=4096, epochs=1)
    assert (happened["rows"], happened["dropped_too_long"]) == (4, 1)


def test_training_on_no_row_that_fits_is_refused_with_the_remedy(tiny_model, tmp_path):
    with pytest.raises(sft.TrainingError, match=r"no row fits into 8 tokens \(4 were longer\); raise max_tokens"):
        train(tiny_model, tmp_path, max_tokens=8)
    with pytest.raises(sft.TrainingError, match="no row fits"):
        train(tiny_model, tmp_path, [])


def test_a_model_without_a_chat_template_is_refused_with_the_remedy(tiny_model, tmp_path):
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(sft.TrainingError, match=r"has no chat template; add a chat_template\.jinja"):
        train(bare, tmp_path / "out")


@pytest.mark.parametrize("epochs", [3, 15], ids=["before the first report", "at a report"])
def test_a_loss_that_is_no_number_stops_the_training_and_leaves_no_checkpoint(tiny_model, tmp_path, epochs):
    with pytest.raises(sft.TrainingError, match=r"the loss is (nan|inf)"):
        train(tiny_model, tmp_path, learning_rate=1e38, epochs=epochs)
    assert not list(tmp_path.glob("*.safetensors"))
