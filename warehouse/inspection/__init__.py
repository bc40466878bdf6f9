"""What is asked of a release before anybody else may read it.

Each rule is asked of the folder as it stands, not of the lake: what would be uploaded is what is looked at. A release
that breaks a rule is refused, unless the rule is waived by name; ``files`` cannot be, for then it is another release.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import BadInput
from warehouse.inspection import folder as folders
from warehouse.inspection.folder import CARD, MANIFEST, Folder, Part
from warehouse.inspection.rows import SHOWN, Seen, look
from warehouse.inspection.secrets import secrets

RULES = {
    "files": "every file is there, reads, and has the SHA-256 that the manifest says",
    "card": "the card's YAML reads, its configs' paths exist, and every Parquet file belongs to a config",
    "schema": "all files of a config have the same columns, and rows",
    "ids": "no trace is in a config twice",
    "splits": "no problem is in two splits, whatever the config",
    "secrets": "no key, token or password in a row or in the card",
    "licences": "every source states its licence, and the card does not say otherwise",
    "unchecked": "the release was examined for contamination",
    "contamination": "no more rows on contaminated problems than the limit",
}
UNWAIVABLE = {"files"}
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


@dataclass
class Inspection:
    """What an inspection found."""

    folder: Folder
    objections: list[Objection] = field(default_factory=list)
    """That nobody waived."""
    waived: list[Objection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Worth knowing; no reason to refuse."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes by path, the manifest's own among them."""


def inspect(path: Path, waive: Iterable[str] = (), limit: int = 0) -> Inspection:
    """Ask every rule of a release's folder. ``limit``: how many rows on contaminated problems are borne.

    Raises BadInput for a folder that is no release, and for a waiver of what is no rule or cannot be waived.
    """
    waive = set(waive)
    for rule in sorted(waive):
        if rule not in RULES or rule in UNWAIVABLE:
            raise BadInput(
                f"--waive {rule}: expected one of {', '.join(name for name in RULES if name not in UNWAIVABLE)}"
            )
    folder = folders.read(path)
    made = Inspection(folder)
    found, broken = files(folder, made)
    # A file that does not read says nothing about the other rules.
    parts = [part for part in folder.parts if part.file not in broken and part.file in folder.files]
    found += [
        Objection("card", CARD, told, "build the release anew, or put the card and its hash in the manifest right")
        for told in folder.trouble
    ]
    found += [
        Objection("schema", file, "has no rows, and datasets cannot load such a file", "build the release without it")
        for file in sorted({part.file for part in parts})
        if not pq.read_metadata(path / file).num_rows
    ]
    schemas = {part.file: pq.read_schema(path / part.file) for part in parts}
    found += schema(parts, schemas)
    with duckdb.connect() as db:
        db.execute("SET preserve_insertion_order = false")
        found += ids(db, path, parts, schemas)
        found += splits(db, path, parts, schemas)
        found += licences(db, path, parts, schemas, folder, made)
    found += contamination(folder, limit)
    found += texts(folder, [file for file in folder.parquet if file not in broken], made)
    made.objections = [objection for objection in found if objection.rule not in waive]
    made.waived = [objection for objection in found if objection.rule in waive]
    return made


def files(folder: Folder, made: Inspection) -> tuple[list[Objection], set[str]]:
    """The rule ``files``; also returns the files that cannot be used. Says which files are not of the release."""
    again = "build the release anew (thoughtmill release rebuild), and change nothing in its folder"
    found: list[Objection] = []
    broken: set[str] = set()

    def digest(name: str) -> str | None:
        file = folder.path / name
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    with ThreadPoolExecutor(hands()) as pool:
        digests = dict(zip(folder.files, pool.map(digest, folder.files), strict=True))
    for name, expected in folder.files.items():
        if digests[name] is None:
            found.append(Objection("files", name, "in the manifest and not in the folder", again))
            broken.add(name)
            continue
        made.sizes[name] = (folder.path / name).stat().st_size
        if digests[name] != expected:
            told = f"SHA-256 is {str(digests[name])[:12]}..., the manifest says {expected[:12]}..."
            found.append(Objection("files", name, told, again))
        if name.endswith(".parquet"):
            try:
                pq.read_metadata(folder.path / name)
            except (pa.ArrowInvalid, OSError) as error:
                found.append(Objection("files", name, f"no Parquet file that reads: {first_line(error)}", again))
                broken.add(name)
    made.sizes[MANIFEST] = (folder.path / MANIFEST).stat().st_size
    strangers = sorted(
        file.relative_to(folder.path).as_posix()
        for file in folder.path.rglob("*")
        if file.is_file() and file.relative_to(folder.path).as_posix() not in {*folder.files, MANIFEST}
    )
    if strangers:
        made.notes.append(f"not of the release, and not sent: {listed(strangers)}")
    return found, broken


def schema(parts: list[Part], schemas: dict[str, pa.Schema]) -> list[Objection]:
    first: dict[str, str] = {}
    found = []
    for part in parts:
        model = first.setdefault(part.config, part.file)
        here, there = schemas[part.file], schemas[model]
        if not here.equals(there):
            odd = [
                f"{name} is {type_of(here, name)}, there {type_of(there, name)}"
                for name in dict.fromkeys([*there.names, *here.names])
                if type_of(here, name) != type_of(there, name)
            ] or [f"its columns stand in the order {', '.join(here.names)}"]
            told = f"other columns than {model} of the same config {part.config}: {listed(odd)}"
            found.append(Objection("schema", part.file, told, "build the release anew"))
    return found


def type_of(columns: pa.Schema, name: str) -> str:
    return str(columns.field(name).type) if name in columns.names else "not there"


def ids(db: duckdb.DuckDBPyConnection, path: Path, parts: list[Part], schemas: dict[str, pa.Schema]) -> list[Objection]:
    rows = union(path, parts, schemas, ("trace_id",))
    if not rows:
        return []
    twice = db.execute(
        f"""SELECT config, count(*) AS n, min_by(trace_id, trace_id) AS trace, min_by(files, trace_id) AS files FROM (
            SELECT config, trace_id, list_sort(list(DISTINCT file)) AS files FROM ({rows})
            WHERE trace_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1
        ) GROUP BY config ORDER BY config"""
    ).fetchall()
    return [
        Objection(
            "ids",
            f"config {config}",
            f"{count:,} traces are in it twice, such as {trace} in {' and '.join(where)}",
            "find out with `thoughtmill sql` how they came to be selected twice, and build the release anew",
        )
        for config, count, trace, where in twice
    ]


def splits(
    db: duckdb.DuckDBPyConnection, path: Path, parts: list[Part], schemas: dict[str, pa.Schema]
) -> list[Objection]:
    rows = union(path, parts, schemas, ("problem_id",))
    if not rows:
        return []
    leaked = db.execute(
        f"""SELECT problem_id, list_sort(list(DISTINCT split)), list_sort(list(DISTINCT file))
        FROM ({rows}) WHERE problem_id IS NOT NULL
        GROUP BY problem_id HAVING count(DISTINCT split) > 1 ORDER BY problem_id"""
    )
    told = leaked.fetchmany(FEW)
    more = sum(len(rows) for rows in iter(lambda: leaked.fetchmany(10_000), []))
    if not told:
        return []
    shown = "; ".join(f"{problem} in {' and '.join(of)} ({', '.join(where[:4])})" for problem, of, where in told)
    return [
        Objection(
            "splits",
            f"{len(told) + more:,} problems",
            f"in two splits: {shown}{' ...' if more else ''}",
            "split by problem and build the release anew",
        )
    ]


def licences(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    parts: list[Part],
    schemas: dict[str, pa.Schema],
    folder: Folder,
    made: Inspection,
) -> list[Objection]:
    """Every source with its licences, over all rows that state both."""
    rows = union(path, parts, schemas, ("source", "licence"))
    if not rows:
        remedy = "write a config with both columns, or waive the rule"
        return [Objection("licences", "rows", "no config has the columns source and licence", remedy)]
    said = db.execute(
        f"""SELECT source, trim(coalesce(licence, '')) AS licence, count(*) AS rows, min(file) AS file
        FROM ({rows}) GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    found = [
        Objection(
            "licences",
            f"source {source}",
            f"{count:,} rows state no licence, the first in {file}",
            "state it in the recipe ([[problems]] licence = ...) or in the source's rows, and build the release anew",
        )
        for source, licence, count, file in said
        if licence.lower() in UNSAID
    ]
    stated: dict[str, list[str]] = {}
    for source, licence, _, _ in said:
        if licence.lower() not in UNSAID:
            stated.setdefault(licence, []).append(str(source))
    on_card = folder.metadata.get("license")
    names = {str(name).lower() for name in (on_card if isinstance(on_card, list) else [on_card]) if name}
    if not names:
        if stated:
            made.notes.append(f"the card's YAML has no license; the sources state {listed(sorted(stated))}")
    elif "other" not in names:
        found += [
            Objection(
                "licences",
                f"{CARD}, license: {', '.join(sorted(names))}",
                f"rows from {listed(sources)} are under {licence}",
                "name every licence on the card, or say `license: other`",
            )
            for licence, sources in sorted(stated.items())
            if licence.lower() not in names
        ]
    return found


def contamination(folder: Folder, limit: int) -> list[Objection]:
    """What the manifest says was found; see the release for who puts it there."""
    told = folder.manifest.get("contamination")
    if not isinstance(told, dict) or not told.get("checked"):
        return [
            Objection(
                "unchecked",
                MANIFEST,
                "the release was not examined for contamination",
                'add a stage do = "decontaminate" to the recipe and build anew, or waive the rule',
            )
        ]
    hits = told.get("hits", 0)
    if not isinstance(hits, int) or hits > limit:
        remedy = "leave them out (the recipe's release stage), or raise --contamination-limit"
        return [
            Objection("contamination", MANIFEST, f"{hits} rows are on contaminated problems, the limit is {limit}", remedy)
        ]
    return []


def texts(folder: Folder, parquet: list[str], made: Inspection) -> list[Objection]:
    """The rule ``secrets``, over every text; addresses are only counted."""
    with ThreadPoolExecutor(hands()) as pool:
        seen = list(pool.map(lambda file: look(folder.path, file), parquet))
    card = folder.path / CARD
    if card.is_file():
        on_card = [
            (CARD, f"{secret.kind}: {secret.excerpt}")
            for secret in secrets(card.read_text(encoding="utf-8", errors="replace"))
        ]
        seen.append(Seen(CARD, on_card, len(on_card)))
    addresses = sum(file.n_emails for file in seen)
    if addresses:
        rows = sum(file.rows_with_emails for file in seen)
        first = next(file.first_email for file in seen if file.first_email)
        made.notes.append(f"{addresses:,} e-mail addresses in {rows:,} rows, the first in {first}")
    remedy = (
        "leave the row out (thoughtmill lake takedown) and build the release anew; whoever owns it should revoke it"
    )
    told = [(where, what) for file in seen for where, what in file.secrets]
    found = [Objection("secrets", where, what, remedy) for where, what in told[:SHOWN]]
    if (more := sum(file.n_secrets for file in seen) - len(found)) > 0:
        found.append(Objection("secrets", "and more", f"{more:,} others", remedy))
    return found


def union(path: Path, parts: list[Part], schemas: dict[str, pa.Schema], columns: tuple[str, ...]) -> str:
    """SQL for these columns of all files that have them, with config, split and file; empty where none has."""
    chosen = [part for part in parts if set(columns) <= set(schemas[part.file].names)]
    return " UNION ALL ".join(
        f"SELECT {', '.join(f'{name}::VARCHAR AS {name}' for name in columns)}, {quoted(part.config)} AS config, "
        f"{quoted(part.split)} AS split, {quoted(part.file)} AS file FROM read_parquet({quoted(str(path / part.file))})"
        for part in chosen
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def listed(names: list[str]) -> str:
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW:,} more" if len(names) > FEW else "")


def hands() -> int:
    """Threads; hashing and searching leave Python's lock to others."""
    return min(4, os.cpu_count() or 1)


def first_line(error: Any) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
