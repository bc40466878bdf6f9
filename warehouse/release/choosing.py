"""Choosing: policies in turn, then quotas. Whoever goes is ``dropped`` with the reason, and so is in ``selections``."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.errors import BadInput
from warehouse.release.candidates import drop
from warehouse.release.selection import UNIQUE, Policy, Selection

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
            f"""WITH opinions AS (
                SELECT trace_id, count(*) AS n,
                    string_agg(check_name || ': ' || coalesce(reason, outcome), ', ' ORDER BY check_name, settings_hash)
                        FILTER (outcome <> 'pass') AS objections
                FROM latest_verdicts SEMI JOIN asked USING (check_name, settings_hash)
                SEMI JOIN (FROM candidates ANTI JOIN chosen USING (trace_id)) USING (trace_id) GROUP BY trace_id),
            rewritten AS (
                SELECT DISTINCT unnest(parents) AS trace_id FROM candidates SEMI JOIN chosen USING (trace_id)
                WHERE kind = 'rewrite')
            SELECT trace_id, coalesce(objections, CASE
                WHEN n IS NULL THEN 'never judged'
                WHEN r.trace_id IS NOT NULL THEN 'its rewriting takes its place'
                ELSE 'not chosen by the policy ' || {quoted(policy.name)} END) AS reason
            FROM candidates ANTI JOIN chosen USING (trace_id) LEFT JOIN opinions USING (trace_id)
            LEFT JOIN rewritten r USING (trace_id)""",
        )


def select(db: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, dict[str, int]]:
    """All of a selection's steps; returns the rows that each quota lacks."""
    for policy in selection.policies:
        if policy == UNIQUE:
            unique(db, selection)
        else:
            choose(db, [policy])
    return cap(db, selection)


def unique(db: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """Drop near duplicates: of two that resemble each other the one that comes first stays, accepted ones before all.

    First come whole problems whose prompts resemble, then traces. A dropped one resembles one that stays directly, or
    both were left to one hub; its reason names that one and how much, in a crowd how much both resemble the hub. So
    does a greedy pass down the release's order; here all that nobody undecided comes before is settled at once, round
    by round, which gives the same (Blelloch et al. 2012, "Greedy sequential maximal independent set and matching are
    parallel on average", algorithm 2).
    """
    for check, settings in selection.near:
        subject = "problem_id" if check == "near_prompt" else "trace_id"
        asked = {"check": check, "settings": settings}
        # What was left to a hub has no pairs of its own: whoever of a hub's comes first stands for them all.
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE standing AS
            WITH hubs AS (
                SELECT {subject} AS id, any_value(against) AS hub, any_value(score) AS score FROM latest_verdicts
                WHERE check_name = $check AND settings_hash = $settings AND reason IN ('equal', 'crowded')
                GROUP BY ALL)
            SELECT id, coalesce(hub, id) AS hub, coalesce(score, 1) AS score,
                row_number() OVER (ORDER BY good DESC, place($seed, id), id) AS rank
            FROM (SELECT {subject} AS id, bool_or(accepted) AS good FROM candidates GROUP BY ALL)
            LEFT JOIN hubs USING (id)""",
            asked | {"seed": selection.seed},
        )
        db.execute(
            """CREATE OR REPLACE TEMP TABLE heads AS
            FROM standing QUALIFY row_number() OVER (PARTITION BY hub ORDER BY rank) = 1"""
        )
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE pairs AS
            SELECT a.id AS first, a.rank AS first_rank, b.id AS second, b.rank AS second_rank, max(v.score) AS score
            FROM latest_verdicts v JOIN heads x ON x.hub = v.{subject} JOIN heads y ON y.hub = v.against,
                LATERAL (SELECT CASE WHEN x.rank < y.rank THEN x ELSE y END AS a,
                                CASE WHEN x.rank < y.rank THEN y ELSE x END AS b)
            WHERE v.check_name = $check AND v.settings_hash = $settings AND v.reason = 'resembles' AND x.id <> y.id
            GROUP BY ALL""",
            asked,
        )
        db.execute("CREATE OR REPLACE TEMP TABLE twins (id VARCHAR, kept VARCHAR, score DOUBLE)")
        while True:
            # Whoever no living one comes before stays; whom it resembles goes.
            found = db.execute(
                """INSERT INTO twins SELECT second, arg_min(first, first_rank), arg_min(score, first_rank) FROM pairs
                WHERE first NOT IN (SELECT second FROM pairs) GROUP BY second"""
            ).fetchall()
            if not found[0][0]:
                break
            db.execute(
                """DELETE FROM pairs WHERE second IN (SELECT id FROM twins) OR first IN (SELECT id FROM twins)"""
            )
        db.execute(
            """INSERT INTO twins SELECT s.id, coalesce(t.kept, h.id), coalesce(t.score, least(s.score, h.score))
            FROM standing s JOIN heads h USING (hub) LEFT JOIN twins t ON t.id = h.id WHERE s.id <> h.id"""
        )
        what = "the prompt is a near duplicate of " if subject == "problem_id" else "a near duplicate of "
        drop(
            db,
            f"""SELECT c.trace_id, '{what}' || t.kept || printf(' (%.2f)', t.score) AS reason
            FROM candidates c JOIN twins t ON t.id = c.{subject}""",
        )


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
