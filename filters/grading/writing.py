"""The same rows with five columns more, every column as it was: Parquet keeps its schema, JSONL its very bytes.

From the one form to the other the columns are kept as far as the other can hold them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import BadInput
from warehouse.files import JsonLines, Parquet

ADDED = ("outcome", "reason", "extracted", "tier", "elapsed_ms")
CHUNK = 2048
"""Rows that are written at a time, and rows of a row group."""


class Writer:
    """Writes a file anew in the form of a suffix.

    Made before anything is judged: raises BadInput for what has no such form.
    """

    def __init__(self, source: JsonLines | Parquet, suffix: str) -> None:
        self.source, self.suffix = source, suffix
        if isinstance(source, JsonLines):
            self.shape = inferred(source) if suffix == ".parquet" else pl.Schema()
            self.schema = pl.DataFrame(schema=self.shape).to_arrow().schema
            return
        self.schema = source.schema
        if suffix == ".jsonl":
            for column in source.schema:
                if holds_bytes(column.type):
                    raise BadInput(
                        f"{source.path}: {column.name} holds bytes, which JSON does not; name a .parquet file"
                    )

    def write(self, path: Path, parts: Iterable[pa.Table], prefix: str, told: Callable[[int], None]) -> None:
        """``parts`` hold the columns to add, together as many rows as the file has; ``told`` how many more are done."""
        more = (part.select(ADDED).rename_columns([prefix + name for name in ADDED]) for part in parts)
        if self.suffix == ".parquet":
            self.parquet(path, more, told)
        else:
            self.jsonl(path, more, told)

    def parquet(self, path: Path, more: Iterator[pa.Table], told: Callable[[int], None]) -> None:
        beside = Beside(more)
        schema = self.schema
        for field in beside.schema:
            schema = schema.append(field)
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for rows in self.tables():
                columns = [*rows.columns, *beside.take(rows.num_rows).columns]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema), row_group_size=CHUNK)
                told(rows.num_rows)

    def jsonl(self, path: Path, more: Iterator[pa.Table], told: Callable[[int], None]) -> None:
        beside = Beside(more)
        with path.open("wb") as file:
            for lines in self.lines():
                for line, opinion in zip(lines, beside.take(len(lines)).to_pylist(), strict=True):
                    # Spliced in, so that numbers, escapes and the order of keys stay as somebody wrote them.
                    head = line[:-1].rstrip()
                    tail = json.dumps(opinion, ensure_ascii=False)[1:].encode()
                    file.write(head + (b"" if head.endswith(b"{") else b", ") + tail + b"\n")
                told(len(lines))

    def tables(self) -> Iterator[pa.Table | pa.RecordBatch]:
        if isinstance(self.source, Parquet):
            yield from self.source.record_batches(None, 0, CHUNK)
            return
        for lines in chunks(self.source):
            yield frame(self.source, lines, self.shape).to_arrow().combine_chunks()

    def lines(self) -> Iterator[list[bytes]]:
        if isinstance(self.source, JsonLines):
            yield from chunks(self.source)
            return
        for batch in self.source.record_batches(None, 0, CHUNK):
            text = BytesIO()
            pl.DataFrame(batch).write_ndjson(text)
            yield text.getvalue().splitlines()


class Beside:
    """The rows of some tables, handed out as many at a time as are asked for."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self.left: pa.Table = next(tables)
        self.tables = tables
        self.schema = self.left.schema

    def take(self, count: int) -> pa.Table:
        while self.left.num_rows < count:
            self.left = pa.concat_tables([self.left, next(self.tables)])
        taken, self.left = self.left.slice(0, count), self.left.slice(count)
        return taken.combine_chunks()


def chunks(source: JsonLines) -> Iterator[list[bytes]]:
    lines = (line for _, line in source.lines())
    while chunk := list(islice(lines, CHUNK)):
        yield chunk


def frame(source: JsonLines, lines: list[bytes], schema: pl.Schema | None) -> pl.DataFrame:
    try:
        return pl.read_ndjson(b"\n".join(lines), schema=schema, infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"{source.path} has no form as Parquet: {error}; name a .jsonl file") from error


def inferred(source: JsonLines) -> pl.Schema:
    """The schema that holds every row of a JSONL file; a column of numbers and texts becomes one of texts."""
    found = pl.DataFrame()
    for lines in chunks(source):
        found = pl.concat([found, frame(source, lines, None).clear()], how="diagonal_relaxed")
    return found.schema


def holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return True
    if kind.num_fields:
        return any(holds_bytes(kind.field(n).type) for n in range(kind.num_fields))
    return pa.types.is_dictionary(kind) and holds_bytes(kind.value_type)
