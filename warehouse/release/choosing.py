"""Choosing: policies in turn, then quotas. Whoever goes is ``dropped`` with the reason."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from warehouse.errors import BadInput
from warehouse.lake.sql import quoted
from warehouse.release.candidates import drop
from warehouse.release.selection import UNIQUE, Policy, Selection
from warehouse.release.twins import drop_twins


def choose(db: duckdb.DuckDBPyConnection, policies: Sequence[Policy], seed: int = 0) -> None:
    """Leave in ``candidates`` whom every policy chose, one after the other. Raises BadInput for SQL that fails."""
    for policy in policies:
        settings = {"seed": seed, **policy.settings}
        try:
            for name, value in settings.items():
                db.execute(f'SET VARIABLE "{name}" = ?', [value])
            db.execute(
                f"""CREATE OR REPLACE TEMP TABLE chosen AS SELECT DISTINCT trace_id FROM (\n{policy.sql}\n)
                SEMI JOIN candidates USING (trace_id)"""
            )
        except duckdb.Error as error:
            raise BadInput(f"selection policy {policy.name!r} does not run: {error}") from error
        finally:
            for name in settings:
                db.execute(f'RESET VARIABLE "{name}"')
        # A policy that took nobody but accepted traces refused the others for what is held against them.
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
                WHERE kind = 'rewrite'),
            strict AS (
                SELECT coalesce(bool_and(accepted), true) AS yes FROM candidates SEMI JOIN chosen USING (trace_id))
            SELECT trace_id, CASE
                WHEN strict.yes AND NOT accepted AND objections IS NOT NULL THEN objections
                WHEN strict.yes AND NOT accepted AND n IS NULL THEN 'never judged'
                WHEN strict.yes AND NOT accepted THEN 'not judged by every check'
                WHEN r.trace_id IS NOT NULL THEN 'its rewriting takes its place'
                ELSE 'not chosen by the policy ' || {quoted(policy.name)} END AS reason
            FROM candidates ANTI JOIN chosen USING (trace_id) LEFT JOIN told USING (trace_id)
            LEFT JOIN rewritten r USING (trace_id), strict""",
        )


def select(db: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, dict[str, int]]:
    """All of a selection's steps; returns the rows that each quota lacks."""
    for policy in selection.policies:
        if policy == UNIQUE:
            drop_twins(db, selection.near, selection.seed)
        else:
            choose(db, [policy], selection.seed)
    return cap(db, selection)


def cap(db: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, dict[str, int]]:
    """Drop what is over a quota: a row goes in, in an order by the seed, where all its quotas have room. Returns what
    each quota lacks in the end."""
    quotas = {by: dict(most) for by, most in selection.quotas.items() if most}
    if not quotas:
        return {}
    room = {by: dict(most) for by, most in quotas.items()}
    # An order of its own: whom a policy drew by its hash would come first in an order by the same.
    rows = db.execute(
        f"""SELECT trace_id, {", ".join(quotas)} FROM candidates
        ORDER BY place('quota/' || {selection.seed}, trace_id), trace_id"""
    )
    over: list[tuple[str, str]] = []
    while block := rows.fetchmany(50_000):
        for trace, *names in block:
            full = [f"{by} {name}" for by, name in zip(quotas, names, strict=True) if room[by].get(name, 1) < 1]
            if full:
                over.append((trace, f"over the quota of {full[0]}"))
                continue
            for by, name in zip(quotas, names, strict=True):
                if name in room[by]:
                    room[by][name] -= 1
    db.register(
        "over", pl.DataFrame(over, schema={"trace_id": pl.String, "reason": pl.String}, orient="row").to_arrow()
    )
    drop(db, "FROM over")
    return {by: lacking for by, left in room.items() if (lacking := {name: n for name, n in left.items() if n})}
