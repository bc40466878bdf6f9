"""What stands in a release's Parquet files, read in batches: memory does not grow with the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.hub.inspection.secrets import EMAIL, SUSPECT, emails, secrets

BATCH = 512
"""Rows at a time."""
SHOWN = 20
"""Findings of one file that are told one by one; the rest is counted."""


@dataclass
class Seen:
    """What a file's text holds."""

    file: str
    secrets: list[tuple[str, str]] = field(default_factory=list)
    """(where, what) of the first ones."""
    n_secrets: int = 0
    n_emails: int = 0
    rows_with_emails: int = 0
    first_email: str | None = None
    """Where it is, not what it is."""


def look(folder: Path, file: str) -> Seen:
    """Search every text in a Parquet file, however deep in a row it is."""
    seen = Seen(file)
    first = 0
    with pq.ParquetFile(folder / file) as parquet:
        for batch in parquet.iter_batches(batch_size=BATCH):
            search(batch, first, seen)
            first += batch.num_rows
    return seen


def search(batch: pa.RecordBatch, first: int, seen: Seen) -> None:
    """Search a batch whose first row is the file's row ``first``."""
    with_emails: set[int] = set()
    for column, array in zip(batch.schema.names, batch.columns, strict=True):
        for texts, rows in leaves(array, pa.array(range(batch.num_rows), pa.int64())):
            column_of_text = pl.Series(pl.from_arrow(texts))
            for place in suspects(column_of_text):
                row = rows[place].as_py()
                for secret in secrets(texts[place].as_py()):
                    seen.n_secrets += 1
                    if len(seen.secrets) < SHOWN:
                        seen.secrets.append(
                            (where(batch, first, row, column, seen.file), f"{secret.kind}: {secret.excerpt}")
                        )
            for place in column_of_text.str.contains(EMAIL).arg_true():
                if found := emails(texts[place].as_py()):
                    row = rows[place].as_py()
                    with_emails.add(row)
                    seen.n_emails += len(found)
                    seen.first_email = seen.first_email or where(batch, first, row, column, seen.file)
    seen.rows_with_emails += len(with_emails)


def suspects(texts: pl.Series) -> list[int]:
    """Places of the texts that deserve a second look."""
    return sorted({place for pattern in SUSPECT for place in texts.str.contains(pattern).arg_true()})


def where(batch: pa.RecordBatch, first: int, row: int, column: str, file: str) -> str:
    """A place in words: file, row (counted from 0), trace, column."""
    trace = batch.column("trace_id")[row].as_py() if "trace_id" in batch.schema.names else None
    return f"{file}, row {first + row}{f', trace {trace}' if trace else ''}, {column}"


def leaves(array: pa.Array, rows: pa.Array) -> Iterator[tuple[pa.Array, pa.Array]]:
    """Every array of text in a nested one, each with the row that its elements belong to."""
    kind: Any = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        yield array, rows
    elif pa.types.is_dictionary(kind):
        yield from leaves(array.dictionary_decode(), rows)
    elif pa.types.is_map(kind):
        yield from leaves(array.cast(pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)]))), rows)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from leaves(pc.list_flatten(array), rows.take(pc.list_parent_indices(array)))
    elif pa.types.is_struct(kind):
        for place in range(kind.num_fields):
            yield from leaves(pc.struct_field(array, [place]), rows)
