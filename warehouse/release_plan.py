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


def plan(lake: Lake, name: str, policy: str, sql: str, scope: list[str], kinds: list[str], seed: int) -> Plan:
    """Run a policy over the candidates: traces of the given kinds on the problems in ``scope``.

    The release's id covers its rows, their order and the verdicts that decided. Raises BadInput for a policy that
    DuckDB refuses.
    """
    with lake.connect() as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        db.register("kinds_frame", pl.DataFrame({"kind": kinds}, schema={"kind": pl.String}).to_arrow())
        db.execute(
            "CREATE VIEW candidates AS FROM marks SEMI JOIN scope_frame USING (problem_id) "
            "SEMI JOIN kinds_frame USING (kind)"
        )
        try:
            db.execute(f"CREATE TEMP TABLE chosen AS SELECT DISTINCT trace_id FROM (\n{sql}\n)")
        except duckdb.Error as error:
            raise BadInput(f"selection policy {policy!r} does not run: {error}") from error
        chosen = [
            row[0] for row in db.execute("SELECT trace_id FROM chosen SEMI JOIN candidates USING (trace_id)").fetchall()
        ]
        left_out = db.execute(
            """SELECT trace_id, coalesce(
                (SELECT string_agg(k || ': ' || coalesce(reasons [k], outcomes [k]), ', ' ORDER BY k)
                    FROM unnest(map_keys(outcomes)) u(k) WHERE outcomes [k] <> 'pass'),
                CASE WHEN outcomes IS NULL THEN 'never judged' ELSE 'not chosen by the policy' END)
            FROM candidates ANTI JOIN chosen USING (trace_id) ORDER BY trace_id"""
        ).fetchall()
        deciding = db.execute(
            """SELECT check_name, version, settings_hash, count(*)
            FROM latest_verdicts SEMI JOIN chosen USING (trace_id) GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
    ordered = tuple(sorted(chosen, key=lambda trace: ids.digest(seed, trace)))
    release_id = "r" + ids.digest(name, sql, ordered, deciding)
    return Plan(name, release_id, ordered, tuple(left_out), policy, sql, seed)
