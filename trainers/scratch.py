"""A checkpoint from nothing: a tokenizer fitted to a corpus, a chat template and random weights.

The result is an ordinary Hugging Face folder (Qwen3 architecture, fast tokenizer), ready for ``trainers.sft``.

The tokenizer is a byte-level BPE whose pieces may cross spaces (as in SuperBPE, Liu et al. 2025), so that the fixed
wording of a puzzle costs a nano model a handful of tokens. Numbers of up to three digits stand alone and are one
token each; any other text still encodes, byte by byte at worst.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PAD, USER, ASSISTANT, END = "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>"
CHAT_TEMPLATE = Path(__file__).parent / "templates" / "nano.jinja"


@dataclass(frozen=True)
class Architecture:
    """Shape of a small Qwen3, whose normalized queries and keys let a small model learn fast."""

    vocabulary: int = 2048
    hidden: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 4
    intermediate: int = 512
    context: int = 512


def fit_tokenizer(texts: Iterable[str], vocabulary: int):  # noqa: ANN201 - transformers stays out of the signature
    """A ``PreTrainedTokenizerFast`` whose merges are learned from texts."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\d{1,3}|\n+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    core.decoder = decoders.ByteLevel()

    def corpus() -> Iterator[str]:
        # Every number up to 999 must become one token, however rare it is in the texts.
        for number in range(1000):
            yield from [str(number)] * 200
        yield from texts

    core.train_from_iterator(
        corpus(),
        trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=[PAD, USER, ASSISTANT, END],
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[USER, ASSISTANT],
        padding_side="left",
        chat_template=CHAT_TEMPLATE.read_text(encoding="utf-8"),
        clean_up_tokenization_spaces=False,
    )


def create(texts: Iterable[str], out: Path, architecture: Architecture, seed: int = 0) -> Path:
    """Write an untrained checkpoint to ``out`` and return it."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = fit_tokenizer(texts, architecture.vocabulary)
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=architecture.hidden,
            intermediate_size=architecture.intermediate,
            num_hidden_layers=architecture.layers,
            num_attention_heads=architecture.heads,
            num_key_value_heads=architecture.kv_heads,
            head_dim=architecture.hidden // architecture.heads,
            max_position_embeddings=architecture.context,
            tie_word_embeddings=True,
            # So small a model starts far faster from larger weights than the usual 0.02.
            initializer_range=0.05,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
        )
    )
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return out
