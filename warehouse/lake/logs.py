"""Text in a table's Delta log: lakes of schema 1 kept the least and the greatest of every column, texts included."""

from __future__ import annotations

import json
import re
from typing import Any

from deltalake import DeltaTable

from warehouse.lake.place import Place
from warehouse.lake.tables import NARROW


def without_text(place: Place, name: str) -> None:
    """Take such values out of a table's log; versions, files and counts in it stay as they are."""
    log = place.uri(f"{name}/_delta_log")
    changed = False
    for file in place.below(log, ".json"):
        if not re.search(r"/\d{20}\.json$", file):
            continue
        lines = place.read(file).decode().splitlines()
        kept = [narrowed(line, set(NARROW[name])) for line in lines]
        if kept != lines:
            place.write(file, ("\n".join(kept) + "\n").encode())
            changed = True
    if changed:
        # Checkpoints repeat what the log says, which is kept from the first commit on: they are made again of it.
        old = place.below(log, ".parquet")
        place.remove(f"{log}/_last_checkpoint")
        for file in old:
            place.remove(file)
        if old:
            DeltaTable(place.uri(name)).create_checkpoint()


def narrowed(line: str, columns: set[str]) -> str:
    """A line of the log without least and greatest values of other columns than these."""
    entry: dict[str, Any] = json.loads(line)
    added = entry.get("add") or {}
    if not added.get("stats"):
        return line
    stats = json.loads(added["stats"])
    wide = False
    for bound in ("minValues", "maxValues"):
        values = stats.get(bound) or {}
        wide = wide or not columns.issuperset(values)
        stats[bound] = {column: value for column, value in values.items() if column in columns}
    if not wide:
        return line
    added["stats"] = json.dumps(stats, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False)
