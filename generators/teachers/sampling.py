"""Temperature and nucleus sampling."""

from __future__ import annotations

import torch


def draw(logits: torch.Tensor, temperature: torch.Tensor, top_p: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """One token id ``[rows]`` for each row of ``logits`` ``[rows, vocabulary]``.

    ``temperature`` (0 takes the likeliest token), ``top_p`` (arXiv:1904.09751) and ``points`` are ``[rows]``. A row's
    distribution is inverted at its point of [0, 1): what it draws does not hang on the rows beside it, and one random
    number a row costs less than ``torch.multinomial``'s one for each entry of the vocabulary. Raises FloatingPointError
    for logits that are no distribution.
    """
    odds = (logits.float() / temperature.clamp(min=1e-3)[:, None].float()).softmax(dim=-1)
    if (top_p < 1).any():
        likeliest, ids = odds.sort(dim=-1, descending=True)
        nucleus = likeliest.where((likeliest.cumsum(dim=-1) - likeliest < top_p[:, None]) | (top_p[:, None] >= 1), 0)
        odds = odds.scatter(-1, ids, nucleus)
    # In double precision, or a large vocabulary's unlikely tokens would be lost in the sum.
    mass = odds.double().cumsum(dim=-1)
    if not mass[:, -1].isfinite().all():
        raise FloatingPointError("logits are not numbers, or too large for one")
    drawn = torch.searchsorted(mass, points.double()[:, None] * mass[:, -1:], right=True)[:, 0]
    return drawn if temperature.all() else torch.where(temperature == 0, logits.argmax(dim=-1), drawn)
