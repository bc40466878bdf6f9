"""A release that is killed and one that is not: python -m tests.endurance [--traces N] [--folder F] [--kills K].

Builds a bulk lake and takes two copies of it from selection to a repository on the stand-in Hub by commands: one
without disturbance, one whose commands get SIGKILL at random moments (by the seed). Both have to end with the same
files, here and over there. Then the second lake gets thirty more commits, is compacted and vacuumed, and the release is
rebuilt from its manifest. Ends with exit 1 where anything differs. Everything stays in F, if one is named.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))
from bulk import build
from bulk.recipe import RECIPE, overrides
from hub import StandInHub

from tests.bench import hardware
from warehouse.lake import Lake
from warehouse.release.shelf import find

COMMAND = Path(sys.executable).with_name("thoughtmill")
NAME = "r1-800k"


def command(lake: Path, hub: StandInHub, home: Path, *arguments: str, patience: float | None = None) -> str | None:
    """Run a command to its end, or kill it after ``patience`` seconds: then None. Exits where it fails."""
    environment = {**os.environ, **hub.environment(home)}
    told = [str(COMMAND), *arguments, "--lake", str(lake), "--format", "json"]
    if arguments[1] == "rebuild":
        told = told[:-2]
    with subprocess.Popen(told, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            said, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # and whatever it has started
            process.communicate()
            return None
    if process.returncode:
        sys.exit(f"{' '.join(told)}: exit {process.returncode}")
    return said


def doing(lake: Path) -> str:
    """What the last run was at when it ended."""
    last = Lake(lake).scan("runs").sort("created_at").tail(1).collect().to_dicts()
    return f"{last[0]['event']} {last[0]['stage'] or ''}" if last else "nothing"


def later(lake: Lake, commits: int) -> None:
    """Commits that come after a release: opinions that changed, corrected keys, new traces."""
    (traces,) = lake.sql(f"SELECT list(t) AS t FROM (SELECT t FROM (FROM traces LIMIT {commits}) t)")["t"].to_list()
    for number, trace in enumerate(traces):
        one = {"problem_id": trace["problem_id"], "trace_id": trace["trace_id"]}
        verdict = {"check_name": "answer", "version": 99, "settings_hash": "later", "outcome": "fail", "detail": "{}"}
        match number % 3:
            case 0:
                lake.commit("verdicts", [one | verdict])
            case 1:
                key = {"key_id": f"later-{number}", "answers": ["another"], "verifier": "text"}
                lake.commit("answer_keys", [key | {"problem_id": trace["problem_id"]}])
            case _:
                lake.commit("traces", [trace | {"trace_id": f"later-{number}"}])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--traces", type=int, default=2_000)
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--kills", type=int, default=5)
    asked.add_argument("--seed", type=int, default=0)
    options = asked.parse_args()
    print(hardware())
    with tempfile.TemporaryDirectory() as scratch:
        endure(options.folder or Path(scratch), options.traces, options.kills, random.Random(options.seed))


def endure(folder: Path, traces: int, kills: int, draw: random.Random) -> None:
    built = build(folder / "lake", traces)
    calm, killed = folder / "calm", folder / "killed"
    for copy in (calm, killed):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(built.lake.path, copy, copy_function=os.link)  # what is in a lake is never written to
    recipe = [RECIPE, *(word for one in overrides(traces, built.benchmark) for word in ("--set", one))]
    with StandInHub(folder / "hub") as hub:
        began = time.monotonic()
        command(calm, hub, folder / "home", "release", "build", *recipe)
        took = time.monotonic() - began
        publish = ("release", "publish", NAME, "--to")
        began = time.monotonic()
        command(calm, hub, folder / "home", *publish, "org/calm")
        sent = time.monotonic() - began
        print(f"undisturbed: {took:.0f} s to the release, {sent:.0f} s to the Hub", flush=True)
        began = time.monotonic()
        command(calm, hub, folder / "home", "release", "build", *recipe)
        idle = time.monotonic() - began  # what it takes to find that there is nothing to do
        # Each goes on from where the one before was, so all of them together walk the road that took so long.
        at = sorted(draw.uniform(0.1, 0.9) * (took - idle) for _ in range(kills - 1))
        begun = 0
        for further in (one - before for before, one in pairwise([0.0, *at])):
            patience = idle + further
            if command(killed, hub, folder / "home", "release", "build", *recipe, patience=patience) is not None:
                sys.exit(f"it was done within {patience:.1f} s, before it was killed")
            files = len(list((killed / "releases").glob(".*/*/*.parquet")))
            begun += files > 0
            print(f"killed after {patience:.1f} s: {doing(killed)}, {files} files of the release written", flush=True)
        if not begun:
            sys.exit("no kill left a release half-written; another --seed")
        command(killed, hub, folder / "home", "release", "build", *recipe)
        if command(killed, hub, folder / "home", *publish, "org/killed", patience=0.6 * sent) is not None:
            sys.exit(f"it was published within {0.6 * sent:.1f} s, before it was killed")
        print(f"killed after {0.6 * sent:.1f} s: publishing", flush=True)
        command(killed, hub, folder / "home", *publish, "org/killed")
        one, other = (find(Lake(lake), NAME) for lake in (calm, killed))
        same("files of the release", one["files"], other["files"])
        same(
            "files on the Hub",
            *({p: h for p, h in hub.files(f"org/{who}").items() if p != "manifest.json"} for who in ("calm", "killed")),
        )
    print(f"{one['rows']:,} rows of {one['release_id']}, {one['left_out']:,} left out, {len(one['files'])} files")
    lake = Lake(killed)
    later(lake, 30)
    command(killed, hub, folder / "home", "lake", "compact")
    command(killed, hub, folder / "home", "lake", "vacuum", "--hours", "0")
    shutil.rmtree(folder / "again", ignore_errors=True)
    print(command(killed, hub, folder / "home", "release", "rebuild", NAME, "--to", str(folder / "again")))


def same(what: str, one: dict[str, object], other: dict[str, object]) -> None:
    """Exits where they differ."""
    if one != other:
        different = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
        sys.exit(f"{what}: {len(different)} differ, {different[0]} for one")
    print(f"{what}: {len(one)}, all the same")


if __name__ == "__main__":
    main()
