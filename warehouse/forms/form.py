"""What a form of dataset is, and what a row of one says, whatever its form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from warehouse.cells import shown
from warehouse.lake.tables import text
from warehouse.records import Message

Row = dict[str, Any]

TABLES = ("answers", "answer", "model", "licence", "license", "language", "domain", "completion_tokens")
"""Columns that mean the same in every form."""
ABOUT = [
    ("answers", pa.list_(text)),
    ("correct", pa.bool_()),
    ("source", pa.string()),
    ("domain", pa.string()),
    ("model", pa.string()),
    ("completion_tokens", pa.int32()),
    ("licence", pa.string()),
]
"""What every form but OpenR1's says of a row of a release beside its chat."""


class Odd(Exception):
    """A row that is not understood: why in one word, in which field, what was found and what was expected."""

    REASONS = ("not_json", "no_form", "no_prompt", "no_completion", "not_text", "unknown_role", "labels", "answer")

    def __init__(self, reason: str, field: str, found: Any, expected: str) -> None:
        super().__init__(f"{field}: found {shown(found)}; expected {expected}")
        self.reason, self.field = reason, field


@dataclass
class Generation:
    """One answer of a model."""

    completion: str
    """With its thinking inline."""
    finish_reason: str | None = None
    model: str | None = None


@dataclass
class Entry:
    """What a row says: a question, and one answer to it or many."""

    messages: list[Message]
    """What the model was shown: the turns before its answer."""
    generations: list[Generation | None]
    """In the row's order; None where the row has a null in their place."""
    listed: bool = False
    """Whether the row holds a list of them, and so lists of labels."""
    answers: Any = None
    """What the row says is right, where that is not in the columns answers or answer."""
    verifier: str | None = None
    """Who should decide, where nobody else says so."""


@dataclass(frozen=True)
class Form:
    """A form of dataset: how its rows are known, read and written."""

    name: str
    recognises: Callable[[Set[str]], bool]
    """Whether a row is of this form, by the names of its columns that are not null."""
    expects: str
    """Its columns, for messages."""
    read: Callable[[Row], Entry]
    """Raises Odd."""
    takes: tuple[str, ...]
    """The columns that ``read`` looks at."""
    schema: pa.Schema
    """Of what ``table`` gives."""
    table: Callable[[pa.Table], pa.Table]
    """Rows of a release (warehouse/release/rows.py, DEFAULT; of whole problems, in order) in this form."""
    labels: tuple[str, ...] = ()
    """Columns of somebody's opinions on the generations, which every file of this form may have."""
    verifier: str = "text"
    """Who decides its answers, where nobody says so."""


def drawn(rows: pa.Table, schema: pa.Schema, **made: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The columns of a schema: those ``made``, else those that the rows have, else nulls."""
    columns = []
    for one in schema:
        if one.name in made:
            columns.append(made[one.name].cast(one.type))
        elif one.name in rows.column_names:
            columns.append(rows[one.name].cast(one.type))
        else:
            columns.append(pa.nulls(rows.num_rows, one.type))
    return pa.table(columns, schema=schema)


def first(row: Row, names: Iterable[str], kinds: type | tuple[type, ...]) -> tuple[str, Any] | None:
    """The first of some columns that holds something of a kind, and what it holds."""
    return next(((name, row[name]) for name in names if isinstance(row.get(name), kinds)), None)
