"""Journeys and their controls as rows of traces.

Controls are what a journey is compared with. The shortcut is the same way without the detour. The mixed one has a
detour too, but that of another problem: it looks like a journey, and nothing in its wrong path can be learned about
this problem. The detour is also what was right of a way that is given up for another (``start``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import polars as pl
import pyarrow as pa

from generators.journeys.weaving import Spans, Stretches, weave
from warehouse import ids
from warehouse.lake.tables import SCHEMAS
from warehouse.text import response

Row = dict[str, Any]
DETOUR = ("start", "wrong", "turn")


def built(
    kind: str, name: str, version: int, of: Row, text: str, spans: Spans, parents: Sequence[str], way: str = ""
) -> Row:
    """A row for a text that was put together, on the problem of another trace and under its question. ``way`` names how
    its builder was set."""
    weights = f"builder:{name}@{version}"
    asked = ids.digest(messages_of(of))
    how = {"way": way} if way else {}
    return {
        "trace_id": ids.trace_id(of["problem_id"], asked, weights, name, {"kind": kind, **how}, parents),
        "text_hash": ids.text_hash(text),
        "problem_id": of["problem_id"],
        "kind": kind,
        "strategy": name,
        "model": name,
        "weights": weights,
        "engine": "builder",
        "prompt_style": of["prompt_style"],
        "messages": of["messages"],
        "sample_index": 0,
        "sampling": json.dumps(how),
        "completion": text,
        "finish_reason": "stop",
        "prompt_tokens": of.get("prompt_tokens"),
        "parents": list(parents),
        "spans": [{"label": label, "start": start, "end": end} for label, start, end in spans],
    }


def messages_of(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple((message["role"], message["content"]) for message in row["messages"])


def as_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Rows of traces as a frame of that table; what they lack is null."""
    found = pl.from_arrow(pa.Table.from_pylist(list(rows), schema=SCHEMAS["traces"]))
    assert isinstance(found, pl.DataFrame)
    return found


def controls(journeys: Sequence[Row], sources: Sequence[str]) -> Iterator[Row]:
    """The shortcut of each journey, and where there is another of the same builder and source, a mixed one.

    ``sources`` are those of their problems. The other is the next one by id, round a ring.
    """
    for journey in journeys:
        yield shortcut(journey)
    places = sorted(range(len(journeys)), key=lambda place: (*alike(place, journeys, sources), order(journeys[place])))
    for _, group in groupby(places, key=lambda place: alike(place, journeys, sources)):
        ring = [journeys[place] for place in group]
        for place, here in enumerate(ring):
            round_the_ring = ring[place + 1 :] + ring[:place]
            there = next((one for one in round_the_ring if one["problem_id"] != here["problem_id"]), None)
            if there:
                yield mixed(here, there)


def alike(place: int, journeys: Sequence[Row], sources: Sequence[str]) -> tuple[str, str]:
    return journeys[place]["strategy"], sources[place]


def order(journey: Row) -> str:
    return ids.digest("ring", journey["trace_id"])


def shortcut(journey: Row) -> Row:
    """The right way alone: what is left of a journey without its detours."""
    stretches = [(label, text) for label, text in stretches_of(journey) if label not in DETOUR]
    text, _ = weave(stretches, response(journey["completion"]) or "")
    parents = [journey["trace_id"], journey["parents"][-1]]
    name, version = named(journey)
    return built("shortcut", name, version, journey, text, (), parents)


def mixed(journey: Row, other: Row) -> Row:
    """The same with the detours of another journey in the place of its own."""
    detour = [(label, text) for label, text in stretches_of(other) if label in DETOUR]
    own = stretches_of(journey)
    first = next(place for place, (label, _) in enumerate(own) if label in DETOUR)
    stretches = [*own[:first], *detour, *(part for part in own[first:] if part[0] not in DETOUR)]
    text, spans = weave(stretches, response(journey["completion"]) or "")
    name, version = named(journey)
    return built("mixed", name, version, journey, text, spans, [journey["trace_id"], other["trace_id"]])


def stretches_of(journey: Row) -> Stretches:
    """The texts of a journey's spans, each with the blanks between it and the next."""
    text, spans = journey["completion"], journey["spans"]
    ends = [*(span["start"] for span in spans[1:]), spans[-1]["end"]]
    return [(span["label"], text[span["start"] : end]) for span, end in zip(spans, ends, strict=True)]


def named(journey: Row) -> tuple[str, int]:
    name, _, version = journey["weights"].removeprefix("builder:").rpartition("@")
    return name, int(version)
