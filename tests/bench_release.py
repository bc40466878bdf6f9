"""From a lake to a release: python -m tests.bench_release [--traces N ...] [--lake FOLDER].

Builds bulk lakes of so many traces (or takes those that are there), and runs the stages of flows/recipes/r1-800k.toml
one by one on a copy, each in a process of its own and without Prefect, with quotas to scale and with the planted
benchmark for those of the Hub. Printed are seconds and the most memory of each; of several sizes how time grows (the
exponent: 1 is linear) and how memory does (the ratio).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "support"))
import polars as pl
from bulk import build
from bulk.recipe import recipe
from measuring import Taken, measured

from flows.mill import grind
from flows.progress import Progress
from flows.run import Run
from tests.bench import hardware
from warehouse.lake import Lake


def stages(traces: int, benchmark: Path) -> list[str]:
    return [stage.do for stage in recipe(traces, benchmark).stages]


def run_to(stage: str, lake: Path, traces: int, benchmark: Path) -> dict[str, Any]:
    """All stages up to one; returns what there is then."""
    run = Run(recipe(traces, benchmark), Lake(lake), Progress(quiet=True))
    run.examine()
    grind(run, until=stage)
    ((verdicts, chosen),) = run.lake.sql(
        "SELECT (SELECT count(*) FROM verdicts) AS verdicts, (SELECT count(*) FILTER (kept) FROM selections) AS chosen"
    ).rows()
    return {"verdicts": verdicts, "rows": chosen, "bytes": size(run.lake.path / "releases")}


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def table(rows: list[list[str]]) -> None:
    for number, row in enumerate(rows):
        print(f"| {' | '.join(row)} |")
        if number == 0:
            print(f"| --- |{' ---: |' * (len(row) - 1)}")


def cells(taken: Taken) -> list[str]:
    return [f"{taken.seconds:,.1f}", f"{taken.busy:,.1f}", f"{taken.peak / 1e6:,.0f}"]


def one(traces: int, folder: Path) -> dict[str, Taken]:
    """Build and release; prints what each step took."""
    made = measured("tests.bench_release", "--traces", str(traces), "--lake", str(folder), "--child", "build")
    built = build(folder, traces)
    copy = folder.with_name(f"{folder.name}.released")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, copy_function=os.link)  # what is in a lake is never written to
    taken = {"build": made}
    arguments = ("tests.bench_release", "--traces", str(traces), "--lake", str(copy), "--child")
    with built.lake.connect(marks=False) as db:
        mean, high = db.sql(
            "SELECT avg(strlen(completion)), quantile_cont(strlen(completion), 0.99) FROM traces"
        ).fetchall()[0]
    print(f"\n{traces:,} traces of {mean / 1e3:,.1f} kB of text (99th percentile {high / 1e3:,.0f} kB), ", end="")
    print(f"{size(folder / 'traces') / 1e6:,.0f} MB on disk\n")
    rows = [["step", "seconds", "of processors", "MB of memory", "verdicts after it", "rows released", "MB released"]]
    for stage in stages(traces, built.benchmark):
        taken[stage] = measured(*arguments, stage, "--benchmark", str(built.benchmark))
        told = json.loads(taken[stage].told.splitlines()[-1])
        counts = [f"{told['verdicts']:,}", f"{told['rows']:,}", f"{told['bytes'] / 1e6:,.0f}"]
        rows.append([stage, *cells(taken[stage]), *counts])
    rows.insert(1, ["building the lake", *cells(taken["build"]), "", "", ""])
    steps = [step for name, step in taken.items() if name != "build"]
    whole = Taken(sum(s.seconds for s in steps), sum(s.busy for s in steps), max(s.peak for s in steps), "")
    rows.append(["all but building", *cells(whole), "", "", ""])
    table(rows)
    recall(Lake(copy), built.planted)
    return taken


def recall(lake: Lake, planted: Path) -> None:
    """How much of what was planted was found: pairs by their similarity, leaks by the way that they got in."""
    truth = pl.read_parquet(planted)
    pairs = {frozenset(row) for row in lake.sql("SELECT id, against FROM resembles").rows()}
    hits = set(lake.sql("SELECT problem_id, item FROM contamination").rows())
    counts: dict[str, list[int]] = {}
    for kind, subject, against, similarity, way in truth.sort("kind", "similarity", "way").rows():
        near = kind.startswith("near")
        group = f"{kind} {math.floor(10 * similarity) / 10}" if near else f"{kind} {way}"
        count = counts.setdefault(group, [0, 0])
        count[0] += frozenset((subject, against)) in pairs if near else (subject, against) in hits
        count[1] += 1
    print()
    table(
        [["planted", "found", "of"], *([group, f"{found:,}", f"{total:,}"] for group, (found, total) in counts.items())]
    )


def growth(taken: dict[int, dict[str, Taken]]) -> None:
    """How each step grows from one size to the next."""
    sizes = sorted(taken)
    print()
    rows = [["step", *(f"{few:,} to {many:,}" for few, many in pairwise(sizes))]]
    for step in taken[sizes[0]]:
        grown = []
        for few, many in pairwise(sizes):
            a, b = taken[few][step], taken[many][step]
            clock, busy = (
                math.log(y / x) / math.log(many / few) for x, y in ((a.seconds, b.seconds), (a.busy, b.busy))
            )
            grown.append(f"n^{clock:.2f}, of processors n^{busy:.2f}, memory x {b.peak / a.peak:.1f}")
        rows.append([step, *grown])
    table(rows)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--traces", type=int, nargs="+", default=[10_000])
    asked.add_argument(
        "--lake", type=Path, help="Where the lakes are, or are to be built; of several each gets its size."
    )
    asked.add_argument("--child", help=argparse.SUPPRESS)
    asked.add_argument("--benchmark", type=Path, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.child:
        (traces,) = options.traces
        if options.child == "build":
            build(options.lake, traces)
        else:
            print(json.dumps(run_to(options.child, options.lake, traces, options.benchmark)))
        return
    print(hardware())
    with tempfile.TemporaryDirectory() as scratch:
        base = options.lake or Path(scratch) / "lake"
        several = len(options.traces) > 1
        taken = {n: one(n, base.with_name(f"{base.name}-{n}") if several else base) for n in options.traces}
    if several:
        growth(taken)


if __name__ == "__main__":
    main()
