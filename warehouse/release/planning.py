"""A plan: what a release will hold, in its order, and what it leaves out; decided, and nothing written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse import ids
from warehouse.lake import Lake
from warehouse.release.candidates import gather, split_problems
from warehouse.release.choosing import select
from warehouse.release.selection import Selection

FORM = 5
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

    The lake is read as it is now, whatever is committed meanwhile. The release's id covers its rows, their order, how
    they are asked and in what forms they are written, and everything that its files tell of them. Raises BadInput for a
    policy that DuckDB refuses.
    """
    versions = lake.versions()
    with pinned(lake, versions).connect() as db:
        gather(db, selection)
        split_problems(db, selection)
        short = select(db, selection)
        kept = db.sql(
            """SELECT trace_id, problem_id,
                row_number() OVER (ORDER BY place('rank/' || $seed, trace_id), trace_id) - 1 AS rank, splits.split
            FROM candidates JOIN splits USING (problem_id) ORDER BY rank""",
            params={"seed": selection.seed},
        ).pl()
        dropped = db.sql("SELECT trace_id, reason FROM dropped ORDER BY trace_id").pl()
        told = tellings(db, selection)
    rows = [ids.digest(column.to_list()) for column in (kept["trace_id"], kept["split"], *dropped.get_columns())]
    settings = {name: what for name, what in selection.told().items() if name not in ("checks", "near")}
    return Plan("r" + ids.digest(FORM, settings, rows, told), selection, kept, dropped, versions, short)


def pinned(lake: Lake, versions: dict[str, int]) -> Lake:
    """The lake at some versions of its tables, to be read only."""
    return Lake(str(lake), as_of=versions)


def tellings(db: duckdb.DuckDBPyConnection, selection: Selection) -> list[Any]:
    """A digest of each thing that the files tell of the rows, whoever committed it when."""
    asked = {
        "verdicts": """SELECT concat_ws('/', trace_id, check_name, version, settings_hash, key_id, outcome, reason)
            FROM opinions SEMI JOIN considered USING (trace_id)""",
        "keys": """SELECT concat_ws('/', problem_id, key_id) FROM current_keys
            SEMI JOIN considered USING (problem_id)""",
        "contamination": """SELECT concat_ws('/', problem_id, against, outcome, reason, score) FROM latest_verdicts
            SEMI JOIN considered USING (problem_id)
            WHERE check_name = 'contamination' AND settings_hash = $contamination""",
        "labels": """SELECT concat_ws('/', trace_id, check_name, outcome) FROM latest_verdicts
            SEMI JOIN considered USING (trace_id) WHERE starts_with(check_name, 'label:')""",
        "controls": """SELECT traces.trace_id FROM traces SEMI JOIN candidates c ON traces.parents [1] = c.trace_id
            WHERE traces.kind IN ('shortcut', 'mixed')""",
    }
    untold = {"labels": "raw", "controls": "journey"}
    found = []
    for name, query in asked.items():
        if untold.get(name, "default") not in selection.configs:
            continue
        parameters = {"contamination": selection.contamination} if "$contamination" in query else None
        digest = f"SELECT count(*), bit_xor(md5_number(one))::VARCHAR FROM ({query}) t (one)"
        found.append([name, *db.execute(digest, parameters).fetchall()[0]])
    return found
