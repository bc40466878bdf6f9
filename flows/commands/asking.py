"""Ask: the lake by SQL, of one trace everything, of this machine what it can do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import app
from flows.commands.options import LAKE, AsOfOption, FormatOption, LakeOption
from flows.tables import show_rows
from warehouse.errors import BadInput, RunFailed

SHOWN = 100
"""Rows of an answer that a screen gets to see."""


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="SQL, or a .sql file.")],
    lake: LakeOption = LAKE,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write to a .parquet, .csv or .jsonl file.")] = None,
    form: FormatOption = "table",
    as_of: AsOfOption = None,
) -> None:
    """Ask the lake: tables, views (marks, accepted, pass_rates, funnel, cost_per_accepted, scores, flips, quarantined,
    resembles, contamination, majority, step_values, first_wrong_steps, journeys, journey_yields) and macros."""
    from warehouse import answers
    from warehouse.lake import Lake

    if query.endswith(".sql"):
        file = Path(query)
        if not file.exists():
            raise BadInput(f"no file {query}; expected SQL or the path of a .sql file")
        query = file.read_text(encoding="utf-8")
    asked = Lake(lake, as_of=as_of)
    if out:
        print(f"{answers.save(asked, query, out):,} rows in {out}", file=sys.stderr)
    elif form == "json":
        comma = "["
        for row in answers.rows_of(asked, query):
            print(comma, json.dumps(row, ensure_ascii=False, default=str), sep="", end="")
            comma = ", "
        print("]" if comma == ", " else "[]")
    else:
        import polars as pl

        frame, rows = answers.ends(asked, query, SHOWN)
        with pl.Config(
            tbl_rows=SHOWN,
            tbl_cols=40,
            tbl_width_chars=terminal_width(),
            fmt_str_lengths=80,
            tbl_hide_dtype_separator=True,
            tbl_hide_dataframe_shape=True,
        ):
            print(f"shape: ({rows:_}, {frame.width})\n{frame}")


@app.command()
def show(
    trace: Annotated[str, typer.Argument(help="A trace id.")],
    lake: LakeOption = LAKE,
    form: FormatOption = "table",
    as_of: AsOfOption = None,
) -> None:
    """A trace, readable: the question, the thinking step by step, its wrong stretches and turns, what steps are worth,
    the verdicts."""
    from flows.reading import show_trace
    from flows.tables import console
    from warehouse import explain as explaining
    from warehouse.lake import Lake

    told = explaining.trace(Lake(lake, as_of=as_of), trace)
    row = told["trace"] | {"steps": told["steps"]}
    print(explaining.as_json(row)) if form == "json" else show_trace(told, console())


@app.command()
def explain(
    trace: Annotated[str, typer.Argument(help="A trace id.")],
    lake: LakeOption = LAKE,
    form: FormatOption = "table",
    as_of: AsOfOption = None,
) -> None:
    """Why a row was kept or dropped: releases, verdicts, parents, problem, answer keys, sampling."""
    from flows.reading import explain_trace
    from flows.tables import console
    from warehouse import explain as explaining
    from warehouse.lake import Lake

    try:
        told = explaining.trace(Lake(lake, as_of=as_of), trace)
    except explaining.TakenDown as gone:
        print(json.dumps({"taken_down": str(gone)}) if form == "json" else gone)
        return
    print(explaining.as_json(told)) if form == "json" else explain_trace(told, console())


@app.command()
def doctor(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """What is installed here, what protects from programs, and what is broken."""
    from flows import doctor as examining

    lines = examining.examine(lake)
    show_rows(examining.as_rows(lines), form, "thoughtmill doctor")
    if broken := [line.part for line in lines if line.broken]:
        raise RunFailed(f"not usable as it is: {', '.join(broken)}")


def terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size((140, 40)).columns
