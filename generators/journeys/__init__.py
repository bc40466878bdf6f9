"""Journeys: paths that go wrong, notice, and come back. One builder a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from warehouse.registry import Registry

Pair = dict[str, Any]
"""A wrong trace and a right one of the same problem: ``problem_id``, ``wrong`` and ``right`` (rows of traces) and
``fault``, what a verifier had to say about the wrong answer."""

Builder = Callable[[Pair], Iterator[dict[str, Any]]]
"""One pair in, finished trace rows out: the journey first, then its controls."""

BUILDERS: Registry[Builder] = Registry("journey builder")


def builder(name: str, folder: Path | None = None) -> Builder:
    """A builder by name, or the user's own by ``path.py:name``. Raises BadInput for an unknown one."""
    from generators.journeys import stitched  # noqa: F401 - it registers itself

    return BUILDERS.get(name, folder)
