"""The verifiers that ship, one a file."""

from __future__ import annotations

from pathlib import Path

from filters.verifiers import (  # noqa: F401
    boxes,
    capture,
    choice,
    code,
    coloring,
    countdown,
    equation,
    factorization,
    fraction,
    grid,
    integral,
    json_value,
    judge,
    math,
    number,
    polynomial,
    queens,
    reasoning_gym,
    rush_hour,
    sudoku,
    survo,
    text,
    wrong_step,
)
from filters.verify import VERIFIERS, Verifier


def get(name: str, folder: Path | None = None) -> Verifier:
    """A verifier by name, or the user's own by ``path.py:name``. Raises BadInput when there is none."""
    return VERIFIERS.get(name, folder)
