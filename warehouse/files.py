"""Other people's files: JSONL, JSON or Parquet, read in batches of rows, so that memory does not grow with the file."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import RunFailed, SourceError

Row = dict[str, Any]
BATCH = 512
"""Rows that are read at a time: traces may be long."""
BUFFER = 1 << 20
"""Bytes read at a time. Without a bound pyarrow reads the whole of a row group, and many files are one row group."""
LONGEST = 1 << 28
"""Characters that one item of a JSON list may have."""
BLANK = re.compile(r"[ \t\r\n]*")


class Rows(Protocol):
    """A place that rows are read from, one after the other."""

    name: str
    """What messages call it."""
    unit: str
    """What its numbers count: line, row or item."""
    size: int
    """In bytes, as far as that is known."""
    position: int
    """How many of them have been read."""

    def rows(self, start: int = 0) -> Iterator[tuple[int, Row | SourceError]]:
        """(number from 1, a row or why it is none), from the ``start``-th row on (the first is 0).

        Raises SourceError for a place that cannot be read on.
        """
        ...


class JsonLines:
    """One JSON object a line, UTF-8, perhaps compressed. Empty lines are no rows."""

    unit = "line"

    def __init__(self, path: Path, compression: str | None = None) -> None:
        self.path, self.name, self.compression = path, str(path), compression
        self.size, self.position = size_of(path), 0

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """(line number from 1, its bytes without the white space around them), for every row."""
        with self.path.open("rb") as raw, opened(raw, self.path, self.compression) as file:
            lines = enumerate(file, start=1)
            while True:
                self.position = raw.tell()
                with readable(self.path, f"as {self.compression}" if self.compression else "on"):
                    number, line = next(lines, (0, b""))
                if not number:
                    return
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line := line.strip():
                    yield number, line

    def batches(self, wanted: Iterable[str], start: int) -> Iterator[list[Row]]:
        """Rows from number ``start`` (the first is 0), some at a time, with all their columns.

        Raises SourceError for a line that is no JSON object.
        """
        rows = islice(self.lines(), start, None)
        while batch := [self.row(number, line) for number, line in islice(rows, BATCH)]:
            yield batch

    def rows(self, start: int = 0) -> Iterator[tuple[int, Row | SourceError]]:
        for number, line in islice(self.lines(), start, None):
            try:
                yield number, self.row(number, line)
            except SourceError as error:
                yield number, error

    def row(self, number: int, line: bytes) -> Row:
        try:
            row = json.loads(line.decode("utf-8"))
            if isinstance(row, dict):
                return row
            told = f"a {type(row).__name__}"
        except (ValueError, RecursionError) as error:
            told = str(error)
        found = line[:60].decode("utf-8", "backslashreplace")
        raise SourceError(f"{self.path}, line {number}: expected a JSON object, found {found!r} ({told})")


class JsonArray:
    """One JSON list of objects, UTF-8: how many ShareGPT files come. Read an object at a time."""

    unit = "item"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)
        self.size, self.position = size_of(path), 0

    def rows(self, start: int = 0) -> Iterator[tuple[int, Row | SourceError]]:
        for number, value in enumerate(islice(self.items(), start, None), start=start + 1):
            if isinstance(value, dict):
                yield number, value
            else:
                told = f"{self.path}, item {number}: expected a JSON object, found a {type(value).__name__}"
                yield number, SourceError(told)

    def items(self) -> Iterator[Any]:
        """Raises SourceError where the list is not one: nothing behind that place can be read."""
        decode = json.JSONDecoder().raw_decode
        with self.path.open(encoding="utf-8-sig") as file:
            held = self.more(file, "").lstrip()
            if not held.startswith("["):
                raise SourceError(f"{self.path}: expected a JSON list of objects, found {held[:60]!r}")
            place, number, between = 1, 0, False
            while True:
                place = BLANK.match(held, place).end()  # type: ignore[union-attr]  # it matches nothing, too
                sign = held[place : place + 1]
                if sign == "]" and (between or not number):
                    return
                if sign == "," and between:
                    place, between = place + 1, False
                    continue
                try:
                    if sign and between:
                        raise ValueError("expected a comma")
                    value, end = decode(held, place) if sign else (None, len(held))
                    told = "the list never closes"
                except (ValueError, RecursionError) as error:
                    end, told = len(held), str(error)
                if end == len(held):  # it may go on behind what has been read
                    longer = self.more(file, held[place:])
                    if len(longer) == len(held) - place or len(longer) > LONGEST:
                        raise SourceError(f"{self.path}, item {number + 1}: cannot be read as JSON: {told}")
                    held, place = longer, 0
                    continue
                place, number, between = end, number + 1, True
                yield value

    def more(self, file: TextIO, held: str) -> str:
        """What is held and as much again, so that an object of any length is found in few attempts."""
        try:
            longer = held + file.read(max(BUFFER, len(held)))
            self.position = file.buffer.tell()
            return longer
        except UnicodeDecodeError as error:
            raise SourceError(f"{self.path} cannot be read as JSON: {error}") from error


class Parquet:
    """Parquet, by pyarrow. Raises SourceError for a file that is none."""

    unit = "row"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)
        self.size, self.position = size_of(path), 0
        with self.open() as file:
            self.schema: pa.Schema = file.schema_arrow
            self.groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]

    def open(self) -> pq.ParquetFile:
        with readable(self.path, "as Parquet"):
            return pq.ParquetFile(self.path, pre_buffer=False, buffer_size=BUFFER)

    def batches(self, wanted: Iterable[str], start: int) -> Iterator[list[Row]]:
        """Rows from number ``start`` (the first is 0), some at a time, with those of the wanted columns it has.

        Raises SourceError for what is no Parquet after all.
        """
        for batch in self.record_batches([name for name in wanted if name in self.schema.names], start, BATCH):
            yield batch.to_pylist()

    def rows(self, start: int = 0) -> Iterator[tuple[int, Row | SourceError]]:
        number = start
        for batch in self.record_batches(None, start, BATCH):
            with readable(self.path, f"as Parquet from row {number + 1} on"):
                rows = batch.to_pylist()
            self.position = self.size * number // (sum(self.groups) or 1)
            for row in rows:
                number += 1
                yield number, row

    def record_batches(self, columns: list[str] | None, start: int, size: int) -> Iterator[pa.RecordBatch]:
        """Batches of ``size`` rows from row ``start`` on; of all columns for None."""
        first, skip = 0, start
        while first < len(self.groups) and skip >= self.groups[first]:
            skip -= self.groups[first]
            first += 1
        with self.open() as file:
            batches = file.iter_batches(size, range(first, len(self.groups)), columns)
            while True:
                with readable(self.path, "as Parquet"):
                    batch = next(batches, None)
                if batch is None:
                    return
                if skip < batch.num_rows:
                    yield batch.slice(skip)
                skip = max(0, skip - batch.num_rows)


@contextmanager
def opened(raw: BinaryIO, path: Path, compression: str | None) -> Iterator[Iterable[bytes]]:
    """The lines of a file, decompressed."""
    if compression is None:
        yield raw
        return
    with readable(path, f"as {compression}"):
        stream: Any = pa.CompressedInputStream(raw, compression)
    with io.BufferedReader(stream, BUFFER) as lines:
        yield lines


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # whoever opens it says what is wrong
        return 0


@contextmanager
def readable(path: Path, how: str) -> Iterator[None]:
    """What pyarrow says of bytes that are not what they should be, as SourceError; what the system says stays."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise SourceError(f"{path} cannot be read {how}: {error}") from error


FORMS: dict[str, type[JsonLines] | type[Parquet]] = {".jsonl": JsonLines, ".parquet": Parquet}

COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".json", ".parquet")
BEGINNINGS = {b"PAR1": ".parquet", b"\x1f\x8b": ".jsonl.gz", b"\x28\xb5\x2f\xfd": ".jsonl.zst"}
"""By what files are told apart, whatever they are called."""


def read(path: Path) -> JsonLines | Parquet:
    """The file at ``path``, by its suffix. Raises SourceError when there is none, or none of a known form."""
    if path.suffix not in FORMS:
        raise SourceError(f"{path}: ends in {path.suffix!r}; expected {' or '.join(FORMS)}")
    if not path.is_file():
        raise SourceError(f"{path}: {'a folder' if path.is_dir() else 'no such file'}; expected one file")
    try:
        return FORMS[path.suffix](path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error


def rows_of(path: Path) -> Rows:
    """The rows of a file by its suffix, one of SUFFIXES. Raises SourceError when there is none, when it is empty, of
    another kind, or not what its suffix says."""
    suffix = suffix_of(path)
    if suffix is None:
        raise SourceError(f"{path}: ends in {path.suffix!r}; expected {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    if not path.is_file():
        raise SourceError(f"{path}: {'a folder' if path.is_dir() else 'no such file'}; expected a file")
    try:
        with path.open("rb") as file:
            begins = file.read(4)
        if not begins:
            raise SourceError(f"{path}: empty; expected rows")
        really = next((kind for mark, kind in BEGINNINGS.items() if begins.startswith(mark)), None)
        if really is None and suffix == ".parquet":
            really = ".jsonl" if begins.lstrip()[:1] == b"{" else ".json" if begins.lstrip()[:1] == b"[" else None
        if really is not None and really != suffix:
            raise SourceError(f"{path}: ends in {suffix}, but begins like a {really} file; rename it")
        if suffix == ".parquet":
            return Parquet(path)
        return JsonArray(path) if suffix == ".json" else JsonLines(path, COMPRESSED.get(path.suffix))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error


def suffix_of(path: Path) -> str | None:
    """Which of SUFFIXES a file's name ends in; None for another."""
    return next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)


class Unchanged:
    """Holds a file to what it was at the beginning."""

    def __init__(self, path: Path, doing: str = "graded") -> None:
        self.path, self.doing = path, doing
        self.began = self.look()
        with path.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()

    def look(self) -> tuple[int, int, int]:
        found = os.stat(self.path)
        return found.st_size, found.st_mtime_ns, found.st_ino

    def check(self) -> None:
        """Raises RunFailed when the file has gone or was written to."""
        try:
            now = self.look()
        except FileNotFoundError as error:
            raise RunFailed(f"{self.path} has gone while it was being {self.doing}") from error
        if now != self.began:
            raise RunFailed(f"{self.path} was changed while it was being {self.doing}")
