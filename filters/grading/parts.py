"""What has been judged of a file so far: numbered parts in a folder beside OUT, each whole or not there.

A part holds the opinions on a stretch of rows, not the rows. ``grading.json`` says of what, by whom and how, so that a
later run can tell whether it may go on from them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.claims import claim
from warehouse.errors import BadInput, RunFailed

STATE = "grading.json"


class Parts:
    """The folder of one grading. Use ``parts_of``."""

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        self.folder = folder
        self.facts = facts
        """What was found when the file was looked at; empty before that."""
        self.done, self.files = self.whole()

    def whole(self) -> tuple[int, list[Path]]:
        """How many rows are judged, from the first on without a gap, and the parts that say so."""
        done, files = 0, []
        for path in sorted(self.folder.glob("*.parquet")):
            if int(path.stem) != done:
                break
            done += pq.read_metadata(path).num_rows
            files.append(path)
        return done, files

    def __iter__(self) -> Iterator[pa.Table]:
        """The parts in order, one in memory at a time."""
        for path in self.files:
            yield pq.read_table(path)

    def add(self, part: pa.Table) -> None:
        path = self.folder / f"{self.done:012d}.parquet"
        with durably(path) as draft:
            pq.write_table(part, draft, compression="zstd")
        self.done += part.num_rows
        self.files.append(path)

    def found(self, facts: dict[str, Any], asked: dict[str, Any]) -> None:
        """Keep what looking at the file found, so that a later run need not look again."""
        self.facts = facts
        write(self.folder, asked, facts)

    def remove(self) -> None:
        """OUT stands. The state goes first: without it what a kill leaves of the rest counts for nothing."""
        (self.folder / STATE).unlink()
        shutil.rmtree(self.folder)


def folder_of(out: Path) -> Path:
    return out.with_name(f".{out.name}.grading")


def refuse_taken(out: Path) -> None:
    """Raises BadInput when OUT is there already, and not by a grading that was killed at its very end."""
    if out.exists() and not (folder_of(out) / STATE).exists():
        raise BadInput(f"{out} exists; name another file, or remove it")


@contextmanager
def parts_of(out: Path, asked: dict[str, Any]) -> Iterator[Parts]:
    """The parts of a grading whose result is to be ``out``, for one process at a time. What is left of them stays when
    the block fails; an empty folder goes.

    Raises BadInput when OUT is there already or the folder holds parts of another grading, RunFailed when another
    process is at it.
    """
    asked = json.loads(json.dumps(asked))  # as it is read back
    refuse_taken(out)
    folder = folder_of(out)
    state = folder / STATE
    folder.mkdir(exist_ok=True)
    with claim(folder, "run") as ours:
        if not ours:
            raise RunFailed(f"another process is grading into {out}")
        facts: dict[str, Any] = {}
        if not state.exists():
            for left in folder.glob("*.parquet"):
                left.unlink()
        else:
            kept = json.loads(state.read_bytes())
            if differing := [name for name in {**kept["asked"], **asked} if kept["asked"].get(name) != asked.get(name)]:
                told = "; ".join(f"{name} was {kept['asked'].get(name)}, is {asked.get(name)}" for name in differing)
                raise BadInput(
                    f"{folder} holds parts of another grading ({told}); go on with that one as it was, "
                    f"or remove the folder to begin anew"
                )
            facts = kept["facts"]
        try:
            yield Parts(folder, facts)
        except BaseException:
            if not state.exists():
                shutil.rmtree(folder, ignore_errors=True)
            raise


def write(folder: Path, asked: dict[str, Any], facts: dict[str, Any]) -> None:
    with durably(folder / STATE) as draft:
        draft.write_text(json.dumps({"asked": asked, "facts": facts}, indent=2), encoding="utf-8")


@contextmanager
def durably(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """Yields a draft, beside ``path`` or in a folder, that takes its place at the end, once the disk has it."""
    draft = (folder or path.parent) / f".{path.name}.draft"
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
