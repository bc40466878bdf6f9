"""A DuckDB that keeps to its memory: what does not fit goes to files beside the lake."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from warehouse.errors import BadInput
from warehouse.evolution import uniform
from warehouse.place import Place, data_files
from warehouse.tables import SCHEMAS

MEMORY = "2GB"
"""For one connection, where THOUGHTMILL_MEMORY does not say. It is what sorting, joining and grouping may hold; what is
read and handed on comes on top, some hundred MB for text."""


def open_duck(place: Place, attach: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB over the lake's files: in memory, or in a new file. Raises BadInput for a THOUGHTMILL_MEMORY that is no
    amount."""
    db = duckdb.connect(str(attach) if attach else ":memory:")
    # A table that is not there must not be looked for among our variables.
    db.execute("SET TimeZone = 'UTC'; SET python_enable_replacements = false")
    memory = os.environ.get("THOUGHTMILL_MEMORY") or MEMORY
    # Each its own: two processes would overwrite each other's files. DuckDB makes it when it is needed and clears it.
    spill = place.path / f"_spill-{os.getpid()}-{uuid4().hex[:8]}"
    try:
        db.execute(f"SET memory_limit = {quoted(memory)}")
    except duckdb.Error as error:
        raise BadInput(f"THOUGHTMILL_MEMORY is {memory!r}; expected an amount such as 4GB") from error
    db.execute(f"SET temp_directory = {quoted(str(spill))}")
    if place.remote:
        from warehouse.bucket import readable

        db.register_filesystem(readable(place))
    return db


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def files_in_sql(files: list[str]) -> str:
    """Files as SQL lists them."""
    return f"[{', '.join(map(quoted, files))}]"


@contextmanager
def explained() -> Iterator[None]:
    """Tells what DuckDB says of somebody's SQL as BadInput."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise BadInput(f"this SQL needs more memory: {error}; THOUGHTMILL_MEMORY=8GB gives it more") from error
    except (duckdb.Error, pa.ArrowException) as error:
        raise BadInput(f"this SQL does not run: {error}") from error


def bound(db: duckdb.DuckDBPyConnection, name: str, table: DeltaTable | None) -> str:
    """The statement that makes a table askable by its name."""
    files = data_files(table)
    if table is None or not files:
        return f"CREATE TABLE {name} ({', '.join(f'{quote(column)} {kind}' for column, kind in columns_of(name))})"
    if uniform(name, table):  # only the first file has to be looked at
        return f"CREATE VIEW {name} AS SELECT * FROM read_parquet({files_in_sql(files)})"
    source = f"read_parquet({files_in_sql(files)}, union_by_name = true)"
    there = {row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    columns = (
        quote(column) if column in there else f"NULL::{kind} AS {quote(column)}" for column, kind in columns_of(name)
    )
    return f"CREATE VIEW {name} AS SELECT {', '.join(columns)} FROM {source}"


@cache
def columns_of(name: str) -> list[tuple[str, str]]:
    """A table's columns as DuckDB declares them: (name, type)."""
    with duckdb.connect() as db:
        db.register("nothing", SCHEMAS[name].empty_table())
        return [(column, kind) for column, kind, *_ in db.execute("DESCRIBE nothing").fetchall()]


def quote(column: str) -> str:
    return f'"{column}"'


def sweep(place: Place, hours: float) -> None:
    """Remove what killed processes left of their spilling."""
    for folder in place.path.glob("_spill-*"):
        if time.time() - folder.stat().st_mtime > hours * 3600:
            shutil.rmtree(folder, ignore_errors=True)
