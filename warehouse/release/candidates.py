"""Candidates: the traces that a policy may choose from, and ``dropped``, who is no candidate any more and why."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from warehouse.acceptance import OPINIONS, Check, accept
from warehouse.release.selection import Selection

SCOPED = ("problem_id", "kind", "model")


def gather(db: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """Create ``candidates``: the marks of the selection's traces, by problems, kinds and models.

    A candidate is accepted when the selection's checks accept it; without any, ``accepted`` is that of marks. One is
    ``replaced`` when a rewriting of it is among them and accepted. A cut answer whose child took its place is no
    candidate, and nothing is on a problem whose answer key cannot be used or that leaks into a benchmark: they are
    ``dropped`` (trace_id, reason).
    """
    checks, models = selection.checks, selection.models
    for column, wanted in zip(SCOPED, (selection.scope, selection.kinds, models), strict=True):
        schema = {column: pl.String}
        db.register(f"wanted_{column}", pl.DataFrame({column: list(wanted)}, schema=schema).to_arrow())
    by_model = "SEMI JOIN wanted_model USING (model)" if models else ""
    db.execute(
        f"""CREATE TEMP VIEW in_scope AS FROM marks SEMI JOIN wanted_problem_id USING (problem_id)
        SEMI JOIN wanted_kind USING (kind) {by_model}"""
    )
    hear(db, checks)
    scope_near(db, selection.near)
    accepted = "m.accepted" if checks is None else "coalesce(a.accepted, false)"
    db.execute(
        f"""CREATE TEMP TABLE considered AS
        SELECT m.* REPLACE ({accepted} AS accepted, c.correct AS correct)
        FROM in_scope m {"JOIN acceptance a USING (trace_id)" if checks is not None else ""}
        LEFT JOIN correctness c USING (trace_id)"""
    )
    db.execute("CREATE TEMP TABLE dropped (trace_id VARCHAR, reason VARCHAR)")
    db.execute(
        """INSERT INTO dropped SELECT trace_id, CASE WHEN superseded IS NOT NULL THEN 'superseded'
            WHEN q.problem_id IS NOT NULL THEN 'quarantined: ' || coalesce(q.says, q.reason)
            ELSE 'contaminated: ' || l.found END
        FROM considered LEFT JOIN quarantined q USING (problem_id) LEFT JOIN (
            SELECT problem_id, arg_max(against || ' (' || reason || ')', (score, against, reason)) AS found
            FROM latest_verdicts WHERE check_name = 'contamination' AND settings_hash = $settings AND outcome = 'fail'
            GROUP BY problem_id
        ) l USING (problem_id)
        WHERE superseded IS NOT NULL OR q.problem_id IS NOT NULL OR l.problem_id IS NOT NULL""",
        {"settings": selection.contamination},
    )
    db.execute(
        """CREATE TEMP TABLE candidates AS SELECT c.*, r.trace_id IS NOT NULL AS replaced
        FROM considered c LEFT JOIN (
            SELECT DISTINCT unnest(parents) AS trace_id FROM considered WHERE kind = 'rewrite' AND accepted
        ) r USING (trace_id) ANTI JOIN dropped USING (trace_id)"""
    )


def hear(db: duckdb.DuckDBPyConnection, checks: Sequence[Check] | None) -> None:
    """Create ``asked``, ``opinions`` and ``acceptance`` (warehouse/acceptance.py; of marks without any checks), and
    ``correctness`` (trace_id, correct): what they say of the answer, whatever other recipes have asked."""
    if checks is None:
        db.execute(
            """CREATE TEMP TABLE asked AS SELECT DISTINCT check_name, settings_hash FROM latest_verdicts
            WHERE NOT starts_with(check_name, 'label:') AND check_name NOT IN ('near_prompt', 'near_completion')"""
        )
        db.execute(OPINIONS)
        db.execute("CREATE TEMP VIEW acceptance AS SELECT trace_id, accepted FROM marks")
        db.execute("CREATE TEMP TABLE correctness AS SELECT trace_id, correct FROM marks")
        return
    accept(db, checks)
    db.execute(
        """CREATE TEMP TABLE correctness AS
        SELECT trace_id, CASE WHEN bool_and(outcome = 'pass') THEN true WHEN bool_or(outcome = 'fail') THEN false END
            AS correct
        FROM opinions JOIN traces USING (trace_id) LEFT JOIN current_keys USING (problem_id)
        WHERE check_name = CASE decider(verifier) WHEN 'judge' THEN 'judged' ELSE 'answer' END
            AND problem_id NOT IN (SELECT problem_id FROM quarantined)
        GROUP BY trace_id"""
    )


def scope_near(db: duckdb.DuckDBPyConnection, near: Sequence[tuple[str, str]]) -> None:
    """Have ``resembles`` tell of these verdicts alone, for all that is asked here."""
    told = pl.DataFrame(list(near), schema={"check_name": pl.String, "settings_hash": pl.String}, orient="row")
    db.register("near_asked", told.to_arrow())
    db.execute(
        """CREATE TEMP TABLE edges AS SELECT r.of, r.id, r.against, r.score, r.reason, r.problem_id,
            r.against_problem_id, r.settings_hash
        FROM resembles r JOIN near_asked n ON n.check_name = 'near_' || r.of AND n.settings_hash = r.settings_hash"""
    )
    db.execute("CREATE TEMP VIEW resembles AS FROM edges")


def split_problems(db: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """Create ``splits`` (problem_id, split). The prompt decides, so one question of two sources is in one split."""
    db.execute(
        r"""CREATE TEMP TABLE splits AS SELECT problem_id, CASE WHEN share($seed, md5(regexp_replace(
            lower(trim(prompt)), '\s+', ' ', 'g'))) < $validation THEN 'validation' ELSE 'train' END AS split
        FROM problems""",
        {"seed": selection.seed, "validation": selection.validation},
    )


def drop(db: duckdb.DuckDBPyConnection, lost: str) -> None:
    """Move traces from ``candidates`` to ``dropped``: ``lost`` is a query of (trace_id, reason)."""
    db.execute(f"CREATE OR REPLACE TEMP TABLE lost AS {lost}")
    db.execute("INSERT INTO dropped SELECT trace_id, reason FROM lost")
    db.execute("DELETE FROM candidates WHERE trace_id IN (SELECT trace_id FROM lost)")
    # An original whose rewriting has gone stands for itself again.
    db.execute(
        """UPDATE candidates SET replaced = false WHERE replaced AND trace_id NOT IN (
            SELECT unnest(parents) FROM candidates WHERE kind = 'rewrite' AND accepted)"""
    )
