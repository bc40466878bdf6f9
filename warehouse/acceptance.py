"""Acceptance: what a recipe's checks, all together, say of a trace, whatever others have been asked of it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

Check = tuple[str, str, str | None, str | None]
"""(name, settings hash, the one kind of trace it is asked about or None, whether a rule or a judge decides or None)."""

SCHEMA = {"check_name": pl.String, "settings_hash": pl.String, "kind": pl.String, "decider": pl.String}

OPINIONS = """
CREATE TEMP TABLE opinions AS
SELECT trace_id, check_name, version, settings_hash, key_id, outcome, reason
FROM latest_verdicts SEMI JOIN asked USING (check_name, settings_hash) WHERE trace_id IS NOT NULL AND step IS NULL
"""
# Where a judge decides, its word is needed, also where nobody thought of asking for it.
ACCEPTANCE = """
CREATE TEMP TABLE acceptance AS
SELECT t.trace_id, CASE
    WHEN NOT v.passed OR t.problem_id IN (SELECT problem_id FROM quarantined) THEN false
    WHEN v.checks = (
        SELECT count(*) FROM asked a
        WHERE (a.kind IS NULL OR a.kind = t.kind) AND (a.decider IS NULL OR a.decider = decider(k.verifier))
    ) AND (v.by_judge OR decider(k.verifier) = 'rule') THEN true END AS accepted
FROM traces t LEFT JOIN current_keys k USING (problem_id) LEFT JOIN (
    SELECT trace_id, bool_and(outcome = 'pass') AS passed, count(DISTINCT check_name) AS checks,
        bool_or(check_name = 'judged') AS by_judge
    FROM opinions GROUP BY trace_id
) v USING (trace_id)
"""


def accept(db: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> None:
    """Create ``asked``, the checks, ``opinions``, the verdicts of theirs that count, and ``acceptance`` (trace_id,
    accepted): true where every check that concerns the trace passed it, false where one did not, null while one is
    still to be heard."""
    db.register("asked", pl.DataFrame(list(checks), schema=SCHEMA, orient="row").to_arrow())
    db.execute(OPINIONS)
    db.execute(ACCEPTANCE)
