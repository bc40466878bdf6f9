"""What a release will hold: a policy's choice among the candidates, in its order, and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from warehouse import ids
from warehouse.acceptance import Check, accept
from warehouse.errors import BadInput
from warehouse.lake import Lake

Ask = Callable[[str], tuple[tuple[str, str], ...]]
"""A problem's prompt -> the (role, content) pairs that ask it."""


@dataclass(frozen=True)
class Plan:
    """A release that has been decided on: which traces, in which order."""

    name: str
    release_id: str
    trace_ids: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    """(trace_id, reason) of every candidate that is not in, of those whose place a child took, and of those on
    quarantined problems."""
    policy: str
    sql: str
    seed: int
    ask: Ask | None = None
    """How the rows' prompts are made from their problems'; None: as their writers were asked."""
    short: dict[str, int] = field(default_factory=dict)
    """Rows that a domain lacks of its quota."""

    def folder(self, lake: Lake) -> Path:
        return lake.path / "releases" / f"{self.name}-{self.release_id[1:9]}"

    def is_built(self, lake: Lake) -> bool:
        return (self.folder(lake) / "manifest.json").exists()


def gather(
    db: duckdb.DuckDBPyConnection,
    scope: list[str],
    kinds: list[str],
    checks: list[Check] | None = None,
    models: list[str] | None = None,
) -> None:
    """Create ``candidates``: the marks of traces of the given kinds (and models) on the problems in ``scope``.

    A candidate is accepted when these checks accept it; without any, ``accepted`` is that of marks. One is ``replaced``
    when a rewriting of it is among them and accepted. A cut answer whose child took its place is no candidate, and
    nothing is on a problem whose answer key cannot be used.
    """
    db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
    db.register("kinds_frame", pl.DataFrame({"kind": kinds}, schema={"kind": pl.String}).to_arrow())
    db.register("models_frame", pl.DataFrame({"model": models or []}, schema={"model": pl.String}).to_arrow())
    db.execute(
        f"""CREATE VIEW in_scope AS FROM marks SEMI JOIN scope_frame USING (problem_id)
        SEMI JOIN kinds_frame USING (kind) {"SEMI JOIN models_frame USING (model)" if models else ""}"""
    )
    if checks is None:
        db.execute("CREATE VIEW asked AS SELECT DISTINCT check_name, settings_hash FROM latest_verdicts")
        db.execute("CREATE VIEW considered AS FROM in_scope")
    else:
        accept(db, checks)
        db.execute(
            """CREATE VIEW considered AS SELECT m.* REPLACE (coalesce(a.accepted, false) AS accepted)
            FROM in_scope m JOIN acceptance a USING (trace_id)"""
        )
    db.execute(
        """CREATE TEMP TABLE candidates AS SELECT c.*, r.trace_id IS NOT NULL AS replaced
        FROM considered c LEFT JOIN (
            SELECT DISTINCT unnest(parents) AS trace_id FROM considered WHERE kind = 'rewrite' AND accepted
        ) r USING (trace_id) ANTI JOIN quarantined USING (problem_id) WHERE c.superseded IS NULL"""
    )


def choose(db: duckdb.DuckDBPyConnection, policy: str, sql: str) -> None:
    """Create ``chosen``: what a policy takes of the candidates. Raises BadInput for SQL that DuckDB refuses."""
    try:
        db.execute(
            f"""CREATE TEMP TABLE chosen AS
            SELECT DISTINCT trace_id FROM (\n{sql}\n) SEMI JOIN (SELECT trace_id FROM candidates) USING (trace_id)"""
        )
    except duckdb.Error as error:
        raise BadInput(f"selection policy {policy!r} does not run: {error}") from error


def cap(db: duckdb.DuckDBPyConnection, quotas: dict[str, int], seed: int) -> dict[str, int]:
    """Move what is over its domain's quota from ``chosen`` to ``over``; returns the rows that each domain lacks."""
    rows = db.execute("SELECT trace_id, domain FROM candidates SEMI JOIN chosen USING (trace_id)").fetchall()
    found: dict[str, list[str]] = {domain: [] for domain in quotas}
    for trace, domain in sorted(rows, key=lambda row: place(seed, row[0])):
        if domain in found:
            found[domain].append(trace)
    over = [(trace, domain) for domain, traces in found.items() for trace in traces[quotas[domain] :]]
    schema = {"trace_id": pl.String, "domain": pl.String}
    db.register("over", pl.DataFrame(over, schema=schema, orient="row").to_arrow())
    db.execute("DELETE FROM chosen WHERE trace_id IN (SELECT trace_id FROM over)")
    return {name: quotas[name] - len(traces) for name, traces in found.items() if len(traces) < quotas[name]}


def place(seed: int, trace: str) -> str:
    """By what a release's rows are put in order."""
    return ids.digest(seed, trace)


def plan(
    lake: Lake,
    name: str,
    policy: str,
    sql: str,
    scope: list[str],
    kinds: list[str],
    seed: int,
    checks: list[Check] | None = None,
    models: list[str] | None = None,
    ask: Ask | None = None,
    quotas: dict[str, int] | None = None,
) -> Plan:
    """Run a policy over the candidates; see ``gather`` for who they are. Of what it chose, ``quotas`` caps the rows by
    domain: those that come first by the seeded hash stay.

    The release's id covers its rows, their order, how they are asked and the verdicts that decided. Raises BadInput for
    a policy that DuckDB refuses.
    """
    with lake.connect() as db:
        gather(db, scope, kinds, checks, models)
        choose(db, policy, sql)
        short = cap(db, quotas or {}, seed)
        chosen = [row[0] for row in db.execute("SELECT trace_id FROM chosen").fetchall()]
        left_out = db.execute(
            """WITH opinions AS (
                SELECT trace_id, count(*) AS n,
                    string_agg(check_name || ': ' || coalesce(reason, outcome), ', ' ORDER BY check_name)
                        FILTER (outcome <> 'pass') AS objections
                FROM latest_verdicts SEMI JOIN asked USING (check_name, settings_hash) GROUP BY trace_id),
            rewritten AS (
                SELECT DISTINCT unnest(parents) AS trace_id FROM candidates SEMI JOIN chosen USING (trace_id)
                WHERE kind = 'rewrite')
            SELECT trace_id, coalesce('over the quota of ' || o.domain, objections, CASE
                WHEN n IS NULL THEN 'never judged'
                WHEN r.trace_id IS NOT NULL THEN 'its rewriting takes its place' ELSE 'not chosen by the policy' END)
            FROM candidates ANTI JOIN chosen USING (trace_id) LEFT JOIN opinions USING (trace_id)
            LEFT JOIN rewritten r USING (trace_id) LEFT JOIN over o USING (trace_id)
            UNION ALL SELECT trace_id, CASE WHEN superseded IS NOT NULL THEN 'superseded'
                ELSE 'quarantined: ' || coalesce(says, reason) END
            FROM considered LEFT JOIN quarantined q USING (problem_id)
            WHERE superseded IS NOT NULL OR q.problem_id IS NOT NULL ORDER BY trace_id"""
        ).fetchall()
        deciding = db.execute(
            """SELECT check_name, version, settings_hash, count(*), bit_xor(hash(key_id)) AS keys
            FROM latest_verdicts SEMI JOIN asked USING (check_name, settings_hash) SEMI JOIN chosen USING (trace_id)
            GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
    ordered = tuple(sorted(chosen, key=lambda trace: place(seed, trace)))
    release_id = "r" + ids.digest(name, sql, ordered, left_out, deciding, *([ask("{prompt}")] if ask else []))
    return Plan(name, release_id, ordered, tuple(left_out), policy, sql, seed, ask, short)
