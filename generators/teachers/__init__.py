"""Teachers: what answers requests. One backend a file; each makes a ``Complete``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.records import Complete
from warehouse.registry import Registry


@dataclass(frozen=True)
class Teacher:
    """A model of a recipe, resolved: what a backend needs to answer for it."""

    name: str
    path: str
    weights: str
    options: dict[str, Any] = field(default_factory=dict)
    """Backend settings that do not shape answers: batch size, device, ...; those that do are part of ``weights``."""


Backend = Callable[[Teacher], Complete]
BACKENDS: Registry[Backend] = Registry("backend")


def complete_with(backend: str, teacher: Teacher, folder: Path | None = None) -> Complete:
    """The backend's ``Complete`` for a model; loads weights on first use. Raises BadInput for an unknown backend."""
    return backend_called(backend, folder)(teacher)


def backend_called(name: str, folder: Path | None = None) -> Backend:
    """A backend by name, or the user's own by ``path.py:name``. Raises BadInput when there is none."""
    from generators.teachers import openai, solver, transformers, vllm  # noqa: F401 - they register themselves

    return BACKENDS.get(name, folder)
