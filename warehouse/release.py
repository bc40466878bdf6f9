"""A release: chosen traces as a Hub dataset folder, with a card and a manifest.

The same selection gives the same rows in the same order and the same file hashes: order is by seeded hash, and
nothing in the files knows when they were made.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.card import card
from warehouse.claims import building
from warehouse.errors import RunFailed
from warehouse.lake import Lake, write_atomically
from warehouse.release_plan import Ask, Plan
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


def build(lake: Lake, made: Plan) -> dict[str, Any]:
    """Write the release's folder and its rows in ``selections``; returns the manifest.

    The folder appears whole or not at all. Raises RunFailed when nothing was selected.
    """
    if not made.trace_ids:
        raise RunFailed(
            f"release {made.name}: the policy {made.policy!r} selects none of {len(made.left_out)} candidates; "
            "ask `thoughtmill sql 'from funnel'` where they were lost"
        )
    folder = made.folder(lake)
    with building(lake.path, folder) as draft:
        if not made.is_built(lake):
            write(lake, made, draft)
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def write(lake: Lake, made: Plan, draft: Path) -> None:
    """The files of a release; its selections are in the lake before its manifest is in the folder."""
    (draft / "data").mkdir()
    n_files = -(-len(made.trace_ids) // ROWS_PER_FILE)
    for number in range(n_files):
        part = made.trace_ids[number * ROWS_PER_FILE : (number + 1) * ROWS_PER_FILE]
        pq.write_table(
            rows(lake, part, made.ask),
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


def rows(lake: Lake, trace_ids: tuple[str, ...], ask: Ask | None = None) -> pa.Table:
    """The published rows of some traces, in their order: asked as they were, or anew by ``ask``."""
    with lake.connect(marks=False) as db:
        order = pl.DataFrame({"trace_id": trace_ids, "rank": range(len(trace_ids))}).to_arrow()
        db.register("wanted", order)
        db.register("asked_anew", asked_anew(db, ask))
        found = db.sql(
            # What is taught is the problem, so a rewriting has the prompt of its original and not its rewriter's.
            """WITH originals AS (
                SELECT trace_id, messages FROM traces SEMI JOIN (
                    SELECT parents [1] AS trace_id FROM traces SEMI JOIN wanted USING (trace_id) WHERE kind = 'rewrite'
                ) USING (trace_id))
            SELECT list_append(coalesce(s.messages, CASE t.kind WHEN 'rewrite' THEN o.messages ELSE t.messages END,
                    [{'role': 'user', 'content': p.prompt}]),
                    {'role': 'assistant', 'content': t.completion}) AS messages,
                t.trace_id, t.problem_id, p.source, p.domain, t.kind, t.model, t.prompt_style, k.answers,
                t.completion_tokens, p.licence, t.parents
            FROM traces t JOIN wanted w USING (trace_id)
            LEFT JOIN problems p USING (problem_id) LEFT JOIN current_keys k USING (problem_id)
            LEFT JOIN originals o ON o.trace_id = t.parents [1]
            LEFT JOIN asked_anew s USING (problem_id)
            ORDER BY w.rank"""
        ).to_arrow_table()
    return found.cast(COLUMNS)


def asked_anew(db: duckdb.DuckDBPyConnection, ask: Ask | None) -> pa.Table:
    """(problem_id, messages) of the wanted traces' problems, asked by ``ask``; a problem that is a chat stays one."""
    problems = (
        db.sql(
            """SELECT problem_id, prompt, messages FROM problems
            SEMI JOIN (SELECT problem_id FROM traces SEMI JOIN wanted USING (trace_id)) USING (problem_id)"""
        ).fetchall()
        if ask
        else []
    )
    chats = [
        {"problem_id": problem, "messages": told or [{"role": role, "content": said} for role, said in ask(prompt)]}
        for problem, prompt, told in problems
        if ask
    ]
    return pa.Table.from_pylist(chats, schema=pa.schema([("problem_id", name), ("messages", pa.list_(message))]))


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
