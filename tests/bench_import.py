"""Other people's traces, imported: python -m tests.bench_import [TRACES].

A file of OpenR1's form, four generations of 4,000 to 12,000 characters to a problem, is imported into an empty lake;
the run is killed when half of it is committed, and run again. Then a quarter of it is imported into another lake.
Printed are traces/s and the most memory that each command held: with a quarter of the traces it should be as much.
"""

from __future__ import annotations

import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.lake import Lake

COMMAND = Path(sys.executable).with_name("thoughtmill")
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EACH = 4
"""Generations of a problem."""


def write(path: Path, traces: int) -> None:
    rng = random.Random(0)
    phrases = [README[at : at + 40] for at in range(0, len(README) - 40, 7)]
    writer = None
    for first in range(0, traces // EACH, 1000):
        rows = [
            {
                "problem": f"Problem {number}: " + "".join(rng.choices(phrases, k=5)),
                "answer": str(number),
                "uuid": f"u{number}",
                "generations": [
                    f"<think>\n{''.join(rng.choices(phrases, k=rng.randrange(100, 300)))}\n</think>\n\n{number + wrong}"
                    for wrong in range(EACH)
                ],
                "correctness_math_verify": [True] + [False] * (EACH - 1),
            }
            for number in range(first, min(first + 1000, traces // EACH))
        ]
        table = pa.Table.from_pylist(rows)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    assert writer
    writer.close()


def imported(file: Path, lake: Path, kill_at: int | None = None) -> tuple[float, int, dict[str, object] | None]:
    """(seconds, the most bytes held, what the command printed): killed when so many traces are committed."""
    began, peak = time.monotonic(), 0
    run = subprocess.Popen([COMMAND, "import", file, "--lake", lake, "--format", "json"], stdout=subprocess.PIPE)
    process = psutil.Process(run.pid)
    while run.poll() is None:
        peak = max(peak, process.memory_info().rss)
        committed = [json.loads(note.read_bytes()) for note in lake.glob("_imports/*/committed.json")]
        if kill_at is not None and any(note["new"]["traces"] >= kill_at for note in committed):
            run.kill()
            run.wait()
        time.sleep(0.1)
    assert run.stdout
    told = run.stdout.read()
    return time.monotonic() - began, peak, json.loads(told) if told else None


def main(traces: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count, kill_at in ((traces, traces // 2), (traces // 4, None)):
            file, lake = folder / f"{count}.parquet", folder / f"lake-{count}"
            write(file, count)
            size = file.stat().st_size / 1e6
            print(f"{count:,} traces, {size:,.0f} MB of Parquet; {platform.processor() or platform.machine()}")
            seconds, peak, told = imported(file, lake, kill_at)
            if told is None:
                print(f"killed after {seconds:,.0f} s with half of it committed")
                more, higher, told = imported(file, lake)
                seconds, peak = seconds + more, max(peak, higher)
            print(
                f"{seconds:,.0f} s, {count / seconds:,.0f} traces/s, at most {peak / 1e6:,.0f} MB; new: {told['new']}"
            )
            held = Lake(lake).sql("SELECT count(*), count(DISTINCT trace_id) FROM traces").rows()
            print(f"in the lake, all and different ones: {held}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
