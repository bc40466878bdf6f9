"""Benchmarks of a recipe: read once, from the Hub, a file or the recipe's own held-out problems, and kept in the lake.

A local file that was edited is read again; a Hub dataset is kept as it was when it was first read, so name a
``revision`` in ``config`` to have another.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import polars as pl

from filters.contamination import benchmark
from filters.contamination.index import Index
from filters.contamination.normalise import VERSION
from filters.contamination.stoplist import load
from flows.recipe.parts import Benchmark
from flows.run import Run
from generators.sources.tables import READERS, Table, file_table, hub_table
from warehouse import ids
from warehouse.errors import BadInput
from warehouse.registry import find


def kept(run: Run, name: str) -> Path:
    """Where a benchmark is kept, read first if it is not there yet. Raises BadInput when it cannot be read."""
    wanted = run.recipe.benchmarks[name]
    local = local_file(run, name, wanted)
    if wanted.problems:
        source: object = sorted(run.scope[wanted.problems])
    else:
        source = (wanted.model_dump(mode="json"), digest_of(local) if local else None)
    path = run.lake.path / "_marts" / f"benchmark-{ids.digest(source, VERSION)}.parquet"
    if benchmark.content_of(path) is None:
        path.parent.mkdir(exist_ok=True)
        found = held_out(run, name, wanted) if wanted.problems else from_table(run, name, wanted, local)
        found.save(path)
    return path


def local_file(run: Run, name: str, wanted: Benchmark) -> Path | None:
    """The file that a benchmark's path names, None for a dataset."""
    if not wanted.path or Path(wanted.path).suffix not in READERS:
        return None
    try:
        return find(wanted.path, run.recipe.base)
    except BadInput as error:
        raise BadInput(f"benchmarks.{name}.path: {error}") from error


def from_table(run: Run, name: str, wanted: Benchmark, local: Path | None) -> benchmark.Benchmark:
    table = table_of(run, name, wanted, local)
    question, item = wanted.columns.get("question", "question"), wanted.columns.get("id")
    try:
        return benchmark.read(name, table.rows(), table.columns(), question, item, table.where)
    except BadInput as error:
        raise named(name, error) from error


def table_of(run: Run, name: str, wanted: Benchmark, local: Path | None) -> Table:
    assert wanted.path
    try:
        if local:
            return file_table(str(local), None)
        config = {"split": wanted.split, **wanted.config}
        return hub_table(wanted.path, run.recipe.base, config)
    except BadInput as error:
        raise named(name, error) from error


def named(name: str, error: BadInput) -> BadInput:
    """The same refusal, which begins with whose it is."""
    told = str(error)
    return BadInput(told if told.startswith(f"benchmarks.{name}") else f"benchmarks.{name}: {told}")


def held_out(run: Run, name: str, wanted: Benchmark) -> benchmark.Benchmark:
    """The recipe's own problems of a split, by their ids."""
    assert wanted.problems
    scope = pl.DataFrame({"problem_id": run.scope[wanted.problems]}, schema={"problem_id": pl.String})
    with run.lake.connect(marks=False) as db:
        db.register("scope_frame", scope.to_arrow())
        rows = db.execute(
            "SELECT problem_id, prompt FROM problems SEMI JOIN scope_frame USING (problem_id) ORDER BY problem_id"
        ).fetchall()
    if not rows:
        raise BadInput(f"benchmarks.{name}: the recipe has no {wanted.problems} problems")
    return benchmark.of(name, dict(rows))


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@lru_cache(maxsize=2)
def index_of(files: tuple[tuple[str, Path], ...], stops: Path) -> Index:
    """The index of some kept benchmarks (name, file) and a kept stop list; a process keeps what it used last."""
    return Index([benchmark.load(name, file) for name, file in files], load(stops))
