"""The lake: Delta tables that many writers may append to, read through DuckDB and Polars.

    lake = Lake("./lake")
    lake.sql("select model, avg(correct::int) from marks group by model")
    lake.scan("traces").filter(pl.col("kind") == "journey").collect()

A commit is exactly once per row key, however many runs overlap: each commit names its table's turn in a Delta
application transaction, so of two writers that looked at the same version one is refused, looks again, drops what the
other has meanwhile written, and tries anew.
"""

from __future__ import annotations

import json
import os
import random
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import polars as pl
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.writer import write_deltalake

from warehouse import ids
from warehouse.errors import BadInput, LakeError, plain
from warehouse.tables import KEYS, SCHEMA_VERSION, SCHEMAS

HERE = Path(__file__).parent
MARKED = ("problems", "answer_keys", "traces", "verdicts")
"""The tables that marks are made of."""
TURN = "thoughtmill-turn"
"""The application transaction that all writers of a table take turns in."""

# Traces are tens of kB: small row groups keep memory low, and zstd 3 writes text at disk speed.
WRITER = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=4096)
# Releases pin versions of the log, so it must never expire.
LOG_FOREVER = {"delta.logRetentionDuration": "interval 36500 days", "delta.enableExpiredLogCleanup": "false"}


class Lake:
    """A folder of Delta tables. Raises LakeError when the folder holds something else or a newer schema."""

    def __init__(self, path: str | Path, create: bool = False) -> None:
        self.path = Path(path).expanduser().resolve()
        marker = self.path / "lake.json"
        if not marker.exists():
            if not create:
                raise LakeError(f"no lake at {self.path}; run a recipe first, or name another with --lake")
            if re.search(r"[\[\]]|%[0-9A-Fa-f]{2}", str(self.path)):
                raise LakeError(
                    f"{self.path}: delta tables cannot lie under a name with [, ] or %xx in it; name another"
                )
            if self.path.exists() and holds_something_else(self.path) and not marker.exists():
                raise LakeError(f"{self.path} exists and is not a lake; name an empty or new folder with --lake")
            self.path.mkdir(parents=True, exist_ok=True)
            write_atomically(marker, json.dumps({"schema": SCHEMA_VERSION}) + "\n")
        try:
            found = json.loads(marker.read_text())["schema"]
        except (ValueError, KeyError, TypeError) as error:
            raise LakeError(f"{marker} is damaged: expected {{'schema': {SCHEMA_VERSION}}}") from error
        if found != SCHEMA_VERSION:
            raise LakeError(
                f"{self.path} has schema {found}, this thoughtmill reads schema {SCHEMA_VERSION}; "
                "upgrade thoughtmill, or name another lake with --lake"
            )
        self._seen = threading.local()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_seen"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _seen=threading.local())

    # Tables

    def table(self, name: str) -> DeltaTable:
        """The newest version of a table, created empty when it is not there yet."""
        where = str(self.path / name)
        if not DeltaTable.is_deltatable(where):
            try:
                return DeltaTable.create(where, schema=SCHEMAS[name], name=name, configuration=LOG_FOREVER)
            except DeltaError as error:
                if not DeltaTable.is_deltatable(where):  # it was not that another writer was first
                    raise plain(error, Path(where)) from error
        return DeltaTable(where)

    def _newest(self, name: str) -> DeltaTable:
        """The same to be read from: this thread's own, which only looks at what has come since. A commit takes a fresh
        one, for a handle that moves would see no conflict."""
        seen: dict[str, DeltaTable] = self._seen.__dict__
        try:
            seen[name].update_incremental()
        except (KeyError, DeltaError):  # not seen yet; or gone, and perhaps another in its place
            seen[name] = self.table(name)
        return seen[name]

    def versions(self) -> dict[str, int]:
        """The version of each table, -1 for one that does not exist yet."""
        return {name: self._newest(name).version() for name in SCHEMAS}

    def scan(self, name: str) -> pl.LazyFrame:
        """A table as a Polars LazyFrame."""
        if name not in SCHEMAS:
            raise BadInput(f"no table {name!r}; expected one of {', '.join(SCHEMAS)}")
        files = data_files(self.table(name))
        empty = pl.from_arrow(SCHEMAS[name].empty_table())
        assert isinstance(empty, pl.DataFrame)
        return pl.scan_parquet(files, schema=empty.schema, glob=False) if files else empty.lazy()

    def commit(self, name: str, rows: list[dict[str, Any]] | pl.DataFrame | pa.Table, shard: str | None = None) -> int:
        """Append the rows whose key is not there yet; returns how many that were.

        A shard that has been committed before is not committed again, whatever it holds.
        """
        frame = as_arrow(name, rows)
        for attempt in range(50):
            table = self.table(name)
            if shard and table.transaction_version(shard) is not None:
                return 0
            fresh = self._unknown(table, name, frame)
            if fresh.num_rows == 0:
                return 0
            turn = (table.transaction_version(TURN) or 0) + 1
            transactions = [Transaction(TURN, turn)] + ([Transaction(shard, 1)] if shard else [])
            try:
                write_deltalake(
                    table,
                    fresh,
                    mode="append",
                    writer_properties=WRITER,
                    commit_properties=CommitProperties(app_transactions=transactions),
                )
                return fresh.num_rows
            except CommitFailedError:
                time.sleep(random.random() * min(1.0, 0.05 * 2**attempt))
            except DeltaError as error:
                raise plain(error, self.path / name) from error
        raise LakeError(f"table {name} of {self.path}: 50 other commits came first, one after the other")

    def _unknown(self, table: DeltaTable, name: str, frame: pa.Table) -> pa.Table:
        """The rows of the frame whose key the table does not hold, each key once."""
        keys = KEYS[name]
        if not keys:
            return frame
        with duckdb.connect() as db:
            db.register("frame", frame)
            columns = ", ".join(keys)
            once = f"SELECT * FROM frame QUALIFY row_number() OVER (PARTITION BY {columns}) = 1"
            files = data_files(table)
            if not files:
                return db.sql(once).to_arrow_table().cast(SCHEMAS[name])
            same = " AND ".join(f"f.{key} IS NOT DISTINCT FROM t.{key}" for key in keys)
            # An undecided verdict may be asked for again.
            decided = " WHERE outcome <> 'undecided'" if name == "verdicts" else ""
            known = f"(SELECT {columns} FROM read_parquet($files){decided})"
            query = f"SELECT f.* FROM ({once}) f ANTI JOIN {known} t ON {same}"
            return db.sql(query, params={"files": files}).to_arrow_table().cast(SCHEMAS[name])

    # SQL

    def connect(self, marks: bool = True, attach: Path | None = None) -> duckdb.DuckDBPyConnection:
        """A DuckDB with every table, view and macro bound to the lake as it is now: in memory, or in a new file."""
        db = duckdb.connect(str(attach) if attach else ":memory:")
        db.execute("SET TimeZone = 'UTC'")
        # One look at every table: what the views read and what the mart is named after must be the same versions.
        tables = {name: self._newest(name) for name in SCHEMAS}
        for name, table in tables.items():
            files = data_files(table)
            if files:
                listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
                db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}], union_by_name = true)")
            else:
                db.execute(f"CREATE TABLE {name} ({columns_of(name)})")
        db.execute((HERE / "views.sql").read_text())
        if marks:
            versions = {name: table.version() for name, table in tables.items() if name in MARKED}
            file = str(self._marks(db, versions)).replace("'", "''")
            # A catalog outlives the mart's file, so it holds the rows themselves.
            what = "TABLE" if attach else "VIEW"
            db.execute(f"CREATE {what} marks AS SELECT * FROM read_parquet('{file}')")
            db.execute((HERE / "research.sql").read_text())
        return db

    def sql(self, query: str, **parameters: Any) -> pl.DataFrame:
        """The answer to a query over tables, views and macros. Raises BadInput for SQL that DuckDB refuses."""
        with self.connect() as db:
            try:
                answer = db.sql(query, params=parameters or None)
                return answer.pl() if answer is not None else pl.DataFrame()
            except duckdb.Error as error:
                raise BadInput(f"this SQL does not run: {error}") from error

    def batches(
        self, sql: str, rows: int = 4096, marks: bool = False, **tables: pa.Table | pl.DataFrame
    ) -> Iterator[pa.RecordBatch]:
        """The answer to a query as it comes, at most ``rows`` of it at a time: for text that memory would not hold.

        ``tables`` can be asked by their names. Text comes as large strings. The order is the query's; an ORDER BY over
        text makes DuckDB hold (and spill) all of it, so sort ids, or one bucket at a time. Raises BadInput for SQL that
        DuckDB refuses.
        """
        with self.connect(marks) as db:
            for name, table in tables.items():
                db.register(name, table.to_arrow() if isinstance(table, pl.DataFrame) else table)
            # So that no batch is too long for its offsets, whatever its texts.
            db.execute("SET arrow_large_buffer_size = true")
            try:
                answer = db.sql(sql)
                if answer is None:
                    return
                yield from answer.to_arrow_reader(rows)
            except duckdb.Error as error:
                raise BadInput(f"this SQL does not run: {error}") from error

    def _marks(self, db: duckdb.DuckDBPyConnection, versions: dict[str, int]) -> Path:
        """The ``marks`` mart: one narrow row per trace, no text, kept on disk until a table changes."""
        query = (HERE / "marks.sql").read_text()
        views = (HERE / "views.sql").read_text()
        folder = self.path / "_marts"
        file = folder / f"marks-{ids.digest(query, views, versions)}.parquet"
        if not file.exists():
            folder.mkdir(exist_ok=True)
            draft = folder / f".{file.name}.{os.getpid()}"
            where = str(draft).replace("'", "''")
            try:
                db.execute(f"COPY ({query}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)")
            except duckdb.IOException as error:
                draft.unlink(missing_ok=True)
                raise plain(error, folder) from error
            draft.replace(file)
            for old in folder.glob("marks-*.parquet"):
                # Another process may still read a recent one.
                if old != file and time.time() - old.stat().st_mtime > 600:
                    old.unlink(missing_ok=True)
        return file

    def export_catalog(self, path: Path) -> Path:
        """A DuckDB file with the same views, for other tools: replaced whole, never held open."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        try:
            with self.connect(attach=draft):
                pass
            draft.replace(path)
        except duckdb.IOException as error:
            raise plain(error, path) from error
        finally:
            draft.unlink(missing_ok=True)
        return path


@cache
def columns_of(name: str) -> str:
    """A table's columns as DuckDB declares them."""
    with duckdb.connect() as db:
        db.register("nothing", SCHEMAS[name].empty_table())
        return ", ".join(f'"{column}" {kind}' for column, kind, *_ in db.execute("DESCRIBE nothing").fetchall())


def holds_something_else(path: Path) -> bool:
    """Whether a path is a file, or a folder with more in it than the marker that another process is just writing."""
    return not path.is_dir() or any("lake.json" not in file.name for file in path.iterdir())


def data_files(table: DeltaTable) -> list[str]:
    """The paths of a table's Parquet files. Delta names them as URIs, where a blank is %20."""
    return [unquote(file) for file in table.file_uris()]


def as_arrow(name: str, rows: list[dict[str, Any]] | pl.DataFrame | pa.Table) -> pa.Table:
    """Rows in the table's declared schema: missing columns become null, created_at is now."""
    schema = SCHEMAS[name]
    if isinstance(rows, pl.DataFrame):
        rows = rows.to_arrow()
    if isinstance(rows, pa.Table):
        now = pa.scalar(datetime.now(UTC), pa.timestamp("us", tz="UTC"))
        columns = []
        for column in schema:
            if column.name in rows.column_names:
                columns.append(rows[column.name].cast(column.type))
            elif column.name == "created_at":
                columns.append(pa.repeat(now, rows.num_rows))
            else:
                columns.append(pa.nulls(rows.num_rows, column.type))
        return pa.table(columns, schema=schema)
    moment = datetime.now(UTC)
    return pa.Table.from_pylist([{"created_at": moment, **row} for row in rows], schema=schema)


def write_atomically(path: Path, content: str | bytes) -> None:
    """All of the file or none of it, also when the disk is full."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
