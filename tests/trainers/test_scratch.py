import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from trainers.scratch import ASSISTANT, END, USER, Architecture, create, fit_tokenizer
from warehouse.weights import fingerprint

PUZZLES = [f"Using all the numbers {n}, {n + 1}, {n + 2}, create an expression that equals {3 * n}." for n in range(50)]
SMALL = Architecture(vocabulary=1300, hidden=16, layers=2, heads=2, kv_heads=1, intermediate=32, context=64)


@pytest.fixture(scope="module")
def tokenizer():
    return fit_tokenizer(PUZZLES, 1400)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return create(PUZZLES, tmp_path_factory.mktemp("scratch") / "blank", SMALL, seed=3)


def test_every_number_up_to_999_is_one_token(tokenizer):
    encoded = tokenizer([str(number) for number in range(1000)])["input_ids"]
    assert {len(ids) for ids in encoded} == {1}
    assert len({ids[0] for ids in encoded}) == 1000


def test_a_number_is_the_same_token_wherever_it_stands(tokenizer):
    [alone] = tokenizer("24")["input_ids"]
    for text in ("(24)", "3 * 8 = 24 yes!", "24/36", "目标是24。", "\n24\n"):
        assert alone in tokenizer(text)["input_ids"]


def test_a_phrase_of_the_corpus_crosses_spaces_in_one_token(tokenizer):
    assert len(tokenizer("Using all the numbers ")["input_ids"]) < 4


@pytest.mark.parametrize(
    "text",
    [
        "目标是24。试试3 * 8：对了！",
        "🙂👩‍👩‍👧 é e\u0301",
        "\ttabs\t and   spaces  ",
        " leading and trailing ",
        "\n\nnew\n lines\r\n",
        "don't , stop . ( 1 + 2 )",
        "1234567 0042 3.14 -7 ٣٤",
        "<think>\nI need 24.\n</think>\n\n(3 * 8)",
        "\x00\u200b\ufeff",
        "",
    ],
)
def test_any_text_survives_encoding_and_decoding(tokenizer, text):
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_the_chat_template_keeps_content_as_it_is(tokenizer):
    chat = [{"role": "user", "content": " 1 + 2? "}, {"role": "assistant", "content": "<think>\n3\n</think>\n\n3"}]
    assert tokenizer.apply_chat_template(chat[:1], add_generation_prompt=True, tokenize=False) == (
        f"{USER} 1 + 2? {ASSISTANT}"
    )
    assert tokenizer.apply_chat_template(chat, tokenize=False) == (
        f"{USER} 1 + 2? {ASSISTANT}<think>\n3\n</think>\n\n3{END}"
    )


def test_the_marks_of_a_chat_are_one_token_each(tokenizer):
    assert [len(tokenizer(mark)["input_ids"]) for mark in (USER, ASSISTANT, END)] == [1, 1, 1]


def test_a_checkpoint_loads_as_any_other_with_the_shape_asked_for(checkpoint):
    model, tokenizer = AutoModelForCausalLM.from_pretrained(checkpoint), AutoTokenizer.from_pretrained(checkpoint)
    assert model.config.num_hidden_layers == 2
    assert model.config.max_position_embeddings == 64
    assert model.config.eos_token_id == tokenizer.eos_token_id == tokenizer.convert_tokens_to_ids(END)
    assert len(tokenizer) == model.config.vocab_size <= 1300
    assert tokenizer.chat_template
    assert tokenizer.decode(tokenizer(" 目标是24 ")["input_ids"]) == " 目标是24 "


def test_the_same_seed_gives_the_same_checkpoint(checkpoint, tmp_path):
    again, other = (
        create(PUZZLES, tmp_path / "again", SMALL, seed=3),
        create(PUZZLES, tmp_path / "other", SMALL, seed=4),
    )
    assert fingerprint(checkpoint) == fingerprint(again) != fingerprint(other)
