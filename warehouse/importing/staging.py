"""What has been read of an import so far: numbered parts in a folder of the lake's, each whole or not there.

Rows wait here until the last of them has been understood; nothing of an import is in a table before. A part is its
traces, the problems and answer keys that they brought, the rows that were rejected, and last of all a note of how far
reading had come: without it the part does not count.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.importing.reading import Found
from warehouse.lake.tables import SCHEMAS, message, name, text

ROWS = 8192
"""Traces of a part."""
CHARACTERS = 1 << 26
"""Of a part's completions, problems and answers."""
REJECTED = 10_000
"""Rejected rows of a part."""

TRACES = pa.schema(
    [
        ("nth", pa.int64()),  # among all traces of the import
        ("row", pa.int64()),  # of theirs, among all
        ("row_id", text),
        ("row_hash", name),
        ("text_hash", name),
        ("problem_id", name),
        ("model", name),
        ("messages", pa.list_(message)),
        ("asked", name),
        ("completion", text),
        ("finish_reason", name),
        ("completion_tokens", pa.int32()),
        ("labels", pa.list_(pa.struct([("name", name), ("right", pa.bool_())]))),
    ]
)
PROBLEMS = pa.schema([one for one in SCHEMAS["problems"] if one.name != "created_at"])
KEYS = pa.schema(
    [
        ("row", pa.int64()),
        ("given", pa.bool_()),
        ("key_id", name),
        ("problem_id", name),
        ("answers", pa.list_(text)),
        ("verifier", name),
    ]
)
STATE = "import.json"


@dataclass
class Facts:
    """What reading has found so far."""

    place: int = 0
    """Which of the places is being read, and how many of its rows have been."""
    taken: int = 0
    rows: int = 0
    """Understood."""
    traces: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    nulls: int = 0
    mended: int = 0
    columns: dict[str, list[str]] = field(default_factory=dict)
    """The columns of each place."""
    first: dict[str, str] = field(default_factory=dict)
    """Of each reason for which rows were rejected, what was said of the first."""

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def of(cls, told: dict[str, Any]) -> Facts:
        return cls(**told | {"forms": Counter(told["forms"]), "rejected": Counter(told["rejected"])})


class Staging:
    """The folder of one import, for one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.parts = self.whole()
        self.facts = Facts.of(json.loads(self.note(self.parts - 1).read_bytes())) if self.parts else Facts()
        self.empty()

    def whole(self) -> int:
        """How many parts there are, from the first on without a gap."""
        parts = 0
        while self.note(parts).exists():
            parts += 1
        return parts

    def note(self, part: int) -> Path:
        return self.folder / f"{part:06d}.json"

    def file(self, kind: str, part: int) -> Path:
        return self.folder / f"{kind}-{part:06d}.parquet"

    @property
    def done(self) -> bool:
        """Whether all has been read."""
        return (self.folder / STATE).exists()

    # What is being gathered for the next part

    def empty(self) -> None:
        self.held: dict[str, list[dict[str, Any]]] = {"traces": [], "problems": [], "keys": []}
        self.bad: list[str] = []
        self.characters = 0
        self.known: set[str] = set()

    def add(self, found: Found) -> None:
        """Take what a row gave; of a problem that the part has already, only its key if that is another."""
        facts = self.facts
        number = facts.rows
        for trace in found.traces:
            more = {"nth": facts.traces, "row": number, "row_id": found.row_id, "row_hash": found.row_hash}
            self.held["traces"].append(more | trace)
            facts.traces += 1
            self.characters += len(trace["completion"])
        problem = found.problem
        if problem["problem_id"] not in self.known:
            self.known.add(problem["problem_id"])
            self.held["problems"].append(problem)
            self.characters += len(problem["prompt"]) + len(problem["metadata"])
        if found.key:
            self.held["keys"].append({"row": number, **found.key})
            self.characters += sum(map(len, found.key["answers"]))
        facts.rows += 1
        facts.forms[found.form] += 1
        facts.nulls += found.nulls
        facts.mended += found.mended

    def reject(self, line: dict[str, Any], reason: str, told: str) -> None:
        self.facts.first.setdefault(reason, told)
        written = json.dumps(line, ensure_ascii=False, default=str)
        self.bad.append(written.encode("utf-8", "backslashreplace").decode())
        self.facts.rejected[reason] += 1

    @property
    def full(self) -> bool:
        return len(self.held["traces"]) >= ROWS or self.characters >= CHARACTERS or len(self.bad) >= REJECTED

    def close(self) -> None:
        """Write the part down, the note last."""
        for kind, schema in (("traces", TRACES), ("problems", PROBLEMS), ("keys", KEYS)):
            rows = self.held[kind]
            if rows:
                file = self.file(kind, self.parts)
                pq.write_table(pa.Table.from_pylist(rows, schema), file, compression="zstd")
                with file.open("rb") as written:
                    os.fsync(written.fileno())
        if self.bad:
            bad = self.folder / f"{self.parts:06d}.bad"
            bad.write_text("".join(line + "\n" for line in self.bad), encoding="utf-8")
        durably(self.note(self.parts), json.dumps(self.facts.as_dict()))
        self.parts += 1
        self.empty()

    def finish(self, told: dict[str, Any]) -> None:
        """All has been read; what ``told`` says is kept for a later run."""
        durably(self.folder / STATE, json.dumps(told))

    def told(self) -> dict[str, Any]:
        return json.loads((self.folder / STATE).read_bytes())

    def rejected(self, to: Path) -> None:
        """Write the rejected rows of all parts to one file, whole or not at all."""
        draft = to.with_name(f".{to.name}.{os.getpid()}")
        try:
            with draft.open("wb") as file:
                for part in sorted(self.folder.glob("*.bad")):
                    with part.open("rb") as lines:
                        shutil.copyfileobj(lines, file)
            draft.replace(to)
        finally:
            draft.unlink(missing_ok=True)

    def remove(self) -> None:
        """The state goes first: without it what a kill leaves of the rest counts for nothing."""
        for file in (self.folder / STATE, *sorted(self.folder.glob("*.json"), reverse=True)):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def durably(path: Path, content: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
