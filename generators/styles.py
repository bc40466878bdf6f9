"""Prompt styles: how a problem is put to a model. Named, versioned files in styles/, or a file of the user's own.

A style is TOML: ``version``, an optional ``system`` message and a ``user`` message with ``{prompt}`` in it. The hash of
its content is part of every trace's id, so an edited style asks anew.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from warehouse import ids
from warehouse.errors import BadInput
from warehouse.registry import find

SHIPPED = Path(__file__).parent / "styles"
FIELDS = {"version": int, "system": str, "user": str}
NOUNS = {int: "a whole number", str: "a text"}


@dataclass(frozen=True)
class Style:
    """A way to ask."""

    name: str
    version: int
    user: str
    system: str | None = None

    @property
    def asked(self) -> str:
        """Hash of the style's content: what a trace id is made of."""
        return ids.digest(self.user, self.system)

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    def messages(self, prompt: str) -> tuple[tuple[str, str], ...]:
        """(role, content) pairs for one problem."""
        user = ("user", self.user.replace("{prompt}", prompt))
        return (("system", self.system), user) if self.system else (user,)


def load(name: str, folder: Path | None = None) -> Style:
    """A shipped style by name, or one from a .toml file. Raises BadInput when it cannot be used."""
    path = find(name, folder) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    if not path.exists():
        raise BadInput(
            f"no prompt style {name!r}; expected {', '.join(sorted(f.stem for f in SHIPPED.glob('*.toml')))}"
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"prompt style {path}: {error}") from error
    unknown = set(content) - set(FIELDS)
    if unknown:
        raise BadInput(f"prompt style {path}: unknown {', '.join(sorted(unknown))}; expected {', '.join(FIELDS)}")
    for field, value in content.items():
        if type(value) is not FIELDS[field]:
            raise BadInput(f"prompt style {path}: {field} is {value!r}; expected {NOUNS[FIELDS[field]]}")
    if "{prompt}" not in content.get("user", ""):
        raise BadInput(f"prompt style {path}: user must hold {{prompt}}")
    return Style(path.stem, content.get("version", 1), content["user"], content.get("system"))
