"""What is kept on disk so that a million traces answer at once: made of the tables and named by their versions."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
from deltalake import DeltaTable

from warehouse import ids
from warehouse.errors import plain
from warehouse.lake.sql import quoted

HERE = Path(__file__).parent
MARKED = ("problems", "answer_keys", "traces", "verdicts")
"""The tables that marks are made of."""
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


def marks(lake: Path, db: duckdb.DuckDBPyConnection, tables: Mapping[str, DeltaTable | None]) -> tuple[str, bool]:
    """The query of ``marks``, one narrow row per trace and no text; and whether it is of a file, which stands until a
    table changes, or all of the work, in a lake that is not ours to write to."""
    query = (HERE / "marks.sql").read_text()
    try:
        return f"SELECT * FROM read_parquet({quoted(file_of(lake, query, db, tables))})", True
    except OSError as error:
        if error.errno in READ_ONLY:
            return query, False
        raise


def file_of(lake: Path, query: str, db: duckdb.DuckDBPyConnection, tables: Mapping[str, DeltaTable | None]) -> Path:
    """The mart's file, made where it is not there."""
    views = (HERE / "views.sql").read_text()
    versions = {name: -1 if (table := tables[name]) is None else table.version() for name in MARKED}
    folder = lake / "_marts"
    file = folder / f"marks-{ids.digest(query, views, versions)}.parquet"
    if not file.exists():
        folder.mkdir(exist_ok=True)
        draft = folder / f".{file.name}.{os.getpid()}"
        try:
            db.execute(f"COPY ({query}) TO {quoted(draft)} (FORMAT parquet, COMPRESSION zstd)")
            draft.replace(file)
        except duckdb.IOException as error:
            raise plain(error, folder) from error
        finally:
            draft.unlink(missing_ok=True)
        for old in folder.glob("marks-*.parquet"):
            # Another process may still read a recent one.
            if old != file and time.time() - old.stat().st_mtime > 600:
                old.unlink(missing_ok=True)
    return file
