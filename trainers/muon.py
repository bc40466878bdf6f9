"""Muon (Jordan et al. 2024) for the matrices inside the layers, AdamW for the rest, as one optimizer.

Each step costs more than one of AdamW and takes a small model further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


class Muon(torch.optim.Optimizer):
    """Matrices learn at twice ``learning_rate`` (in AdamW's measure: Liu et al. 2025), the rest at ``learning_rate``.

    Embeddings, the output head, norms and biases belong to the rest.
    """

    def __init__(self, model: torch.nn.Module, learning_rate: float, weight_decay: float) -> None:
        tables = {id(p) for m in model.modules() if isinstance(m, torch.nn.Embedding) for p in m.parameters()}
        head = getattr(model, "get_output_embeddings", lambda: None)()
        tables |= {id(p) for p in head.parameters()} if head is not None else set()
        matrices = [p for p in model.parameters() if p.ndim == 2 and id(p) not in tables]
        rest = [p for p in model.parameters() if p.ndim != 2 or id(p) in tables]
        self.parts: tuple[torch.optim.Optimizer, ...] = (
            torch.optim.Muon(matrices, lr=2 * learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, lr=learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
        )
        super().__init__([{"params": list(model.parameters())}], {})
        # The very groups of the two: a schedule that sets these sets theirs.
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        for part in self.parts:
            part.step(closure)
