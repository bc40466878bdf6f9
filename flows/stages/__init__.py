"""The stages of a recipe, one file each.

Every stage is two functions: ``pending(run, stage)`` says what is left to do, shard by shard, from the lake alone;
``work(run, stage, shard)`` does one shard and commits it. Both may be called at any time, by any number of runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from flows.recipe import Recipe
from flows.run import Run, Shard
from flows.stages import (
    decontaminate,
    deduplicate,
    evaluate,
    generate,
    journey,
    judge,
    problems,
    release,
    rewrite,
    train,
    value,
    verify,
)


class StageModule(Protocol):
    """What a stage's file offers."""

    pending: Callable[[Run, Any], list[Shard]]
    work: Callable[[Run, Any, Shard], dict[str, int]]


MODULES: dict[str, Any] = {
    "problems": problems,
    "generate": generate,
    "verify": verify,
    "judge": judge,
    "rewrite": rewrite,
    "value": value,
    "journey": journey,
    "deduplicate": deduplicate,
    "decontaminate": decontaminate,
    "release": release,
    "train": train,
    "evaluate": evaluate,
}


def road(recipe: Recipe, until: str | None = None) -> list[tuple[str, Any]]:
    """The recipe's stages in order, problems first, as (verb, settings); up to the last ``until`` stage."""
    steps: list[tuple[str, Any]] = [("problems", recipe.problems)]
    steps += [(stage.do, stage) for stage in recipe.stages]
    if until:
        last = max(number for number, (verb, _) in enumerate(steps) if verb == until)
        steps = steps[: last + 1]
    return steps
