"""Candidates: the traces that a policy may choose from, and ``dropped``, who is no candidate any more and why."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from warehouse.acceptance import OPINIONS, Check, accept

SCOPED = ("problem_id", "kind", "model")


def gather(
    db: duckdb.DuckDBPyConnection,
    scope: Sequence[str],
    kinds: Sequence[str],
    checks: Sequence[Check] | None = None,
    models: Sequence[str] = (),
    contamination: str | None = None,
) -> None:
    """Create ``candidates``: the marks of traces of the given kinds (and models) on the problems in ``scope``.

    A candidate is accepted when these checks accept it; without any, ``accepted`` is that of marks. One is ``replaced``
    when a rewriting of it is among them and accepted. A cut answer whose child took its place is no candidate, and
    nothing is on a problem whose answer key cannot be used, or (by verdicts of the settings ``contamination``) that
    leaks into a benchmark: they are ``dropped`` (trace_id, reason).
    """
    for column, wanted in zip(SCOPED, (scope, kinds, models), strict=True):
        schema = {column: pl.String}
        db.register(f"wanted_{column}", pl.DataFrame({column: list(wanted)}, schema=schema).to_arrow())
    by_model = "SEMI JOIN wanted_model USING (model)" if models else ""
    db.execute(
        f"""CREATE VIEW in_scope AS FROM marks SEMI JOIN wanted_problem_id USING (problem_id)
        SEMI JOIN wanted_kind USING (kind) {by_model}"""
    )
    if checks is None:
        db.execute(
            """CREATE TEMP TABLE asked AS SELECT DISTINCT check_name, settings_hash FROM latest_verdicts
            WHERE NOT starts_with(check_name, 'label:')"""
        )
        db.execute(OPINIONS)
        considered = "FROM in_scope"
    else:
        accept(db, checks)
        considered = """SELECT m.* REPLACE (coalesce(a.accepted, false) AS accepted)
            FROM in_scope m JOIN acceptance a USING (trace_id)"""
    db.execute(f"CREATE TEMP TABLE considered AS {considered}")
    db.execute("CREATE TEMP TABLE dropped (trace_id VARCHAR, reason VARCHAR)")
    db.execute(
        """INSERT INTO dropped SELECT trace_id, CASE WHEN superseded IS NOT NULL THEN 'superseded'
            WHEN q.problem_id IS NOT NULL THEN 'quarantined: ' || coalesce(q.says, q.reason)
            ELSE 'contaminated: ' || l.found END
        FROM considered LEFT JOIN quarantined q USING (problem_id) LEFT JOIN (
            SELECT problem_id, arg_max(against || ' (' || reason || ')', (score, against)) AS found
            FROM latest_verdicts WHERE check_name = 'contamination' AND settings_hash = $settings AND outcome = 'fail'
            GROUP BY problem_id
        ) l USING (problem_id)
        WHERE superseded IS NOT NULL OR q.problem_id IS NOT NULL OR l.problem_id IS NOT NULL""",
        {"settings": contamination},
    )
    db.execute(
        """CREATE TEMP TABLE candidates AS SELECT c.*, r.trace_id IS NOT NULL AS replaced
        FROM considered c LEFT JOIN (
            SELECT DISTINCT unnest(parents) AS trace_id FROM considered WHERE kind = 'rewrite' AND accepted
        ) r USING (trace_id) ANTI JOIN dropped USING (trace_id)"""
    )


def drop(db: duckdb.DuckDBPyConnection, lost: str) -> None:
    """Move traces from ``candidates`` to ``dropped``: ``lost`` is a query of (trace_id, reason)."""
    db.execute(f"CREATE OR REPLACE TEMP TABLE lost AS {lost}")
    db.execute("INSERT INTO dropped SELECT trace_id, reason FROM lost")
    db.execute("DELETE FROM candidates WHERE trace_id IN (SELECT trace_id FROM lost)")
