"""One run of one recipe over one lake: what the stages share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from platform import node
from typing import Any

import polars as pl

from filters import checks, selection, verdicts, verifiers
from filters.sandbox import in_force
from flows.progress import Progress
from flows.recipe import Recipe
from flows.recipe.stages import Evaluate, Generate, Journey, Judge, Release, Rewrite, Sampled, Value, Verify
from generators import styles
from generators.teachers import Teacher, backend_called, complete_with, vllm
from warehouse import forms, ids, weights
from warehouse.acceptance import Check
from warehouse.errors import BadInput, ModelError
from warehouse.lake import Lake
from warehouse.records import Complete
from warehouse.weights import Weights


@dataclass(frozen=True)
class Shard:
    """A unit of work and of commit. ``name`` is the same in every run that plans it."""

    name: str
    size: int
    content: Any = field(default=None, compare=False, repr=False)


def use_of(stage: Sampled) -> styles.Use:
    """What a stage's prompt style is for."""
    return {Rewrite: "rewrite", Judge: "judge"}.get(type(stage), "ask")  # type: ignore[return-value]


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
    fetch: bool = True
    """Whether weights that are not here are downloaded; not by who only looks."""
    _completes: dict[str, Complete] = field(default_factory=dict)
    _weights: dict[str, Weights] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        # To another machine goes what the run knows. What it has loaded, and code that came from a file, is made there.
        return {name: value for name, value in vars(self).items() if name != "asked"} | {"_completes": {}}

    def weights(self, name: str) -> Weights:
        """The weights a model name stands for in this recipe. Raises ModelError when they are not there."""
        if name not in self._weights:
            if name in self.trained:
                path = self.trained[name]
                self._weights[name] = Weights(path, weights.fingerprint(path))
            else:
                model = self.recipe.models[name]
                try:
                    if model.backend == "solver":
                        found = Weights(Path(model.path), f"solver:{model.path}")
                    elif model.backend == "openai":
                        found = weights.served(model.path, model.revision, self.recipe.base, model.options.get("body"))
                    else:
                        found = weights.resolve(model.path, model.revision, self.recipe.base, self.fetch)
                    self._weights[name] = found
                except ModelError as error:
                    raise ModelError(f"models.{name}.path: {error}") from error
        return self._weights[name]

    def weights_here(self, name: str) -> Weights:
        """The same on this machine: the run may have come here from another. Raises ModelError when they differ."""
        known = self.weights(name)
        model = self.recipe.model_behind(name)
        if model.backend in ("solver", "openai") or known.path.exists():
            return known
        _, _, commit = known.id.partition("@")
        found = weights.resolve(model.path, commit or model.revision, self.recipe.base)
        if found.id != known.id:
            raise ModelError(
                f"models.{name}.path: {found.path} on {node()} is {found.id}, the run began with {known.id}"
            )
        return found

    def complete(self, name: str) -> Complete:
        """The ``Complete`` of a model; weights are loaded when it is first called and kept for the run."""
        if name not in self._completes:
            model = self.recipe.model_behind(name)
            found = self.weights_here(name)
            if model.backend == "vllm":  # which takes a device for itself: one at a time
                self.release_models()
            teacher = Teacher(name, str(found.path), found.id, model.options)
            self._completes[name] = complete_with(model.backend, teacher, self.recipe.base)
        return self._completes[name]

    def take_over(self, other: Run) -> None:
        """Use what another run of this process has loaded, and leave loaded models to it."""
        self._completes = other._completes

    def release_models(self) -> None:
        """Let loaded weights go, before training needs the memory."""
        for complete in self._completes.values():
            if close := getattr(complete, "close", None):  # what holds a device has one
                close()
        self._completes.clear()

    def examine(self) -> None:
        """Look at every part the recipe names before anything runs. Raises BadInput that lists all that is amiss."""
        from flows import benchmarks  # which know what a run is
        from flows.stages import journey

        amiss: list[str] = []

        def attempt(where: str, look: Callable[[], object]) -> None:
            try:
                look()
            except BadInput as error:
                amiss.append(str(error) if str(error).startswith(("models.", where)) else f"{where}: {error}")

        folder = self.recipe.base
        for name, model in self.recipe.models.items():
            attempt(f"models.{name}.backend", partial(backend_called, model.backend, folder))
            attempt(f"models.{name}.path", partial(self.weights, name))
            if not any(line.startswith(f"models.{name}.") for line in amiss):
                attempt(f"models.{name}.options", partial(self.complete, name))
        if any(model.backend == "transformers" for model in self.recipe.models.values()) and not find_spec("torch"):
            amiss.append('models need PyTorch, which is not installed here: pip install "thoughtmill[train]"')
        if any(model.backend == "vllm" for model in self.recipe.models.values()) and not find_spec("vllm"):
            amiss.append(f"the vllm backend needs vLLM, which is not installed here: {vllm.INSTALL}")
        if any(isinstance(stage, Verify) for stage in self.recipe.stages):
            for number, entry in enumerate(self.recipe.problems):
                if (entry.verifier or entry.source.partition("/")[0]) == "code":
                    attempt(f"problems[{number}]", in_force)
        for name, benchmark in self.recipe.benchmarks.items():
            if benchmark.path:
                attempt(f"benchmarks.{name}", partial(benchmarks.kept, self, name))
        for number, stage in enumerate(self.recipe.stages):
            here = f"stages[{number}]"
            if isinstance(stage, Sampled):
                attempt(f"{here}.style", partial(styles.load, stage.style, folder, use_of(stage)))
            if isinstance(stage, Generate) and stage.budget and stage.budget.cost:
                model = self.recipe.model_behind(stage.model)
                # A backend of the user's own may know what its answers cost.
                if ":" not in model.backend and not (model.backend == "openai" and model.options.get("price")):
                    amiss.append(
                        f"{here}.budget.cost: nothing says what answers of {stage.model!r} cost; "
                        f"give models.{stage.model}.options.price (openai backend), or set tokens or device_seconds"
                    )
            if isinstance(stage, Verify):
                attempt(f"{here}.checks", partial(verdicts.ask, stage.checks, stage.settings, folder))
            if isinstance(stage, Journey):
                attempt(f"{here}.builder", partial(journey.prepared, stage, folder))
            if isinstance(stage, Release) and stage.style:
                attempt(f"{here}.style", partial(styles.load, stage.style, folder))
            if isinstance(stage, Rewrite):
                attempt(f"{here}.select", partial(selection.policy, stage.select, folder))
            if isinstance(stage, Release):
                for form in stage.forms:
                    attempt(f"{here}.forms", partial(forms.get, form))
                for name in stage.select:
                    attempt(f"{here}.select", partial(selection.policy, name, folder, stage.settings.get(name)))
        for number, entry in enumerate(self.recipe.problems):
            if entry.verifier:
                attempt(f"problems[{number}].verifier", partial(verifiers.get, entry.verifier, folder))
        if amiss:
            raise BadInput("\n".join(amiss))

    @cached_property
    def asked(self) -> list[verdicts.Asked]:
        """The checks of the recipe's verify stages; answer where models are examined, steps valued or journeys
        built, journey where they are built, same_answer where there are rewritings, judged where there is a judge.

        Those that need no look at the whole lake judge each shard as it is written.
        """
        asked: dict[str, verdicts.Asked] = {}
        for stage in self.recipe.stages:
            if isinstance(stage, Verify):
                asked |= {one.check.name: one for one in verdicts.ask(stage.checks, stage.settings, self.recipe.base)}
        if not asked:
            asked = {one.check.name: one for one in verdicts.ask(["format"], {}, self.recipe.base)}
        if any(isinstance(stage, Evaluate | Journey | Value) for stage in self.recipe.stages) and "answer" not in asked:
            asked["answer"] = verdicts.ask(["answer"], {}, self.recipe.base)[0]
        # A release may come upon the rewritings of another recipe, too.
        if any("rewrite" in (stage.do, *getattr(stage, "kinds", ())) for stage in self.recipe.stages):
            asked.setdefault("same_answer", verdicts.ask(["same_answer"], {}, self.recipe.base)[0])
        if self.recipe.stages_of(Journey):
            asked.setdefault("journey", verdicts.ask(["journey"], {}, self.recipe.base)[0])
        if one := self.recipe.judge:
            style = styles.load(one.style, self.recipe.base, "judge")
            how = {"temperature": one.temperature, "top_p": one.top_p, "votes": one.n}
            content = ids.digest(style.asked, style.other.asked) if style.other else style.asked
            settings = {"judge": self.weights(one.model).id, "style": content, **how}
            asked["judged"] = verdicts.Asked(checks.get("judged"), settings)
        return list(asked.values())

    @property
    def checks(self) -> list[Check]:
        """The same as a release asks for them."""
        return [(one.check.name, one.settings_hash, one.check.kind, one.check.decider) for one in self.asked]

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
            return {
                row[0]
                for row in db.execute(f"SELECT {column} FROM wanted SEMI JOIN {table} USING ({column})").fetchall()
            }
