"""Why a row is where it is: a trace back to its problem, parents, verdicts and sampling, and on to its releases."""

from __future__ import annotations

import json
from itertools import chain, repeat
from typing import Any

from warehouse.errors import BadInput
from warehouse.lake import Lake
from warehouse.lake.sql import quoted
from warehouse.lake.takedown import told
from warehouse.steps import steps

PARENT = "SELECT trace_id, kind, model, sample_index, correct, outcomes, reasons FROM marks WHERE trace_id = ?"

VALUES = """
    SELECT s.step, s.start, s."end", s.value, s.low, s.high, s.n, s.outcome, s.trace_id AS of,
        s.step IS NOT DISTINCT FROM f.step AS first_wrong
    FROM traces t JOIN step_values s ON s.trace_id = t.trace_id OR list_contains(t.parents, s.trace_id)
    JOIN traces o ON o.trace_id = s.trace_id
    LEFT JOIN first_wrong_steps f ON f.trace_id = s.trace_id AND f.problem_id = {problem}
    WHERE t.trace_id = $1 AND t.problem_id = {problem} AND s.problem_id = {problem} AND o.problem_id = {problem}
        AND s.newest AND o.completion [: coalesce(s."end", 0)] = t.completion [: coalesce(s."end", 0)]
    ORDER BY s.trace_id <> t.trace_id, s.step"""
"""What is known of the steps of a trace. Whoever begins as a parent does, word for word, has its values as far as that
goes: a value depends on nothing but what stands before."""


class TakenDown(BadInput):
    """A trace whose text has been taken away: the message says when and why."""


def trace(lake: Lake, trace_id: str) -> dict[str, Any]:
    """Everything the lake knows of one trace. Raises BadInput when it knows none of that id, TakenDown when its
    text has been taken away."""
    with lake.connect() as db:

        def rows(query: str, value: str) -> list[dict[str, Any]]:
            return db.sql(query, params=[value]).pl().to_dicts()

        found = rows("FROM traces WHERE trace_id = ?", trace_id)
        if not found and (gone := told(db, trace_id)):
            raise TakenDown(gone)
        if not found:
            raise BadInput(f"no trace {trace_id!r} in {lake.path}; ids look like t0123456789abcdef0123")
        (row,) = found
        problems = rows("FROM problems WHERE problem_id = ?", row["problem_id"])
        return {
            "trace": row,
            "problem": problems[0] if problems else None,
            "answer_keys": rows(
                """SELECT a.*, a.key_id = c.key_id AND a.created_at = c.created_at AS current
                FROM answer_keys a JOIN current_keys c USING (problem_id)
                WHERE a.problem_id = ? ORDER BY a.created_at""",
                row["problem_id"],
            ),
            "quarantined": rows("SELECT reason, says FROM quarantined WHERE problem_id = ?", row["problem_id"]),
            "parents": [
                {**parent, "role": role}
                for role, parent_id in zip(chain(roles(row), repeat("parent")), row["parents"] or [], strict=False)
                for parent in rows(PARENT, parent_id)
            ],
            "children": rows("SELECT trace_id, kind, strategy FROM traces WHERE list_contains(parents, ?)", trace_id),
            "verdicts": rows(
                # Of the one trace alone, or the newest of every trace would be looked for.
                f"""WITH newest AS MATERIALIZED (
                    FROM latest_verdicts WHERE problem_id = {quoted(row["problem_id"])} AND trace_id = $1)
                SELECT v.*, EXISTS (FROM newest l WHERE l.check_name = v.check_name
                    AND l.settings_hash = v.settings_hash AND l.version = v.version
                    AND l.created_at = v.created_at AND l.step IS NOT DISTINCT FROM v.step
                    AND l.against IS NOT DISTINCT FROM v.against AND l.key_id IS NOT DISTINCT FROM v.key_id) AS counts
                FROM verdicts v WHERE v.trace_id = $1 ORDER BY v.check_name, v.step, v.created_at""",
                trace_id,
            ),
            "steps": stepwise(row, rows(VALUES.format(problem=quoted(row["problem_id"])), trace_id)),
            "selections": rows("FROM selections WHERE trace_id = ? ORDER BY release_id", trace_id),
        }


def stepwise(row: dict[str, Any], values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of a trace: where they stand, in which of its spans, and what they are worth where that is known. Step
    0 is the question, and there only where it has a value."""
    text, spans = row["completion"], row["spans"] or []
    known: dict[Any, dict[str, Any]] = {}
    for value in values:
        known.setdefault((value["start"], value["end"]), value)
    found = [
        {
            "step": number,
            "start": start,
            "end": end,
            "text": text[start:end],
            "spans": [span["label"] for span in spans if span["start"] < end and start < span["end"]],
        }
        for number, (start, end) in enumerate(steps(text), start=1)
    ]
    if (None, None) in known:
        found.insert(0, {"step": 0, "start": None, "end": None, "text": None, "spans": []})
    return [known.get((one["start"], one["end"]), {}) | one for one in found]


def roles(row: dict[str, Any]) -> list[str]:
    """What the first parents were to a child of this kind; any others are just parents. A journey's right way is
    that of its last."""
    between = ["parent"] * (len(row["parents"] or []) - 2)
    known = {
        "rewrite": ["original"],
        "journey": ["wrong", *between, "right"],
        "shortcut": ["journey", "right"],
        "mixed": ["journey", "other"],
        "judgement": ["judged"],
    }
    return known.get(row["kind"], [])


def as_json(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False, default=str)
