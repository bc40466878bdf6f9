"""Whether the parts of a recipe go together: each thing that is named is there, and what a stage needs comes before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from flows.recipe.stages import (
    Decontaminate,
    Deduplicate,
    Evaluate,
    Journey,
    Judge,
    Release,
    Rewrite,
    Stage,
    Train,
    Value,
    Verify,
)

if TYPE_CHECKING:
    from flows.recipe.recipe import Recipe


def complaints(recipe: Recipe) -> Iterator[str]:
    """What is wrong: where, what was found, what was expected."""
    for number, stage in enumerate(recipe.stages):
        before = recipe.stages[:number]
        for found in of_products(recipe, stage, before):
            yield f"stages[{number}].produces: {found}"
        for found in chain(
            of_models(recipe, stage, before),
            of_judging(recipe, stage),
            of_comparing(recipe, stage, before),
            of_training(recipe, stage, before),
            of_examining(recipe, stage, before),
        ):
            yield f"stages[{number}] ({stage.do}): {found}"
    yield from of_problems(recipe)
    yield from of_comparisons(recipe)


def known_after(recipe: Recipe, before: tuple[Stage, ...]) -> set[str]:
    """The models that there are after some stages."""
    return {*recipe.models, *(one.produces for stage in before if isinstance(stage, Train) for one in stage.students)}


def of_products(recipe: Recipe, stage: Stage, before: tuple[Stage, ...]) -> Iterator[str]:
    for one in stage.students if isinstance(stage, Train) else ():
        if one.produces in known_after(recipe, before):
            yield f"{one.produces!r} is taken by another model"


def of_models(recipe: Recipe, stage: Stage, before: tuple[Stage, ...]) -> Iterator[str]:
    known = known_after(recipe, before)
    asked = getattr(stage, "models", None) or tuple(
        filter(None, [getattr(stage, "model", None), getattr(stage, "critic", None), *getattr(stage, "writers", ())])
    )
    asked += tuple(filter(None, [getattr(stage, "after", None)]))
    for name in asked:
        if name not in known and stage.do != "release":
            yield f"no model named {name!r}; expected {', '.join(sorted(known)) or 'none is named yet'}"


def of_judging(recipe: Recipe, stage: Stage) -> Iterator[str]:
    if isinstance(stage, Rewrite | Judge | Journey):
        for name in filter(None, [stage.model, getattr(stage, "critic", None)]):
            if recipe.model_behind(name).backend == "solver":
                yield f"{name!r} is a solver, which reads no prompt"
    if isinstance(stage, Value) and recipe.model_behind(stage.model).backend == "solver":
        yield f"{stage.model!r} is a solver, which begins anew and never goes on from a text"
    if isinstance(stage, Verify) and "judged" in stage.checks and not recipe.judge:
        yield 'judged is what a judge says; add a stage, do = "judge"'
    if isinstance(stage, Judge) and stage.model not in recipe.models:
        yield f"{stage.model!r} is made here; expected one of [models]"
    if isinstance(stage, Judge) and stage is not recipe.judge:
        yield "one judge stage is enough; expected one in a recipe"


def of_comparing(recipe: Recipe, stage: Stage, before: tuple[Stage, ...]) -> Iterator[str]:
    deduplicated = any(isinstance(one, Deduplicate) for one in before)
    if isinstance(stage, Release) and "unique" in stage.select and not deduplicated:
        yield 'unique needs to know what resembles what; add a stage before it, do = "deduplicate"'
    if isinstance(stage, Deduplicate | Decontaminate) and len(recipe.stages_of(type(stage))) > 1:
        yield f"one {stage.do} stage is enough; expected one"
    if isinstance(stage, Decontaminate):
        expected = ", ".join(sorted(recipe.benchmarks)) or "none is named yet; add [benchmarks.NAME]"
        for name in stage.benchmarks or ([] if recipe.benchmarks else ["any"]):
            if name not in recipe.benchmarks:
                yield f"no benchmark named {name!r}; expected {expected}"


def of_training(recipe: Recipe, stage: Stage, before: tuple[Stage, ...]) -> Iterator[str]:
    if not isinstance(stage, Train):
        return
    if stage.model and (backend := recipe.model_behind(stage.model).backend) in ("openai", "solver"):
        yield f"{stage.model!r} has no weights to train (backend {backend}); expected a model of transformers or vllm"
    names = [one.name or recipe.name for one in before if isinstance(one, Release)]
    for name in (*filter(None, [stage.release]), *stage.vocabulary):
        if name not in names:
            yield f"no release {name!r} before it; expected {names}"
    if not names:
        yield "no release stage comes before it; add one"


def of_examining(recipe: Recipe, stage: Stage, before: tuple[Stage, ...]) -> Iterator[str]:
    if not isinstance(stage, Evaluate):
        return
    if not any(entry.split == "test" for entry in recipe.problems):
        yield 'no held-out problems; add a [[problems]] entry with split = "test"'
    for name in stage.models if stage.after else ():
        if recipe.model_behind(name).backend == "solver":
            yield f"{name!r} is a solver, which begins anew and never goes on from a text"
    # Two examinations of a name would be one row of a report.
    if recipe.comparisons and any(isinstance(one, Evaluate) and one.name == stage.name for one in before):
        yield f"name: another examination is called {stage.name!r}; comparisons need a name for each"


def of_comparisons(recipe: Recipe) -> Iterator[str]:
    exams = [set(one.models) for one in recipe.stages if isinstance(one, Evaluate)]
    for number, (arm, against) in enumerate(recipe.comparisons):
        for name in (arm, against):
            if name not in recipe.arms:
                yield f"comparisons[{number}]: no model named {name!r}; expected {', '.join(sorted(recipe.arms))}"
                return
        both = {*recipe.arms[arm], *recipe.arms[against]}
        if arm == against or not any(both <= models for models in exams):
            yield f"comparisons[{number}]: no evaluate stage examines both {arm!r} and {against!r}; expected one"


def of_problems(recipe: Recipe) -> Iterator[str]:
    for name, one in recipe.benchmarks.items():
        if one.problems and not any(entry.split == one.problems for entry in recipe.problems):
            yield f'benchmarks.{name}: no held-out problems; add a [[problems]] entry with split = "{one.problems}"'
    for number, entry in enumerate(recipe.problems):
        if entry.verifier == "judge" and not recipe.judge:
            yield f'problems[{number}].verifier is judge, but there is none; add a stage, do = "judge"'
