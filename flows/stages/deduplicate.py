"""Deduplicate: which prompts of the training problems resemble which, and which completions, each once per settings.

What is found is a verdict for each pair (filters/near/resemblance.py tells which): ``near_prompt`` is about a problem,
``near_completion`` about a trace, and ``against`` names the other. A text that resembles nothing that was there before
has one row without ``against``. What one run has examined the next one's texts are compared with, through sketches that
are kept beside the lake's tables; they can be thrown away and are made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pyarrow as pa

from filters import near
from flows.recipe.stages import Deduplicate
from flows.run import Run, Shard
from warehouse.claims import claim

BATCH = 2048
"""Texts that are read at a time."""
PART = 200_000
"""Verdicts that are committed together, and more where one text has so many."""

# What is asked about, as id and problem_id: a cut answer whose child took its place is not.
SUBJECTS = {
    "prompt": "SELECT problem_id AS id, problem_id FROM problems SEMI JOIN scope_frame USING (problem_id)",
    "completion": """SELECT trace_id AS id, problem_id FROM traces t SEMI JOIN scope_frame USING (problem_id)
        WHERE list_contains($kinds, kind) AND NOT EXISTS (
            FROM traces c WHERE c.parents [1] = t.trace_id AND c.strategy IN ('continue', 'again'))""",
}
EXAMINED = """
SELECT coalesce(trace_id, problem_id) AS id, max(against) FILTER (reason IN ('equal', 'crowded')) AS against,
    max(score) FILTER (reason IN ('equal', 'crowded')) AS score
FROM verdicts WHERE check_name = $check AND version = $version AND settings_hash = $settings GROUP BY id
"""
TEXTS = {
    "prompt": "SELECT place, prompt AS text FROM problems JOIN wanted ON id = problem_id",
    "completion": "SELECT place, completion AS text FROM traces JOIN wanted ON id = trace_id",
}


def pending(run: Run, stage: Deduplicate) -> list[Shard]:
    """For prompts and for completions one shard each, where there are any that were not examined yet."""
    shards = []
    for of in stage.of:
        query = f"SELECT count(*), bit_xor(hash(id)) FROM ({unexamined(of)})"
        with run.lake.connect(marks=False) as db:
            register_scope(db, run)
            count, mixed = db.execute(query, question(stage, of)).fetchone()  # type: ignore[misc]
        if count:
            shards.append(Shard(f"near-{of}-{settings_of(stage).digest}-{mixed:016x}", count, of))
    return shards


def work(run: Run, stage: Deduplicate, shard: Shard) -> dict[str, int]:
    of, settings = shard.content, settings_of(stage)
    store = near.Store(run.lake.path / "_marts" / f"near-{of}-{settings.sketch_digest}", settings.hashes)
    # Of two runs the later one waits, and then finds what is left to it.
    with claim(run.lake.path, store.folder.name, wait=True):
        with run.lake.connect(marks=False) as db:
            register_scope(db, run)
            asked = question(stage, of)
            new = db.sql(unexamined(of), params=asked).to_arrow_table()
            before = db.sql(EXAMINED, params={k: v for k, v in asked.items() if k != "kinds"}).to_arrow_table()
        if not len(new):
            return {}
        edges = near.examine(store, settings, reader(run, of), new, before, run.progress.advance)
        for part in parts(edges):
            commit(run, of, settings, part, new)
    found = edges["reason"].value_counts().to_pylist()
    return {"texts": len(new)} | {row["values"]: row["counts"] for row in found if row["values"]}


def settings_of(stage: Deduplicate) -> near.Settings:
    """What the stage calls near; its digest is the verdicts' settings_hash."""
    return near.Settings(stage.threshold, stage.ngram, stage.hashes, stage.crowd)


def named(stage: Deduplicate) -> list[tuple[str, str]]:
    """(check, settings hash) of the verdicts that the stage makes; prompts first."""
    return [(f"near_{of}", settings_of(stage).digest) for of in sorted(stage.of, reverse=True)]


def question(stage: Deduplicate, of: str) -> dict[str, Any]:
    """The parameters of ``unexamined``."""
    asked = {"check": f"near_{of}", "version": near.VERSION, "settings": settings_of(stage).digest}
    return asked | ({"kinds": list(stage.kinds)} if of == "completion" else {})


def unexamined(of: str) -> str:
    """SQL for the subjects of the run's scope without a verdict of this check, version and settings."""
    return f"""SELECT id, problem_id FROM ({SUBJECTS[of]}) ANTI JOIN ({EXAMINED}) USING (id)"""


def register_scope(db: Any, run: Run) -> None:
    scope = pl.DataFrame({"problem_id": run.scope.get("train", [])}, schema={"problem_id": pl.String})
    db.register("scope_frame", scope.to_arrow())


def reader(run: Run, of: str) -> near.Read:
    """Texts out of the lake, as they lie there."""

    def read(wanted: pa.Table) -> Iterator[pa.RecordBatch]:
        with run.lake.connect(marks=False, alone=True) as db:
            db.execute("SET arrow_large_buffer_size = true; SET preserve_insertion_order = false")
            # The join as it is written: of the ids a hash table is made, and the text streams by.
            db.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
            db.register("wanted", wanted)
            yield from db.sql(TEXTS[of]).to_arrow_reader(BATCH)

    return read


def parts(edges: pa.Table) -> Iterator[pa.Table]:
    """The edges in slices of about PART rows, those of one text never apart: a text is examined when one of its
    verdicts stands."""
    ids = pl.Series(edges["id"])
    starts = (ids != ids.shift()).fill_null(True).arg_true().to_numpy()
    begin = 0
    while begin < len(edges):
        later = starts[starts >= begin + PART]
        end = int(later[0]) if len(later) else len(edges)
        yield edges.slice(begin, end - begin)
        begin = end


def commit(run: Run, of: str, settings: near.Settings, edges: pa.Table, new: pa.Table) -> None:
    constant = {
        "check_name": f"near_{of}",
        "version": near.VERSION,
        "settings_hash": settings.digest,
        "outcome": "pass",
        "run_id": run.run_id,
    }
    problems = pl.DataFrame(pl.from_arrow(new))
    rows = pl.DataFrame(pl.from_arrow(edges)).join(problems, on="id", how="left", maintain_order="left")
    rows = rows.rename({"id": "trace_id"}) if of == "completion" else rows.drop("id")
    run.lake.commit("verdicts", rows.with_columns(**{name: pl.lit(value) for name, value in constant.items()}))
