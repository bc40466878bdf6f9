"""Tables that problems are read from: a local file, or a Hub dataset. Rows come one by one, as they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from warehouse.errors import SourceError
from warehouse.registry import find

Row = dict[str, Any]

SCRIPTED = {
    "codeparrot/apps": "hf://datasets/codeparrot/apps@refs/convert/parquet/all/{split}/*.parquet",
    "BAAI/TACO": "hf://datasets/BAAI/TACO/ALL/{split}-*.parquet",
}
"""Datasets whose repository holds a loading script, which ``datasets`` refuses since version 4, and where the same rows
lie as Parquet. Used unless ``config`` says where to look."""

PLACES = ("name", "revision", "data_files", "data_dir")


@dataclass(frozen=True)
class Table:
    """Rows, each a dictionary, and how messages call the place they come from."""

    name: str
    where: str
    rows: Callable[[], Iterator[Row]]
    """Begins at the first row each time. Raises SourceError when the table turns out to be damaged."""
    known: tuple[str, ...] | None = None

    def columns(self) -> list[str]:
        """The names of the columns; of a JSON file, which may name others in every row, after reading it once."""
        if self.known is not None:
            return list(self.known)
        return list(dict.fromkeys(name for row in self.rows() for name in row))


def file_table(path: str, folder: Path | None) -> Table:
    """A local file. Raises BadInput when it is not there, SourceError when it is of no kind we read."""
    file = find(path, folder)
    if file.suffix not in READERS:
        raise SourceError(f"problems.path: {file.name} ends in {file.suffix!r}; expected one of {', '.join(READERS)}")

    def rows() -> Iterator[Row]:
        try:
            yield from READERS[file.suffix](file)
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:  # Arrow's and Unicode's are ValueErrors
            raise SourceError(f"{file} cannot be read as {file.suffix[1:]}: {error}") from error

    known = None
    if file.suffix == ".parquet":
        try:
            known = tuple(pq.read_schema(file).names)
        except (OSError, ValueError) as error:
            raise SourceError(f"{file} cannot be read as parquet: {error}") from error
    return Table(file.stem, str(file), rows, known)


def jsonl_rows(file: Path) -> Iterator[Row]:
    # Line by line, not as one table: a table would give every row the same type and fields, and so turn the list of
    # answers of one row into the text of a list because another row has a single answer.
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise SourceError(f"{file}, line {number} is not JSON: {error}") from error
            if not isinstance(row, dict):
                raise SourceError(f"{file}, line {number}: expected a JSON object, found {type(row).__name__}")
            yield row


def json_rows(file: Path) -> Iterator[Row]:
    content = json.loads(file.read_text(encoding="utf-8-sig"))
    if not isinstance(content, list):
        raise SourceError(f"{file}: expected a list of JSON objects, found {type(content).__name__}")
    for number, row in enumerate(content, start=1):
        if not isinstance(row, dict):
            raise SourceError(f"{file}, row {number}: expected a JSON object, found {type(row).__name__}")
        yield row


def parquet_rows(file: Path) -> Iterator[Row]:
    with pq.ParquetFile(file) as table:
        for batch in table.iter_batches(batch_size=64):  # a row may hold megabytes of tests
            yield from batch.to_pylist()


def csv_rows(file: Path) -> Iterator[Row]:
    return pl.read_csv(file, infer_schema=False).iter_rows(named=True)


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": jsonl_rows,
    ".parquet": parquet_rows,
    ".csv": csv_rows,
    ".json": json_rows,
}


def hub_table(path: str, folder: Path | None, config: dict[str, Any], streaming: bool = False) -> Table:
    """A Hub dataset, or a local folder of the same form; ``config`` goes to ``datasets.load_dataset``.

    Streamed, rows are fetched as they are read, and the split cannot be sliced. Raises SourceError when it does not
    load.
    """
    import datasets

    local = next((base / path for base in (folder, Path.cwd()) if base and (base / path).is_dir()), None)
    options = {"split": "train", **config}
    if not isinstance(options["split"], str):
        raise SourceError(f'problems.config.split: expected one split such as "train", found {options["split"]!r}')
    loaded = str(local) if local else path
    more: dict[str, Any] = {"streaming": True} if streaming else {}
    if local is None and path in SCRIPTED and not any(place in config for place in PLACES):
        split = options["split"].partition("[")[0]
        loaded, more = "parquet", {**more, "data_files": {split: SCRIPTED[path].format(split=split)}}
    refusals = (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError)
    try:
        dataset = datasets.load_dataset(loaded, **{**more, **options})
    except refusals as error:
        raise SourceError(f"dataset {path!r} does not load with {options}: {error}") from error

    def rows() -> Iterator[Row]:
        try:
            yield from dataset
        except refusals as error:
            raise SourceError(f"dataset {path!r} cannot be read on: {error}") from error

    columns = dataset.column_names
    return Table(local.name if local else path, f"dataset {path}", rows, tuple(columns) if columns else None)
