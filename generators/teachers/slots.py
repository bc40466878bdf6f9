"""Decoding with rows that come and go.

An answer that has ended makes room for the next one, and samples of one prompt that begin together read it once.
vLLM does both on its GPUs (continuous batching, prefix caching; arXiv:2309.06180); here they are for a plain
transformers model on any device.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

ROOM = 24
"""Tokens the cache grows by when it is full."""

READ = 16_384
"""Prompt tokens read at once, padding included."""


def has_slots(model: Any) -> bool:
    """Whether a token means the same to a model wherever its row stands in the cache.

    Not where attention slides or recurs, as the cache's layers tell or (GPT-Neo) the config does; nor where positions
    are stretched by the longest row beside (longrope).
    """
    accepted = set(inspect.signature(model.forward).parameters)
    config = model.config.get_text_config(decoder=True)
    return (
        {"past_key_values", "position_ids", "logits_to_keep"} <= accepted
        and all(type(layer) is DynamicLayer for layer in DynamicCache(config=config).layers)
        and not hasattr(config, "attention_types")
        and "longrope" not in str(getattr(config, "rope_parameters", None))
    )


class SlotLayer(DynamicLayer):
    """Keys and values ``[rows, heads, room, head_dim]``; a row's tokens stand in its first columns."""

    keys: Any
    values: Any
    positions: torch.Tensor  # [rows]: the column that each row's next token goes to

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        rows = torch.arange(len(key_states), device=key_states.device)
        self.keys[rows, :, self.positions] = key_states[:, :, 0]
        self.values[rows, :, self.positions] = value_states[:, :, 0]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        return self.keys.shape[2] - 1

    def put(self, rows: int, slots: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Write the first tokens of some rows."""
        if not self.is_initialized:
            self.lazy_initialization(keys, values)
            self.keys, self.values = (states.new_zeros(rows, *states.shape[1:]) for states in (keys, values))
        columns = keys.shape[2]
        self.fit(max(columns, self.keys.shape[2]))
        self.keys[slots, :, :columns], self.values[slots, :, :columns] = keys, values

    def fit(self, columns: int) -> None:
        """Have room for so many columns, and not for many more: attention works on all of them, masked or not.

        (On a part of them it would work on a copy: torch.bmm wants its input in one piece.)
        """
        room = self.keys.shape[2]
        if not columns <= room <= columns + 2 * ROOM:
            more = columns + ROOM - room
            self.keys, self.values = (pad(states, (0, 0, 0, more)) for states in (self.keys, self.values))


class Slots:
    """A batch of answers on their way, each of its own length."""

    def __init__(self, model: Any, rows: int) -> None:
        self.model, self.rows = model, rows
        self.cache = DynamicCache(config=model.config)
        self.layers = [SlotLayer() for _ in self.cache.layers]
        self.cache.layers = list(self.layers)

    @torch.inference_mode()
    def fill(self, rows: Sequence[int], prompts: Sequence[Sequence[int]]) -> None:
        """Read a prompt into each of some rows, save its last token: that is the first step's."""
        takers: dict[tuple[int, ...], list[int]] = {}
        for row, prompt in zip(rows, prompts, strict=True):
            takers.setdefault(tuple(prompt[:-1]), []).append(row)
        distinct = list(takers)
        longest = max(1, *map(len, distinct))
        for start in range(0, len(distinct), max(1, READ // longest)):
            some = distinct[start : start + max(1, READ // longest)]
            # Padded on the right, where causal attention never looks from a token that counts.
            tokens = self.tensor([[*prompt, *[0] * (longest - len(prompt))] for prompt in some])
            read: Any = DynamicCache(config=self.model.config)
            self.model(input_ids=tokens, past_key_values=read, use_cache=True, logits_to_keep=1)
            to = self.tensor([row for prompt in some for row in takers[prompt]])
            of = self.tensor([place for place, prompt in enumerate(some) for _ in takers[prompt]])
            for ours, theirs in zip(self.layers, read.layers, strict=True):
                ours.put(self.rows, to, theirs.keys[of], theirs.values[of])
                theirs.keys = theirs.values = None  # or all of it would be held twice for a while

    @torch.inference_mode()
    def step(self, tokens: Sequence[int], positions: Sequence[int]) -> torch.Tensor:
        """Logits ``[rows, vocabulary]`` after one more token in each row, at that row's position."""
        at = self.tensor(positions)
        for layer in self.layers:
            layer.fit(max(positions) + 1)
            layer.positions = at
        columns = torch.arange(self.cache.get_seq_length() + 1, device=at.device)
        return self.model(
            input_ids=self.tensor(tokens)[:, None],
            attention_mask=(columns <= at[:, None]).long(),
            position_ids=at[:, None],
            past_key_values=self.cache,
            use_cache=True,
        ).logits[:, -1]

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """Let go of all rows but these; they become the first."""
        kept, self.rows = self.tensor(rows), len(rows)
        for layer in self.layers:
            layer.keys, layer.values = layer.keys[kept], layer.values[kept]

    def tensor(self, numbers: Any) -> torch.Tensor:
        return torch.tensor(numbers, device=self.model.device)
