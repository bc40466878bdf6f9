"""A look at the whole of a file before anything of it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filters.grading.rows import Columns, Reader
from filters.grading.writing import ADDED
from warehouse.errors import BadInput
from warehouse.files import JsonLines, Parquet


def look(source: JsonLines | Parquet, reader: Reader, names: list[str]) -> dict[str, Any]:
    """Read every row once: how many there are, and whether they hold lists. Raises BadInput for the first odd one."""
    rows, listed = 0, None
    seen: dict[str, None] = {}
    for batch in source.batches(reader.wanted, 0):
        for row in batch:
            rows += 1
            where = f"{source.path}, row {rows}"
            try:
                asked = reader.ask(row)
            except BadInput as error:
                raise BadInput(f"{where}, {error}") from error
            if asked.listed or asked.texts != [None]:
                if listed not in (None, asked.listed):
                    one, other = ("a list of responses", "one") if asked.listed else ("one response", "lists of them")
                    raise BadInput(f"{where}: {one}, where rows before it hold {other}")
                listed = asked.listed
            seen |= dict.fromkeys(row)
    if rows and isinstance(source, JsonLines):
        check_names(source.path, list(seen), reader, names)
    return {"rows": rows, "listed": bool(listed)}


def check_names(path: Path, found: Sequence[str], reader: Reader, names: Sequence[str]) -> None:
    """That the columns which are needed are there, and those which will be added are not."""
    columns, there = reader.columns, set(found)

    def missing(name: str) -> bool:
        return name not in there and name.partition(".")[0] not in there

    has = f"{path} has {', '.join(map(repr, found)) or 'no columns'}"
    if missing(columns.response):
        raise BadInput(
            f"{has} and no column {columns.response!r}; say which holds the responses: --column response=NAME"
        )
    if missing(columns.answer) and missing(columns.spec):
        raise BadInput(
            f"{has} and no column {columns.answer!r}; say which holds the right answers: --column answer=NAME"
        )
    named = set(asdict(columns).values()) - set(asdict(Columns()).values())
    if wrong := sorted(name for name in named if missing(name)):
        raise BadInput(f"{has} and no column {wrong[0]!r}; expected one that is there after --column")
    if reader.against and missing(reader.against):
        raise BadInput(f"{has} and no column {reader.against!r} to compare with")
    if twice := [name for name in reader.wanted if found.count(name) > 1]:
        raise BadInput(f"{path} has two columns {twice[0]!r}; rename one")
    if taken := [name for name in names if name in there]:
        raise BadInput(
            f"{path} has a column {taken[0]!r} already; --prefix my_ calls the new ones "
            f"{', '.join('my_' + name for name in ADDED)}"
        )
