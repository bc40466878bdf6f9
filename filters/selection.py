"""Selection: which traces a release teaches. A policy is one SQL file that yields ``trace_id``.

It sees everything a researcher sees, and ``candidates``: the marks of the recipe's traces of the wanted kinds that the
policies before it have left, with ``replaced``, whether an accepted rewriting of it is among them. What it asks by
``getvariable('k')`` a recipe may set. ``unique`` is the one policy that is no query: near duplicates go.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from warehouse.errors import BadInput
from warehouse.registry import find
from warehouse.release.selection import UNIQUE, Policy

POLICIES = Path(__file__).parent / "policies"
SETTING = re.compile(r"getvariable\(\s*'(\w+)'\s*\)", re.IGNORECASE)


def policy(name: str, folder: Path | None = None, settings: dict[str, Any] | None = None) -> Policy:
    """A policy by name or from the user's own .sql file. Raises BadInput when there is none, or no such setting."""
    if name == UNIQUE.name:
        sql = ""
    elif name.endswith(".sql"):
        # A policy is asked as part of a larger query.
        sql = read(find(name, folder)).strip().rstrip(";") + "\n"
    elif (path := POLICIES / f"{name}.sql").exists():
        sql = path.read_text(encoding="utf-8")
    else:
        raise BadInput(
            f"no selection policy {name!r}; expected one of {', '.join(known())}, or a .sql file of your own"
        )
    may = sorted(set(SETTING.findall(sql)))
    if unknown := sorted(set(settings or {}) - set(may)):
        raise BadInput(f"settings of policy {name}: unknown {', '.join(unknown)}; expected {', '.join(may) or 'none'}")
    return Policy(name, sql, dict(settings or {}))


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"policy {file} cannot be read: {error}; expected a file of SQL in UTF-8") from error


def known() -> list[str]:
    """The names of the policies that ship."""
    return sorted([UNIQUE.name, *(file.stem for file in POLICIES.glob("*.sql"))])
