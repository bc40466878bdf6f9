"""A release's folder as a reader of the published dataset will see it: its manifest, its card, its configs' files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from warehouse.errors import BadInput

MANIFEST, CARD = "manifest.json", "README.md"


@dataclass(frozen=True)
class Part:
    """A Parquet file's place in the dataset."""

    config: str
    split: str
    file: str
    """Its path in the folder, with slashes."""


@dataclass(frozen=True)
class Folder:
    """What a release's folder says of itself."""

    path: Path
    manifest: dict[str, Any]
    files: dict[str, str]
    """SHA-256 by path, of everything but the manifest."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """The card's YAML."""
    parts: tuple[Part, ...] = ()
    trouble: tuple[str, ...] = ()
    """What is wrong with the card's YAML."""

    @property
    def release(self) -> str:
        return str(self.manifest["release_id"])

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def configs(self) -> list[dict[str, Any]]:
        """The card's configs, those that are tables of keys."""
        told = self.metadata.get("configs")
        return [config for config in told if isinstance(config, dict)] if isinstance(told, list) else []

    @property
    def parquet(self) -> list[str]:
        return [file for file in self.files if file.endswith(".parquet")]


def read(path: Path) -> Folder:
    """Read a release's folder. Raises BadInput where there is no manifest, or none that names its files."""
    file = path / MANIFEST
    if not file.is_file():
        raise BadInput(
            f"{path} is no release: it has no {MANIFEST}; name a folder that `thoughtmill release` has written"
        )
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{file}: not JSON ({error}); build the release anew") from error
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise BadInput(f'{file}: files is {type(files).__name__}; expected {{"path": "sha256", ...}}')
    for field_ in ("name", "release_id"):
        if not isinstance(manifest.get(field_), str):
            raise BadInput(f"{file}: {field_} is {manifest.get(field_)!r}; expected a text")
    for name in files:
        if PurePosixPath(name).is_absolute() or {"..", "."} & set(name.split("/")) or name == MANIFEST:
            raise BadInput(f"{file}: files names {name!r}; expected paths inside the folder")
    metadata, trouble = front_matter(path / CARD)
    parts, more = placed(path, metadata) if not trouble else ([], [])
    placed_files = {part.file for part in parts}
    if not trouble:
        more += [
            f"{name} belongs to no config, so that nobody would load it"
            for name in sorted(files)
            if name.endswith(".parquet") and name not in placed_files
        ]
        more += [
            f"{name} is loaded by a config and is not in the manifest" for name in sorted(placed_files - set(files))
        ]
    return Folder(path, manifest, files, metadata, tuple(parts), (*trouble, *more))


def front_matter(card: Path) -> tuple[dict[str, Any], list[str]]:
    """The card's YAML, and what is wrong with it."""
    import yaml
    from huggingface_hub import metadata_load

    if not card.is_file():
        return {}, ["there is no card"]
    try:
        found = metadata_load(card)
    except yaml.YAMLError as error:
        return {}, [f"its YAML cannot be read: {' '.join(str(error).split())}"]
    except ValueError as error:
        return {}, [f"its YAML is no table of keys: {error}"]
    return (found, []) if found else ({}, ["it has no YAML between --- and --- at its head"])


def placed(folder: Path, metadata: dict[str, Any]) -> tuple[list[Part], list[str]]:
    """Where the card's ``configs`` put each Parquet file, and what is wrong with them."""
    configs = metadata.get("configs")
    if not isinstance(configs, list) or not configs:
        return [], [f"configs is {configs!r}; expected a list of config_name and data_files"]
    parts: list[Part] = []
    trouble: list[str] = []
    for config in configs:
        name = config.get("config_name") if isinstance(config, dict) else None
        if not isinstance(name, str):
            trouble.append(f"configs holds {config!r}; expected config_name and data_files")
            continue
        for split, pattern in patterns(config.get("data_files")):
            if pattern is None or pattern.startswith("/") or ".." in pattern.split("/"):
                trouble.append(
                    f"config {name}: data_files holds {pattern!r}; expected split and path inside the folder"
                )
                continue
            found = sorted(file for file in folder.glob(pattern) if file.is_file())
            if not found:
                trouble.append(f"config {name}, split {split}: {pattern} matches no file")
            parts += [Part(name, split, file.relative_to(folder).as_posix()) for file in found]
    return parts, trouble


def patterns(data_files: Any) -> list[tuple[str, str | None]]:
    """(split, pattern) of a config's ``data_files`` in each form that ``datasets`` takes; None: not one of them."""
    if isinstance(data_files, str):
        return [("train", data_files)]
    if isinstance(data_files, dict):
        return [(split, path) for split, paths in data_files.items() for path in listed(paths)]
    if not isinstance(data_files, list) or not data_files:
        return [("train", None)]
    found: list[tuple[str, str | None]] = []
    for entry in data_files:
        if isinstance(entry, str):
            found.append(("train", entry))
        elif isinstance(entry, dict):
            found += [(str(entry.get("split", "train")), path) for path in listed(entry.get("path"))]
        else:
            found.append(("train", None))
    return found


def listed(paths: Any) -> list[str | None]:
    return [path if isinstance(path, str) else None for path in (paths if isinstance(paths, list) else [paths])]
