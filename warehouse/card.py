"""The dataset card, written from the lake."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from jinja2 import Environment, StrictUndefined

from warehouse.lake import Lake
from warehouse.release_plan import Plan

TEMPLATE = Path(__file__).with_name("card.md.jinja")


def card(lake: Lake, made: Plan) -> str:
    """The card's Markdown: what was asked, what was kept and why, how long it is, who wrote it, how to load it."""
    with lake.connect() as db:
        ids = pl.DataFrame(
            {
                "trace_id": [*made.trace_ids, *(trace for trace, _ in made.left_out)],
                "kept": [True] * len(made.trace_ids) + [False] * len(made.left_out),
            }
        )
        db.register("chosen", ids.to_arrow())
        db.execute("CREATE TEMP TABLE told AS SELECT m.*, c.kept FROM marks m JOIN chosen c USING (trace_id)")
        sources = db.sql(
            """SELECT source, kind, count(DISTINCT problem_id) AS problems, count(*) AS traces,
                count(*) FILTER (outcomes ['answer'] = 'pass') AS correct, count(*) FILTER (kept) AS kept,
                printf('%.1f%%', 100 * count(*) FILTER (kept) / count(*)) AS share
            FROM told GROUP BY ALL ORDER BY ALL"""
        ).pl()
        lengths = db.sql(
            """SELECT kind, count(*) AS rows, round(avg(completion_tokens), 1) AS mean,
                quantile_disc(completion_tokens, 0.5) AS median, quantile_disc(completion_tokens, 0.95) AS p95,
                max(completion_tokens) AS longest
            FROM told WHERE kept GROUP BY ALL ORDER BY ALL"""
        ).pl()
        lost = (
            db.sql(
                """SELECT reason, count(*) AS traces FROM lost GROUP BY ALL ORDER BY traces DESC, reason LIMIT 15""",
            ).pl()
            if register_lost(db, made)
            else pl.DataFrame()
        )
        writers = db.sql(
            """SELECT t.model, t.weights, t.prompt_style, t.strategy, t.sampling, count(*) AS rows
            FROM traces t JOIN chosen c USING (trace_id) WHERE c.kept GROUP BY ALL ORDER BY ALL"""
        ).pl()
        judged = db.sql(
            """SELECT check_name, version, count(*) FILTER (outcome = 'pass') AS pass,
                count(*) FILTER (outcome = 'fail') AS fail,
                count(*) FILTER (outcome = 'undecided') AS undecided
            FROM latest_verdicts SEMI JOIN chosen USING (trace_id) GROUP BY ALL ORDER BY ALL"""
        ).pl()
        licences = db.sql(
            """SELECT p.source, coalesce(p.licence, 'not stated') AS licence, count(*) AS rows
            FROM traces t JOIN chosen c USING (trace_id) JOIN problems p USING (problem_id)
            WHERE c.kept GROUP BY ALL ORDER BY ALL"""
        ).pl()
    size = len(made.trace_ids)
    sizes = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["table"] = table
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        name=made.name,
        release_id=made.release_id,
        policy=made.policy,
        sql=made.sql.strip(),
        rows=size,
        candidates=size + len(made.left_out),
        category=next((label for limit, label in sizes if size < limit), "1M<n<10M"),
        sources=sources,
        lengths=lengths,
        lost=lost,
        writers=writers,
        asked_anew=made.ask is not None,
        judged=judged,
        licences=licences,
    )


def register_lost(db, made: Plan) -> bool:  # noqa: ANN001 - a DuckDB connection
    if made.left_out:
        db.register("lost", pl.DataFrame(made.left_out, schema=["trace_id", "reason"], orient="row").to_arrow())
    return bool(made.left_out)


def table(frame: pl.DataFrame) -> str:
    """A frame as a Markdown table."""
    if frame.is_empty():
        return "(none)"
    cells = [[("" if value is None else str(value)).replace("|", "\\|") for value in row] for row in frame.rows()]
    lines = [frame.columns, ["---"] * len(frame.columns), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
