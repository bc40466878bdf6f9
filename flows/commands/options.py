"""Options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

LakeOption = Annotated[
    Path, typer.Option("--lake", envvar="THOUGHTMILL_LAKE", help="The lake's folder, or s3://BUCKET/PREFIX.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="The lake as it was: a time (UTC), a version of traces, traces=12,verdicts=30, or a release."
    ),
]
FormatOption = Annotated[
    Literal["table", "json"], typer.Option("--format", help="table for people, json for programs.")
]
RecipeArgument = Annotated[Path, typer.Argument(help="A recipe file, or a shipped one by name.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Override a value: generate.n=6, models.teacher.path=...")
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many problems per entry: a taste.")]
OnOption = Annotated[
    str | None, typer.Option("--on", envvar="THOUGHTMILL_ON", help="A Ray cluster: ray, or ray://HOST:10001.")
]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Ask again what was left undecided by a timeout, a crash or a missing sandbox.")
]
LAKE = Path("lake")
