"""Names for parts: what ships is registered by name; what the user wrote loads from a file or a dotted path."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from warehouse.errors import BadInput

Part = TypeVar("Part")


class Registry(Generic[Part]):
    """A dictionary of one noun, filled by decoration and open to the user's own code."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.parts: dict[str, Part] = {}

    def register(self, name: str) -> Callable[[Part], Part]:
        def keep(part: Part) -> Part:
            self.parts[name] = part
            return part

        return keep

    def get(self, name: str, folder: Path | None = None) -> Part:
        """The part called ``name``, or what ``path/to/file.py:name`` or ``package.module:name`` holds.

        A relative path is looked for in ``folder`` (the recipe's) first, then in the current one.
        Raises BadInput when there is no such part.
        """
        if name in self.parts:
            return self.parts[name]
        where, colon, attribute = name.rpartition(":")
        if not colon:
            known = ", ".join(sorted(self.parts))
            raise BadInput(
                f"no {self.noun} called {name!r}; expected one of {known}, or your own as path/to/file.py:name"
            )
        module = load_file(where, folder) if where.endswith(".py") else load_module(where)
        part = getattr(module, attribute, None)
        if part is None:
            raise BadInput(f"{self.noun} {name!r}: {where} has no {attribute!r}")
        return part


def find(path: str, folder: Path | None) -> Path:
    """A file named in a recipe: beside the recipe, or seen from the current folder. Raises BadInput."""
    for base in (folder, Path.cwd()):
        if base is not None and (base / path).exists():
            return (base / path).resolve()
    places = " or ".join(str(base) for base in (folder, Path.cwd()) if base)
    raise BadInput(f"no file {path!r} in {places}")


def load_file(path: str, folder: Path | None):  # noqa: ANN201 - a module
    file = find(path, folder)
    name = f"thoughtmill_user_{file.stem}_{abs(hash(str(file)))}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise BadInput(f"{file} does not load: {type(error).__name__}: {error}") from error
    return module


def load_module(path: str):  # noqa: ANN201 - a module
    try:
        return importlib.import_module(path)
    except Exception as error:
        raise BadInput(f"module {path!r} does not import: {type(error).__name__}: {error}") from error
