"""Grade answers that somebody else generated."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import app
from flows.commands.options import FormatOption
from warehouse.errors import Stopped


@app.command()
def grade(
    file: Annotated[Path, typer.Argument(help="JSONL or Parquet with responses and the right answers.")],
    out: Annotated[
        Path, typer.Option("--out", help="Where the same rows go, with their verdicts: .parquet or .jsonl.")
    ],
    verifier: Annotated[
        str, typer.Option(help="Who decides rows that name nobody; your own as path.py:name.")
    ] = "math",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", help="Where response, answer, verifier or spec have another name: response=generation."
        ),
    ] = None,
    against: Annotated[str | None, typer.Option(help="A column of labels to compare with.")] = None,
    form: Annotated[
        str, typer.Option(help="How answers are written: auto, tags, boxed, whole, last_line, marked, last_number.")
    ] = "auto",
    answer_form: Annotated[
        str | None, typer.Option(help="Where right answers are whole solutions: the form of the answer in them.")
    ] = None,
    spec: Annotated[str, typer.Option(help="JSON: what the verifier is to know, where a row does not say.")] = "{}",
    deadline: Annotated[float, typer.Option(min=0.1, help="Seconds for one answer.")] = 5.0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that judge; as many as there are cores.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="Goes before the names of the new columns.")] = "",
    shape: FormatOption = "table",
) -> None:
    """Judge answers that somebody else generated. Stop it, kill it, run it again: it goes on where it was."""
    from filters.grading import grade as judge
    from flows import grading
    from flows.progress import Progress

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        summary = judge(
            file,
            out,
            verifier,
            columns=grading.columns_of(columns or []),
            spec=grading.spec_of(spec),
            against=against,
            prefix=prefix,
            form=form,
            answer_form=answer_form,
            deadline=deadline,
            workers=workers,
            watch=Progress(quiet=shape == "json"),
        )
    except KeyboardInterrupt:
        raise Stopped("stopped; what was judged stays, the same command goes on from there") from None
    if shape == "json":
        print(json.dumps(summary.as_dict(), indent=2, ensure_ascii=False))
    else:
        grading.show(summary)
