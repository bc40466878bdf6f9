"""Keeping a lake fit: small files made one, files removed that no version needs, damaged ones taken out."""

from __future__ import annotations

import json
import math
import random
import time
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError

from warehouse.errors import BadInput
from warehouse.lake import damage, duck
from warehouse.lake.lake import WRITER, Lake, said
from warehouse.lake.place import data_files
from warehouse.lake.tables import SCHEMAS

FULL = 24.0
"""Hours after which a file that no commit ever named is a killed writer's, and is removed as well."""


def compact(lake: Lake) -> dict[str, dict[str, Any]]:
    """Rewrite each table's small files into large ones; rows, ids and earlier versions stay as they are.

    Writers may append meanwhile. A table that somebody else takes files out of meanwhile is begun anew.
    """
    lake.writable()
    done = {}
    for name in SCHEMAS:
        table = lake.table(name)
        before = len(table.file_uris())
        for attempt in range(10):
            if len(table.file_uris()) < 2:
                break
            try:
                table.optimize.compact(writer_properties=WRITER)
                break
            except CommitFailedError:
                if attempt == 9:
                    raise
                time.sleep(random.random() * 0.1 * 2**attempt)
                table = lake.table(name)
            except DeltaError as error:
                raise said(error, lake.place.uri(name)) from error
        done[name] = {"files_before": before, "files_after": len(lake.table(name).file_uris())}
    return done


def vacuum(lake: Lake, hours: float = 168.0, dry_run: bool = False) -> dict[str, int]:
    """Delete data files that no current version holds and that are older than ``hours``; returns how many per table.

    A younger file may belong to a commit in flight or to a reader that is still at it. What the releases in the lake's
    ``releases`` folder were made from stays: the table versions that their manifests name.
    """
    if hours < 0:
        raise BadInput(f"vacuum: hours is {hours}; expected 0 or more")
    lake.writable()
    removed = {}
    for name in SCHEMAS:
        table = lake.table(name)
        removed[name] = len(
            table.vacuum(
                retention_hours=math.ceil(hours),  # Delta counts whole hours; rounded up, never younger files
                dry_run=dry_run,
                enforce_retention_duration=False,
                full=hours >= FULL,
                keep_versions=kept(lake.path, name, table) or None,
            )
        )
    if not dry_run:
        duck.sweep(lake.place, max(hours, FULL))
    return removed


def kept(folder: Path, name: str, table: DeltaTable) -> list[int]:
    """The versions of a table that manifests of releases name."""
    found = set()
    for file in (folder / "releases").glob("*/manifest.json"):
        version = json.loads(file.read_text(encoding="utf-8")).get("versions", {}).get(name)
        if version is not None and 0 <= version <= table.version():
            found.add(version)
    return sorted(found)


def repair(lake: Lake, dry_run: bool = False) -> list[dict[str, str]]:
    """Take files that are missing or damaged out of their tables; returns which and why.

    All files are read through. A damaged one is kept in ``_damaged``. Its rows are gone from the table, so what they
    answered is open again: the next run of the recipe makes them anew.
    """
    lake.writable()
    found = []
    for name in SCHEMAS:
        table = lake.table(name)
        files = data_files(table)
        gone = lake.place.gone(files)
        bad = [(file, "it is missing") for file in gone]
        bad += damage.unreadable(lake.place, [file for file in files if file not in set(gone)])
        found += [{"table": name, "file": file, "why": why} for file, why in bad]
        if dry_run or not bad:
            continue
        for file, _ in bad:
            if file not in gone:
                lake.place.set_aside(file, f"_damaged/{name}-{Path(file).name}")
        table.repair()
    return found
