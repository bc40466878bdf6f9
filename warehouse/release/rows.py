"""What a row of each config holds: a query each over the traces that are ``wanted`` (trace_id, split, bucket, rank)."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from warehouse.lake.sql import quoted
from warehouse.lake.tables import message, name, span, text
from warehouse.release.candidates import hear
from warehouse.release.selection import Selection

verdict = pa.struct(
    [("check", name), ("version", pa.int32()), ("outcome", name), ("reason", name), ("score", pa.float64())]
)

DEFAULT = pa.schema(
    [
        ("messages", pa.list_(message)),
        ("trace_id", name),
        ("problem_id", name),
        ("source", name),
        ("domain", name),
        ("language", name),
        ("kind", name),
        ("model", name),
        ("prompt_style", name),
        ("answers", pa.list_(text)),
        ("verifier", name),
        ("correct", pa.bool_()),
        ("completion_tokens", pa.int32()),
        ("licence", name),
        ("parents", pa.list_(name)),
        (
            "spans",
            pa.list_(span),
        ),  # of a journey's last message: wrong, turn, right, in characters
    ]
)
RAW = pa.schema(
    [
        ("trace_id", name),
        ("problem_id", name),
        ("source", name),
        ("domain", name),
        ("language", name),
        ("licence", name),
        ("kind", name),
        ("strategy", name),
        ("model", name),
        ("weights", name),
        ("prompt_style", name),
        ("messages", pa.list_(message)),  # what the writer was asked
        ("completion", text),
        ("finish_reason", name),
        ("prompt_tokens", pa.int32()),
        ("completion_tokens", pa.int32()),
        ("sample_index", pa.int32()),
        ("sampling", text),
        ("parents", pa.list_(name)),
        ("answers", pa.list_(text)),
        ("verifier", name),
        ("correct", pa.bool_()),
        ("verdicts", pa.list_(verdict)),
        ("kept", pa.bool_()),
        ("dropped", name),  # why, where it was not kept
    ]
)
JOURNEY = pa.schema(
    [
        ("messages", pa.list_(message)),
        ("shortcut", pa.list_(message)),  # the same question answered without the detour, where there is such a trace
        ("mixed", pa.list_(message)),  # and with the detour of another question
        ("trace_id", name),
        ("shortcut_id", name),
        ("mixed_id", name),
        ("wrong_id", name),
        ("right_id", name),
        ("problem_id", name),
        ("source", name),
        ("domain", name),
        ("language", name),
        ("builder", name),
        ("model", name),
        ("spans", pa.list_(span)),  # as above
        ("answers", pa.list_(text)),
        ("completion_tokens", pa.int32()),
        ("licence", name),
    ]
)
SCHEMAS = {"default": DEFAULT, "raw": RAW, "journey": JOURNEY}

VERDICTS = 'STRUCT("check" VARCHAR, version INTEGER, outcome VARCHAR, reason VARCHAR, score DOUBLE)[]'
AT_ONCE = 500_000
"""Verdicts that are made lists of, some 300 MB."""

# What is taught is the problem, so a rewriting has the prompt of its original and not its rewriter's.
ANEW = "$anew"
PROMPT = f"""coalesce({ANEW}, CASE t.kind WHEN 'rewrite' THEN o.messages ELSE t.messages END,
    [{{'role': 'user', 'content': p.prompt}}])"""
SAID = "{'role': 'assistant', 'content': t.completion}"
JOINED = """
FROM traces t JOIN wanted w USING (trace_id)
LEFT JOIN problems p USING (problem_id) LEFT JOIN current_keys k USING (problem_id)
LEFT JOIN originals o ON o.trace_id = t.parents [1] LEFT JOIN correctness m USING (trace_id)
"""
QUERIES = {
    "default": f"""SELECT list_append({PROMPT}, {SAID}) AS messages, t.trace_id, t.problem_id, p.source, p.domain,
        p.language, t.kind, t.model, t.prompt_style, k.answers, k.verifier, m.correct, t.completion_tokens, p.licence,
        t.parents, t.spans, t.finish_reason, p.prompt, w.split, w.bucket, w.rank {JOINED}""",
    "raw": f"""SELECT t.trace_id, t.problem_id, p.source, p.domain, p.language, p.licence, t.kind, t.strategy, t.model,
        t.weights, t.prompt_style, t.messages, t.completion, t.finish_reason, t.prompt_tokens, t.completion_tokens,
        t.sample_index, t.sampling, t.parents, k.answers, k.verifier, m.correct, coalesce(v.verdicts, []) AS verdicts,
        f.reason IS NULL AS kept, f.reason AS dropped, w.split, w.bucket, w.rank {JOINED}
        LEFT JOIN heard v USING (trace_id) LEFT JOIN fate f USING (trace_id)""",
    "journey": f"""SELECT list_append({PROMPT}, {SAID}) AS messages,
        CASE WHEN s.trace_id IS NOT NULL
            THEN list_append({PROMPT}, {{'role': 'assistant', 'content': s.completion}}) END AS shortcut,
        CASE WHEN x.trace_id IS NOT NULL
            THEN list_append({PROMPT}, {{'role': 'assistant', 'content': x.completion}}) END AS mixed,
        t.trace_id, s.trace_id AS shortcut_id, x.trace_id AS mixed_id, t.parents [1] AS wrong_id,
        t.parents [-1] AS right_id, t.problem_id, p.source, p.domain, p.language, t.strategy AS builder, t.model,
        t.spans, k.answers, t.completion_tokens, p.licence, w.split, w.bucket, w.rank {JOINED}
        LEFT JOIN controls s ON s.journey = t.trace_id AND s.kind = 'shortcut'
        LEFT JOIN controls x ON x.journey = t.trace_id AND x.kind = 'mixed'""",
}


def query(config: str, asked: Sequence[tuple[str, str]] | None) -> str:
    """A config's query; the prompts as ``asked``, where that is said. A problem that is a chat stays one."""
    anew = "CAST(NULL AS STRUCT(role VARCHAR, content VARCHAR)[])"
    if asked is not None:
        turns = (
            f"{{'role': {quoted(role)}, 'content': replace({quoted(content)}, '{{prompt}}', p.prompt)}}"
            for role, content in asked
        )
        anew = f"coalesce(p.messages, [{', '.join(turns)}])"
    return QUERIES[config].replace(ANEW, anew)


def prepare(db: duckdb.DuckDBPyConnection, config: str, dropped: pa.Table, selection: Selection) -> None:
    """Create what a config's query looks up beside the lake's views, for the traces that are ``wanted``."""
    hear(db, selection.checks)
    db.execute(
        """CREATE TEMP TABLE originals AS SELECT trace_id, messages FROM traces SEMI JOIN (
            SELECT parents [1] AS trace_id FROM traces SEMI JOIN wanted USING (trace_id) WHERE kind = 'rewrite'
        ) USING (trace_id)"""
    )
    if config == "raw":
        db.register("fate", dropped)
        # Labels that came along with imported traces decide nothing, and are worth having.
        db.execute(
            """CREATE TEMP TABLE said AS
            SELECT trace_id, check_name, settings_hash, version, against, outcome, reason, score
            FROM latest_verdicts SEMI JOIN wanted USING (trace_id)
            WHERE step IS NULL
                AND ((check_name, settings_hash) IN (SELECT (check_name, settings_hash) FROM asked)
                    OR starts_with(check_name, 'label:'))"""
        )
        db.execute(f"CREATE TEMP TABLE heard (trace_id VARCHAR, verdicts {VERDICTS})")
        # Lists that are still being made cannot go to disk, so those of a million traces are not made all at once.
        (said,) = db.execute("SELECT count(*) FROM said").fetchall()[0]
        parts = 1 + said // AT_ONCE
        for part in range(parts):
            db.execute(
                f"""INSERT INTO heard SELECT trace_id, list({{'check': check_name, 'version': version,
                    'outcome': outcome, 'reason': reason, 'score': score}}
                    ORDER BY check_name, settings_hash, version, against, outcome, reason, score)
                FROM said WHERE hash(trace_id) % {parts} = {part} GROUP BY trace_id"""
            )
        db.execute("DROP TABLE said")
    if config == "journey":
        # Which ones first and their text after.
        db.execute(
            """CREATE TEMP TABLE controls AS
            WITH named AS (
                SELECT parents [1] AS journey, kind, min(trace_id) AS trace_id FROM traces
                SEMI JOIN (SELECT trace_id AS journey FROM wanted) ON parents [1] = journey
                WHERE kind IN ('shortcut', 'mixed') GROUP BY ALL)
            SELECT journey, named.kind, trace_id, completion FROM named JOIN traces USING (trace_id)"""
        )
