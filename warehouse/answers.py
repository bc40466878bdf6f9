"""Answers to queries, written as they come: to a file, or as much of them as a screen shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import BadInput
from warehouse.lake import Lake

FORMS = (".parquet", ".csv", ".jsonl")


def save(lake: Lake, query: str, out: Path) -> int:
    """Write an answer in the form that the file's suffix names, whole or not at all; returns how many rows it has.

    Raises BadInput for another suffix, for SQL that does not run and for columns that the form cannot hold.
    """
    if out.suffix not in FORMS:
        raise BadInput(f"{out}: ends in {out.suffix!r}; expected {', '.join(FORMS)}")
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with lake.stream(query, marks=True) as reader:
            rows = write(reader, draft) if out.suffix == ".parquet" else spell(reader, draft, out.suffix)
        draft.replace(out)
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"{out}: {error}; .parquet and .jsonl hold nested columns, .csv does not") from error
    finally:
        draft.unlink(missing_ok=True)
    return rows


def write(reader: pa.RecordBatchReader, out: Path) -> int:
    """As Parquet, a row group per batch."""
    rows = 0
    with pq.ParquetWriter(out, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def spell(reader: pa.RecordBatchReader, out: Path, suffix: str) -> int:
    """As lines of CSV or JSON."""

    def line_up(frame: pl.DataFrame, file: IO[bytes], first: bool) -> None:
        if suffix == ".csv":
            frame.write_csv(file, include_header=first)
        else:
            frame.write_ndjson(file)

    rows = 0
    with out.open("wb") as file:
        for batch in reader:
            line_up(as_frame(batch), file, first=not rows)
            rows += batch.num_rows
        if not rows:
            line_up(as_frame(reader.schema.empty_table()), file, first=True)
    return rows


def rows_of(lake: Lake, query: str) -> Iterator[dict[str, Any]]:
    """An answer row by row."""
    for batch in lake.batches(query, marks=True):
        yield from as_frame(batch).iter_rows(named=True)


def ends(lake: Lake, query: str, shown: int) -> tuple[pl.DataFrame, int]:
    """The first and the last rows of an answer, one more than are shown if it has more, and how many it has."""
    with lake.stream(query, marks=True) as reader:
        first = last = as_frame(reader.schema.empty_table())
        rows = 0
        for batch in reader:
            frame = as_frame(batch)
            rows += frame.height
            first = pl.concat([first, frame.head(shown + 1 - first.height)])
            last = pl.concat([last, frame]).tail(shown // 2)
    if rows > shown + 1:
        first = pl.concat([first.head(shown + 1 - last.height), last])
    return first, rows


def as_frame(batch: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame
