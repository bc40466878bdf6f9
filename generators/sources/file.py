"""Problems from a local file: ``source = "file"``, ``path = "problems.jsonl"`` (JSONL, JSON, Parquet or CSV).

``columns`` says which column holds what: ``prompt`` and ``answers`` (one value or a list) are needed; ``verifier``,
``spec``, ``metadata``, ``domain``, ``language`` and ``licence`` are taken where they are there. Where a judge decides
(``verifier = "judge"``) there may be no answers; those that are there are its references.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generators.sources import SOURCES, Problem, Wanted
from generators.sources.tables import Table, file_table
from warehouse.errors import SourceError


@SOURCES.register("file")
def file(wanted: Wanted) -> Iterator[Problem]:
    if not wanted.path:
        raise SourceError('problems.path: missing; source = "file" needs the path of a .jsonl, .parquet or .csv file')
    table = file_table(wanted.path, wanted.folder)
    yield from from_table(table, wanted, f"file/{table.name}")


def from_table(table: Table, wanted: Wanted, source: str) -> Iterator[Problem]:
    """Problems from rows of any table, by the recipe's column mapping. Raises SourceError for a missing column."""
    where, columns = table.where, table.columns()
    mapped = {field: wanted.columns.get(field, field) for field in ("prompt", "answers", *OPTIONAL)}
    judged = wanted.verifier == "judge" or mapped["verifier"] in columns
    needed = ("prompt",) if judged and "answers" not in wanted.columns else ("prompt", "answers")
    for field in (*needed, *(f for f in wanted.columns if f in OPTIONAL)):
        if mapped[field] not in columns:
            raise SourceError(
                f"{where} has no column {mapped[field]!r} for {field}; it has {', '.join(columns)}. "
                f'Say which one in the recipe: columns = {{ {field} = "..." }}'
            )
    unknown = set(wanted.columns) - set(mapped)
    if unknown:
        raise SourceError(f"problems.columns: unknown field {', '.join(sorted(unknown))}; expected {', '.join(mapped)}")
    for number, row in enumerate(table.rows(), start=1):
        value = {field: row.get(column) for field, column in mapped.items()}
        verifier = wanted.verifier or value["verifier"] or "text"
        answers = value["answers"] if isinstance(value["answers"], list) else [value["answers"]]
        given = [str(answer) for answer in answers if answer is not None and str(answer).strip()]
        if not isinstance(value["prompt"], str) or not value["prompt"].strip():
            raise SourceError(f"{where}, row {number}: {mapped['prompt']} is {value['prompt']!r}; expected a text")
        if verifier != "judge" and (not given or len(given) < len(answers)):
            raise SourceError(f"{where}, row {number}: {mapped['answers']} is empty; expected an answer or a list")
        yield Problem(
            source=source,
            prompt=value["prompt"].strip(),
            answers=tuple(given),
            verifier=verifier,
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
