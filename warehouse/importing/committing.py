"""Staged rows into the tables, a part at a time: each row once, however often it is tried."""

from __future__ import annotations

import json
from collections import Counter

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse import ids
from warehouse.importing.staging import KEYS, PROBLEMS, TRACES, Staging, durably
from warehouse.lake import Lake
from warehouse.lake.sql import quoted
from warehouse.lake.tables import SCHEMAS
from warehouse.watch import Watch

LABEL = "label:"
"""Goes before the names of checks that are other people's opinions, which acceptance does not count."""
NO_SETTINGS = ids.digest({})
MEMORY = "1GB"
"""That numbering may take; beyond that it goes to disk."""


def number(staging: Staging) -> dict[str, int]:
    """Work out over all parts what no row knows by itself; returns how many traces, labels, repeated traces, problems
    and answer_keys there are.

    ``numbers.parquet`` says of each trace how often its text was there before for its problem (``seen``, which is in
    its id) and which of its problem's it is (``place``); the traces of rows that are there twice, by name and content,
    are not in it. ``chosen.parquet`` says which row has the word on a problem's answers: the last that named some.
    """
    numbers, chosen = staging.folder / "numbers.parquet", staging.folder / "chosen.parquet"
    with duckdb.connect() as db:
        db.execute(f"SET memory_limit = '{MEMORY}'")
        db.execute(f"SET temp_directory = {quoted(staging.folder / 'spill')}")
        bind(db, "staged", staging, "traces", TRACES)
        bind(db, "keyed", staging, "keys", KEYS)
        db.execute(
            f"""COPY (
                WITH named AS (SELECT DISTINCT row, row_id, row_hash FROM staged WHERE row_id IS NOT NULL),
                again AS (SELECT row FROM named QUALIFY row > min(row) OVER (PARTITION BY row_id, row_hash))
                SELECT nth, len(labels) AS labels,
                    row_number() OVER (PARTITION BY problem_id, text_hash ORDER BY nth) - 1 AS seen,
                    row_number() OVER (PARTITION BY problem_id ORDER BY nth) - 1 AS place
                FROM staged ANTI JOIN again USING (row) ORDER BY nth
            ) TO {quoted(numbers)} (FORMAT parquet)"""
        )
        db.execute(
            f"""COPY (
                SELECT arg_max(row, (given, row)) AS row, problem_id, arg_max(key_id, (given, row)) AS key_id
                FROM keyed GROUP BY problem_id ORDER BY row
            ) TO {quoted(chosen)} (FORMAT parquet)"""
        )
        counted = db.sql(
            f"""SELECT n.*, (SELECT count(*) FROM staged) - n.traces AS repeated,
                (SELECT count(DISTINCT problem_id) FROM staged) AS problems,
                (SELECT count(*) FROM read_parquet({quoted(chosen)})) AS answer_keys
            FROM (
                SELECT count(*) AS traces, coalesce(sum(labels), 0)::BIGINT AS labels
                FROM read_parquet({quoted(numbers)})) n"""
        ).pl()
    return counted.row(0, named=True)


def commit(lake: Lake, staging: Staging, run_id: str, watch: Watch) -> dict[str, int]:
    """Commit what is staged, but for the parts that an earlier run has committed; returns how many rows were new, in
    all its runs."""
    state = staging.folder / "committed.json"
    done, new = 0, Counter({"problems": 0, "answer_keys": 0, "traces": 0, "labels": 0})
    if state.exists():
        told = json.loads(state.read_bytes())
        done, new = told["parts"], Counter(told["new"])
    wanted = keys_to_commit(lake, staging)
    numbers = pq.read_table(staging.folder / "numbers.parquet", memory_map=True)
    for part in range(done, staging.parts):
        if (file := staging.file("problems", part)).exists():
            new["problems"] += lake.commit("problems", pq.read_table(file, schema=PROBLEMS))
        if (file := staging.file("keys", part)).exists():
            keys = pq.read_table(file, schema=KEYS)
            keys = keys.filter(pc.is_in(keys["row"], wanted)).select(["key_id", "problem_id", "answers", "verifier"])
            new["answer_keys"] += lake.commit("answer_keys", keys) if keys.num_rows else 0
        if (file := staging.file("traces", part)).exists():
            traces, labels = finished(pq.read_table(file, schema=TRACES), numbers, run_id)
            new["traces"] += lake.commit("traces", traces) if traces.num_rows else 0
            new["labels"] += lake.commit("verdicts", labels) if labels.height else 0
            watch.advance(traces.num_rows)
        durably(state, json.dumps({"parts": part + 1, "new": new}))
    return dict(new)


def keys_to_commit(lake: Lake, staging: Staging) -> pa.Array:
    """The rows whose answer keys are to be committed: of those that have the word, where the lake says otherwise."""
    with lake.connect(marks=False) as db:
        found = db.sql(
            f"""SELECT row FROM read_parquet({quoted(staging.folder / "chosen.parquet")})
            ANTI JOIN current_keys USING (problem_id, key_id)"""
        ).to_arrow_table()
    return found["row"].combine_chunks()


def finished(staged: pa.Table, numbers: pa.Table, run_id: str) -> tuple[pa.Table, pl.DataFrame]:
    """A part's rows of ``traces``, and of ``verdicts`` for the labels that came along."""
    first, last = np.searchsorted(numbers["nth"].to_numpy(), [staged["nth"][0].as_py(), staged["nth"][-1].as_py() + 1])
    found = numbers.slice(first, last - first)
    staged = staged.filter(pc.is_in(staged["nth"], found["nth"]))
    count = staged.num_rows
    named = (staged[column].to_pylist() for column in ("problem_id", "asked", "model", "text_hash"))
    # The text is part of what an import names: two people's files may both hold a first sample.
    trace_ids = [
        ids.trace_id(problem, asked, f"import:{model}:{text}", "import", {}, (), seen)
        for problem, asked, model, text, seen in zip(*named, found["seen"].to_pylist(), strict=True)
    ]
    constant = {"run_id": run_id, "kind": "sample", "sampling": "{}"}
    constant |= dict.fromkeys(("strategy", "engine", "prompt_style"), "import")
    none = {name: pa.array([[]] * count, SCHEMAS["traces"].field(name).type) for name in ("parents", "spans")}
    traces = pa.table(
        {
            "trace_id": pa.array(trace_ids, pa.string()),
            "weights": pc.binary_join_element_wise("import", staged["model"], ":"),
            "sample_index": found["place"],
            **{name: staged[name] for name in staged.column_names if name in SCHEMAS["traces"].names},
            **{name: pa.repeat(value, count) for name, value in constant.items()},
            **none,
        }
    )
    labels = (
        pl.DataFrame({"trace_id": traces["trace_id"], "problem_id": traces["problem_id"], "labels": staged["labels"]})
        .explode("labels")
        .drop_nulls("labels")
        .unnest("labels")
    )
    return traces, labels.select(
        "trace_id",
        "problem_id",
        check_name=LABEL + pl.col("name"),
        version=pl.lit(1),
        settings_hash=pl.lit(NO_SETTINGS),
        outcome=pl.when("right").then(pl.lit("pass")).otherwise(pl.lit("fail")),
        detail=pl.lit("{}"),
        run_id=pl.lit(run_id),
    )


def bind(db: duckdb.DuckDBPyConnection, view: str, staging: Staging, kind: str, schema: pa.Schema) -> None:
    """A view over the files of one kind; an empty table where there are none."""
    files = [file for part in range(staging.parts) if (file := staging.file(kind, part)).exists()]
    if files:
        db.execute(f"CREATE TEMP VIEW {view} AS FROM read_parquet([{', '.join(map(quoted, files))}])")
    else:
        db.register(view, schema.empty_table())
