"""Opinions on a stretch of rows, as a table that a later run can count and a writer put beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import accumulate

import pyarrow as pa

from filters.finding import Finding
from filters.grading.rows import Asked, Reader
from filters.grading.summary import DIFFERING
from warehouse.files import JsonLines, Parquet
from warehouse.text import storable

SECONDS = 10.0
"""That a part should take: long enough for all workers to be busy until near its end, and little to lose."""
FIRST = 128
"""Rows of the first part for each worker."""
CHARACTERS = 1 << 25
"""Of responses that are in memory at a time."""
ROW = 256
"""Characters that a row counts for besides its responses."""
OPINION = {
    "outcome": pa.string(),
    "reason": pa.string(),
    "extracted": pa.string(),
    "tier": pa.string(),
    "elapsed_ms": pa.float64(),
    "label": pa.bool_(),
    "says": pa.string(),
    "why": pa.string(),
    "wanted": pa.string(),
    "repeated": pa.bool_(),
}
"""Columns of a part; of each a list where a row holds a list of responses. ``says`` is of unusable keys and of
crashes, ``why`` of responses without an answer, ``wanted`` of those that a label contradicts: the right answers."""
SHOWN = 100
"""Characters of the right answers that a part keeps."""


class Pace:
    """How many rows a part is to have, by how fast the last one went."""

    def __init__(self, workers: int) -> None:
        self.least = self.rows = FIRST * workers
        self.since = time.monotonic()

    def took(self, rows: int) -> None:
        """That so many rows are done since the last time."""
        now = time.monotonic()
        self.rows = max(self.least, round(rows / (now - self.since) * SECONDS))
        self.since = now


def gathered(source: JsonLines | Parquet, reader: Reader, start: int, pace: Pace) -> Iterator[list[Asked]]:
    """The rows from ``start`` on, as many at a time as the pace says; fewer where they are long."""
    rows: list[Asked] = []
    characters = 0
    for batch in source.batches(reader.wanted, start):
        for row in batch:
            rows.append(reader.ask(row))
            characters += ROW + sum(len(text) for text in rows[-1].texts if text)
            if len(rows) >= pace.rows or characters >= CHARACTERS:
                yield rows
                rows, characters = [], 0
    if rows:
        yield rows


def opinions(rows: list[Asked], judge: Callable[..., list[Finding]], listed: bool) -> pa.Table:
    """A part: what is found of some rows. ``judge`` takes texts and their keys; ``listed`` files have lists of them."""
    # A null where others hold a list is no response that could fail.
    texts = [row.texts if row.listed == listed else [] for row in rows]
    asked = [(text, row) for row, of_row in zip(rows, texts, strict=True) for text in of_row]
    sound = [(text, row.key) for text, row in asked if not row.fault]
    judged = iter(judge([text for text, _ in sound], [key for _, key in sound]))
    found = [Finding.undecided("unusable_key", says=row.fault) if row.fault else next(judged) for _, row in asked]
    said = [storable(one.detail.get("extracted")) for one in found]
    labels = [label for row, of_row in zip(rows, texts, strict=True) for label in row.labels[: len(of_row)]]
    whole = {
        "outcome": [one.outcome for one in found],
        "reason": [one.reason for one in found],
        "extracted": said,
        "tier": [one.detail.get("tier") for one in found],
        "elapsed_ms": [one.elapsed_ms for one in found],
        "label": labels,
        "says": [storable(told(one)) for one in found],
        "why": [one.detail.get("why") if one.reason == "no_answer" else None for one in found],
        "wanted": [
            " | ".join(row.key.answers)[:SHOWN] if row.key and (one.outcome, label) in DIFFERING else None
            for one, label, (_, row) in zip(found, labels, asked, strict=True)
        ],
        "repeated": repeats([row.key.key_id if row.key else None for _, row in asked], said),
    }
    columns = {name: pa.array(whole[name], kind) for name, kind in OPINION.items()}
    if listed:
        ends = list(accumulate(map(len, texts), initial=0))
        starts = [None if row.listed != listed else end for row, end in zip(rows, ends, strict=False)]
        offsets = pa.array([*starts, ends[-1]], pa.int32())
        columns = {name: pa.ListArray.from_arrays(offsets, column) for name, column in columns.items()}
    return pa.table(columns)


def told(one: Finding) -> str | None:
    """What a finding says of a fault that is not the answer's."""
    said = {"unusable_key": one.detail.get("says"), "crash": one.detail.get("error")}.get(one.reason or "")
    return None if said is None else str(said)


def repeats(keys: list[str | None], said: list[str | None]) -> list[bool]:
    """Which answers had been given to the same key before: (n,) and (n,) -> (n,)."""
    seen: set[tuple[str, str]] = set()
    again = []
    for key, answer in zip(keys, said, strict=True):
        known = key is not None and answer is not None and (key, answer) in seen
        if key is not None and answer is not None:
            seen.add((key, answer))
        again.append(known)
    return again
