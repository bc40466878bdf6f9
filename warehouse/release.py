"""A release: chosen traces as a Hub dataset folder, with a card and a manifest.

The same selection gives the same rows in the same order and the same file hashes: order is by seeded hash, and
nothing in the files knows when they were made.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import ids
from warehouse.card import card
from warehouse.errors import BadInput, RunFailed
from warehouse.lake import Lake, write_atomically
from warehouse.tables import message, name, text

ROWS_PER_FILE = 50_000
ROW_GROUP = 4096

COLUMNS = pa.schema(
    [
        ("messages", pa.list_(message)),
        ("trace_id", name),
        ("problem_id", name),
        ("source", name),
        ("domain", name),
        ("kind", name),
        ("model", name),
        ("prompt_style", name),
        ("answers", pa.list_(text)),
        ("completion_tokens", pa.int32()),
        ("licence", name),
        ("parents", pa.list_(name)),
    ]
)


@dataclass(frozen=True)
class Plan:
    """A release that has been decided on: which traces, in which order."""

    name: str
    release_id: str
    trace_ids: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    """(trace_id, reason) of every candidate that is not in."""
    policy: str
    sql: str
    seed: int

    def folder(self, lake: Lake) -> Path:
        return lake.path / "releases" / f"{self.name}-{self.release_id[1:9]}"

    def is_built(self, lake: Lake) -> bool:
        return (self.folder(lake) / "manifest.json").exists()


def plan(lake: Lake, name: str, policy: str, sql: str, scope: list[str], kinds: list[str], seed: int) -> Plan:
    """Run a policy over the candidates: traces of the given kinds on the problems in ``scope``.

    The release's id covers its rows, their order and the verdicts that decided. Raises BadInput for a policy that
    DuckDB refuses.
    """
    with lake.connect() as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        db.register("kinds_frame", pl.DataFrame({"kind": kinds}, schema={"kind": pl.String}).to_arrow())
        db.execute(
            "CREATE VIEW candidates AS FROM marks SEMI JOIN scope_frame USING (problem_id) "
            "SEMI JOIN kinds_frame USING (kind)"
        )
        try:
            db.execute(f"CREATE TEMP TABLE chosen AS SELECT DISTINCT trace_id FROM (\n{sql}\n)")
        except duckdb.Error as error:
            raise BadInput(f"selection policy {policy!r} does not run: {error}") from error
        chosen = [
            row[0] for row in db.execute("SELECT trace_id FROM chosen SEMI JOIN candidates USING (trace_id)").fetchall()
        ]
        left_out = db.execute(
            """SELECT trace_id, coalesce(
                (SELECT string_agg(k || ': ' || coalesce(reasons [k], outcomes [k]), ', ' ORDER BY k)
                    FROM unnest(map_keys(outcomes)) u(k) WHERE outcomes [k] <> 'pass'),
                CASE WHEN outcomes IS NULL THEN 'never judged' ELSE 'not chosen by the policy' END)
            FROM candidates ANTI JOIN chosen USING (trace_id) ORDER BY trace_id"""
        ).fetchall()
        deciding = db.execute(
            """SELECT check_name, version, settings_hash, count(*)
            FROM latest_verdicts SEMI JOIN chosen USING (trace_id) GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
    ordered = tuple(sorted(chosen, key=lambda trace: ids.digest(seed, trace)))
    release_id = "r" + ids.digest(name, sql, ordered, deciding)
    return Plan(name, release_id, ordered, tuple(left_out), policy, sql, seed)


def build(lake: Lake, made: Plan, run_id: str) -> dict[str, Any]:
    """Write the release's folder and its rows in ``selections``; returns the manifest.

    The folder appears whole or not at all. Raises RunFailed when nothing was selected.
    """
    if not made.trace_ids:
        raise RunFailed(
            f"release {made.name}: the policy {made.policy!r} selects none of {len(made.left_out)} candidates; "
            "ask `thoughtmill sql 'from funnel'` where they were lost"
        )
    folder = made.folder(lake)
    draft = folder.with_name(f".{folder.name}.{run_id}")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "data").mkdir(parents=True)
    try:
        n_files = -(-len(made.trace_ids) // ROWS_PER_FILE)
        for number in range(n_files):
            part = made.trace_ids[number * ROWS_PER_FILE : (number + 1) * ROWS_PER_FILE]
            pq.write_table(
                rows(lake, part),
                draft / "data" / f"train-{number:05d}-of-{n_files:05d}.parquet",
                compression="zstd",
                compression_level=9,
                row_group_size=ROW_GROUP,
            )
        (draft / "README.md").write_text(card(lake, made), encoding="utf-8")
        files = sorted(file for file in draft.rglob("*") if file.is_file())
        manifest = {
            "name": made.name,
            "release_id": made.release_id,
            "rows": len(made.trace_ids),
            "policy": made.policy,
            "sql": made.sql,
            "seed": made.seed,
            "files": {str(file.relative_to(draft)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
        }
        lake.commit("selections", selections(made))
        write_atomically(draft / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        if not folder.exists():
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def rows(lake: Lake, trace_ids: tuple[str, ...]) -> pa.Table:
    """The published rows of some traces, in their order."""
    with lake.connect(marks=False) as db:
        order = pl.DataFrame({"trace_id": trace_ids, "rank": range(len(trace_ids))}).to_arrow()
        db.register("wanted", order)
        found = db.sql(
            """SELECT list_append(t.messages, {'role': 'assistant', 'content': t.completion}) AS messages,
                t.trace_id, t.problem_id, p.source, p.domain, t.kind, t.model, t.prompt_style, k.answers,
                t.completion_tokens, p.licence, t.parents
            FROM traces t JOIN wanted w USING (trace_id)
            LEFT JOIN problems p USING (problem_id) LEFT JOIN current_keys k USING (problem_id)
            ORDER BY w.rank"""
        ).to_arrow_table()
    return found.cast(COLUMNS)


def selections(made: Plan) -> pl.DataFrame:
    kept = [(made.release_id, trace, True, None, rank) for rank, trace in enumerate(made.trace_ids)]
    out = [(made.release_id, trace, False, reason, None) for trace, reason in made.left_out]
    return pl.DataFrame(
        kept + out,
        schema={
            "release_id": pl.String,
            "trace_id": pl.String,
            "kept": pl.Boolean,
            "reason": pl.String,
            "rank": pl.Int64,
        },
        orient="row",
    )


def listing(lake: Lake) -> list[dict[str, Any]]:
    """The manifests of the lake's releases, by folder name."""
    found = []
    for file in sorted((lake.path / "releases").glob("*/manifest.json")):
        found.append({"path": str(file.parent), **json.loads(file.read_text())})
    return found
