"""A recipe's file: read, overridden, checked, and what is wrong with it said by file, key and what was expected."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from flows.recipe import Recipe
from flows.recipe.parts import Benchmark, Model, Problems, Resources
from flows.recipe.stages import (
    STAGES,
    Budget,
    Decontaminate,
    Deduplicate,
    Evaluate,
    Generate,
    Journey,
    Judge,
    Release,
    Rewrite,
    Train,
    Value,
    Verify,
)
from warehouse.errors import RecipeError

SHIPPED = Path(__file__).parents[1] / "recipes"


def load(path: str | Path, overrides: tuple[str, ...] = ()) -> Recipe:
    """Read a recipe. Raises RecipeError with file, key and what was expected."""
    file = Path(path)
    shipped = SHIPPED / f"{file.name.removesuffix('.toml')}.toml"  # nano.toml, or nano for short
    if not file.exists() and shipped.exists() and file.parent.name in ("", "recipes"):
        file = shipped
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        names = ", ".join(sorted(recipe.name for recipe in SHIPPED.glob("*.toml")))
        raise RecipeError(f"{path}: {error.strerror}; expected a recipe file (shipped: {names})") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: not UTF-8 text: {error}") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: not valid TOML: {error}") from error
    for override in overrides:
        override_one(data, override)
    return check({"folder": str(file.resolve().parent), **data}, str(path))


def check(data: dict[str, Any], where: str) -> Recipe:
    """A recipe from its tables. Raises RecipeError."""
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise RecipeError("\n".join(f"{where}: {line}" for line in explained(error, data))) from error


def explained(error: ValidationError, data: dict[str, Any]) -> list[str]:
    """One line per problem: the key as the file has it, what was found, what was expected."""
    lines = []
    for problem in error.errors():
        steps = [step for step in problem["loc"] if step not in STAGES]
        key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
        kind, found = problem["type"], problem.get("input")
        if kind == "extra_forbidden":
            lines.append(f"{key}: unknown key; expected one of {', '.join(fields_at(problem['loc']))}")
        elif kind == "missing":
            lines.append(f"{key}: missing")
        elif kind.startswith("union_tag"):
            lines.append(f"{key}: do must be one of {', '.join(STAGES)}")
        elif kind == "value_error":
            lines.append((f"{key}: " if key else "") + str(problem["ctx"]["error"]))
        elif kind == "string_pattern_mismatch":
            lines.append(
                f"{key}: found {found!r}; expected a letter or digit, then these, dots, dashes and underscores"
            )
        else:
            lines.append(f"{key}: {problem['msg'].lower()}; found {found!r}")
    return lines


def fields_at(location: tuple[int | str, ...]) -> list[str]:
    """The keys a recipe may have at a place where an unknown one was found."""
    owners: dict[str, type[BaseModel]] = {
        "models": Model,
        "problems": Problems,
        "benchmarks": Benchmark,
        "generate": Generate,
        "verify": Verify,
        "judge": Judge,
        "rewrite": Rewrite,
        "value": Value,
        "journey": Journey,
        "deduplicate": Deduplicate,
        "decontaminate": Decontaminate,
        "release": Release,
        "train": Train,
        "evaluate": Evaluate,
    }
    owner: type[BaseModel] = Recipe
    if len(location) > 1:
        owner = owners[str(location[2 if location[0] == "stages" else 0])]
    inner: dict[Any, type[BaseModel]] = {"budget": Budget, "resources": Resources}
    owner = inner.get(location[-2], owner) if len(location) > 2 else owner
    return [field for field in owner.model_fields if field != "folder"]


def override_one(data: dict[str, Any], override: str) -> None:
    """Apply ``a.b=c``: a path through tables, list positions by number, or ``generate.n=6`` for a stage by its verb."""
    path, equals, raw = override.partition("=")
    if not equals:
        raise RecipeError(f"--set {override}: expected path=value, as in generate.n=6")
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw
    *steps, last = path.strip().split(".")
    place: Any = data
    if steps and steps[0] in STAGES:
        stages = [stage for stage in data.get("stages", []) if stage.get("do") == steps[0]]
        if not stages:
            raise RecipeError(f"--set {override}: the recipe has no {steps[0]} stage")
        place, steps = stages[0], steps[1:]
    for step in steps:
        try:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        except (ValueError, IndexError, AttributeError) as error:
            raise RecipeError(f"--set {override}: there is no {step!r} in the recipe") from error
    if isinstance(place, list):
        try:
            place[int(last)] = value
        except (ValueError, IndexError) as error:
            raise RecipeError(f"--set {override}: no {last!r} in a list of {len(place)}") from error
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise RecipeError(f"--set {override}: {'.'.join(path.split('.')[:-1])} is a value, not a table")
