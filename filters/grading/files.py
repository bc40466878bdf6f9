"""Other people's files: JSONL or Parquet, read in batches of rows, so that memory does not grow with the file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import BadInput, RunFailed

Row = dict[str, Any]
BATCH = 512
"""Rows that are read at a time: traces may be long."""
BUFFER = 1 << 20
"""Bytes read at a time. Without a bound pyarrow reads the whole of a row group, and many files are one row group."""


class JsonLines:
    """One JSON object a line, UTF-8. Empty lines are no rows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """(line number from 1, its bytes without the white space around them), for every row."""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line := line.strip():
                    yield number, line

    def batches(self, wanted: Iterable[str], start: int) -> Iterator[list[Row]]:
        """Rows from number ``start`` (the first is 0), some at a time, with all their columns.

        Raises BadInput for a line that is no JSON object.
        """
        rows = islice(self.lines(), start, None)
        while batch := [self.row(number, line) for number, line in islice(rows, BATCH)]:
            yield batch

    def row(self, number: int, line: bytes) -> Row:
        try:
            row = json.loads(line.decode("utf-8"))
            if isinstance(row, dict):
                return row
            told = f"a {type(row).__name__}"
        except (ValueError, RecursionError) as error:
            told = str(error)
        found = line[:60].decode("utf-8", "backslashreplace")
        raise BadInput(f"{self.path}, line {number}: expected a JSON object, found {found!r} ({told})")


class Parquet:
    """Parquet, by pyarrow. Raises BadInput for a file that is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self.open() as file:
            self.schema: pa.Schema = file.schema_arrow
            self.groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]

    def open(self) -> pq.ParquetFile:
        with readable(self.path):
            return pq.ParquetFile(self.path, pre_buffer=False, buffer_size=BUFFER)

    def batches(self, wanted: Iterable[str], start: int) -> Iterator[list[Row]]:
        """Rows from number ``start`` (the first is 0), some at a time, with those of the wanted columns it has.

        Raises BadInput for what is no Parquet after all.
        """
        for batch in self.record_batches([name for name in wanted if name in self.schema.names], start, BATCH):
            yield batch.to_pylist()

    def record_batches(self, columns: list[str] | None, start: int, size: int) -> Iterator[pa.RecordBatch]:
        """Batches of ``size`` rows from row ``start`` on; of all columns for None."""
        first, skip = 0, start
        while first < len(self.groups) and skip >= self.groups[first]:
            skip -= self.groups[first]
            first += 1
        with self.open() as file:
            batches = file.iter_batches(size, range(first, len(self.groups)), columns)
            while True:
                with readable(self.path):
                    batch = next(batches, None)
                if batch is None:
                    return
                if skip < batch.num_rows:
                    yield batch.slice(skip)
                skip = max(0, skip - batch.num_rows)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """What pyarrow says of bytes that are no Parquet, as BadInput; what the system says of the file stays as it is."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise BadInput(f"{path} cannot be read as Parquet: {error}") from error


FORMS: dict[str, type[JsonLines] | type[Parquet]] = {".jsonl": JsonLines, ".parquet": Parquet}


def read(path: Path) -> JsonLines | Parquet:
    """The file at ``path``, by its suffix. Raises BadInput when there is none, or none of a known form."""
    if path.suffix not in FORMS:
        raise BadInput(f"{path}: ends in {path.suffix!r}; expected {' or '.join(FORMS)}")
    if not path.is_file():
        raise BadInput(f"{path}: {'a folder' if path.is_dir() else 'no such file'}; expected one file")
    try:
        return FORMS[path.suffix](path)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from error


class Unchanged:
    """Holds a file to what it was at the beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
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
            raise RunFailed(f"{self.path} has gone while it was being graded") from error
        if now != self.began:
            raise RunFailed(f"{self.path} was changed while it was being graded")
