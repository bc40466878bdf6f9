"""A million answers, graded: python -m tests.bench_grade [ROWS [VERIFIER]].

Sixteen responses of 500 to 2,000 characters to each problem, right in three cases of five; some end before they answer.
The run is killed in its middle and run again. Printed are rows/s, the most memory that the command and its workers held
together, and how many rows came out as they were made.
"""

from __future__ import annotations

import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from filters.pool import cores

COMMAND = Path(sys.executable).with_name("thoughtmill")
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PHRASES = [README[at : at + 40] for at in range(0, len(README) - 40, 7)]


def value(rng: random.Random, number: int) -> tuple[str, str, str]:
    """A right answer of one of six kinds, another way to write it, and a wrong one."""
    a, b = rng.randrange(2, 900), rng.randrange(3, 40) * 2 + 1
    return (
        (str(a), f"{a}.0", str(a + 1)),
        (rf"\frac{{{a}}}{{{b}}}", f"{2 * a}/{2 * b}", f"{a + b}/{b}"),
        (f"{a / 8:.3f}", rf"\frac{{{a}}}{{8}}", f"{(a + 1) / 8:.3f}"),
        (f"({a}, {b})", rf"\left({a},{b}\right)", f"({b}, {a + 1000})"),
        (rf"{a}\sqrt{{{b}}}", rf"\sqrt{{{b}}}\cdot {a}", rf"{a + 1}\sqrt{{{b}}}"),
        (rf"\{{{a}, {a + b}\}}", rf"\{{{a + b}, {a}\}}", rf"\{{{a}, {a + b + 1}\}}"),
    )[number % 6]


def rows(count: int) -> Iterator[dict[str, object]]:
    rng = random.Random(0)
    for number in range(count):
        if number % 16 == 0:
            right, same, wrong = value(random.Random(number), number // 16)
        kind = rng.choices(("right", "same", "wrong", "cut"), (40, 20, 37, 3))[0]
        thought = "".join(rng.choices(PHRASES, k=rng.randrange(12, 50)))
        said = {"right": right, "same": same, "wrong": wrong}.get(kind)
        response = f"<think>\n{thought}" + (f"\n</think>\n\nThe answer is \\boxed{{{said}}}." if said else "")
        yield {"number": number, "response": response, "answer": right, "made": kind in ("right", "same")}


def write(path: Path, count: int) -> None:
    schema = pa.schema({"number": pa.int64(), "response": pa.large_string(), "answer": pa.string(), "made": pa.bool_()})
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        batch = []
        for row in rows(count):
            batch.append(row)
            if len(batch) == 10_000:
                file.write_table(pa.Table.from_pylist(batch, schema))
                batch = []
        file.write_table(pa.Table.from_pylist(batch, schema))


def memory(process: psutil.Process) -> int:
    """Bytes that a process and those it started hold."""
    held = 0
    for one in (process, *process.children(recursive=True)):
        try:
            held += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return held


def main(count: int, verifier: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder, "answers.parquet"), Path(folder, "graded.parquet")
        write(file, count)
        size = file.stat().st_size / 1e6
        print(
            f"{count:,} rows, {size:,.0f} MB of Parquet; {platform.processor() or platform.machine()}, {cores()} cores"
        )
        command = [
            COMMAND,
            "grade",
            file,
            "--out",
            out,
            "--verifier",
            verifier,
            "--against",
            "made",
            "--format",
            "json",
        ]
        peak = 0
        for kill in (True, False):
            began = time.monotonic()
            run = subprocess.Popen(command, stdout=subprocess.PIPE)
            process = psutil.Process(run.pid)
            while run.poll() is None:
                peak = max(peak, memory(process))
                parts = list(Path(folder).glob(".graded.parquet.grading/*.parquet"))
                if kill and parts and int(max(parts).stem) > count / 2:
                    run.kill()
                    run.wait()
                    print(f"killed after {time.monotonic() - began:,.0f} s with half of it judged")
                time.sleep(0.2)
        assert run.stdout
        told = json.loads(run.stdout.read())
        judged, seconds = told["judged_now"], told["seconds"]
        rate = f"{judged / seconds:,.0f} rows/s" if judged else "none left"
        print(f"run again: {judged:,} rows in {seconds:,.0f} s, {rate}")
        print(f"looking at the file and writing it: {time.monotonic() - began - seconds:,.0f} s more")
        print(f"memory: at most {peak / 1e6:,.0f} MB, all processes together")
        print(f"outcomes {told['outcomes']}, repeated {told['repeated']:,}, tiers {told['tiers']}")
        print(f"as made: {told['against']['agreement']}")
        found = pl.scan_parquet(out).select("number", "response").sort("number")
        same = found.collect().equals(pl.scan_parquet(file).select("number", "response").collect())
        print(f"the same rows: {same}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, sys.argv[2] if sys.argv[2:] else "math")
