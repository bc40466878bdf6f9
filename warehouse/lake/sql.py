"""SQL that is written here, and what DuckDB says of somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from warehouse import steps
from warehouse.errors import BadInput
from warehouse.lake.evolution import uniform
from warehouse.lake.place import data_files
from warehouse.lake.tables import SCHEMAS


def quoted(text: str | Path) -> str:
    """A text as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


def files_in_sql(files: list[str]) -> str:
    """Files as SQL lists them."""
    return f"[{', '.join(map(quoted, files))}]"


def with_steps(template: str) -> str:
    """SQL with the patterns that put a thought into steps where it names them."""
    return template.replace("$PARAGRAPH", quoted(steps.PARAGRAPH)).replace("$SENTENCE", quoted(steps.SENTENCE))


def only_asks(db: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether SQL leaves everything as it is: settings, tables, views."""
    try:
        return all(statement.type == duckdb.StatementType.SELECT for statement in db.extract_statements(sql))
    except duckdb.Error:
        return True


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
