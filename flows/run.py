"""One run of one recipe over one lake: what the stages share."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from filters import judge
from flows.progress import Progress
from flows.recipe import Recipe, Verify
from generators.teachers import Teacher, complete_with
from warehouse import ids, weights
from warehouse.errors import ModelError
from warehouse.lake import Lake
from warehouse.records import Complete


@dataclass(frozen=True)
class Shard:
    """A unit of work and of commit. ``name`` is the same in every run that plans it."""

    name: str
    size: int
    content: Any = field(default=None, compare=False, repr=False)


@dataclass
class Run:
    """A recipe at work. Stages leave here what later stages need: scope, releases, trained models."""

    recipe: Recipe
    lake: Lake
    progress: Progress
    run_id: str = field(default_factory=lambda: "run" + ids.digest(time.time_ns()))
    scope: dict[str, list[str]] = field(default_factory=dict)
    """Problem ids by split, in the recipe's order."""
    releases: dict[str, Any] = field(default_factory=dict)
    """Release plans by name, in the order of their stages."""
    trained: dict[str, Path] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    """What could not be done, in words. A run with any of it ends with exit 1."""
    _completes: dict[str, Complete] = field(default_factory=dict)
    _weights: dict[str, weights.Weights] = field(default_factory=dict)

    def weights(self, name: str) -> weights.Weights:
        """The weights a model name stands for in this recipe. Raises ModelError when they are not there."""
        if name not in self._weights:
            if name in self.trained:
                path = self.trained[name]
                self._weights[name] = weights.Weights(path, weights.fingerprint(path))
            else:
                model = self.recipe.models[name]
                try:
                    self._weights[name] = (
                        weights.Weights(Path(model.path), f"solver:{model.path}")
                        if model.backend == "solver"
                        else weights.resolve(model.path, model.revision, self.recipe.base)
                    )
                except ModelError as error:
                    raise ModelError(f"models.{name}.path: {error}") from error
        return self._weights[name]

    def complete(self, name: str) -> Complete:
        """The ``Complete`` of a model; weights are loaded on first use and kept for the run."""
        if name not in self._completes:
            model = self.recipe.models.get(name)
            found = self.weights(name)
            teacher = Teacher(name, str(found.path), found.id, model.options if model else {})
            self._completes[name] = complete_with(model.backend if model else "transformers", teacher, self.recipe.base)
        return self._completes[name]

    def release_models(self) -> None:
        """Let loaded weights go, before training needs the memory."""
        self._completes.clear()

    @cached_property
    def asked(self) -> list[judge.Asked]:
        """The checks of the recipe's verify stage; those that need no lake judge each shard as it is written."""
        for stage in self.recipe.stages:
            if isinstance(stage, Verify):
                return judge.ask(stage.checks, stage.settings, self.recipe.base)
        return judge.ask(["answer", "format"], {}, self.recipe.base)

    def event(self, event: str, stage: str | None = None, **counters: Any) -> None:
        """Append to ``runs``."""
        row = {
            "run_id": self.run_id,
            "event": event,
            "stage": stage,
            "recipe": self.recipe.model_dump_json() if event == "started" else None,
            "recipe_hash": self.recipe.hash,
            "code_version": version("thoughtmill"),
            "counters": json.dumps(counters, ensure_ascii=False),
        }
        self.lake.commit("runs", [row])

    def known(self, table: str, column: str, wanted: list[str]) -> set[str]:
        """Which of some ids a table already holds: the other side of every anti-join."""
        with self.lake.connect(marks=False) as db:
            db.register("wanted", pl.DataFrame({column: wanted}, schema={column: pl.String}).to_arrow())
            return {row[0] for row in db.execute(f"SELECT {column} FROM wanted SEMI JOIN {table} USING ({column})").fetchall()}
