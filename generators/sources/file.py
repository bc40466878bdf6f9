"""Problems from a local file: ``source = "file"``, ``path = "problems.jsonl"`` (JSONL, Parquet or CSV).

``columns`` says which column holds what: ``prompt`` and ``answers`` (one value or a list) are needed; ``verifier``,
``spec``, ``metadata``, ``domain``, ``language`` and ``licence`` are taken where they are there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from generators.sources import SOURCES, Problem, Wanted
from warehouse.errors import SourceError
from warehouse.registry import find

Rows = tuple[Iterable[dict[str, Any]], list[str]]
"""Rows and the names of their columns."""


def frame_rows(frame: pl.DataFrame) -> Rows:
    return frame.iter_rows(named=True), frame.columns


def jsonl_rows(path: Path) -> Rows:
    # Line by line, not as one table: a table would give every row the same type and fields, and so turn the list of
    # answers of one row into the text of a list because another row has a single answer.
    rows: list[dict[str, Any]] = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise SourceError(f"{path}, line {number} is not JSON: {error}") from error
            if not isinstance(row, dict):
                raise SourceError(f"{path}, line {number}: expected a JSON object, found {type(row).__name__}")
            rows.append(row)
    return rows, list(dict.fromkeys(name for row in rows for name in row))


READERS: dict[str, Callable[[Path], Rows]] = {
    ".jsonl": jsonl_rows,
    ".parquet": lambda path: frame_rows(pl.read_parquet(path)),
    ".csv": lambda path: frame_rows(pl.read_csv(path, infer_schema=False)),
}


@SOURCES.register("file")
def file(wanted: Wanted) -> Iterator[Problem]:
    if not wanted.path:
        raise SourceError('problems.path: missing; source = "file" needs the path of a .jsonl, .parquet or .csv file')
    path = find(wanted.path, wanted.folder)
    if path.suffix not in READERS:
        raise SourceError(f"problems.path: {path.name} ends in {path.suffix!r}; expected one of {', '.join(READERS)}")
    try:
        rows, columns = READERS[path.suffix](path)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read as {path.suffix[1:]}: {error}") from error
    yield from from_rows(rows, columns, wanted, f"file/{path.stem}", str(path))


def from_rows(
    rows: Iterable[dict[str, Any]], columns: list[str], wanted: Wanted, source: str, where: str
) -> Iterator[Problem]:
    """Problems from rows of any table, by the recipe's column mapping. Raises SourceError for a missing column."""
    mapped = {field: wanted.columns.get(field, field) for field in ("prompt", "answers", *OPTIONAL)}
    for field in ("prompt", "answers", *(f for f in wanted.columns if f in OPTIONAL)):
        if mapped[field] not in columns:
            raise SourceError(
                f"{where} has no column {mapped[field]!r} for {field}; it has {', '.join(columns)}. "
                f'Say which one in the recipe: columns = {{ {field} = "..." }}'
            )
    unknown = set(wanted.columns) - set(mapped)
    if unknown:
        raise SourceError(f"problems.columns: unknown field {', '.join(sorted(unknown))}; expected {', '.join(mapped)}")
    for number, row in enumerate(rows, start=1):
        value = {field: row.get(column) for field, column in mapped.items()}
        answers = value["answers"] if isinstance(value["answers"], list) else [value["answers"]]
        if not isinstance(value["prompt"], str) or not value["prompt"].strip():
            raise SourceError(f"{where}, row {number}: {mapped['prompt']} is {value['prompt']!r}; expected a text")
        if not answers or any(answer is None or not str(answer).strip() for answer in answers):
            raise SourceError(f"{where}, row {number}: {mapped['answers']} is empty; expected an answer or a list")
        yield Problem(
            source=source,
            prompt=value["prompt"].strip(),
            answers=tuple(str(answer) for answer in answers),
            verifier=wanted.verifier or value["verifier"] or "text",
            spec=as_object(value["spec"], f"{where}, row {number}: {mapped['spec']}"),
            metadata=as_object(value["metadata"], f"{where}, row {number}: {mapped['metadata']}"),
            domain=wanted.domain or value["domain"],
            language=value["language"] or wanted.language,
            split=wanted.split,
            licence=wanted.licence or value["licence"],
        )


OPTIONAL = ("verifier", "spec", "metadata", "domain", "language", "licence")


def as_object(value: Any, where: str) -> dict[str, Any]:
    """A JSON object, given as one or as text."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise SourceError(f"{where}: expected a JSON object, found {value[:60]!r}") from error
    if not isinstance(value, dict):
        raise SourceError(f"{where}: expected a JSON object, found {type(value).__name__}")
    return value
