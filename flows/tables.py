"""Rows as a table on a terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def console() -> Console:
    """Standard output; as wide as the terminal, or wide enough for our tables where there is none."""
    import sys

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 140)


def tabled(title: str, rows: list[dict[str, Any]]) -> Table:
    """Rows as a rich table; numbers to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    for column in columns:
        told = [row[column] for row in rows if row.get(column) is not None]
        right = bool(told) and all(isinstance(value, int | float) or str(value).endswith("%") for value in told)
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row.get(column))) for column in columns))
    return table


def show_rows(rows: list[dict[str, Any]], form: str, title: str) -> None:
    """Print rows: a table for people, or ``json`` for programs."""
    if form == "json":
        print(json.dumps(rows, indent=2, default=str))
    else:
        console().print(tabled(title, rows) if rows else f"{title}: nothing")


def cell(value: Any) -> str:
    if value is None:
        return ""
    whole = isinstance(value, int) or (isinstance(value, float) and abs(value) >= 1e5)
    return f"{value:,.0f}" if whole and not isinstance(value, bool) else str(value)
