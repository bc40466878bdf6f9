"""Ten questions of a large lake: python -m tests.bench_queries [--traces N] [--lake FOLDER] [--jsonl N].

They are those of docs/cookbook.md. Each is asked in turn with the others, round after round, through one open
connection and through ``Lake.sql``, which keeps one open, and the median of the warm rounds counts. Beside it the same
ten over JSONL with ``datasets``: loaded once, then Python goes through the columns that a question needs. Where both
have the same traces the answers are compared.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "support"))
from bulk import build
from cookbook import PAGE, queries
from jsonl import BY_HAND, rows_to_jsonl
from measuring import measured

from tests.bench import hardware
from warehouse.lake import Lake

ROUNDS = 7
"""The first one is not counted: it builds the mart and fills the caches."""
QUESTIONS = {query.title: query.sql for query in queries(PAGE.read_text(encoding="utf-8")) if query.title in BY_HAND}


def timed(ask: Callable[[str], Any]) -> tuple[dict[str, float], dict[str, Any]]:
    """(milliseconds by question, answers): rounds over all questions, so that a slow moment hits all alike."""
    taken: dict[str, list[float]] = {title: [] for title in BY_HAND}
    answers = {}
    for _ in range(ROUNDS):
        for title in BY_HAND:
            began = time.perf_counter()
            answers[title] = ask(title)
            taken[title].append(1000 * (time.perf_counter() - began))
    return {title: statistics.median(times[1:]) for title, times in taken.items()}, answers


def ours(folder: Path) -> dict[str, Any]:
    """The ten through DuckDB."""
    lake = Lake(folder)
    for mart in (folder / "_marts").glob("marks-*.parquet"):
        mart.unlink()
    began = time.perf_counter()
    lake.sql("SELECT count(*) FROM marks")
    first = time.perf_counter() - began
    with lake.connect() as db:
        opened, _ = timed(lambda title: db.sql(QUESTIONS[title]).fetchall())
    kept, answers = timed(lambda title: lake.sql(QUESTIONS[title]).rows())
    return {"first_s": first, "opened": opened, "kept": kept, "answers": answers}


def theirs(file: Path) -> dict[str, Any]:
    """The ten through datasets."""
    import datasets

    datasets.disable_progress_bars()
    datasets.disable_caching()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=file.parent) as cache:
        data = datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=cache)
        first = time.perf_counter() - began
        taken, answers = timed(lambda title: BY_HAND[title](data))
    return {"first_s": first, "opened": taken, "answers": answers}


def same(one: Any, other: Any) -> bool:
    """Whether two answers agree, but for the last digit of what was rounded."""
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=2e-3, abs_tol=2e-3)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--traces", type=int, default=10_000)
    asked.add_argument("--jsonl", type=int, help="Traces of the JSONL; as many as the lake where nothing is said.")
    asked.add_argument("--lake", type=Path, help="Where the lake is, or is to be built.")
    asked.add_argument("--child", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.child:
        print(json.dumps({"ours": ours, "theirs": theirs}[options.child](options.lake), default=float))
        return
    few = options.jsonl or options.traces
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.lake or Path(scratch) / "lake"
        built = build(folder, options.traces)
        smaller = built.lake if few == options.traces else build(Path(scratch) / "fewer", few).lake
        file = rows_to_jsonl(smaller, Path(scratch) / "traces.jsonl")
        size = file.stat().st_size
        duck = measured("tests.bench_queries", "--child", "ours", "--lake", str(folder))
        hugging = measured("tests.bench_queries", "--child", "theirs", "--lake", str(file))
    one, other = json.loads(duck.told), json.loads(hugging.told)
    print(f"{hardware()}; medians of {ROUNDS - 1} interleaved rounds, warm\n")
    print(f"| question | open connection, {options.traces:,} | Lake.sql, {options.traces:,} | datasets, {few:,} | |")
    print("| --- | ---: | ---: | ---: | --- |")
    for title in BY_HAND:
        agree = (
            ""
            if few != options.traces
            else "same"
            if same(one["answers"][title], other["answers"][title])
            else "DIFFER"
        )
        print(
            f"| {title} | {one['opened'][title]:,.0f} ms | {one['kept'][title]:,.0f} ms "
            f"| {other['opened'][title]:,.0f} ms | {agree} |"
        )
    print(f"\nfirst question of a lake without its mart: {one['first_s']:,.1f} s")
    print(f"loading {size / 1e6:,.0f} MB of JSONL: {other['first_s']:,.1f} s")
    print(f"memory at most: {duck.peak / 1e6:,.0f} MB, with datasets {hugging.peak / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
