"""Takedown: the text of traces or problems goes, from every file of the lake; their ids stay, with the reason.

With a trace go its children, down to the last (journeys, rewritings, judgements, continuations hold its text); with a
problem goes all that was written about it. Versions of before cannot be read any more. Nothing of it is committed
again: ids name requests, so what is imported or generated anew has the same ids. Killed on the way, the same command
goes on. Releases are folders of their own; those that hold such rows are named.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl
from deltalake.exceptions import CommitFailedError

from warehouse.claims import claim
from warehouse.errors import BadInput, LakeError
from warehouse.lake import logs
from warehouse.lake.lake import WRITER, Lake, turn
from warehouse.lake.place import data_files
from warehouse.lake.sql import explained, files_in_sql
from warehouse.lake.tombstones import NAMES_TRACES, TOUCHED

TOGETHER = 50_000
"""Ids that one statement of a rewrite names."""

# Who goes: the traces that were named, those on the problems that were named, and all their children.
REACH = """
WITH RECURSIVE roots AS (
    SELECT trace_id, NULL::VARCHAR AS through FROM asked_traces
    UNION ALL SELECT trace_id, problem_id AS through FROM traces SEMI JOIN asked_problems USING (problem_id)
), children AS MATERIALIZED (
    SELECT unnest(parents) AS parent, trace_id FROM traces
), line AS (
    SELECT trace_id, through, trace_id AS root FROM roots
    UNION SELECT c.trace_id, coalesce(l.through, l.root), l.root FROM line l JOIN children c ON c.parent = l.trace_id
), down AS (
    SELECT trace_id, min(through) AS through FROM line GROUP BY trace_id
)
SELECT trace_id, problem_id, CASE WHEN a.trace_id IS NULL THEN through END AS through
FROM down JOIN traces USING (trace_id) LEFT JOIN asked_traces a USING (trace_id)
"""


@dataclass(frozen=True)
class Wanted:
    """What is to go: exactly one of these."""

    traces: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    source: str | None = None
    sql: str | None = None
    """A query that gives one column, trace_id or problem_id."""


def take_down(lake: Lake, wanted: Wanted, reason: str, dry_run: bool = False) -> dict[str, Any]:
    """Take text away; returns counts of what went, and the releases that hold some of it.

    Raises BadInput for ids and sources that the lake does not know, and for an empty reason.
    """
    if not reason.strip():
        raise BadInput("takedown: the reason is empty; it is all that will be left")
    lake.writable()
    rows = reached(lake, wanted)
    told: dict[str, Any] = {
        "traces": rows.filter(pl.col("trace_id").is_not_null()).height,
        "problems": rows.filter(pl.col("trace_id").is_null()).height,
    }
    if dry_run:
        return told | {"releases": releases_of(lake, rows)}
    # First what keeps it out, then what takes it out: a writer between the two looks again.
    lake.commit("takedowns", rows.with_columns(reason=pl.lit(reason.strip())))
    told["rows"] = {name: delete(lake, name) for name in reversed(TOUCHED)}
    told["files_removed"] = sum(sweep(lake, name) for name in TOUCHED)
    for kept in (*(lake.path / "_marts").glob("marks-*.parquet"), lake.path / "catalog.duckdb"):
        kept.unlink(missing_ok=True)  # answers stand in them; both are made anew
    told["journals_in_use"] = clear_journals(lake)
    return told | {"releases": releases_of(lake, rows)}


def reached(lake: Lake, wanted: Wanted) -> pl.DataFrame:
    """The new rows of ``takedowns``: trace_id, problem_id, through."""
    traces, problems = list(wanted.traces), list(wanted.problems)
    with lake.connect(marks=wanted.sql is not None, sql=wanted.sql or "") as db:
        if wanted.sql:
            with explained():
                found = db.sql(wanted.sql).pl()
            if found.columns not in (["trace_id"], ["problem_id"]):
                raise BadInput(
                    f"takedown --sql gives {', '.join(found.columns)}; expected one column, trace_id or problem_id"
                )
            listed = found.to_series().drop_nulls().cast(pl.String).to_list()
            traces, problems = (listed, []) if found.columns == ["trace_id"] else ([], listed)
        if wanted.source:
            query = """SELECT problem_id FROM problems WHERE source = $source
                UNION SELECT problem_id FROM takedowns WHERE trace_id IS NULL AND through = $source ORDER BY ALL"""
            problems = [row[0] for row in db.execute(query, {"source": wanted.source}).fetchall()]
            if not problems:
                known = db.execute("SELECT DISTINCT source FROM problems ORDER BY ALL LIMIT 20").fetchall()
                raise BadInput(
                    f"takedown: no problem is of source {wanted.source!r}; expected one of "
                    f"{', '.join(row[0] for row in known) or 'none, for there are no problems'}"
                )
        register(db, "asked_traces", "trace_id", traces)
        register(db, "asked_problems", "problem_id", problems)
        unknown(db, "trace", "asked_traces", "SELECT trace_id FROM traces UNION ALL SELECT trace_id FROM takedowns")
        unknown(
            db,
            "problem",
            "asked_problems",
            "SELECT problem_id FROM problems UNION ALL SELECT problem_id FROM traces "
            "UNION ALL SELECT problem_id FROM takedowns WHERE trace_id IS NULL",
        )
        rows = db.sql(REACH).pl()
    whole = pl.DataFrame(
        {"trace_id": None, "problem_id": problems, "through": wanted.source},
        schema=dict.fromkeys(rows.columns, pl.String),
    )
    return pl.concat([rows.cast(pl.String), whole]).sort("problem_id", "trace_id")


def register(db: duckdb.DuckDBPyConnection, name: str, column: str, ids: list[str]) -> None:
    db.register(name, pl.DataFrame({column: sorted(set(ids))}, schema={column: pl.String}).to_arrow())


def unknown(db: duckdb.DuckDBPyConnection, what: str, asked: str, known: str) -> None:
    """Raises BadInput for ids that nothing in the lake has or had."""
    found = db.execute(f"FROM {asked} ANTI JOIN ({known}) USING ({what}_id) ORDER BY ALL").fetchall()
    if found:
        raise BadInput(
            f"takedown: the lake has no {what} {found[0][0]!r}"
            + (f", nor {len(found) - 1:,} others of those named" if len(found) > 1 else "")
        )


def delete(lake: Lake, name: str) -> int:
    """Rewrite a table without the rows that are taken down, in the turn of a writer; returns how many those were."""
    count = 0
    for attempt in range(50):
        table = lake.table(name)
        try:
            with lake.connect(marks=False) as db:
                ids = held(db, name, data_files(table))
            # Even with nothing to delete the turn is taken: a commit that has not seen the takedown then looks again.
            if not ids:
                table.create_write_transaction([], "append", table.schema(), commit_properties=turn(table))
            for column, listed in ids:
                for start in range(0, len(listed), TOGETHER):
                    named = ", ".join("'" + one.replace("'", "''") + "'" for one in listed[start : start + TOGETHER])
                    done = table.delete(
                        f"{column} IN ({named})", writer_properties=WRITER, commit_properties=turn(table)
                    )
                    count += done["num_deleted_rows"]
            return count
        except CommitFailedError:
            time.sleep(random.random() * min(1.0, 0.05 * 2**attempt))
    raise LakeError(f"table {name} of {lake}: 50 other commits came first, one after the other; take down again")


def held(db: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> list[tuple[str, list[str]]]:
    """(column, ids) of what is taken down and yet in some files of a table."""
    found = []
    for column, about in columns(name) if files else ():
        query = f"""SELECT DISTINCT {column} FROM read_parquet({files_in_sql(files)}, union_by_name = true)
            SEMI JOIN (FROM takedowns WHERE {about}) USING ({column}) ORDER BY ALL"""
        found.append((column, [row[0] for row in db.execute(query).fetchall()]))
    return [(column, ids) for column, ids in found if ids]


def columns(name: str) -> list[tuple[str, str]]:
    """By which columns the rows of a table go, and with which rows of ``takedowns``."""
    by_problem = [("problem_id", "trace_id IS NULL")]
    return [("trace_id", "trace_id IS NOT NULL"), *by_problem] if name in NAMES_TRACES else by_problem


def sweep(lake: Lake, name: str) -> int:
    """Remove every file on disk that holds what is taken down, of whatever version; returns how many."""
    current = data_files(lake.table(name))
    log = lake.place.uri(f"{name}/_delta_log/")
    old = [
        file
        for file in lake.place.below(lake.place.uri(name), ".parquet")
        if file not in set(current) and not file.startswith(log)
    ]
    with lake.connect(marks=False) as db:
        if left := held(db, name, current):
            raise LakeError(
                f"table {name} of {lake} was written to meanwhile ({left[0][1][0]} is back); take down again"
            )
        removed = [file for file in old if holds(db, name, file)]
    removed += lake.place.below(lake.place.uri("_damaged"), ".parquet")
    for file in removed:
        lake.place.remove(file)
    logs.without_text(lake.place, name)
    return len(removed)


def holds(db: duckdb.DuckDBPyConnection, name: str, file: str) -> bool:
    """Whether a file holds what is taken down, or is none that can be looked into."""
    try:
        return bool(held(db, name, [file]))
    except duckdb.Error:
        return True


def clear_journals(lake: Lake) -> list[str]:
    """Take the rows out of the journals of stopped runs; returns the journals that a living run is writing."""
    in_use = []
    down = ids_of(lake)
    for path in sorted((lake.path / "_journal").glob("*.jsonl")):
        with claim(lake.path, path.stem) as ours:
            if not ours:
                in_use.append(path.stem)
                continue
            lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
            kept = [line for line in lines if not about(line, down)]
            if len(kept) < len(lines):
                draft = path.with_suffix(".draft")
                draft.write_bytes(b"".join(kept))
                draft.replace(path)
    return in_use


def told(db: duckdb.DuckDBPyConnection, trace_id: str) -> str | None:
    """What became of a trace that has been taken down, in words; None for one that has not."""
    row = db.execute(
        """SELECT created_at, reason, through, (SELECT list(DISTINCT release_id ORDER BY release_id) FROM selections s
            WHERE s.trace_id = t.trace_id) FROM takedowns t WHERE trace_id = ?""",
        [trace_id],
    ).fetchone()
    if row is None:
        return None
    when, reason, through, releases = row
    along = f", along with {through}" if through else ""
    considered = f"; considered by {', '.join(releases)}" if releases else ""
    return f"{trace_id} was taken down on {when:%Y-%m-%d}{along}: {reason} (its text is gone){considered}"


def ids_of(lake: Lake) -> set[str]:
    """All traces, and all problems, that have been taken down."""
    with lake.connect(marks=False) as db:
        return {row[0] for row in db.execute("SELECT coalesce(trace_id, problem_id) FROM takedowns").fetchall()}


def about(line: bytes, down: set[str]) -> bool:
    """Whether a line of a journal is about one of them, or cannot be read."""
    try:
        row = json.loads(line)
        return bool({row["trace_id"], row["problem_id"], *row["parents"]} & down)
    except (ValueError, KeyError, TypeError):
        return True


def releases_of(lake: Lake, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The releases that hold some of these rows, published or as rejected ones: release, folder, rows."""
    folders = {}
    for file in sorted((lake.path / "releases").glob("*/manifest.json")):
        folders[json.loads(file.read_text(encoding="utf-8")).get("release_id")] = str(file.parent)
    with lake.connect(marks=False) as db:
        db.register("down", rows.select("trace_id").drop_nulls().to_arrow())
        found = db.execute(
            "SELECT release_id, count(*) FILTER (kept), count(*) FROM selections SEMI JOIN down USING (trace_id) "
            "GROUP BY release_id ORDER BY release_id"
        ).fetchall()
    return [
        {"release": release, "folder": folders.get(release), "kept": kept, "considered": count}
        for release, kept, count in found
    ]
