"""A lake of up to a million traces, made by a seed, with the truth of what is planted in it beside it.

    built = build("/tmp/bulk/lake", traces=100_000)
    built.lake, built.benchmark, built.planted

Every problem has ten traces (attempts of three teachers, or eight of them with a journey and its shortcut), answer key
and verdicts. What was planted (near-duplicates of prompts and of completions, prompts that leak a benchmark or only
seem to) stands in a Parquet file: kind, subject, against, similarity, way. The same seed gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from deltalake.writer import write_deltalake

from bulk import attempts, benchmark, opinions, problems
from bulk.similar import DEGREES
from warehouse.lake.lake import WRITER, Lake, as_arrow

BLOCK = 1_000
"""Problems that are made and committed together: some hundred megabytes of text."""
SHARE = 0.01
"""Of all problems: those that leak or seem to, and those whose prompts resemble another; and of every ten traces, those
that resemble another one a tenth as often."""
PLANTED = {"kind": pl.String, "subject": pl.String, "against": pl.String, "similarity": pl.Float64, "way": pl.String}


@dataclass(frozen=True)
class Built:
    """A bulk lake, and what stands beside it."""

    lake: Lake
    benchmark: Path
    """JSONL: id, question, answer."""
    planted: Path
    """Parquet: kind (near_completion, near_prompt, leak, decoy), subject, against, similarity, way."""


def build(path: str | Path, traces: int = 1_000, seed: int = 0) -> Built:
    """A lake of so many traces over a tenth as many problems. One that is there whole is taken as it is.

    Raises ValueError for a number that is no multiple of a thousand and for half a lake.
    """
    if traces < 1_000 or traces % 1_000:
        raise ValueError(f"traces is {traces}; expected a multiple of 1,000")
    where = Path(path)
    built = where.with_name(f"{where.name}.benchmark.jsonl"), where.with_name(f"{where.name}.planted.parquet")
    if built[1].exists():
        return Built(Lake(where), *built)
    if (where / "traces").exists():
        raise ValueError(f"{where}: a lake that was not built to its end, or not by this; remove it")
    lake = Lake(where, create=True)
    count = traces // 10
    leaks = max(len(benchmark.WAYS), round(SHARE * count))
    near = max(len(DEGREES), round(SHARE * count))
    items = benchmark.items(leaks, seed)
    planted: list[dict[str, Any]] = []
    with ThreadPoolExecutor(1) as writer:  # which is Rust's, and leaves a core to the next block
        before: list[Future[None]] = []
        for tables, truth in blocks(count, seed, items[:leaks], near):
            for future in before:
                future.result()
            before = [writer.submit(append, lake, tables)]
            planted += truth
        for future in before:
            future.result()
    benchmark.write(built[0], items)
    pl.DataFrame(planted, schema=PLANTED).sort("kind", "subject").write_parquet(built[1])
    return Built(lake, *built)


def blocks(
    count: int, seed: int, leaks: list[benchmark.Item], near: int
) -> Iterator[tuple[dict[str, pa.Table], list[dict[str, Any]]]]:
    """The rows of every table, block by block, and what was planted in them."""
    for number, start in enumerate(range(0, count, BLOCK)):
        rng = np.random.default_rng([seed, 2, number])
        end = min(start + BLOCK, count)
        made = problems.block(rng, start, end, count, leaks, near)
        tried = attempts.attempts(rng, made.problems, number, problems.spread(near * 5, start, end, count))
        moment = attempts.BEGAN
        rows = {
            "problems": as_arrow("problems", [{"created_at": moment} | one.row() for one in made.problems]),
            "answer_keys": as_arrow("answer_keys", [{"created_at": moment} | one.key() for one in made.problems]),
            "traces": tried.traces,
            "verdicts": as_arrow(
                "verdicts",
                pl.concat(
                    [opinions.of_keys(made.problems, number), opinions.of_traces(rng, tried, made.problems, number)],
                    how="diagonal",
                ),
            ),
        }
        yield rows, made.planted + tried.planted


def append(lake: Lake, tables: dict[str, pa.Table]) -> None:
    """Commit rows that are known to be new: a lake's own commit would look for each of them."""
    for name, rows in tables.items():
        write_deltalake(lake.table(name), rows, mode="append", writer_properties=WRITER)
