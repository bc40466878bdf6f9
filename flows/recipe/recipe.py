"""A recipe: everything that a run needs, as one frozen pydantic model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, model_validator

from flows.recipe.parts import Benchmark, Model, Name, Part, Problems
from flows.recipe.secrets import no_secrets
from flows.recipe.sense import complaints
from flows.recipe.stages import Judge, Stage, Train, Verify
from warehouse import ids
from warehouse.errors import RecipeError

StageKind = TypeVar("StageKind", bound=Part)


class Recipe(Part):
    """Everything a run needs. ``folder`` is where its relative paths start."""

    name: Name
    models: dict[Name, Model] = {}
    problems: tuple[Problems, ...] = Field(min_length=1)
    benchmarks: dict[Name, Benchmark] = {}
    stages: tuple[Stage, ...] = Field(min_length=1)
    comparisons: tuple[tuple[str, str], ...] = ()
    """(arm, against): models, or train stages with ``seeds``, that are compared on the same problems in each
    examination that both took. Each more makes chance findings likelier, which is allowed for."""
    folder: str | None = None

    @model_validator(mode="before")
    @classmethod
    def has_no_secrets(cls, data: Any) -> Any:
        no_secrets(data)
        return data

    @model_validator(mode="before")
    @classmethod
    def students_are_named(cls, data: Any) -> Any:
        """In an examination the name of a train stage with seeds stands for all of its students."""
        stages = data.get("stages") if isinstance(data, dict) else None
        if not isinstance(stages, list | tuple) or not all(isinstance(stage, dict) for stage in stages):
            return data
        # What has not the right form is left as it is, and refused with its place.
        seeds = {
            stage["produces"]: stage["seeds"]
            for stage in stages
            if isinstance(stage.get("produces"), str) and isinstance(stage.get("seeds"), list | tuple)
        }

        def spelled(name: Any) -> list[Any]:
            return [f"{name}-{seed}" for seed in seeds.get(name) or ()] if isinstance(name, str) else []

        def named(stage: dict[str, Any]) -> dict[str, Any]:
            if stage.get("do") != "evaluate" or not isinstance(stage.get("models"), list | tuple):
                return stage
            return stage | {"models": [one for name in stage["models"] for one in spelled(name) or [name]]}

        return data | {"stages": [named(stage) for stage in stages]}

    @model_validator(mode="after")
    def makes_sense(self) -> Recipe:
        for found in complaints(self):
            raise ValueError(found)
        return self

    def stages_of(self, kind: type[StageKind]) -> list[StageKind]:
        """The stages of one kind, in order."""
        return [stage for stage in self.stages if isinstance(stage, kind)]

    @property
    def judge(self) -> Judge | None:
        """The recipe's judge stage."""
        return next((stage for stage in self.stages if isinstance(stage, Judge)), None)

    @property
    def arms(self) -> dict[str, tuple[str, ...]]:
        """What can be compared: models, and students by what their stage produces, one a seed."""
        made = {stage.produces: tuple(one.produces for one in stage.students) for stage in self.stages_of(Train)}
        return {name: (name,) for name in self.models} | made

    def model_behind(self, name: str) -> Model:
        """How to run a model: one that a train stage produces runs like the one it started from."""
        starts = {one.produces: one.model for stage in self.stages_of(Train) for one in stage.students}
        if name in self.models:
            return self.models[name]
        start = starts[name]
        return self.model_behind(start) if start else Model(path=name)

    @property
    def hash(self) -> str:
        """Names what a run makes, wherever it is made."""
        how: Any = {"folder": True, "models": {"__all__": {"resources"}}, "stages": {"__all__": {"again"}}}
        return ids.digest(self.model_dump(mode="json", exclude=how))

    @property
    def base(self) -> Path | None:
        return Path(self.folder) if self.folder else None

    @property
    def again(self) -> bool:
        """Whether what was left undecided is asked again."""
        return any(isinstance(stage, Verify) and stage.again for stage in self.stages)

    def asking_again(self) -> Recipe:
        """The same recipe, which asks again what was left undecided. Raises RecipeError without a verify stage."""
        if not any(isinstance(stage, Verify) for stage in self.stages):
            raise RecipeError(f"{self.name} has no verify stage, which is what asks again; add one")
        stages = tuple(s.model_copy(update={"again": True}) if isinstance(s, Verify) else s for s in self.stages)
        return self.model_copy(update={"stages": stages})

    def limited(self, count: int) -> Recipe:
        """The same recipe over at most ``count`` problems of each entry: a taste."""
        fewer = tuple(p.model_copy(update={"count": min(p.count or count, count)}) for p in self.problems)
        return self.model_copy(update={"problems": fewer})
