"""The rules that a release's tables, card and manifest answer; those on files and texts stand in the package itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.hub.inspection.folder import CARD, MANIFEST, Folder, Part
from warehouse.lake.sql import quoted

UNSAID = ("", "unknown", "not stated", "none", "n/a", "null", "unlicensed", "?")
"""What stands for a licence where nobody knows of one."""
FEW = 5
"""Examples per objection."""


@dataclass(frozen=True)
class Objection:
    """A rule that a release breaks."""

    rule: str
    where: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.found}; {self.remedy}"


class Tables:
    """The Parquet files of a release that can be read, with their places, and SQL over them."""

    def __init__(self, path: Path, parts: Iterable[Part], db: duckdb.DuckDBPyConnection) -> None:
        self.path, self.db = path, db
        self.parts = tuple(parts)
        self.schemas: dict[str, pa.Schema] = {part.file: pq.read_schema(path / part.file) for part in self.parts}

    def rows(self, *columns: str) -> str:
        """SQL for these columns of every file that has them all, with config, split and file; empty where none has."""
        return " UNION ALL ".join(
            f"SELECT {', '.join(f'{name}::VARCHAR AS {name}' for name in columns)}, {quoted(part.config)} AS config, "
            f"{quoted(part.split)} AS split, {quoted(part.file)} AS file "
            f"FROM read_parquet({quoted(str(self.path / part.file))})"
            for part in self.parts
            if set(columns) <= set(self.schemas[part.file].names)
        )


def card(folder: Folder) -> list[Objection]:
    remedy = "build the release anew, or put the card and its hash in the manifest right"
    return [Objection("card", CARD, told, remedy) for told in folder.trouble]


def schema(tables: Tables) -> list[Objection]:
    first: dict[str, str] = {}
    found = []
    for part in tables.parts:
        if not pq.read_metadata(tables.path / part.file).num_rows:
            told = "has no rows, and datasets cannot load such a file"
            found.append(Objection("schema", part.file, told, "build the release without it"))
        model = first.setdefault(part.config, part.file)
        here, there = tables.schemas[part.file], tables.schemas[model]
        if not here.equals(there):
            odd = [
                f"{name} is {type_of(here, name)}, there {type_of(there, name)}"
                for name in dict.fromkeys([*there.names, *here.names])
                if type_of(here, name) != type_of(there, name)
            ] or [f"they stand in the order {', '.join(here.names)}"]
            told = f"other columns than {model} of the same config {part.config}: {listed(odd)}"
            found.append(Objection("schema", part.file, told, "build the release anew"))
    return found


def type_of(columns: pa.Schema, name: str) -> str:
    return str(columns.field(name).type) if name in columns.names else "not there"


def ids(tables: Tables) -> list[Objection]:
    rows = tables.rows("trace_id")
    if not rows:
        return []
    twice = tables.db.execute(
        f"""SELECT config, count(*), min(trace_id), min_by(files, trace_id) FROM (
            SELECT config, trace_id, list_sort(list(DISTINCT file)) AS files FROM ({rows})
            WHERE trace_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1
        ) GROUP BY config ORDER BY config"""
    ).fetchall()
    remedy = "find out with `thoughtmill sql` how they came to be selected twice, and build the release anew"
    return [
        Objection(
            "ids",
            f"config {config}",
            f"{count:,} traces are in it twice, such as {trace} in {' and '.join(files)}",
            remedy,
        )
        for config, count, trace, files in twice
    ]


def splits(tables: Tables) -> list[Objection]:
    rows = tables.rows("problem_id")
    if not rows:
        return []
    # First the ids alone: of a million problems nearly none is in two splits, and only those are asked where they are.
    tables.db.execute(
        f"""CREATE OR REPLACE TEMP TABLE leaked AS SELECT problem_id FROM ({rows}) WHERE problem_id IS NOT NULL
        GROUP BY problem_id HAVING min(split) <> max(split)"""
    )
    told = tables.db.execute(
        f"""SELECT problem_id, list_sort(list(DISTINCT split)), list_sort(list(DISTINCT file)),
            (SELECT count(*) FROM leaked)
        FROM ({rows}) SEMI JOIN (FROM leaked ORDER BY problem_id LIMIT {FEW}) USING (problem_id)
        GROUP BY problem_id ORDER BY problem_id"""
    ).fetchall()
    if not told:
        return []
    shown = "; ".join(f"{problem} in {' and '.join(of)} ({listed(files)})" for problem, of, files, _ in told)
    count = told[0][3]
    found = f"in two splits: {shown}{'; ...' if count > len(told) else ''}"
    return [Objection("splits", f"{count:,} problems", found, "split by problem, and build the release anew")]


def takedowns(tables: Tables, down: pa.Table | None) -> list[Objection]:
    """``down``: (trace_id, problem_id) of what the lake has taken down; trace_id is null where that is the problem."""
    traces, problems = tables.rows("trace_id"), tables.rows("problem_id")
    if down is None or not down.num_rows or not (traces or problems):
        return []
    tables.db.register("down", down)
    asked = []
    if traces:
        asked.append(f"SELECT file, trace_id AS id FROM ({traces}) SEMI JOIN down USING (trace_id)")
    if problems:
        whole = "(FROM down WHERE trace_id IS NULL)"
        asked.append(f"SELECT file, problem_id AS id FROM ({problems}) SEMI JOIN {whole} USING (problem_id)")
    told = tables.db.execute(
        f"SELECT file, count(*), min(id) FROM ({' UNION ALL '.join(asked)}) GROUP BY file ORDER BY file"
    ).fetchall()
    return [
        Objection("takedowns", file, f"{count:,} rows have been taken down, such as {one}", "build the release anew")
        for file, count, one in told
    ]


def licences(tables: Tables, folder: Folder) -> tuple[list[Objection], list[str]]:
    """Every source with its licences, over all rows that state both; and what is worth knowing of them."""
    rows = tables.rows("source", "licence")
    if not rows:
        remedy = "write a config with both columns, or waive the rule"
        return [Objection("licences", "rows", "no config has the columns source and licence", remedy)], []
    said = tables.db.execute(
        f"""SELECT coalesce(source, 'not named'), trim(coalesce(licence, '')) AS licence, count(*), min(file)
        FROM ({rows}) GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    remedy = "state it in the recipe ([[problems]] licence = ...) or in the source's rows, and build the release anew"
    found = [
        Objection("licences", f"source {source}", f"{count:,} rows state no licence, the first in {file}", remedy)
        for source, licence, count, file in said
        if licence.lower() in UNSAID
    ]
    stated: dict[str, list[str]] = {}
    for source, licence, _, _ in said:
        if licence.lower() not in UNSAID:
            stated.setdefault(licence, []).append(source)
    on_card = folder.metadata.get("license")
    names = {str(name).lower() for name in (on_card if isinstance(on_card, list) else [on_card]) if name}
    if not names:
        return found, [f"the card's YAML has no license; the sources state {listed(sorted(stated))}"] if stated else []
    if "other" not in names:
        remedy = "name every licence on the card, or say `license: other`"
        place = f"{CARD}, license: {', '.join(sorted(names))}"
        found += [
            Objection("licences", place, f"rows from {listed(sources)} are under {licence}", remedy)
            for licence, sources in sorted(stated.items())
            if licence.lower() not in names
        ]
    return found, []


def contamination(folder: Folder, limit: int) -> list[Objection]:
    """What the manifest says was found: ``checked``, and the rows on contaminated problems as ``hits``."""
    told = folder.manifest.get("contamination")
    if not isinstance(told, dict) or not told.get("checked"):
        remedy = 'add a stage do = "decontaminate" to the recipe and build anew, or waive the rule'
        return [Objection("unchecked", MANIFEST, "the release was not examined for contamination", remedy)]
    hits = told.get("hits")
    if not isinstance(hits, int) or hits > limit:
        found = f"{hits} rows are on contaminated problems, the limit is {limit}"
        return [Objection("contamination", MANIFEST, found, "leave them out, or raise --contamination-limit")]
    return []


def listed(names: Sequence[str]) -> str:
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW:,} more" if len(names) > FEW else "")
