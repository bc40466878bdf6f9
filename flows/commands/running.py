"""Run a recipe: all of it, up to a stage, or only on paper."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import app
from flows.commands.options import (
    LAKE,
    AgainOption,
    FormatOption,
    LakeOption,
    LimitOption,
    OnOption,
    RecipeArgument,
    SetOption,
)
from flows.tables import show_rows
from warehouse.errors import BadInput, Incomplete, Stopped

if TYPE_CHECKING:
    from flows.recipe import Recipe


def read(recipe: Path, overrides: list[str] | None, limit: int | None, again: bool = False) -> Recipe:
    from flows.recipe.file import load

    loaded = load(recipe, tuple(overrides or ()))
    loaded = loaded.asking_again() if again else loaded
    return loaded.limited(limit) if limit else loaded


def turn(
    recipe: Path,
    lake: Path,
    overrides: list[str] | None,
    limit: int | None,
    form: str,
    until: str | None,
    on: str | None,
    again: bool = False,
) -> None:
    from flows import launch, report, shortfall
    from flows.tables import console

    loaded = read(recipe, overrides, limit, again)
    if until and until not in {stage.do for stage in loaded.stages}:
        raise BadInput(f"{recipe} has no {until} stage; it has {', '.join(stage.do for stage in loaded.stages)}")
    # A scheduler's way of saying stop is heard like Ctrl-C: answers are in their journal, no process stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run = launch.turn(loaded, lake, until, quiet=form == "json", on=on)
    except KeyboardInterrupt:  # Typer would only say "Aborted"
        raise Stopped("stopped; what was answered stays, the same command goes on from there") from None
    if form == "json":
        print(report.as_json(run, until))
    else:
        report.show(run, console())
    if counts := shortfall.of_run(run, until):
        told = shortfall.told(counts)
        raise Incomplete(f"{loaded.name} is incomplete: {told}; thoughtmill sql 'FROM failures' tells of each")


def command(group: typer.Typer, name: str, text: str, until: str | None) -> None:
    """A command that runs a recipe, all of it or up to a stage."""

    def go(
        recipe: RecipeArgument,
        lake: LakeOption = LAKE,
        overrides: SetOption = None,
        limit: LimitOption = None,
        form: FormatOption = "table",
        on: OnOption = None,
        again: AgainOption = False,
    ) -> None:
        turn(recipe, lake, overrides, limit, form, until, on, again)

    group.command(name, help=text)(go)


def stage(verb: str, text: str, group: typer.Typer = app, name: str | None = None) -> None:
    command(group, name or verb, f"{text} (The recipe's stages up to this one.)", verb)


command(
    app, "run", "Run a recipe from problems to scores. Stop it, kill it, run it again: it goes on where it was.", None
)
stage("generate", "Sample the teacher.")
stage("verify", "Judge the traces.")
stage("judge", "Have a model judge what no rule decides.")
stage("rewrite", "Have accepted traces rewritten.")
stage("journey", "Build journeys and shortcuts.")
stage("deduplicate", "Find near duplicates.")
stage("decontaminate", "Look for benchmarks' questions in the problems.")
stage("train", "Train the student.")
stage("evaluate", "Score the models on held-out problems.")


@app.command()
def plan(
    recipe: RecipeArgument,
    lake: LakeOption = LAKE,
    overrides: SetOption = None,
    limit: LimitOption = None,
    form: FormatOption = "table",
) -> None:
    """What a run would still do, stage by stage, without doing it."""
    from flows.planning import plan_of

    rows = plan_of(read(recipe, overrides, limit), lake)
    show_rows(rows, form, f"plan of {recipe}")


@app.command()
def init(file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("recipe.toml")) -> None:
    """Write a commented recipe to start from."""
    from flows.recipe.file import SHIPPED

    if file.exists():
        raise BadInput(f"{file} exists; name another file")
    text = (SHIPPED / "nano.toml").read_text(encoding="utf-8").replace("flows/recipes/nano.toml", str(file), 1)
    file.write_text(text, encoding="utf-8")
    print(f"{file} written; thoughtmill run {file}")


@app.command()
def status(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """How the last run is doing: stage, rate, time left, acceptance. For another terminal."""
    from flows.planning import status_of
    from warehouse.lake import Lake

    show_rows(status_of(Lake(lake)), form, f"the last run over {lake}")
