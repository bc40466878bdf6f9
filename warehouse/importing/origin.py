"""Where an import's rows come from: files in their order, or a dataset of the Hub."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.errors import RunFailed, SourceError
from warehouse.files import Row, Rows, Unchanged, rows_of, suffix_of

HUB = re.compile(r"hub:(?P<path>[^:@\s]+)(?:@(?P<revision>[^:\s]+))?(?::(?P<config>[^:\s]*))?(?::(?P<split>[^:\s]+))?")
REJECTED = ".rejected.jsonl"
NAME = re.compile(r"[^\s/\\'\"]+")


@dataclass
class Origin:
    """Places that hold rows, and how they are called."""

    name: str
    """Of the source: problems come from ``import/NAME``."""
    places: list[Rows]
    content: Sequence[tuple[str, ...]]
    """What tells one content from another: names and hashes of files, or a dataset's commit."""
    rejected: Path
    """Where rows go that are not understood."""
    files: list[Unchanged] = field(default_factory=list)

    def check_unchanged(self) -> None:
        """Raises RunFailed when a file has gone or was written to since the beginning."""
        for file in self.files:
            file.check()


def origin_of(what: str | Path | Sequence[str | Path], name: str | None = None) -> Origin:
    """A file, several, a folder or glob of them, or ``hub:ORG/NAME@REVISION:CONFIG:SPLIT`` (all but the first may be
    missing). ``name`` is what the source is to be called, where not after the file, the folder or the dataset.

    Raises SourceError for what is not there or cannot be read.
    """
    named = [str(what)] if isinstance(what, str | Path) else [str(one) for one in what]
    if name is not None and not NAME.fullmatch(name):
        raise SourceError(f"--source {name!r}: expected a name without blanks, quotes and slashes")
    if any(one.startswith("hub:") for one in named):
        if len(named) > 1:
            raise SourceError(f"{' '.join(named)}: a dataset of the Hub is imported by itself")
        return hub(named[0], name)
    paths = list(dict.fromkeys(path for one in named for path in files_of(one)))
    folder = Path(named[0]) if len(named) == 1 and Path(named[0]).is_dir() else None
    alone = folder or (paths[0] if len(paths) == 1 else None)
    if name is None and alone is None:
        raise SourceError(f"{' '.join(named)}: {len(paths)} files; say what they are called together: --source NAME")
    called = name or stem(alone or paths[0])
    if not NAME.fullmatch(called):
        raise SourceError(f"{alone}: a source cannot be called {called!r}; say another name: --source NAME")
    places = [rows_of(path) for path in paths]  # what cannot be read is said before the others are hashed
    files = [Unchanged(path, "imported") for path in paths]
    content = [(path.name, file.sha256) for path, file in zip(paths, files, strict=True)]
    beside = (alone or Path(called)).resolve()
    return Origin(called, places, content, beside.with_name(beside.name + REJECTED), files)


def files_of(named: str) -> list[Path]:
    """The files that a word stands for: itself, those of a folder, or those that a pattern fits. Raises SourceError."""
    path = Path(named)
    if path.is_dir():
        found = sorted(
            file for file in path.rglob("*") if wanted(file) and not any_hidden(file.relative_to(path).parts)
        )
        if not found:
            raise SourceError(f"{path}: no file in it that could be imported (.jsonl, .json, .parquet)")
        return found
    if not path.exists() and glob.has_magic(named):
        found = sorted(Path(file) for file in glob.glob(named, recursive=True) if wanted(Path(file)))
        if not found:
            raise SourceError(f"{named}: no file is called like that")
        return found
    return [path]


def wanted(file: Path) -> bool:
    return file.is_file() and suffix_of(file) is not None and not file.name.endswith(REJECTED)


def any_hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith((".", "_")) for part in parts)


def stem(path: Path) -> str:
    """A file's or folder's name, without the suffixes of what it is."""
    return path.resolve().name.removesuffix(suffix_of(path) or "") or path.stem


def hub(named: str, name: str | None) -> Origin:
    """A dataset of the Hub, held to its commit of this moment. Raises SourceError when it is not there."""
    import huggingface_hub

    if not (found := HUB.fullmatch(named)):
        raise SourceError(f"{named}: expected hub:ORG/NAME, hub:ORG/NAME:CONFIG:SPLIT or hub:ORG/NAME@REVISION")
    path, config, split = found["path"], found["config"] or None, found["split"] or "train"
    try:
        commit = huggingface_hub.HfApi().dataset_info(path, revision=found["revision"], timeout=30).sha or "main"
    except Exception as error:
        told = " ".join(str(error).split())[:300]
        raise SourceError(
            f"{named}: the Hub does not give it ({type(error).__name__}: {told}); a dataset that is on this machine is "
            "imported by the path of its files"
        ) from error
    called = name or path.rpartition("/")[2]
    place = HubRows(path, config, split, commit)
    return Origin(called, [place], [(path, commit, config or "", split)], Path(called + REJECTED).resolve())


class HubRows:
    """The rows of a split, fetched as they are read."""

    unit = "row"

    def __init__(self, path: str, config: str | None, split: str, commit: str) -> None:
        self.path, self.config, self.split, self.commit = path, config, split, commit
        self.name = f"hub:{path}@{commit[:8]}:{config or ''}:{split}"
        self.size = self.position = 0  # nobody knows

    def rows(self, start: int = 0) -> Iterator[tuple[int, Row | SourceError]]:
        """Raises SourceError where it does not load, RunFailed where it stops midway."""
        import datasets

        number = start
        try:
            table: Any = datasets.load_dataset(
                self.path, self.config, split=self.split, revision=self.commit, streaming=True
            )
            for number, row in enumerate(table.skip(start) if start else table, start=start + 1):
                yield number, row
        except GeneratorExit:
            raise
        except (ValueError, datasets.exceptions.DatasetsError) as error:  # no such config or split, or no table at all
            raise SourceError(f"{self.name} cannot be read: {error}") from error
        except Exception as error:
            raise RunFailed(f"{self.name}, after row {number}: {type(error).__name__}: {error}") from error
