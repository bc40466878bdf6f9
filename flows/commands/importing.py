"""Bring in what others generated."""

from __future__ import annotations

import json
import signal
from typing import Annotated

import typer

from flows.commands import app
from flows.commands.options import LAKE, FormatOption, LakeOption
from warehouse.errors import Stopped


@app.command("import")
def import_(
    what: Annotated[
        list[str],
        typer.Argument(
            help="JSONL (.gz, .zst), JSON or Parquet: a file, several, a folder or a pattern; or hub:ORG/NAME, "
            "hub:ORG/NAME:CONFIG:SPLIT, hub:ORG/NAME@REVISION."
        ),
    ],
    lake: LakeOption = LAKE,
    shape: Annotated[
        str,
        typer.Option("--form", help="auto, openr1, openthoughts, messages, sharegpt or completion."),
    ] = "auto",
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", help="Where the form looks for one column, take another: prompt=question."),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", help="A column that says right or wrong, besides those that the form knows."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="What the source is called: import/NAME. Else after the file, folder or dataset.")
    ] = None,
    verifier: Annotated[
        str | None, typer.Option(help="Who decides the answers; math for OpenR1's form, else text.")
    ] = None,
    split: Annotated[str, typer.Option(help="train or test.")] = "train",
    licence: Annotated[str | None, typer.Option(help="Of all rows, whatever they say.")] = None,
    model: Annotated[str | None, typer.Option(help="Who wrote all of it, whatever the rows say.")] = None,
    language: Annotated[str | None, typer.Option(help="Of all rows: en, zh, ...")] = None,
    domain: Annotated[str | None, typer.Option(help="Of all rows: math, code, ...")] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave rows out that are not understood, and write them beside the file.")
    ] = False,
    form: FormatOption = "table",
) -> None:
    """Bring other people's traces into the lake. Stop it, kill it, run it again: it goes on where it was."""
    from filters import verifiers
    from flows import grading, importing
    from flows.progress import Progress
    from warehouse.importing import import_traces
    from warehouse.lake import Lake

    if verifier is not None:
        verifiers.get(verifier)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        made = import_traces(
            Lake(lake, create=True),
            what,
            source,
            Progress(quiet=form == "json"),
            form=shape,
            columns=grading.columns_of(columns or []),
            labels=tuple(labels or ()),
            verifier=verifier,
            split=split,
            licence=licence,
            model=model,
            language=language,
            domain=domain,
            skip_bad=skip_bad,
        )
    except KeyboardInterrupt:
        raise Stopped("stopped; what was read and committed stays, the same command goes on from there") from None
    if form == "json":
        print(json.dumps(made.as_dict(), indent=2, ensure_ascii=False))
    else:
        importing.show(made)
