"""Token healing: an answer goes on from a text that was cut where no token ends.

Pieces of a vocabulary cross blanks: what a model knows as `` no. Try `` has `` no.`` for its beginning, and a text that
is cut there ends in a token that the model has met only where nothing followed. So the last token is left out, and the
first one that is sampled may be any whose text begins with it (token healing, as in guidance).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from generators.teachers.chat import Prompt

WITHIN = re.compile("[A-Za-z0-9]{2}")


class Healing:
    """A tokenizer's pieces, by how they begin."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.pieces: list[tuple[str, int]] | None = None
        self.known: dict[int, list[int]] = {}

    def beginning_with(self, token: int) -> list[int]:
        """The tokens whose piece begins with this one's, itself among them; none that makes its last word or number
        longer, for that was whole."""
        if self.pieces is None:
            special = set(self.tokenizer.all_special_ids)
            self.pieces = [(piece, one) for piece, one in self.tokenizer.get_vocab().items() if one not in special]
        if token not in self.known:
            start = self.tokenizer.convert_ids_to_tokens(token)
            self.known[token] = sorted(
                one
                for piece, one in self.pieces
                if piece.startswith(start) and not WITHIN.fullmatch(piece[len(start) - 1 : len(start) + 1])
            )
        return self.known[token]

    def heal(self, prompt: Prompt) -> tuple[list[int], str, list[int]]:
        """(tokens to read, what they hold of the answer, what its next token may be: anything where none is named).

        A prompt stays as it is where no other token begins with its last one, where that is no whole characters, and
        where nothing of the answer is there yet. So does an answer that its token limit had cut: it ends with a token.
        """
        request, last = prompt.request, prompt.ids[-1]
        if request.prefix and not request.prefix_tokens:
            piece = self.tokenizer.decode([last])
            if piece and request.prefix.endswith(piece) and len(allowed := self.beginning_with(last)) > 1:
                return prompt.ids[:-1], prompt.lead.removesuffix(piece), allowed
        return prompt.ids, prompt.lead, []


def only(logits: torch.Tensor, allowed: Sequence[Sequence[int]]) -> torch.Tensor:
    """Logits ``[rows, vocabulary]`` that leave each row no token but those it is allowed: all, where none is named."""
    if not any(allowed):
        return logits
    logits = logits.clone()
    for row, tokens in zip(logits, allowed, strict=True):
        if tokens:
            at = torch.tensor(tokens, device=row.device)
            kept = row[at]
            row.fill_(float("-inf"))
            row[at] = kept
    return logits
