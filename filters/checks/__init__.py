"""The checks that ship, one a file."""

from __future__ import annotations

from pathlib import Path

from filters.checks import (  # noqa: F401 - they register themselves
    answer,
    arithmetic,
    duplicates,
    form,
    journey,
    judged,
    labelled,
    language,
    length,
    repetition,
    same_answer,
    truncated,
)
from filters.finding import CHECKS, Check
from warehouse.errors import BadInput


def get(name: str, folder: Path | None = None) -> Check:
    """A check by name, or the user's own by ``path.py:name``. Raises BadInput when there is none."""
    found = CHECKS.get(name, folder)
    if not isinstance(found, Check):
        raise BadInput(f"{name} is not a check; decorate the function with @check(name, version=1)")
    return found
