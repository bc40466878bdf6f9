"""Rows for people: a table on a terminal, or a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from warehouse.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


def console() -> Console:
    """Standard output; as wide as the terminal, or wide enough for our tables where there is none."""
    import sys

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 140)


def tabled(title: str, rows: list[dict[str, Any]]) -> Table:
    """Rows as a rich table; numbers to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in rows[0] if rows else []:
        right = all(isinstance(row[column], int | float) or str(row[column]).endswith("%") for row in rows)
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row.values()))
    return table


def show_rows(rows: list[dict[str, Any]], form: str, title: str) -> None:
    """Print rows: a table for people, or ``json`` for programs."""
    if form == "json":
        print(json.dumps(rows, indent=2, default=str))
    else:
        console().print(tabled(title, rows) if rows else f"{title}: nothing")


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


def cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
