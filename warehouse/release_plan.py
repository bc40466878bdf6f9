"""What a release will hold: a policy's choice among the candidates, in its order, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from warehouse import ids
from warehouse.errors import BadInput
from warehouse.lake import Lake


@dataclass(frozen=True)
class Plan:
    """A release that has been decided on: which traces, in which order."""

    name: str
    release_id: str
    trace_ids: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    """(trace_id, reason) of every candidate that is not in."""
    policy: str
    sql: str
    seed: int

    def folder(self, lake: Lake) -> Path:
        return lake.path / "releases" / f"{self.name}-{self.release_id[1:9]}"

    def is_built(self, lake: Lake) -> bool:
        return (self.folder(lake) / "manifest.json").exists()


def plan(
    lake: Lake,
    name: str,
    policy: str,
    sql: str,
    scope: list[str],
    kinds: list[str],
    seed: int,
    checks: list[tuple[str, str]] | None = None,
) -> Plan:
    """Run a policy over the candidates: traces of the given kinds on the problems in ``scope``.

    With ``checks``, (name, settings hash) pairs, a candidate is accepted when all of these passed it, whatever others
    have been asked of it elsewhere. Without, ``accepted`` is that of marks.

    The release's id covers its rows, their order and the verdicts that decided. Raises BadInput for a policy that
    DuckDB refuses.
    """
    with lake.connect() as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        db.register("kinds_frame", pl.DataFrame({"kind": kinds}, schema={"kind": pl.String}).to_arrow())
        db.execute(
            "CREATE VIEW in_scope AS FROM marks SEMI JOIN scope_frame USING (problem_id) "
            "SEMI JOIN kinds_frame USING (kind)"
        )
        if checks is None:
            db.execute("CREATE VIEW asked AS SELECT DISTINCT check_name, settings_hash FROM latest_verdicts")
            db.execute("CREATE VIEW candidates AS FROM in_scope")
        else:
            pairs = pl.DataFrame(checks, schema={"check_name": pl.String, "settings_hash": pl.String}, orient="row")
            db.register("asked", pairs.to_arrow())
            db.execute(
                f"""CREATE TEMP TABLE candidates AS SELECT m.* REPLACE (coalesce(o.accepted, false) AS accepted)
                FROM in_scope m LEFT JOIN (
                    SELECT trace_id,
                        bool_and(outcome = 'pass') AND count(DISTINCT check_name) = {len(checks)} AS accepted
                    FROM latest_verdicts SEMI JOIN asked USING (check_name, settings_hash) GROUP BY trace_id
                ) o USING (trace_id)"""
            )
        try:
            db.execute(f"CREATE TEMP TABLE chosen AS SELECT DISTINCT trace_id FROM (\n{sql}\n)")
        except duckdb.Error as error:
            raise BadInput(f"selection policy {policy!r} does not run: {error}") from error
        chosen = [
            row[0] for row in db.execute("SELECT trace_id FROM chosen SEMI JOIN candidates USING (trace_id)").fetchall()
        ]
        left_out = db.execute(
            """WITH opinions AS (
                SELECT trace_id, count(*) AS n,
                    string_agg(check_name || ': ' || coalesce(reason, outcome), ', ' ORDER BY check_name)
                        FILTER (outcome <> 'pass') AS objections
                FROM latest_verdicts SEMI JOIN asked USING (check_name, settings_hash) GROUP BY trace_id)
            SELECT trace_id, coalesce(objections, CASE WHEN n IS NULL THEN 'never judged'
                ELSE 'not chosen by the policy' END)
            FROM candidates ANTI JOIN chosen USING (trace_id) LEFT JOIN opinions USING (trace_id) ORDER BY trace_id"""
        ).fetchall()
        deciding = db.execute(
            """SELECT check_name, version, settings_hash, count(*), bit_xor(hash(key_id)) AS keys
            FROM latest_verdicts SEMI JOIN asked USING (check_name, settings_hash) SEMI JOIN chosen USING (trace_id)
            GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
    ordered = tuple(sorted(chosen, key=lambda trace: ids.digest(seed, trace)))
    release_id = "r" + ids.digest(name, sql, ordered, left_out, deciding)
    return Plan(name, release_id, ordered, tuple(left_out), policy, sql, seed)
