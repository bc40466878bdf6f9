"""Keeping a lake fit: compaction of small files, and removal of files that no version needs."""

from __future__ import annotations

import math
from typing import Any

from warehouse.errors import BadInput
from warehouse.lake import WRITER, Lake
from warehouse.tables import SCHEMAS


def compact(lake: Lake) -> dict[str, dict[str, Any]]:
    """Rewrite each table's small files into large ones; rows, ids and earlier versions stay as they are."""
    done = {}
    for name in SCHEMAS:
        table = lake.table(name)
        before = len(table.file_uris())
        if before > 1:
            table.optimize.compact(writer_properties=WRITER)
        done[name] = {"files_before": before, "files_after": len(lake.table(name).file_uris())}
    return done


def vacuum(lake: Lake, hours: float = 168.0, dry_run: bool = False) -> dict[str, int]:
    """Delete data files that no current version holds and that are older than ``hours``; returns how many per table.

    A younger file may belong to a commit in flight or to a reader that is still at it. Releases are folders of their
    own and lose nothing.
    """
    if hours < 0:
        raise BadInput(f"vacuum: hours is {hours}; expected 0 or more")
    removed = {}
    for name in SCHEMAS:
        files = lake.table(name).vacuum(
            retention_hours=math.ceil(hours),  # Delta counts whole hours; rounded up, never younger files
            dry_run=dry_run,
            enforce_retention_duration=False,
        )
        removed[name] = len(files)
    return removed
