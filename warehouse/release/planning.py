"""A plan: what a release will hold, in its order, and what it leaves out; decided, and nothing written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from warehouse import ids
from warehouse.lake import Lake
from warehouse.release.candidates import gather
from warehouse.release.choosing import select
from warehouse.release.selection import Selection

FORM = 2
"""Of the folder's layout and columns; another one makes another release of the same rows."""


@dataclass(frozen=True)
class Plan:
    """A release that has been decided on: which traces, in which order."""

    release_id: str
    selection: Selection
    kept: pl.DataFrame
    """trace_id, problem_id, rank (from 0 over the whole release), split."""
    dropped: pl.DataFrame
    """trace_id, reason of every candidate that is not in, of those whose place a child took, and of those on
    quarantined or contaminated problems."""
    versions: dict[str, int] = field(default_factory=dict)
    """Of the lake's tables, as they were when this was decided."""
    short: dict[str, dict[str, int]] = field(default_factory=dict)
    """Rows that a quota lacks, by what it is of and by name."""

    @property
    def name(self) -> str:
        return self.selection.name

    def folder(self, lake: Lake) -> Path:
        return lake.path / "releases" / f"{self.name}-{self.release_id[1:9]}"

    def is_built(self, lake: Lake) -> bool:
        return (self.folder(lake) / "manifest.json").exists()


def plan(lake: Lake, selection: Selection) -> Plan:
    """Decide a release; see ``candidates.gather`` for who may be in and ``choosing`` for who is.

    The release's id covers its rows, their order, how they are asked, the verdicts that decided, and what is written of
    them. Raises BadInput for a policy that DuckDB refuses.
    """
    versions = lake.versions()
    with lake.connect() as db:
        gather(db, selection.scope, selection.kinds, selection.checks, selection.models, selection.contamination)
        short = select(db, selection)
        kept = db.sql(
            """SELECT trace_id, problem_id, row_number() OVER (ORDER BY place($seed, trace_id), trace_id) - 1 AS rank,
                CASE WHEN share($seed, problem_id) < $validation THEN 'validation' ELSE 'train' END AS split
            FROM candidates ORDER BY rank""",
            params={"seed": selection.seed, "validation": selection.validation},
        ).pl()
        dropped = db.sql("SELECT trace_id, reason FROM dropped ORDER BY trace_id").pl()
        deciding = decided_by(db, everything="raw" in selection.configs)
    rows = [ids.digest(column.to_list()) for column in (kept["trace_id"], kept["split"], *dropped.get_columns())]
    told = {name: value for name, value in selection.told().items() if name not in ("checks", "near", "contamination")}
    return Plan("r" + ids.digest(FORM, told, rows, deciding), selection, kept, dropped, versions, short)


def decided_by(db: duckdb.DuckDBPyConnection, everything: bool) -> list[tuple[object, ...]]:
    """What the verdicts come to that a release's rows rest on: with ``everything``, of what it leaves out as well."""
    subjects = "considered" if everything else "candidates"
    told = "check_name, version, settings_hash, trace_id, key_id, outcome, reason"
    labels = (
        f"UNION ALL SELECT {told} FROM latest_verdicts WHERE starts_with(check_name, 'label:')" if everything else ""
    )
    return db.execute(
        f"""SELECT check_name, version, settings_hash, count(*),
            bit_xor(md5_number(concat_ws('/', trace_id, key_id, outcome, reason)))::VARCHAR
        FROM (SELECT {told} FROM opinions {labels}) SEMI JOIN {subjects} USING (trace_id) GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
