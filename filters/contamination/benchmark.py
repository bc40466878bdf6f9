"""A benchmark's questions as they are compared: read and normalised once, and kept as one Parquet file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from filters.contamination.normalise import VERSION, Words, words, words_kept
from warehouse.errors import BadInput
from warehouse.lake.place import write_atomically

Row = dict[str, Any]


@dataclass(frozen=True)
class Benchmark:
    """Questions by item. ``content`` is the same whenever items and questions are, wherever they were read from."""

    name: str
    items: list[str]
    questions: list[str]
    words: Words
    content: str

    def save(self, path: Path) -> None:
        """Keep it; ``load`` gives it back under any name."""
        offsets = pa.array(self.words.starts, pa.int64())
        flat = pa.DictionaryArray.from_arrays(
            self.words.codes.astype("int32"), pa.array(self.words.known, pa.large_string())
        )
        columns = {
            "item": pa.array(self.items, pa.string()),
            "question": pa.array(self.questions, pa.large_string()),
            "words": pa.LargeListArray.from_arrays(offsets, flat.cast(pa.large_string())),
        }
        about = {"content": self.content, "normaliser": VERSION}
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(columns).replace_schema_metadata(about), sink, compression="zstd")
        write_atomically(path, sink.getvalue().to_pybytes())


def load(name: str, path: Path) -> Benchmark:
    """One that was kept."""
    table = pq.read_table(path)
    about = table.schema.metadata
    words = words_kept(table["words"].combine_chunks())
    return Benchmark(name, table["item"].to_pylist(), table["question"].to_pylist(), words, about[b"content"].decode())


def content_of(path: Path) -> str | None:
    """The content of one that was kept under this normaliser; None where there is none, or it is damaged."""
    try:
        about = pq.read_schema(path).metadata or {}
    except (OSError, ValueError):
        return None
    return about[b"content"].decode() if about.get(b"normaliser") == VERSION.encode() else None


def read(name: str, rows: Iterable[Row], columns: list[str], question: str, item: str | None, where: str) -> Benchmark:
    """A benchmark from the rows of a table. ``item`` is the column that names a row; without one that is the column
    ``id`` where it names every row once, else the row's number.

    Raises BadInput naming benchmark, column and row: for a column that is not there, a question that is no text, two
    rows with one name, no row at all.
    """
    for key, column in (("question", question), ("id", item)):
        if column is not None and column not in columns:
            raise BadInput(
                f"benchmarks.{name}: {where} has no column {column!r} for {key}; it has {', '.join(columns)}. "
                f'Say which one in the recipe: columns = {{ {key} = "..." }}'
            )
    called, asked = [], []
    for number, row in enumerate(rows, start=1):
        text = row.get(question)
        if not isinstance(text, str) or not text.strip():
            raise BadInput(
                f"benchmarks.{name}: {where}, row {number}: {question} is {shown(text)}; expected a question"
            )
        called.append(row.get(item or "id"))
        asked.append(text)
    if not asked:
        raise BadInput(f"benchmarks.{name}: {where} holds no question")
    if number := odd(called):
        if item is not None:
            raise BadInput(
                f"benchmarks.{name}: {where}, row {number}: {item} is {shown(called[number - 1])}; expected a name "
                "that no row before it has"
            )
        called = list(range(1, len(asked) + 1))
    return of(name, dict(zip(map(str, called), asked, strict=True)))


def odd(names: list[Any]) -> int:
    """The first row, counted from 1, without a name or with one that was there; 0 when there is none."""
    seen = set()
    for number, one in enumerate(names, start=1):
        if one is None or str(one) in seen:
            return number
        seen.add(str(one))
    return 0


def of(name: str, questions: dict[str, str]) -> Benchmark:
    """A benchmark from questions by item."""
    content = hashlib.sha256()
    for pair in questions.items():
        content.update(json.dumps(pair).encode())
    asked = list(questions.values())
    return Benchmark(name, list(questions), asked, words(pl.Series(asked, dtype=pl.String)), content.hexdigest()[:20])


def shown(value: object) -> str:
    told = repr(value)
    return told if len(told) <= 60 else told[:57] + "..."
