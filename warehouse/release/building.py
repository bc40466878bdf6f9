"""Build: a plan becomes a Hub dataset folder with a card and a manifest, and its rows stand in ``selections``.

The same plan over the same verdicts gives the same files, byte for byte: order is by seeded hash, and nothing in them
knows when they were made. Killed and run again it goes on with the files that are missing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import forms
from warehouse.claims import building, claim
from warehouse.errors import RunFailed
from warehouse.lake import Lake
from warehouse.lake.marts import MARKED
from warehouse.lake.place import write_atomically
from warehouse.release import charts, files, rows
from warehouse.release.candidates import split_problems
from warehouse.release.card import TABLES, card, facts
from warehouse.release.planning import FORM, Plan, pinned

WANTED = {
    "default": "FROM kept",
    "raw": """SELECT trace_id, problem_id FROM kept
        UNION ALL SELECT m.trace_id, m.problem_id FROM marks m SEMI JOIN dropped USING (trace_id)""",
    "journey": "SELECT m.trace_id, m.problem_id FROM marks m SEMI JOIN kept USING (trace_id) WHERE kind = 'journey'",
}
"""Whose rows a config holds."""
STAMP = ".stamp"
"""Of a draft: which code over which versions of the lake has written it."""


def build(lake: Lake, made: Plan, notes: dict[str, str] | None = None) -> dict[str, Any]:
    """Write the release's folder and its rows in ``selections``; returns the manifest.

    ``notes`` are for the card: what is known of a verifier's errors, by its name. The folder appears whole or not at
    all. Raises RunFailed when nothing was selected.
    """
    if made.kept.is_empty():
        why = f": {lost(lake, made)}" if made.dropped.height else "; are there traces of these problems, kinds, models?"
        raise RunFailed(f"release {made.name}: {told(made)} selects none of {made.dropped.height} candidates{why}")
    folder = made.folder(lake)
    with building(lake.path, folder, resumed=True) as draft:
        if not made.is_built(lake):
            sweep(lake, made, draft)
            manifest = write(lake, made, draft, notes or {})
            lake.commit("selections", selections(made))
            write_atomically(draft / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
            (draft / STAMP).unlink(missing_ok=True)
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def sweep(lake: Lake, made: Plan, draft: Path) -> None:
    """Clear away what a killed build left that nobody can go on with: drafts of releases of this name that the
    lake does not call for any more, and this one's, if other code or an older lake has written it."""
    stamp = json.dumps([FORM, version("thoughtmill"), {table: made.versions.get(table) for table in MARKED}])
    mark = draft / STAMP
    if not mark.exists() or mark.read_text() != stamp:
        shutil.rmtree(draft)
        draft.mkdir()
        mark.write_text(stamp)
    for other in draft.parent.glob(f".{made.name}-*"):
        if other != draft and len(other.name) == len(draft.name):
            with claim(lake.path, other.name[1:]) as ours:
                if ours:
                    shutil.rmtree(other, ignore_errors=True)


def write(lake: Lake, made: Plan, folder: Path, notes: dict[str, str]) -> dict[str, Any]:
    """The files of a release but its manifest, which is returned. They tell of the lake as it was for the plan."""
    lake = pinned(lake, made.versions)
    counts = {}
    for config in (*made.selection.configs, *made.selection.forms):
        counts[config] = write_config(lake, made, config, folder)
    found = facts(lake, made)
    (folder / "README.md").write_text(card(made, found, counts, notes), encoding="utf-8")
    charts.funnel(found.frames["funnel"], folder / "charts" / "funnel.png")
    if not found.frames["histogram"].is_empty():  # nobody has counted the tokens of imported text
        charts.lengths(found.frames["histogram"], folder / "charts" / "lengths.png")
    written = sorted(file for file in folder.rglob("*") if file.is_file() and file.name not in ("manifest.json", STAMP))
    return {
        "name": made.name,
        "release_id": made.release_id,
        "form": FORM,
        "rows": made.kept.height,
        "left_out": made.dropped.height,
        "policy": told(made),
        "configs": counts,
        "contamination": found.contamination,
        "notes": notes,
        "selection": made.selection.told(),
        "versions": made.versions,
        "files": {str(file.relative_to(folder)): sha256(file) for file in written},
    }


def write_config(lake: Lake, made: Plan, config: str, folder: Path) -> dict[str, int]:
    """The files of one config, or of one of other people's forms; returns its rows by split."""
    form = forms.get(config) if config in made.selection.forms else None
    asked = "default" if form else config
    schema = rows.SCHEMAS[asked]
    with lake.connect() as db:
        db.register("kept", made.kept.to_arrow())
        db.register("dropped", made.dropped.to_arrow())
        split_problems(db, made.selection)
        wanted = placed(db, made, WANTED[asked], by_problem=form is not None)
    shape = form.table if form else lambda table: table.select(schema.names).cast(schema)
    files.write(folder / config, partial(read, lake, made, asked, wanted), wanted, shape)
    return rows_by_split(folder / config)


def rows_by_split(folder: Path) -> dict[str, int]:
    """Of a config's files."""
    counts: dict[str, int] = {}
    for file in sorted(folder.glob("*.parquet")):
        split = file.name.partition("-")[0]
        counts[split] = counts.get(split, 0) + pq.read_metadata(file).num_rows
    return counts


def placed(db: duckdb.DuckDBPyConnection, made: Plan, who: str, by_problem: bool = False) -> pa.Table:
    """(trace_id, split, bucket, rank) of some traces: where in the files each belongs. ``by_problem``, the traces
    of a problem stand together and in one file."""
    order = "place('rank/' || $seed, trace_id), trace_id"
    bucket = "rank"
    if by_problem:
        order = f"place('rank/' || $seed, problem_id), problem_id, {order}"
        bucket = "min(rank) OVER (PARTITION BY split, problem_id)"
    return db.sql(
        f"""SELECT trace_id, split, ({bucket} // $size)::INTEGER AS bucket, rank FROM (
            SELECT *, row_number() OVER (PARTITION BY split ORDER BY {order}) - 1 AS rank FROM (
                SELECT trace_id, problem_id, splits.split FROM ({who}) w JOIN splits USING (problem_id)))
        ORDER BY trace_id""",
        params={"seed": made.selection.seed, "size": files.ROWS_PER_FILE},
    ).to_arrow_table()


def read(lake: Lake, made: Plan, config: str, wanted: pa.Table) -> Iterator[pa.RecordBatch]:
    """The rows of a config as the lake gives them, in no order."""
    with lake.connect(alone=True) as db:
        db.execute("SET preserve_insertion_order = false; SET arrow_large_buffer_size = true")
        db.register("wanted", wanted)
        rows.prepare(db, config, made.dropped.to_arrow(), made.selection)
        yield from db.sql(rows.query(config, made.selection.asked)).to_arrow_reader(files.ROW_GROUP)


def selections(made: Plan) -> pl.DataFrame:
    """The release's rows of ``selections``: kept ones with their rank, others with their reason."""
    kept = made.kept.select("trace_id", "rank", kept=pl.lit(True), reason=pl.lit(None, pl.String))
    out = made.dropped.select("trace_id", rank=pl.lit(None, pl.Int64), kept=pl.lit(False), reason="reason")
    return pl.concat([kept, out], how="vertical_relaxed").with_columns(release_id=pl.lit(made.release_id))


def lost(lake: Lake, made: Plan) -> str:
    """The commonest reasons in a few words."""
    with lake.connect(marks=False) as db:
        db.register("dropped", made.dropped.to_arrow())
        return ", ".join(f"{reason} {count:,}" for reason, count in db.sql(TABLES["lost"]).fetchall()[:3])


def told(made: Plan) -> str:
    """The policies in a few words."""
    return ", then ".join(policy.name for policy in made.selection.policies)


def sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
