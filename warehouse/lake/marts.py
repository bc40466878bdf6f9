"""What is kept on disk so that a million traces answer at once: made of the tables and named by their versions."""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import duckdb
from deltalake import DeltaTable

from warehouse import ids
from warehouse.errors import plain
from warehouse.lake.sql import quoted

HERE = Path(__file__).parent
MARKED = ("problems", "answer_keys", "traces", "verdicts")
"""The tables that marks are made of."""
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
QUERY = (HERE / "marks.sql").read_text()


def marks(lake: Path, db: duckdb.DuckDBPyConnection, tables: Mapping[str, DeltaTable | None]) -> str:
    """What to make ``marks`` of, one narrow row per trace and no text: of a file, which stands until a table changes;
    or, in a lake that is not ours to write to, by QUERY itself."""
    try:
        return f"SELECT * FROM read_parquet({quoted(file_of(lake, db, tables))})"
    except OSError as error:
        if error.errno in READ_ONLY:
            return QUERY
        raise


def file_of(lake: Path, db: duckdb.DuckDBPyConnection, tables: Mapping[str, DeltaTable | None]) -> Path:
    """The mart's file, made where it is not there."""
    views = (HERE / "views.sql").read_text()
    versions = {name: -1 if (table := tables[name]) is None else table.version() for name in MARKED}
    folder = lake / "_marts"
    file = folder / f"marks-{ids.digest(QUERY, views, versions)}.parquet"
    if not file.exists():
        folder.mkdir(exist_ok=True)
        draft = folder / f".{file.name}.{uuid4().hex[:8]}"
        try:
            db.execute(f"COPY ({QUERY}) TO {quoted(draft)} (FORMAT parquet, COMPRESSION zstd)")
            draft.replace(file)
        except duckdb.IOException as error:
            raise plain(error, folder) from error
        finally:
            draft.unlink(missing_ok=True)
        for old in folder.glob("marks-*.parquet"):
            # Another process may still read a recent one; or have removed an old one.
            with suppress(FileNotFoundError):
                if old != file and time.time() - old.stat().st_mtime > 600:
                    old.unlink()
    return file
