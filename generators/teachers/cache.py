"""A key-value cache with room to grow.

The stock one is copied whole for every new token, which a small model on a CPU feels.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

ROOM = 64
"""Tokens a layer grows by when it is full."""


class RoomyLayer(DynamicLayer):
    """Keys and values ``[batch, heads, tokens, head_dim]`` as views of larger buffers."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        have, more = self.get_seq_length(), key_states.shape[-2]
        if have == 0:
            self.lazy_initialization(key_states, value_states)
            self.buffers = (key_states[..., :0, :], value_states[..., :0, :])
        if have + more > self.buffers[0].shape[-2]:
            self.buffers = (grown(self.buffers[0], have, more), grown(self.buffers[1], have, more))
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[..., have : have + more, :] = states
        self.keys, self.values = (buffer[..., : have + more, :] for buffer in self.buffers)
        return self.keys, self.values


def grown(buffer: torch.Tensor, have: int, more: int) -> torch.Tensor:
    larger = buffer.new_zeros(*buffer.shape[:-2], have + more + ROOM, buffer.shape[-1])
    larger[..., :have, :] = buffer[..., :have, :]
    return larger


def fresh_cache(config: Any) -> DynamicCache:
    """An empty cache for one generation. Layers that do not simply grow (sliding windows, state spaces) stay stock."""
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache
