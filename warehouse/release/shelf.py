"""The shelf: the releases that a lake has, how two of them differ, and one of them written anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from warehouse.claims import building
from warehouse.errors import BadInput
from warehouse.lake import Lake
from warehouse.lake.place import write_atomically
from warehouse.release.building import write
from warehouse.release.candidates import split_problems
from warehouse.release.planning import FORM, Plan, pinned
from warehouse.release.selection import Policy, Selection

DIFFERENCE = """SELECT coalesce(a.trace_id, b.trace_id) AS trace_id,
    CASE WHEN a.kept AND b.kept THEN 'in both' WHEN a.kept THEN 'only in the first'
        ELSE 'only in the second' END AS change,
    CASE WHEN a.kept AND b.kept THEN NULL WHEN a.kept THEN coalesce(b.reason, 'no candidate')
        ELSE coalesce(a.reason, 'no candidate') END AS reason
FROM (FROM selections WHERE release_id = '{}') a FULL JOIN (FROM selections WHERE release_id = '{}') b
    USING (trace_id)
WHERE a.kept OR b.kept ORDER BY trace_id"""
SUMMARY = """SELECT change, why(reason) AS "why not in the other", count(*) AS traces, min(trace_id) AS example
FROM ({}) GROUP BY ALL ORDER BY change, traces DESC, 2"""


def listing(lake: Lake) -> list[dict[str, Any]]:
    """The manifests of the lake's releases, oldest first, each with its ``path``."""
    files = [file for file in (lake.path / "releases").glob("*/manifest.json") if not file.parent.name.startswith(".")]
    return [manifest_of(file) for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]


def manifest_of(file: Path) -> dict[str, Any]:
    """A manifest with its ``path``. Raises BadInput for a file that is none."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        missing = {"name", "release_id", "rows", "files"} - set(told)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{file}: no manifest of a release: {error}") from error
    if missing:
        raise BadInput(f"{file}: no manifest of a release: expected {', '.join(sorted(missing))}")
    return {"path": str(file.parent), **told}


def find(lake: Lake, name: str) -> dict[str, Any]:
    """A release's manifest, with its ``path``: by its id, its name (then the newest), its folder, or a manifest file.

    Raises BadInput when there is none.
    """
    there = listing(lake)
    for manifest in reversed(there):
        if name in (manifest["release_id"], Path(manifest["path"]).name, manifest["name"]):
            return manifest
    for file in (Path(name), Path(name) / "manifest.json"):
        if file.is_file():
            return manifest_of(file)
    known = ", ".join(sorted({Path(manifest["path"]).name for manifest in there})) or "none"
    raise BadInput(f"no release {name!r} in {lake}; it has {known}")


def difference(lake: Lake, first: str, second: str) -> str:
    """SQL for (trace_id, change, reason) of every trace that either of two releases holds, given their ids: why it is
    not in the other. Raises BadInput for an id that the lake's ``selections`` do not know."""
    for release in (first, second):
        if lake.sql("SELECT 1 FROM selections WHERE release_id = $id LIMIT 1", id=release).is_empty():
            raise BadInput(f"release {release}: no row of it in the selections of {lake}")
    return DIFFERENCE.format(first, second)


def rebuild(lake: Lake, manifest: dict[str, Any], folder: Path) -> list[str]:
    """Write a release again from its manifest and the lake; returns the files that are not what the manifest says.

    The lake is read as it was then, at the versions that the manifest names, whatever has come since. Raises BadInput
    for a folder that stands, a manifest of another form, versions that are gone (by vacuum, or by a takedown
    since), and rows that the lake does not have.
    """
    if folder.exists():
        raise BadInput(f"{folder} exists; name a new folder")
    if manifest.get("form") != FORM:
        raise BadInput(f"{manifest['path']}: form {manifest.get('form')}; this thoughtmill writes form {FORM}")
    # Its own rows of selections came when it had been written.
    made = planned_then(pinned(lake, manifest["versions"] | {"selections": lake.versions()["selections"]}), manifest)
    with building(lake.path, folder.resolve()) as draft:
        again = write(lake, made, draft, manifest["notes"])
        write_atomically(draft / "manifest.json", json.dumps(again, indent=2, ensure_ascii=False) + "\n")
    files = manifest["files"] | again["files"]
    return sorted(file for file in files if manifest["files"].get(file) != again["files"].get(file))


def planned_then(lake: Lake, manifest: dict[str, Any]) -> Plan:
    """The plan that a manifest tells of, with its rows from ``selections``."""
    told = dict(manifest["selection"])
    told["policies"] = tuple(Policy(**policy) for policy in told["policies"])
    for pairs in ("checks", "near", "asked"):
        told[pairs] = None if told[pairs] is None else tuple(tuple(pair) for pair in told[pairs])
    selection = Selection(**told)
    with lake.connect() as db:
        split_problems(db, selection)
        wanted = {"release": manifest["release_id"]}
        kept = db.sql(
            """SELECT s.trace_id, m.problem_id, s.rank, splits.split
            FROM selections s JOIN marks m USING (trace_id) JOIN splits USING (problem_id)
            WHERE s.release_id = $release AND s.kept ORDER BY s.rank""",
            params=wanted,
        ).pl()
        dropped = db.sql(
            "SELECT trace_id, reason FROM selections WHERE release_id = $release AND NOT kept ORDER BY trace_id",
            params=wanted,
        ).pl()
    if kept.height != manifest["rows"]:
        raise BadInput(
            f"release {manifest['release_id']}: the lake {lake} has {kept.height:,} of its rows, "
            f"expected {manifest['rows']:,}"
        )
    return Plan(manifest["release_id"], selection, kept, dropped, manifest["versions"])
