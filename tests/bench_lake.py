"""What it takes to look after a large lake: python -m tests.bench_lake [--traces N] [--lake FOLDER].

The commands, each in a process of its own, over a copy of a bulk lake: seconds, seconds of processors and peak memory.
Where memory is flat, N does not show in it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))
from bulk import build
from measuring import measured

from tests.bench import hardware
from warehouse.lake import Lake

ONE = "SELECT min(trace_id) AS trace_id FROM traces"
HUNDREDTH = "SELECT trace_id FROM traces WHERE hash(trace_id) % 100 = 7"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=10_000)
    parser.add_argument("--lake", type=Path, help="Where the bulk lake is, or is to be built.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = asked.lake or Path(scratch) / "bulk"
        build(source, asked.traces)
        lake = Path(shutil.copytree(source, Path(scratch) / "lake"))
        some = Lake(lake).sql(ONE).item()
        commands = {
            "the marks are made": ["sql", "SELECT count(*) FROM marks"],
            "all text to a file": ["sql", "SELECT trace_id, completion FROM traces", "-o", f"{scratch}/out.parquet"],
            "show": ["show", some],
            "explain": ["explain", some],
            "as of the first commit": ["sql", "SELECT count(*) FROM traces", "--as-of", "1"],
            "lake compact": ["lake", "compact"],
            "lake vacuum": ["lake", "vacuum", "--hours", "0"],
            "takedown of one trace": ["lake", "takedown", "--sql", ONE, "--reason", "bench"],
            "takedown of a hundredth": ["lake", "takedown", "--sql", HUNDREDTH, "--reason", "bench"],
        }
        print(f"{asked.traces:,} traces, on {hardware()}\n")
        print("| command | seconds | of processors | peak memory |\n| --- | --- | --- | --- |")
        for what, command in commands.items():
            taken = measured("flows.cli", *command, "--lake", str(lake))
            print(f"| {what} | {taken.seconds:.1f} | {taken.busy:.1f} | {taken.peak / 1e6:,.0f} MB |", flush=True)


if __name__ == "__main__":
    main()
