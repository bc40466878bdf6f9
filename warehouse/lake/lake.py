"""The lake: Delta tables that many writers may append to, read through DuckDB and Polars.

    lake = Lake("./lake")
    lake.sql("select model, avg(correct::int) from marks group by model")
    lake.scan("traces").filter(pl.col("kind") == "journey").collect()

    Lake("./lake", as_of="2026-11-24T09:00").sql("from funnel")

A commit is exactly once per row key, however many runs overlap: each commit names its table's turn in a Delta
application transaction, so of two writers that looked at the same version one is refused, looks again, drops what the
other has meanwhile written, and tries anew.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from deltalake import ColumnProperties, CommitProperties, DeltaTable, Transaction, WriterProperties
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.writer import write_deltalake

from warehouse.errors import BadInput, LakeError, plain
from warehouse.lake import damage, marts, tombstones
from warehouse.lake.duck import USUAL, Duck, Ducks
from warehouse.lake.evolution import foreign, grow, lacking, properties
from warehouse.lake.marker import mark, opened
from warehouse.lake.moments import Moment, open_at, versions_at
from warehouse.lake.place import data_files, place_of
from warehouse.lake.sql import bound, explained, files_in_sql, only_asks, with_steps
from warehouse.lake.tables import KEYS, NARROW, SCHEMA_VERSION, SCHEMAS

HERE = Path(__file__).parent
TURN = "thoughtmill-turn"
"""The application transaction that all writers of a table take turns in."""

# Traces are tens of kB: small row groups keep memory low, and zstd 3 writes text at disk speed. Least and greatest
# values are kept of narrow columns only: those of a text are texts.
WRITER = WriterProperties(
    compression="ZSTD",
    compression_level=3,
    max_row_group_size=4096,
    default_column_properties=ColumnProperties(statistics_enabled="NONE"),
    column_properties={
        column: ColumnProperties(statistics_enabled="CHUNK") for table in NARROW.values() for column in table
    },
)


class Lake:
    """A folder of Delta tables, or a prefix of a bucket (``s3://bucket/prefix``), where ``path`` is a workspace of this
    machine; with ``as_of`` as it was at a moment (warehouse/lake/moments.py), to be read only.

    Raises LakeError when there is something else, or a schema that is not understood.
    """

    def __init__(self, path: str | Path, create: bool = False, as_of: Moment | None = None) -> None:
        self.place = place_of(path)
        self.path = self.place.path
        self.schema = opened(self.place, create and as_of is None)
        self.pinned = None if as_of is None else versions_at(self.place, as_of)
        self._seen = threading.local()
        self._ducks = Ducks(self.place)

    def __str__(self) -> str:
        """What names this lake to --lake."""
        return self.place.root

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_seen", "_ducks")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _seen=threading.local(), _ducks=Ducks(state["place"]))
        if self.place.remote:  # another machine has another workspace
            self.path.mkdir(parents=True, exist_ok=True)

    # Tables

    def table(self, name: str) -> DeltaTable:
        """The newest version of a table, created empty when it is not there yet. Raises LakeError for one with columns
        that are not understood."""
        where = self.place.uri(name)
        try:
            if not DeltaTable.is_deltatable(where):
                try:
                    return DeltaTable.create(where, SCHEMAS[name], name=name, configuration=properties(name))
                except DeltaError:
                    if not DeltaTable.is_deltatable(where):  # it was not that another writer was first
                        raise
            table = DeltaTable(where)
        except DeltaError as error:
            raise said(error, where) from error
        lacking(name, table)
        return table

    def _newest(self, *names: str) -> dict[str, DeltaTable | None]:
        """Tables to be read from, None for one that did not exist yet: this thread's own, which only look at what has
        come since. A commit takes a fresh one, for a handle that moves would see no conflict."""
        seen: dict[str, DeltaTable | None] = self._seen.__dict__

        def look(name: str) -> None:
            if self.pinned:
                if name not in seen:
                    version = self.pinned[name]
                    seen[name] = None if version < 0 else open_at(self.place, name, version)
                return
            try:
                seen[name].update_incremental()  # type: ignore[union-attr]
            except (KeyError, DeltaError):  # not seen yet; or gone, and perhaps another in its place
                seen[name] = self.table(name)

        # A bucket is far away: all at once.
        with ThreadPoolExecutor(len(names) if self.place.remote else 1) as pool:
            list(pool.map(look, names))
        return {name: seen[name] for name in names}

    def versions(self) -> dict[str, int]:
        """The version of each table, -1 for one that does not exist yet."""
        return {name: -1 if table is None else table.version() for name, table in self._newest(*SCHEMAS).items()}

    def files(self, name: str) -> list[str]:
        """A table's Parquet files."""
        return data_files(self._newest(name)[name])

    def scan(self, name: str) -> pl.LazyFrame:
        """A table as a Polars LazyFrame."""
        if name not in SCHEMAS:
            raise BadInput(f"no table {name!r}; expected one of {', '.join(SCHEMAS)}")
        files = self.files(name)
        empty = pl.from_arrow(SCHEMAS[name].empty_table())
        assert isinstance(empty, pl.DataFrame)
        if not files:
            return empty.lazy()
        return pl.scan_parquet(files, schema=empty.schema, glob=False, missing_columns="insert", extra_columns="ignore")

    def commit(self, name: str, rows: list[dict[str, Any]] | pl.DataFrame | pa.Table, shard: str | None = None) -> int:
        """Append the rows whose key is not there yet and whose text has not been taken down; returns how many.

        A shard that has been committed before is not committed again, whatever it holds. Raises LakeError for a lake
        that was opened as of a moment.
        """
        self.writable()
        frame = as_arrow(name, rows)
        for attempt in range(50):
            table = self.table(name)
            if shard and table.transaction_version(shard) is not None:
                return 0
            try:
                fresh = self._unknown(table, name, frame)
            except damage.Moved:
                continue
            if fresh.num_rows == 0:
                return 0
            try:
                if grow(name, table):
                    table = self.table(name)
                write_deltalake(
                    table,
                    fresh,
                    mode="append",
                    schema_mode="merge" if foreign(name, table) else None,
                    writer_properties=WRITER,
                    commit_properties=turn(table, *([Transaction(shard, 1)] if shard else [])),
                )
                return fresh.num_rows
            except CommitFailedError:
                time.sleep(random.random() * min(1.0, 0.05 * 2**attempt))
            except DeltaError as error:
                raise said(error, self.place.uri(name)) from error
        raise LakeError(f"table {name} of {self}: 50 other commits came first, one after the other")

    def writable(self) -> None:
        """Raises LakeError for a lake opened as of a moment; names today's schema in the marker of an older one."""
        if self.pinned:
            raise LakeError(f"{self} was opened as it was at a moment, where nothing can be written; leave out as_of")
        if self.schema < SCHEMA_VERSION:
            mark(self.place)
            self.schema = SCHEMA_VERSION

    def _unknown(self, table: DeltaTable, name: str, frame: pa.Table) -> pa.Table:
        """The rows of the frame whose key the table does not hold, each key once, without what was taken down."""
        keys, files = KEYS[name], data_files(table)
        with self._reading({name: table}) as (_, db):
            db.register("frame", frame)
            query = tombstones.without(name, self._taken_down())
            if keys:
                columns = ", ".join(keys)
                query = f"SELECT * FROM ({query}) QUALIFY row_number() OVER (PARTITION BY {columns}) = 1"
            if keys and files:
                same = " AND ".join(f"f.{key} IS NOT DISTINCT FROM t.{key}" for key in keys)
                # An undecided verdict may be asked for again.
                decided = " WHERE outcome <> 'undecided'" if name == "verdicts" else ""
                known = f"(SELECT {columns} FROM read_parquet({files_in_sql(files)}){decided})"
                query = f"SELECT f.* FROM ({query}) f ANTI JOIN {known} t ON {same}"
            return db.sql(query).to_arrow_table().cast(SCHEMAS[name])

    def _taken_down(self) -> list[str]:
        """The files of ``takedowns`` as they are now, without making one."""
        where = self.place.uri("takedowns")
        return data_files(DeltaTable(where)) if DeltaTable.is_deltatable(where) else []

    # SQL

    @contextmanager
    def connect(
        self, marks: bool = True, attach: Path | None = None, alone: bool = False, sql: str = ""
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB with every table, view and macro bound to the lake as it is now: in memory, or in a new file. What
        is made in it is to be temporary, and its settings are to be left as they are, if not ``alone``. ``sql`` is
        somebody's own that will be asked, and may do other things.

        Raises LakeError, within the block too, for a file of a table that is missing or damaged.
        """
        # One look at every table: what the views read and what the mart is named after must be the same versions.
        tables = self._newest(*SCHEMAS)
        with self._reading(tables, marks, attach) as (duck, db):
            duck.spoiled = alone or not only_asks(db, sql)
            if duck.renew(db, tuple(table and table.version() for table in tables.values())):
                for name, table in tables.items():
                    db.execute(bound(db, name, table))
                db.execute((HERE / "views.sql").read_text())
                db.execute(with_steps((HERE / "steps.sql").read_text()))
            if marks:
                self._mark(duck, db, tables)
            yield db

    def _mark(self, duck: Duck, db: duckdb.DuckDBPyConnection, tables: dict[str, DeltaTable | None]) -> None:
        """Give it ``marks``, and the views over them."""
        if duck.marks == marts.QUERY:  # they are in it and not in a file
            return
        query = marts.marks(self.path, db, tables)
        if duck.marks == query:
            return
        if duck.marks is not None:  # their file has gone since, and there is no making another
            db.execute("DROP VIEW marks")
        # A catalog outlives the mart's file, so it holds the rows themselves.
        what = "TABLE" if duck.attach or query == marts.QUERY else "VIEW"
        db.execute(f"CREATE {what} marks AS {query}")
        if duck.marks is None:
            db.execute((HERE / "research.sql").read_text())
        duck.marks = query

    @contextmanager
    def _reading(
        self,
        tables: dict[str, DeltaTable | None] | dict[str, DeltaTable],
        marks: bool = False,
        attach: Path | None = None,
    ) -> Iterator[tuple[Duck, duckdb.DuckDBPyConnection]]:
        """A DuckDB over these tables' files. What it cannot read of them is told as a LakeError."""
        with self._ducks.lent(marks, attach) as duck, duck.root.cursor() as db:
            db.execute(USUAL)
            try:
                yield duck, db
            except Exception as error:
                if found := damage.diagnosed(error, self.place, tables):
                    raise found from error
                raise

    def sql(self, query: str, **parameters: Any) -> pl.DataFrame:
        """The answer to a query over tables, views and macros. Raises BadInput for SQL that DuckDB refuses."""
        for last in (False, True):
            try:
                with self.connect(sql=query) as db, explained():
                    answer = db.sql(query, params=parameters or None)
                    return answer.pl() if answer is not None else pl.DataFrame()
            except damage.Moved:
                if last:
                    raise
        raise AssertionError

    @contextmanager
    def stream(
        self, sql: str, rows: int = 4096, marks: bool = False, **tables: pa.Table | pl.DataFrame
    ) -> Iterator[pa.RecordBatchReader]:
        """The answer to a query as it comes, at most ``rows`` of it at a time: for text that memory would not hold.

        ``tables`` can be asked by their names. Text comes as large strings. The order is the query's; an ORDER BY over
        text makes DuckDB hold (and spill) all of it, so sort ids, or one bucket at a time. Raises BadInput for SQL that
        DuckDB refuses.
        """
        with self.connect(marks, sql=sql) as db, explained():
            for name, table in tables.items():
                db.register(name, table.to_arrow() if isinstance(table, pl.DataFrame) else table)
            # So that no batch is too long for its offsets, whatever its texts.
            db.execute("SET arrow_large_buffer_size = true")
            answer = db.sql(sql)
            yield answer.to_arrow_reader(rows) if answer is not None else pa.table({}).to_reader()

    def batches(
        self, sql: str, rows: int = 4096, marks: bool = False, **tables: pa.Table | pl.DataFrame
    ) -> Iterator[pa.RecordBatch]:
        """The batches of ``stream``, one by one."""
        with self.stream(sql, rows, marks, **tables) as reader:
            yield from reader

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


def turn(table: DeltaTable, *others: Transaction) -> CommitProperties:
    """The next turn at a table: who commits through a handle that has not seen the one before is refused."""
    number = (table.transaction_version(TURN) or 0) + 1
    return CommitProperties(app_transactions=[Transaction(TURN, number), *others])


def said(error: Exception, where: str) -> Exception:
    """What to say when a table cannot be opened or written to."""
    clear = plain(error, Path(where))
    return clear if clear is not error else LakeError(f"{where} cannot be used as a Delta table: {error}")


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
