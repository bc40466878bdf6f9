"""Ask: the lake by SQL, of one trace everything, of this machine what it can do."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import app
from flows.commands.options import LAKE, FormatOption, LakeOption
from flows.tables import show_rows
from warehouse.errors import BadInput, RunFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="SQL, or a .sql file.")],
    lake: LakeOption = LAKE,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write to a .parquet, .csv or .jsonl file.")] = None,
    form: FormatOption = "table",
) -> None:
    """Ask the lake: tables, views (marks, accepted, pass_rates, funnel, cost_per_accepted, scores, flips, quarantined, resembles)
    and macros."""
    from warehouse.lake import Lake

    if query.endswith(".sql"):
        file = Path(query)
        if not file.exists():
            raise BadInput(f"no file {query}; expected SQL or the path of a .sql file")
        query = file.read_text(encoding="utf-8")
    frame = Lake(lake).sql(query)
    if out:
        save(frame, out)
        print(f"{frame.height:,} rows in {out}", file=sys.stderr)
    elif form == "json":
        print(json.dumps(frame.to_dicts(), ensure_ascii=False, default=str))
    else:
        import polars as pl

        with pl.Config(
            tbl_rows=100,
            tbl_cols=40,
            tbl_width_chars=terminal_width(),
            fmt_str_lengths=80,
            tbl_hide_dtype_separator=True,
        ):
            print(frame)


def save(frame: pl.DataFrame, out: Path) -> None:
    """Write a frame in the form its suffix names, whole or not at all."""
    import polars

    writers: dict[str, Callable[[Path], object]] = {
        ".parquet": frame.write_parquet,
        ".csv": frame.write_csv,
        ".jsonl": frame.write_ndjson,
    }
    if out.suffix not in writers:
        raise BadInput(f"{out}: ends in {out.suffix!r}; expected {', '.join(writers)}")
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        writers[out.suffix](draft)
        draft.replace(out)
    except polars.exceptions.PolarsError as error:
        raise BadInput(f"{out}: {error}; .parquet and .jsonl hold nested columns, .csv does not") from error
    finally:
        draft.unlink(missing_ok=True)


@app.command()
def show(
    trace: Annotated[str, typer.Argument(help="A trace id.")], lake: LakeOption = LAKE, form: FormatOption = "table"
) -> None:
    """A trace, readable: the question, the thinking with its wrong stretches and turns, the verdicts."""
    from flows.reading import show_trace
    from flows.tables import console
    from warehouse import explain as explaining
    from warehouse.lake import Lake

    told = explaining.trace(Lake(lake), trace)
    print(explaining.as_json(told["trace"])) if form == "json" else show_trace(told, console())


@app.command()
def explain(
    trace: Annotated[str, typer.Argument(help="A trace id.")], lake: LakeOption = LAKE, form: FormatOption = "table"
) -> None:
    """Why a row was kept or dropped: releases, verdicts, parents, problem, answer keys, sampling."""
    from flows.reading import explain_trace
    from flows.tables import console
    from warehouse import explain as explaining
    from warehouse.lake import Lake

    told = explaining.trace(Lake(lake), trace)
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
