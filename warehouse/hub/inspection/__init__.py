"""What is asked of a release before anybody else may read it.

Each rule is asked of the folder as it stands, not of the lake: what would be uploaded is what is looked at. A release
that breaks a rule is refused, unless the rule is waived by name. ``files`` cannot be, for then it is another release,
and ``takedowns`` cannot.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.errors import BadInput
from warehouse.hub.inspection import rules
from warehouse.hub.inspection.folder import CARD, MANIFEST, Folder, read
from warehouse.hub.inspection.rows import SHOWN, Seen, look
from warehouse.hub.inspection.rules import Objection, listed
from warehouse.hub.inspection.secrets import secrets

RULES = {
    "files": "every file is there, reads, and has the SHA-256 that the manifest says",
    "card": "the card's YAML reads, its configs' paths exist, and every Parquet file belongs to a config",
    "schema": "all files of a config have the same columns, and rows",
    "ids": "no trace is in a config twice",
    "splits": "no problem is in two splits, whatever the config",
    "takedowns": "nothing is in that the lake has taken down since",
    "licences": "every source states its licence, and the card does not say otherwise",
    "unchecked": "the release was examined for contamination",
    "contamination": "no more rows on contaminated problems than the limit",
    "secrets": "no key, token or password in a row or in the card",
}
WAIVABLE = [rule for rule in RULES if rule not in ("files", "takedowns")]
AGAIN = "build the release anew (thoughtmill release rebuild), and change nothing in its folder"


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
    """Bytes of every file by path, the manifest's own among them."""


def inspect(path: Path, waive: Iterable[str] = (), limit: int = 0, down: pa.Table | None = None) -> Inspection:
    """Ask every rule of a release's folder. ``limit``: how many rows on contaminated problems are borne; ``down``: the
    lake's takedowns (trace_id, problem_id).

    Reads every file twice, in batches. Raises BadInput for a folder that is no release, and for a waiver of what is no
    rule or cannot be waived.
    """
    waive = set(waive)
    if wrong := sorted(waive - set(WAIVABLE)):
        raise BadInput(f"--waive {wrong[0]}: expected one of {', '.join(WAIVABLE)}")
    folder = read(path)
    made = Inspection(folder)
    found = files(made)
    on_texts, found_broken = texts(made, [file for file in folder.parquet if file not in {o.where for o in found}])
    found += found_broken
    # A file that does not read, or is not the release's, says nothing about the other rules.
    bad = {objection.where for objection in found}
    with duckdb.connect() as db:
        tables = rules.Tables(path, (part for part in folder.parts if part.file in folder.files.keys() - bad), db)
        found += [*rules.card(folder), *rules.schema(tables), *rules.ids(tables), *rules.splits(tables)]
        found += rules.takedowns(tables, down)
        on_licences, notes = rules.licences(tables, folder)
    found += [*on_licences, *rules.contamination(folder, limit), *on_texts]
    made.notes += notes
    made.objections = [objection for objection in found if objection.rule not in waive]
    made.waived = [objection for objection in found if objection.rule in waive]
    return made


def files(made: Inspection) -> list[Objection]:
    """The rule ``files``, as far as names and hashes go. Notes sizes, and which files are not of the release."""
    folder = made.folder
    found = []

    def digest(name: str) -> str | None:
        file = folder.path / name
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    with ThreadPoolExecutor(hands()) as pool:
        for (name, expected), digested in zip(folder.files.items(), pool.map(digest, folder.files), strict=True):
            if digested is None:
                found.append(Objection("files", name, "in the manifest and not in the folder", AGAIN))
                continue
            made.sizes[name] = (folder.path / name).stat().st_size
            if digested != expected:
                told = f"SHA-256 is {digested[:12]}..., the manifest says {expected[:12]}..."
                found.append(Objection("files", name, told, AGAIN))
    made.sizes[MANIFEST] = (folder.path / MANIFEST).stat().st_size
    there = (file.relative_to(folder.path).as_posix() for file in folder.path.rglob("*") if file.is_file())
    if strangers := sorted(set(there) - {*folder.files, MANIFEST}):
        made.notes.append(f"not of the release, and not sent: {listed(strangers)}")
    return found


def texts(made: Inspection, parquet: list[str]) -> tuple[list[Objection], list[Objection]]:
    """The rule ``secrets``, over every text; and the files that do not read. E-mail addresses are only noted."""
    folder = made.folder
    broken: list[Objection] = []

    def search(file: str) -> Seen:
        try:
            return look(folder.path, file)
        except (pa.ArrowException, OSError) as error:
            told = str(error).strip().partition("\n")[0]
            broken.append(Objection("files", file, f"no Parquet file that reads: {told}", AGAIN))
            return Seen(file)

    with ThreadPoolExecutor(hands()) as pool:
        seen = list(pool.map(search, parquet))
    if (folder.path / CARD).is_file():
        text = (folder.path / CARD).read_text(encoding="utf-8", errors="replace")
        on_card = [(CARD, f"{secret.kind}: {secret.excerpt}") for secret in secrets(text)]
        seen.append(Seen(CARD, on_card, len(on_card)))
    if addresses := sum(file.n_emails for file in seen):
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
    return found, sorted(broken, key=lambda objection: objection.where)


def hands() -> int:
    """Threads; hashing and searching leave Python's lock to others."""
    return min(4, os.cpu_count() or 1)
