"""Answers as they arrive, on disk before their shard is committed: what a killed run had made, the next one commits.

A shard's journal is a file of JSON lines in the lake's ``_journal``; it goes when the commit stands. Who writes or
replays one holds the shard's claim.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warehouse.claims import claim
from warehouse.lake import Lake

Row = dict[str, Any]
SYNC = 1.0
"""Seconds between syncs: what a power cut may cost. A kill costs nothing, the system has what was written."""


@contextmanager
def journal(lake: Lake, shard: str) -> Iterator[Callable[[Row], None]]:
    """Yields what to call with each row of ``traces`` as it arrives. The journal stays if the block fails."""
    path = path_of(lake, shard)
    path.parent.mkdir(exist_ok=True)
    synced = time.monotonic()
    with path.open("a", encoding="utf-8") as file:

        def add(row: Row) -> None:
            nonlocal synced
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            if time.monotonic() - synced > SYNC:
                os.fsync(file.fileno())
                synced = time.monotonic()

        yield add
    path.unlink(missing_ok=True)


def replay(lake: Lake, shard: str) -> list[str]:
    """Commit what the journal of a shard holds, and drop it; returns trace ids. The caller holds the shard's claim."""
    path = path_of(lake, shard)
    rows = list(whole_rows(path))
    if rows:
        lake.commit("traces", rows)
    path.unlink(missing_ok=True)
    return [row["trace_id"] for row in rows]


def replay_all(lake: Lake) -> list[str]:
    """Replay every journal that no living run is writing."""
    found: list[str] = []
    for path in sorted((lake.path / "_journal").glob("*.jsonl")):
        with claim(lake.path, path.stem) as ours:
            if ours:
                found += replay(lake, path.stem)
    return found


def path_of(lake: Lake, shard: str) -> Path:
    return lake.path / "_journal" / f"{shard}.jsonl"


def whole_rows(path: Path) -> Iterator[Row]:
    """The rows of a journal, without a line that was cut off by a kill or a full disk."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            row = json.loads(line)
        except ValueError:  # not JSON, or not UTF-8
            continue
        if isinstance(row, dict) and row.get("trace_id") and row.get("completion") is not None:
            yield row
