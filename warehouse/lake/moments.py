"""The lake as it was: which version of each table was the newest at some moment.

A moment is written as a time (``2026-11-24T09:00``, UTC where no zone is given), as a version of ``traces`` (``12``),
as versions of named tables (``traces=12,verdicts=30``; the others as they were by the last of those commits), or as the
name of a release that recorded the versions it was made from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from deltalake import DeltaTable

from warehouse.errors import BadInput, LakeError
from warehouse.lake.place import Place, data_files
from warehouse.lake.tables import SCHEMAS

Moment = str | int | datetime | Mapping[str, int]

EXPECTED = (
    "expected a time such as 2026-11-24T09:00, a version of traces such as 12, versions such as "
    "traces=12,verdicts=30, or the name of a release"
)


def versions_at(place: Place, moment: Moment) -> dict[str, int]:
    """The version of every table then, -1 for one that did not exist.

    Raises BadInput for what names no moment, and LakeError for one before the lake and for versions that are not there.
    """
    named = parsed(place, moment)
    known = {name: commits(place, name) for name in SCHEMAS}
    if isinstance(named, datetime):
        when, exact = named, {}
    else:
        exact = named
        for name, version in exact.items():
            if version != -1 and version not in known[name]:
                newest = max(known[name], default=None)
                raise LakeError(
                    f"table {name} has no version {version}; expected "
                    + (f"0 to {newest}" if newest is not None else "none, for the table does not exist")
                )
        if set(exact) >= set(SCHEMAS):
            return {name: exact[name] for name in SCHEMAS}
        when = max(
            (known[name][version] for name, version in exact.items() if version != -1),
            default=datetime.max.replace(tzinfo=UTC),
        )
    then = {
        name: exact.get(name, max((version for version, at in known[name].items() if at <= when), default=-1))
        for name in SCHEMAS
    }
    if all(version == -1 for version in then.values()):
        first = min((at for table in known.values() for at in table.values()), default=None)
        raise LakeError(
            f"{place.root} was empty at {moment}: "
            + (f"its first table is of {first.isoformat(timespec='seconds')}" if first else "it has no tables yet")
        )
    return then


def parsed(place: Place, moment: Moment) -> datetime | dict[str, int]:
    """A moment as a time in UTC, or as versions by table."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if isinstance(moment, Mapping):
        if unknown := set(moment) - set(SCHEMAS):
            raise BadInput(f"as of {dict(moment)}: no table {min(unknown)!r}; expected {', '.join(SCHEMAS)}")
        return dict(moment)
    text = str(moment).strip()
    if re.fullmatch(r"\d{1,15}", text):
        return {"traces": int(text)}
    if re.fullmatch(r"\w+=\d+(,\w+=\d+)*", text):
        return parsed(place, {name: int(version) for name, version in (part.split("=") for part in text.split(","))})
    try:
        return parsed(place, datetime.fromisoformat(text))
    except ValueError:
        pass
    if versions := recorded(place.path / "releases", text):
        return versions
    raise BadInput(f"as of {text!r}: {EXPECTED}")


def recorded(releases: Path, name: str) -> dict[str, int] | None:
    """The table versions in the manifest of a release, by its folder's name or by its own.

    Raises BadInput for a release that recorded none, and for a name that several have.
    """
    found = []
    for file in sorted(releases.glob("*/manifest.json")):
        manifest = json.loads(file.read_text(encoding="utf-8"))
        if name in (file.parent.name, manifest.get("name"), manifest.get("release_id")):
            found.append((file.parent.name, manifest.get("versions")))
    if not found:
        return None
    if len(found) > 1:
        raise BadInput(
            f"as of {name!r}: several releases have that name; expected one of {', '.join(n for n, _ in found)}"
        )
    ((folder, versions),) = found
    if not versions:
        raise BadInput(f"as of {name!r}: the manifest of release {folder} names no versions")
    return {table: int(version) for table, version in versions.items() if table in SCHEMAS}


def commits(place: Place, name: str) -> dict[int, datetime]:
    """When each version of a table was committed; empty when it does not exist."""
    if not DeltaTable.is_deltatable(place.uri(name)):
        return {}
    return {
        entry["version"]: datetime.fromtimestamp(entry["timestamp"] / 1000, UTC)
        for entry in DeltaTable(place.uri(name)).history()
    }


def open_at(place: Place, name: str, version: int) -> DeltaTable:
    """A table at a version. Raises LakeError when files of that version have been removed since."""
    table = DeltaTable(place.uri(name), version=version)
    files = data_files(table)
    if gone := place.gone(files):
        raise LakeError(
            f"table {name} cannot be read at version {version}: {len(gone)} of its {len(files)} files are gone, by "
            "`lake vacuum` (which keeps what is younger than --hours and what releases name) or by a takedown"
        )
    return table
