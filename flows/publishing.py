"""What a publication did, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.tables import console
from warehouse.hub.inspection.folder import MANIFEST
from warehouse.hub.upload import Published, size
from warehouse.lake import Lake
from warehouse.lake.place import MARKER
from warehouse.release.shelf import find


def meant(name: str, lake: Path) -> tuple[Path, Lake | None]:
    """The folder of a release by its name, id or path, and the lake whose takedowns count: a folder outside any lake
    needs none. Raises BadInput where there is no such release."""
    folder = Path(name)
    if (folder / MANIFEST).is_file():
        home = folder.resolve().parent.parent
        return folder, Lake(home) if (home / MARKER).is_file() else None
    of = Lake(lake)
    return Path(find(of, name)["path"]), of


def as_dict(made: Published) -> dict[str, Any]:
    """A publication for programs."""
    inspection = made.inspection
    return {
        "repo_id": made.repo_id,
        "tag": made.tag,
        "release_id": made.release_id,
        "address": made.address,
        "dry_run": made.dry_run,
        "done_before": made.done_before,
        "commit": made.commit,
        "sent": made.sent,
        "there": made.there,
        "deleted": made.deleted,
        "unasked": made.unasked,
        "barred": made.barred,
        "objections": [vars(objection) for objection in inspection.objections],
        "waived": [vars(objection) for objection in inspection.waived],
        "notes": [*inspection.notes, *made.notes],
    }


def show(made: Published) -> None:
    """A publication for people."""
    say = console().print
    inspection = made.inspection
    for objection in inspection.objections:
        say(f"refused: {objection}")
    for objection in inspection.waived:
        say(f"waived: {objection}")
    for note in [*inspection.notes, *made.notes]:
        say(f"note: {note}")
    if made.dry_run:
        rehearsal(made)
    elif made.done_before:
        say(f"{made.repo_id} has this release already, as {made.tag}: nothing was sent ({made.address})")
    else:
        gone = f", {len(made.deleted):,} of an older release deleted" if made.deleted else ""
        say(
            f"{made.release_id} is {made.tag} of {made.repo_id}: {len(made.sent):,} files sent, "
            f"{size(sum(made.sent.values()))}, {len(made.there):,} were there{gone}\n{made.address}"
        )
        say(f'load_dataset("{made.repo_id}", revision="{made.tag}")')


def rehearsal(made: Published) -> None:
    say = console().print
    if made.barred:
        say(f"refused: {made.barred}")
    if made.unasked:
        say(f"the Hub could not be asked what it has: {made.unasked}")
    for name, n_bytes in sorted(made.sent.items()):
        say(f"would send {name} ({size(n_bytes)})")
    for name in made.deleted:
        say(f"would delete {name}, of an older release")
    there = f"; {len(made.there):,} files are there" if made.there else ""
    if made.done_before:
        say(f"{made.repo_id} has this release already, as {made.tag}: nothing would be sent")
    else:
        total = size(sum(made.sent.values()))
        say(f"{made.repo_id}, tag {made.tag}: {len(made.sent):,} files to send, {total}{there}; nothing was sent")
