"""Other people's traces, so that they can be judged, queried and released like our own.

    import_traces(lake, "OpenR1-Math-220k/", licence="apache-2.0")

Rows are read once and staged (staging.py); only when the last of them has been understood do they go into the tables,
a part at a time. A run that was killed goes on after the last part that it read or committed, and adds nothing twice.
Forms of dataset are in warehouse/forms, and what of them becomes what in reading.py.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from warehouse import ids
from warehouse.claims import claim
from warehouse.errors import BadInput, RunFailed, SourceError
from warehouse.files import Row, Rows
from warehouse.forms.form import Odd
from warehouse.importing.committing import LABEL, commit, number
from warehouse.importing.options import Options
from warehouse.importing.origin import Origin, origin_of
from warehouse.importing.reading import Reader
from warehouse.importing.staging import Facts, Staging
from warehouse.lake import Lake
from warehouse.watch import Nobody, Watch

__all__ = ["LABEL", "Imported", "Options", "import_traces"]

VERSION = 1
"""Of how rows are read: parts that another one staged are not gone on from."""
NAMED = 5
"""Columns that are missing in some of the files: so many are named."""


@dataclass
class Imported:
    """What an import came to."""

    source: str
    rows: int
    """Understood; what came of them, with what the lake had of it already:"""
    traces: int
    problems: int
    answer_keys: int
    labels: int
    new: dict[str, int]
    """Of problems, answer_keys, traces and labels, how many it added to the lake."""
    forms: dict[str, int]
    """Rows by form."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Rows by the reason for which they were left out."""
    rejected_to: str | None = None
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def import_traces(
    lake: Lake,
    what: str | Path | list[str],
    source: str | None = None,
    watch: Watch | None = None,
    **said: Any,
) -> Imported:
    """Commit the problems, answer keys, traces and labels of a file, several, a folder or glob of them, or a dataset of
    the Hub (origin.py). ``said`` is what Options takes. Of several answers to one problem the last counts.

    Raises SourceError for what cannot be read, and for a row that is not understood (unless it is to be left out):
    nothing is committed then. Raises RunFailed when it had to stop midway; the same call then goes on.
    """
    options, watch = Options(**said), watch or Nobody()
    options.check()
    named = what if isinstance(what, list) else [what]
    if all(str(one).startswith("hub:") or Path(one).exists() for one in named):
        watch.say(f"looking at {' '.join(map(str, named))}")
    origin = origin_of(what, source)
    run_id = "import-" + ids.digest(VERSION, origin.name, origin.content, asdict(options))
    with claim(lake.path, run_id) as ours:
        if not ours:
            raise RunFailed(f"another process is importing {origin.name}")
        folder = lake.path / "_imports" / f"{origin.name}.{run_id}"
        clear(lake, origin.name, folder)
        staging = Staging(folder)
        try:
            if not staging.done:
                read(origin, staging, options, watch)
        except (BadInput, RunFailed) as error:
            if not isinstance(error, RunFailed) or origin.files:
                staging.remove()  # what was read is of no use to the next run: it will be of another file
            raise
        told = staging.told()
        with watch.stage(f"import {origin.name}", told["counted"]["traces"]):
            new = commit(lake, staging, run_id, watch)
        made = imported(origin, Facts.of(told["facts"]), told["counted"], new)
        made.notes += kept(lake, made.source, options)
        event = {"run_id": run_id, "event": "imported", "stage": "import"}
        counters = {"files": origin.content, "options": asdict(options), **made.as_dict()}
        lake.commit("runs", [event | {"counters": json.dumps(counters, ensure_ascii=False)}])
        staging.remove()
    return made


def clear(lake: Lake, name: str, folder: Path) -> None:
    """Drop what earlier runs staged of the same source, when it looked otherwise or other things were said of it."""
    for other in (lake.path / "_imports").glob("*"):
        called, _, run_id = other.name.rpartition(".")
        if called == name and other != folder:
            with claim(lake.path, run_id) as ours:
                if ours:
                    shutil.rmtree(other, ignore_errors=True)


def read(origin: Origin, staging: Staging, options: Options, watch: Watch) -> None:
    """Stage all rows of all places, from where an earlier run had come to. Raises as import_traces says."""
    facts, reader = staging.facts, Reader(f"import/{origin.name}", options)
    if facts.rows:
        watch.say(f"{facts.rows:,} rows had been read already")
    sizes = [place.size for place in origin.places]
    with watch.stage(f"read {origin.name} (MB)", megabytes(sum(sizes))):
        before = 0
        while facts.place < len(origin.places):
            place = origin.places[facts.place]
            columns: dict[str, None] = dict.fromkeys(facts.columns.get(place.name, ()))
            for number_, row in place.rows(facts.taken):
                facts.taken += 1
                take(staging, reader, place, number_, row)
                if isinstance(row, dict):
                    columns |= dict.fromkeys(row)
                if staging.full:
                    facts.columns[place.name] = list(columns)
                    staging.close()
                    at = megabytes(sum(sizes[: facts.place]) + place.position)
                    watch.advance(at - before, note=f"{facts.rows:,} rows")
                    before = at
            facts.columns[place.name] = list(columns)
            facts.place, facts.taken = facts.place + 1, 0
    staging.close()
    origin.check_unchanged()
    if not facts.rows:
        why = next(iter(facts.first.values()), "there are none")
        raise SourceError(f"{origin.name}: no rows that could be imported: {why}")
    missing(facts, options)
    if facts.rejected:
        staging.rejected(origin.rejected)
    staging.finish({"facts": facts.as_dict(), "counted": number(staging)})


def take(staging: Staging, reader: Reader, place: Rows, number_: int, row: Row | SourceError) -> None:
    """Stage what a row gives, or reject it. Raises SourceError where it may not be left out."""
    where = f"{place.name}, {place.unit} {number_}"
    try:
        if isinstance(row, SourceError):
            raise row
        try:
            found = reader.read(row)
        except RecursionError:
            row = SourceError(f"{where}: a value is nested too deeply")
            raise row from None
        staging.add(found)
    except (Odd, SourceError) as error:
        told = f"{where}: {error}" if isinstance(error, Odd) else str(error)
        if not reader.options.skip_bad:
            raise SourceError(f"{told}. Nothing was imported; --skip-bad leaves such rows out") from error
        reason = error.reason if isinstance(error, Odd) else "not_json"
        line = {"file": place.name, place.unit: number_, "reason": reason, "told": told}
        staging.reject(line | ({"row": row} if isinstance(row, dict) else {}), reason, told)


def missing(facts: Facts, options: Options) -> None:
    """Raises SourceError for a column that was named and that no row has."""
    known = {name for columns in facts.columns.values() for name in columns}
    for name in (*options.columns.values(), *options.labels):
        if name not in known and name.partition(".")[0] not in known:
            raise SourceError(f"no row has a column {name!r}; they have {', '.join(sorted(known))}")


def imported(origin: Origin, facts: Facts, counted: dict[str, int], new: dict[str, int]) -> Imported:
    return Imported(
        source=f"import/{origin.name}",
        rows=facts.rows,
        traces=counted["traces"],
        problems=counted["problems"],
        answer_keys=counted["answer_keys"],
        labels=counted["labels"],
        new=new,
        forms=dict(facts.forms.most_common()),
        rejected=dict(facts.rejected.most_common()),
        rejected_to=str(origin.rejected) if facts.rejected else None,
        notes=list(notes(facts, counted)),
    )


def notes(facts: Facts, counted: dict[str, int]) -> Iterator[str]:
    """What whoever imports should know."""
    if facts.nulls:
        yield f"{facts.nulls:,} generations are null, and no traces"
    if counted["repeated"]:
        yield f"{counted['repeated']:,} traces are of rows that are there twice, by name and content; each came in once"
    if facts.mended:
        yield f"{facts.mended:,} rows held half characters (lone surrogates); each became U+FFFD"
    if len(facts.forms) > 1:
        told = ", ".join(f"{name} {count:,}" for name, count in facts.forms.most_common())
        yield f"rows are of several forms: {told}"
    if len(facts.columns) > 1:
        having = Counter(name for columns in facts.columns.values() for name in columns)
        some = sorted(name for name, count in having.items() if count < len(facts.columns))
        for name in some[:NAMED]:
            lacking = next(place for place, columns in facts.columns.items() if name not in columns)
            yield f"column {name} is in {having[name]} of {len(facts.columns)} files, and not in {lacking}"
        if some[NAMED:]:
            yield f"and {len(some) - NAMED} more columns are not in all files"


def kept(lake: Lake, source: str, options: Options) -> Iterator[str]:
    """What problems that were there already keep: the first commit of an id counts."""
    with lake.connect(marks=False) as db:
        for column in ("split", "licence", "language", "domain"):
            if (value := getattr(options, column)) is None:
                continue
            query = f"SELECT count(*) FROM problems WHERE source = ? AND {column} IS DISTINCT FROM ?"
            (count,) = db.execute(query, [source, value]).fetchone()  # type: ignore[misc]
            if count:
                yield (
                    f"{count:,} problems of {source} came with another {column} than {value}, and keep it; under "
                    "another --source they would be problems of their own"
                )


def megabytes(size: int) -> int:
    return size // 1_000_000
