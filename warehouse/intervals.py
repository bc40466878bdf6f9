"""How sure a share is that was counted."""

from __future__ import annotations

import math

Z = 1.96
"""Of a 95% interval, as in warehouse/lake/research.sql."""


def wilson(hits: int, n: int) -> tuple[float, float, float]:
    """(share, low, high): the score interval at 95% (Wilson 1927), which also holds near 0 and 1. ``n`` is above 0."""
    share = hits / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    reach = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return share, max(0.0, middle - reach), min(1.0, middle + reach)


def told(hits: int, n: int) -> str:
    """The same as a table shows it; a dash where nothing was counted."""
    if not n:
        return "-"
    share, low, high = wilson(hits, n)
    return f"{share:.1%} ({low:.1%} to {high:.1%})"
