"""Journeys and their controls as rows of traces.

Controls are what a journey is compared with. The shortcut is the same way without the detour. The mixed one has a
detour too, but that of another problem: it looks like a journey, and nothing in its wrong path can be learned about
this problem.
"""

from __future__ import annotations

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
DETOUR = ("wrong", "turn")


def built(
    kind: str, name: str, version: int, of: Row, text: str, spans: Spans, parents: Sequence[str], **more: Any
) -> Row:
    """A row for a text that was put together, on the problem of another trace and under its question."""
    weights = f"builder:{name}@{version}"
    asked = ids.digest(messages_of(of))
    return {
        "trace_id": ids.trace_id(of["problem_id"], asked, weights, name, {"kind": kind}, parents),
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
        "sampling": "{}",
        "completion": text,
        "finish_reason": "stop",
        "prompt_tokens": of.get("prompt_tokens"),
        "parents": list(parents),
        "spans": [{"label": label, "start": start, "end": end} for label, start, end in spans],
    } | more


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
        for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
            if here["problem_id"] != there["problem_id"]:
                yield mixed(here, there)


def alike(place: int, journeys: Sequence[Row], sources: Sequence[str]) -> tuple[str, str]:
    return journeys[place]["strategy"], sources[place]


def order(journey: Row) -> str:
    return ids.digest("ring", journey["trace_id"])


def shortcut(journey: Row) -> Row:
    """The right way alone: what is left of a journey without its wrong stretches and turns."""
    stretches = [(label, text) for label, text in stretches_of(journey) if label not in DETOUR]
    text, _ = weave(stretches, response(journey["completion"]) or "")
    parents = [journey["trace_id"], journey["parents"][-1]]
    name, version = named(journey)
    return built("shortcut", name, version, journey, text, (), parents)


def mixed(journey: Row, other: Row) -> Row:
    """The same with the wrong stretches and turns of another journey in the place of its own."""
    detour = [(label, text) for label, text in stretches_of(other) if label in DETOUR]
    own = stretches_of(journey)
    first = next(place for place, (label, _) in enumerate(own) if label in DETOUR)
    stretches = [*own[:first], *detour, *(part for part in own[first:] if part[0] not in DETOUR)]
    text, spans = weave(stretches, response(journey["completion"]) or "")
    name, version = named(journey)
    return built("mixed", name, version, journey, text, spans, [journey["trace_id"], other["trace_id"]])


def stretches_of(journey: Row) -> Stretches:
    """The texts of a journey's spans, each with the blanks that follow it on its line."""
    text = journey["completion"]
    spans = journey["spans"]
    ends = [*(span["start"] for span in spans[1:]), spans[-1]["end"]]
    return [
        (span["label"], text[span["start"] : end] if text[span["end"] : end].strip(" ") == "" else
         text[span["start"] : span["end"]])
        for span, end in zip(spans, ends, strict=True)
    ]  # fmt: skip


def named(journey: Row) -> tuple[str, int]:
    name, _, version = journey["weights"].removeprefix("builder:").rpartition("@")
    return name, int(version)
