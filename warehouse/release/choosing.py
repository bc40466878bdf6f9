"""Choosing: policies in turn, then quotas. Whoever goes is ``dropped`` with the reason."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.errors import BadInput
from warehouse.release.candidates import drop
from warehouse.release.selection import UNIQUE, Policy, Selection
from warehouse.release.twins import drop_twins

QUOTAS = ("domain", "source", "language")


def choose(db: duckdb.DuckDBPyConnection, policies: Sequence[Policy]) -> None:
    """Leave in ``candidates`` whom every policy chose, one after the other. Raises BadInput for SQL that fails."""
    for policy in policies:
        for name, value in policy.settings.items():
            db.execute(f"SET VARIABLE {name} = ?", [value])
        try:
            db.execute(
                f"""CREATE OR REPLACE TEMP TABLE chosen AS SELECT DISTINCT trace_id FROM (\n{policy.sql}\n)
                SEMI JOIN candidates USING (trace_id)"""
            )
        except duckdb.Error as error:
            raise BadInput(f"selection policy {policy.name!r} does not run: {error}") from error
        finally:
            for name in policy.settings:
                db.execute(f"RESET VARIABLE {name}")
        # What a check objects to, where one does, tells more than that nobody chose it.
        drop(
            db,
            f"""WITH told AS (
                SELECT trace_id, count(*) AS n,
                    string_agg(check_name || ': ' || coalesce(reason, outcome), ', ' ORDER BY check_name, settings_hash)
                        FILTER (outcome <> 'pass') AS objections
                FROM opinions SEMI JOIN (FROM candidates ANTI JOIN chosen USING (trace_id)) USING (trace_id)
                GROUP BY trace_id),
            rewritten AS (
                SELECT DISTINCT unnest(parents) AS trace_id FROM candidates SEMI JOIN chosen USING (trace_id)
                WHERE kind = 'rewrite')
            SELECT trace_id, coalesce(objections, CASE
                WHEN n IS NULL THEN 'never judged'
                WHEN r.trace_id IS NOT NULL THEN 'its rewriting takes its place'
                ELSE 'not chosen by the policy ' || {quoted(policy.name)} END) AS reason
            FROM candidates ANTI JOIN chosen USING (trace_id) LEFT JOIN told USING (trace_id)
            LEFT JOIN rewritten r USING (trace_id)""",
        )


def select(db: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, dict[str, int]]:
    """All of a selection's steps; returns the rows that each quota lacks."""
    for policy in selection.policies:
        if policy == UNIQUE:
            drop_twins(db, selection.near, selection.seed)
        else:
            choose(db, [policy])
    return cap(db, selection)


def cap(db: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, dict[str, int]]:
    """Drop what is over a quota: those that come first by the seeded hash stay. Returns what each quota lacks."""
    short: dict[str, dict[str, int]] = {}
    for by in QUOTAS:
        if not (quotas := selection.quotas.get(by)):
            continue
        limits = ", ".join(f"({quoted(name)}, {limit})" for name, limit in quotas.items())
        # A problem's language is no mark of a trace, so that one is looked up.
        column = "p.language" if by == "language" else f"c.{by}"
        drop(
            db,
            f"""SELECT trace_id, 'over the quota of {by} ' || name AS reason FROM (
                SELECT c.trace_id, q.name, q.most,
                    row_number() OVER (
                        PARTITION BY q.name ORDER BY place({selection.seed}, c.trace_id), c.trace_id) AS nth
                FROM candidates c JOIN problems p USING (problem_id) JOIN (VALUES {limits}) q (name, most)
                    ON {column} = q.name) WHERE nth > most""",
        )
        held = dict(
            db.execute(
                f"SELECT {column}, count(*) FROM candidates c JOIN problems p USING (problem_id) GROUP BY ALL"
            ).fetchall()
        )
        lacking = {name: limit - held.get(name, 0) for name, limit in quotas.items() if held.get(name, 0) < limit}
        if lacking:
            short[by] = lacking
    return short


def quoted(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"
