"""The dataset card, written from the lake: what was asked, kept and lost and why, how long it is, who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml
from jinja2 import Environment, StrictUndefined

from warehouse import intervals
from warehouse.lake import Lake
from warehouse.release.candidates import hear
from warehouse.release.planning import Plan

TEMPLATE = Path(__file__).with_name("card.md.jinja")
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

PER_SOURCE = {
    "license": "other",
    "license_name": "per-source",
    "license_link": "README.md#licences-of-the-sources",
}

# What was told of each candidate, by the kept and the dropped rows of a plan.
TABLES = {
    "funnel": """SELECT source, kind, count(DISTINCT problem_id) AS problems, count(*) AS traces,
            count(correct) AS decided, count(*) FILTER (correct) AS correct, count(*) FILTER (kept) AS kept
        FROM told WHERE superseded IS NULL GROUP BY ALL ORDER BY ALL""",
    "lengths": """SELECT kind, domain, count(*) AS rows, round(avg(completion_tokens), 1) AS mean,
            quantile_disc(completion_tokens, 0.5) AS median, quantile_disc(completion_tokens, 0.95) AS p95,
            max(completion_tokens) AS longest, sum(completion_tokens)::BIGINT AS total
        FROM told WHERE kept GROUP BY ALL ORDER BY ALL""",
    "lost": """SELECT why(reason) AS reason, count(*) AS traces
        FROM dropped GROUP BY 1 ORDER BY traces DESC, 1 LIMIT 25""",
    "writers": """SELECT t.model, t.weights, t.prompt_style, t.strategy, t.sampling, count(*) AS rows
        FROM traces t SEMI JOIN kept USING (trace_id) GROUP BY ALL ORDER BY ALL""",
    "judged": """SELECT check_name AS "check", version, count(*) FILTER (outcome = 'pass') AS pass,
            count(*) FILTER (outcome = 'fail') AS fail, count(*) FILTER (outcome = 'undecided') AS undecided
        FROM opinions SEMI JOIN told USING (trace_id) GROUP BY ALL ORDER BY ALL""",
    "licences": """SELECT source, licence, count(*) AS rows FROM told WHERE kept GROUP BY ALL ORDER BY ALL""",
    "deciders": """SELECT verifier, count(*) AS rows FROM told WHERE kept GROUP BY ALL ORDER BY ALL""",
    "leaks": """SELECT split_part(against, '#', 1) AS benchmark, reason AS method,
            count(DISTINCT problem_id) AS problems
        FROM latest_verdicts SEMI JOIN told USING (problem_id)
        WHERE check_name = 'contamination' AND settings_hash = $settings AND outcome = 'fail'
        GROUP BY ALL ORDER BY ALL""",
    "examined": """SELECT count(DISTINCT problem_id) AS problems,
            count(DISTINCT problem_id) FILTER (outcome = 'fail') AS found
        FROM latest_verdicts SEMI JOIN told USING (problem_id)
        WHERE check_name = 'contamination' AND settings_hash = $settings""",
    "unexamined": """SELECT count(DISTINCT problem_id) AS problems FROM told ANTI JOIN (
            FROM latest_verdicts WHERE check_name = 'contamination' AND settings_hash = $settings
        ) USING (problem_id) WHERE kept""",
    "leaked": """SELECT count(*) AS rows FROM told SEMI JOIN (
            FROM latest_verdicts WHERE check_name = 'contamination' AND settings_hash = $settings AND outcome = 'fail'
        ) USING (problem_id) WHERE kept""",
    "histogram": """SELECT kind, domain, (log2(completion_tokens) * 2)::INTEGER AS half_octave, count(*) AS rows
        FROM told WHERE kept AND completion_tokens > 0 GROUP BY ALL ORDER BY ALL""",
}


@dataclass(frozen=True)
class Facts:
    """What the card tells, as frames by the names of TABLES."""

    frames: dict[str, pl.DataFrame]
    contamination: dict[str, Any]
    """For the manifest: whether anybody looked, what was found, and how many rows of the release are hit (``hits``)."""


def facts(lake: Lake, made: Plan) -> Facts:
    """Ask the lake everything that the card tells."""
    with lake.connect() as db:
        db.register("kept", made.kept.to_arrow())
        db.register("dropped", made.dropped.to_arrow())
        hear(db, made.selection.checks)
        db.execute(
            """CREATE TEMP TABLE told AS
            SELECT m.* EXCLUDE (outcomes, reasons, parents) REPLACE (c.correct AS correct), p.licence,
                k.trace_id IS NOT NULL AS kept
            FROM marks m LEFT JOIN correctness c USING (trace_id)
            JOIN (SELECT trace_id FROM kept UNION ALL SELECT trace_id FROM dropped) USING (trace_id)
            LEFT JOIN kept k USING (trace_id) LEFT JOIN problems p ON p.problem_id = m.problem_id"""
        )
        frames = {name: ask(db, query, made.selection.contamination) for name, query in TABLES.items()}
    examined, found = frames["examined"].row(0)
    unexamined = frames["unexamined"].item()
    contamination = {
        "checked": bool(examined) and not unexamined,
        "problems_not_examined": unexamined,
        "problems": examined,
        "problems_found": found,
        "hits": frames["leaked"].item(),
    }
    return Facts(frames, contamination)


def ask(db: duckdb.DuckDBPyConnection, query: str, contamination: str | None) -> pl.DataFrame:
    return db.sql(query, params={"settings": contamination} if "$settings" in query else None).pl()


def card(made: Plan, found: Facts, counts: dict[str, dict[str, int]], notes: dict[str, str]) -> str:
    """The card's Markdown. ``counts`` are each config's rows by split; ``notes`` say how often a verifier is known to
    err, by its name."""
    frames = found.frames
    size = made.kept.height
    funnel = frames["funnel"].with_columns(
        correct_share=pl.Series(
            [intervals.told(k, n) for k, n in frames["funnel"].select("correct", "decided").iter_rows()],
            dtype=pl.String,
        ),
        kept_share=pl.Series(
            [intervals.told(k, n) for k, n in frames["funnel"].select("kept", "traces").iter_rows()], dtype=pl.String
        ),
    )
    licences = frames["licences"]
    stated = sorted(set(licences["licence"].drop_nulls()))
    licence = stated[0] if len(stated) == 1 and not licences["licence"].null_count() else None
    front = {
        "pretty_name": made.name,
        **({"license": licence} if licence else PER_SOURCE),
        "size_categories": [next((label for limit, label in SIZES if size < limit), "1M<n<10M")],
        "task_categories": ["text-generation"],
        "tags": ["reasoning", "synthetic", "thoughtmill"],
        "configs": [configured(config, splits) for config, splits in counts.items() if splits],
    }
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["table"] = table
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        made=made,
        selection=made.selection,
        counts=counts,
        rows=size,
        candidates=size + made.dropped.height,
        front=yaml.safe_dump(front, sort_keys=False, allow_unicode=True),
        funnel=funnel,
        licences=licences.with_columns(pl.col("licence").fill_null("not stated")),
        deciders=deciders(frames["deciders"], notes),
        contamination=found.contamination,
        detours=bool(frames["funnel"].filter(pl.col("kind").is_in(["journey", "mixed"]), pl.col("kept") > 0).height),
        counted=not frames["histogram"].is_empty(),
        **{name: frames[name] for name in ("lengths", "lost", "writers", "judged", "leaks")},
    )


def configured(config: str, splits: dict[str, int]) -> dict[str, Any]:
    """What ``datasets`` has to know of a config."""
    files = [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in splits]
    return {"config_name": config} | ({"default": True} if config == "default" else {}) | {"data_files": files}


def deciders(frame: pl.DataFrame, notes: dict[str, str]) -> pl.DataFrame:
    """Who decided how many rows, and what is known of their errors."""
    told = [notes.get(verifier or "", "not measured") for verifier in frame["verifier"]]
    return frame.with_columns(errors=pl.Series(told, dtype=pl.String))


def table(frame: pl.DataFrame) -> str:
    """A frame as a Markdown table."""
    if frame.is_empty():
        return "(none)"
    cells = [[cell(value) for value in row] for row in frame.rows()]
    lines = [frame.columns, ["---"] * len(frame.columns), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return " ".join(text.replace("|", "\\|").split())
