"""Stretches that are read and not learned, and training sets of so many tokens."""

import dataclasses

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from trainers import sft
from warehouse.weights import SHIPPED

PLAIN = (
    "{% for message in messages %}{{ message.role }}:\n{{ message.content }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:\n{% endif %}"
)
STRIPS = PLAIN.replace("message.content", "message.content | trim")
WRONG, TURN, RIGHT = "I need 10. Try 3 * 7 = 10 yes!", "Wait, 3 * 7 is 21. Again.", "Try 3 + 7 = 10 yes!"


def journey(lead=""):
    """A chat, with the spans of its last message."""
    text, spans = f"{lead}<think>\n", []
    for label, stretch in (("wrong", WRONG), ("turn", TURN), ("right", RIGHT)):
        spans.append({"label": label, "start": len(text), "end": len(text) + len(stretch)})
        text += stretch + "\n"
    text += "</think>\n\n(3 + 7)"
    return [{"role": "user", "content": "Make 10 from 3 and 7."}, {"role": "assistant", "content": text}], spans


def of(label, spans):
    return [span for span in spans if span["label"] == label]


@pytest.fixture
def tokenizer(tiny_model):
    return AutoTokenizer.from_pretrained(tiny_model)


def left_out(tokenizer, rendered):
    """What of the answer the loss passes over, as text."""
    first = len(rendered.input_ids) - rendered.target_tokens
    pairs = zip(rendered.input_ids[first:], rendered.labels[first:], strict=True)
    return tokenizer.decode([token for token, label in pairs if label == -100])


def test_all_of_a_masked_stretch_is_left_out_and_of_the_rest_nothing_but_the_tokens_that_reach_into_it(tokenizer):
    chat, spans = journey()
    whole = sft.render(tokenizer, chat)
    masked = sft.render(tokenizer, chat, of("wrong", spans))
    assert masked.input_ids == whole.input_ids
    assert masked.target_tokens == whole.target_tokens == whole.learned_tokens
    lost = left_out(tokenizer, masked)
    assert WRONG in lost
    assert len(lost) <= len(WRONG) + 2
    learned = tokenizer.decode([label for label in masked.labels if label != -100])
    assert RIGHT in learned
    assert WRONG not in learned


def test_several_stretches_are_left_out_together(tokenizer):
    chat, spans = journey()
    lost = left_out(tokenizer, sft.render(tokenizer, chat, of("wrong", spans) + of("turn", spans)))
    assert WRONG in lost
    assert TURN in lost
    assert RIGHT not in lost


@pytest.mark.parametrize("start", range(8, 20))
def test_a_token_that_overlaps_a_span_by_one_character_is_left_out(start):
    tokenizer = AutoTokenizer.from_pretrained(SHIPPED / "nano-teacher")  # its pieces cross blanks
    chat, _ = journey()
    said = chat[-1]["content"]
    rendered = sft.render(tokenizer, chat, [{"label": "wrong", "start": start, "end": start + 1}])
    lost = left_out(tokenizer, rendered)
    assert lost
    assert said[start] in lost
    assert len(rendered.labels) - rendered.labels.count(-100) == rendered.target_tokens - 1


def test_a_blank_that_a_tokenizer_does_not_count_to_its_token_is_left_out_with_it():
    vocabulary = {"<unk>": 0, **{chr(letter): place for place, letter in enumerate(range(32, 127), 1)}}
    vocabulary |= {"Ċ": 100, "Ġ": 101, "Ġb": 102}
    bpe = Tokenizer(models.BPE(vocabulary, [("Ġ", "b")], unk_token="<unk>"))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.post_processor = processors.ByteLevel(trim_offsets=True)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, chat_template=PLAIN)
    assert tokenizer("a b", return_offsets_mapping=True)["offset_mapping"] == [(0, 1), (2, 3)]
    chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "a b"}]
    ids, labels, target = sft.render(tokenizer, chat, [{"label": "wrong", "start": 1, "end": 2}])
    answer = len(ids) - target
    assert [label == -100 for label in labels[answer : answer + 2]] == [False, True]


def test_a_letter_of_several_tokens_is_left_out_with_all_of_them():
    bpe = Tokenizer(models.BPE({c: n for n, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, []))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.normalizer = normalizers.NFC()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, chat_template=PLAIN)
    chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "e\u0301x你好吗"}]
    ids, labels, target = sft.render(tokenizer, chat, [{"label": "wrong", "start": 4, "end": 5}])  # 好
    lost = [place for place, label in enumerate(labels[len(ids) - target :]) if label == -100]
    assert lost == [2 + 1 + 3, 2 + 1 + 4, 2 + 1 + 5]  # é in two bytes, x, 你 in three


def test_spans_are_found_where_a_template_strips_the_blanks_around_the_answer(tokenizer):
    tokenizer.chat_template = STRIPS
    chat, spans = journey(lead="\n\n  ")
    assert WRONG in left_out(tokenizer, sft.render(tokenizer, chat, of("wrong", spans)))
    assert RIGHT not in left_out(tokenizer, sft.render(tokenizer, chat, of("wrong", spans)))


def test_a_span_that_a_template_strips_away_is_refused(tokenizer):
    tokenizer.chat_template = STRIPS
    chat, _ = journey(lead="\n\n")
    for start, end in ((0, 1), (0, 9)):
        with pytest.raises(sft.TrainingError, match=f"the span wrong, {start} to {end}, is not in the rendered chat"):
            sft.render(tokenizer, chat, [{"label": "wrong", "start": start, "end": end}])


@pytest.mark.parametrize(("start", "end"), [(-3, 4), (5, 5), (9, 4), (0, 10_000)])
def test_a_span_that_lies_outside_its_message_is_refused(tokenizer, start, end):
    with pytest.raises(sft.TrainingError, match="is not in the rendered chat as it was written"):
        sft.render(tokenizer, journey()[0], [{"label": "wrong", "start": start, "end": end}])


SETTINGS = sft.SFTSettings(learning_rate=3e-2, epochs=15, batch_size=2, max_tokens=128, precision="float32")
PLAINLY = ([{"role": "user", "content": "1 + 2?"}, {"role": "assistant", "content": "<think>\n3\n</think>\n\n3"}], [])


def train(model, out, rows, **settings):
    return sft.train(rows, model, out, dataclasses.replace(SETTINGS, **settings), lambda state: None)


def loss_of(label, path):
    """How surprised a checkpoint is by a stretch of the journey."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)
    chat, spans = journey()
    kept = sft.render(tokenizer, chat, [span for span in spans if span["label"] != label])
    with torch.inference_mode():
        return float(model(input_ids=torch.tensor([kept.input_ids]), labels=torch.tensor([kept.labels])).loss)


def test_what_is_left_out_of_the_loss_is_not_learned_and_the_rest_is(tiny_model, tmp_path):
    rows = [journey()] * 4
    whole = train(tiny_model, tmp_path / "whole", rows)
    masked = train(tiny_model, tmp_path / "masked", rows, mask=("wrong", "turn"))
    before = loss_of("wrong", tiny_model)
    assert loss_of("wrong", tmp_path / "whole") < 0.7 * before
    assert loss_of("right", tmp_path / "masked") < 0.7 * before
    assert loss_of("wrong", tmp_path / "masked") > loss_of("wrong", tmp_path / "whole") + 0.1 * before
    assert whole["learned_tokens"] == whole["target_tokens"] == masked["target_tokens"] > masked["learned_tokens"]
    assert whole["tokens"] == masked["tokens"] > whole["target_tokens"]


def test_a_row_without_spans_is_trained_whole(tiny_model, tmp_path):
    happened = train(tiny_model, tmp_path, [PLAINLY] * 2, mask=("wrong",), epochs=1)
    assert happened["learned_tokens"] == happened["target_tokens"] > 0


def test_rows_are_taken_in_their_order_until_the_set_has_its_target_tokens(tiny_model, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    rows = [PLAINLY, journey(), PLAINLY, PLAINLY]
    sizes = [sft.render(tokenizer, chat).target_tokens for chat, _ in rows]
    for wanted, taken in ((1, 1), (sizes[0], 1), (sizes[0] + 1, 2), (sum(sizes[:2]), 2), (sum(sizes), 4)):
        happened = train(tiny_model, tmp_path / str(wanted), rows, tokens=wanted, epochs=1)
        assert (happened["rows"], happened["target_tokens"]) == (taken, sum(sizes[:taken]))


def test_sets_of_as_many_tokens_take_as_many_steps_where_batches_are_made_by_tokens(tiny_model, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    short, long = (sft.render(tokenizer, row[0]).target_tokens for row in (PLAINLY, journey()))
    sets = {"long": [journey()] * 12, "short": [PLAINLY] * round(12 * long / short)}
    steps = {
        name: train(tiny_model, tmp_path / name, rows, batch_tokens=3 * long, epochs=1) for name, rows in sets.items()
    }
    assert steps["long"]["steps"] == 4
    assert abs(steps["short"]["steps"] - 4) <= 1
    assert steps["short"]["rows"] > 2 * steps["long"]["rows"]


def test_masking_changes_nothing_about_which_rows_make_a_set(tiny_model, tmp_path):
    rows = [journey(), PLAINLY, journey(), journey()]
    sets = [
        train(tiny_model, tmp_path / str(number), rows, tokens=100, mask=mask, epochs=1)
        for number, mask in enumerate([(), ("wrong",)])
    ]
    assert [(one["rows"], one["target_tokens"]) for one in sets] == [(sets[0]["rows"], sets[0]["target_tokens"])] * 2


def test_a_row_that_does_not_fit_adds_nothing_to_the_set(tiny_model, tmp_path):
    long = ([PLAINLY[0][0], {"role": "assistant", "content": "17 " * 200}], [])
    happened = train(tiny_model, tmp_path, [long, PLAINLY, PLAINLY], tokens=1, epochs=1)
    assert (happened["rows"], happened["dropped_too_long"]) == (1, 1)


def test_fewer_target_tokens_than_a_set_is_to_have_are_refused(tiny_model, tmp_path):
    with pytest.raises(sft.TrainingError, match=r"tokens is 1,000,000, but the rows have \d+ target tokens"):
        train(tiny_model, tmp_path, [PLAINLY], tokens=1_000_000)


def test_rows_of_which_nothing_is_left_to_learn_are_dropped_and_counted(tiny_model, tmp_path):
    import shutil

    endless = shutil.copytree(tiny_model, tmp_path / "endless")
    template = "{% for m in messages %}{{ m.content }}{% endfor %}"  # nothing stands after the answer
    (endless / "chat_template.jinja").write_text(template)
    gone = ([{"role": "user", "content": "?"}, {"role": "assistant", "content": "3 * 7"}],
            [{"label": "wrong", "start": 0, "end": 5}])  # fmt: skip
    happened = train(endless, tmp_path / "some", [gone, PLAINLY], mask=("wrong",), epochs=1)
    assert (happened["rows"], happened["dropped_masked"]) == (1, 1)
    with pytest.raises(sft.TrainingError, match="mask leaves nothing to learn of any row"):
        train(endless, tmp_path / "none", [gone], mask=("wrong",))
