"""Problem sources: where problems come from. One file each; the first part of a recipe's ``source`` names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from warehouse import ids
from warehouse.registry import Registry
from warehouse.text import storable


@dataclass(frozen=True)
class Problem:
    """What is asked, and what would be right."""

    source: str
    prompt: str
    answers: tuple[str, ...]
    verifier: str
    spec: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    messages: tuple[tuple[str, str], ...] | None = None
    domain: str | None = None
    language: str = "en"
    split: str = "train"
    licence: str | None = None

    @property
    def problem_id(self) -> str:
        return ids.problem_id(self.source, self.prompt)


@dataclass(frozen=True)
class Skipped:
    """A row that gives no problem. Sources yield these among their problems, so that nothing is left out in silence."""

    reason: str
    """One word to count by, such as no_tests."""
    where: str
    """File, row, field, what was found and what was expected, for people."""


@dataclass(frozen=True)
class Wanted:
    """One ``[[problems]]`` entry of a recipe, as a source sees it."""

    source: str
    count: int | None = None
    split: str = "train"
    seed: int = 0
    path: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    verifier: str | None = None
    licence: str | None = None
    language: str = "en"
    domain: str | None = None
    folder: Path | None = None
    """Where relative paths start: the recipe's folder."""

    @property
    def scheme(self) -> str:
        return self.source if ":" in self.source else self.source.partition("/")[0]


Source = Callable[[Wanted], Iterator[Problem | Skipped]]
SOURCES: Registry[Source] = Registry("problem source")


def problems(wanted: Wanted) -> Iterator[Problem | Skipped]:
    """The problems an entry asks for, each once, and the rows left out on the way to them.

    Raises SourceError when the source cannot be read.
    """
    from generators.sources import code, file, hub, primer, reasoning_gym, skills  # noqa: F401 - they register themselves

    seen: set[str] = set()
    for found in SOURCES.get(wanted.scheme, wanted.folder)(wanted):
        if isinstance(found, Skipped):
            yield Skipped(found.reason, storable(found.where))
            continue
        problem = Problem(**{each.name: storable(getattr(found, each.name)) for each in fields(found)})
        if problem.problem_id not in seen:
            seen.add(problem.problem_id)
            yield problem
            if wanted.count is not None and len(seen) >= wanted.count:
                return
