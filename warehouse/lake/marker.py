"""The file that makes a folder a lake: lake.json, with the number of the schema it was last written by."""

from __future__ import annotations

import json
import re
from pathlib import Path

from warehouse.errors import LakeError
from warehouse.lake.place import MARKER, Place, place_of
from warehouse.lake.tables import OLDEST, SCHEMA_VERSION


def opened(place: Place, create: bool) -> int:
    """The schema that the lake at a place has; with ``create`` an empty or new place becomes one of today's.

    Raises LakeError for a place without a lake or with something else, and for a schema that is not understood.
    """
    marker = place.uri(MARKER)
    try:
        there = place.exists(marker)
    except OSError as error:
        if not place.remote:
            raise
        raise LakeError(
            f"{place.root} cannot be reached: {error}; see to AWS_ENDPOINT_URL, AWS_REGION and the AWS_* credentials"
        ) from error
    if not there:
        if not create:
            raise LakeError(f"no lake at {place.root}; run a recipe first, or name another with --lake")
        if re.search(r"[\[\]]|%[0-9A-Fa-f]{2}", place.root):
            raise LakeError(f"{place.root}: delta tables cannot lie under a name with [, ] or %xx in it; name another")
        if place.holds_something_else() and not place.exists(marker):
            raise LakeError(f"{place.root} exists and is not a lake; name an empty or new folder with --lake")
        place.path.mkdir(parents=True, exist_ok=True)
        mark(place)
    try:
        found = json.loads(place.read(marker))["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(f"{marker} is damaged: expected {{'schema': {SCHEMA_VERSION}}}") from error
    if found not in range(OLDEST, SCHEMA_VERSION + 1):
        raise LakeError(
            f"{place.root} has schema {found}, this thoughtmill reads schemas {OLDEST} to {SCHEMA_VERSION}; "
            "upgrade thoughtmill, or name another lake with --lake"
        )
    return found


def is_lake(where: str | Path) -> bool:
    """Whether there is a lake, of whatever schema."""
    place = place_of(where)
    return place.exists(place.uri(MARKER))


def mark(place: Place) -> None:
    """Have the lake's marker name today's schema."""
    place.write(place.uri(MARKER), (json.dumps({"schema": SCHEMA_VERSION}) + "\n").encode())
