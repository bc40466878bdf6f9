"""Selection: which traces a release teaches. A policy is one SQL file that yields ``trace_id``.

It sees everything a researcher sees, and ``candidates``: the marks of the recipe's traces of the wanted kinds, with
``replaced``, whether an accepted rewriting of it is among them.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import BadInput
from warehouse.registry import find

POLICIES = Path(__file__).parent / "policies"


def policy(name: str, folder: Path | None = None) -> str:
    """A policy's SQL, by name or from the user's own .sql file. Raises BadInput when there is none."""
    if name.endswith(".sql"):
        # A policy is asked as part of a larger query.
        return find(name, folder).read_text(encoding="utf-8").strip().rstrip(";") + "\n"
    path = POLICIES / f"{name}.sql"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in POLICIES.glob("*.sql")))
        raise BadInput(f"no selection policy {name!r}; expected one of {known}, or a .sql file of your own")
    return path.read_text(encoding="utf-8")
