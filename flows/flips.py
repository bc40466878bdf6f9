"""What a run judged anew (by another version, settings or answer key, or asked again), and what of it flipped."""

from __future__ import annotations

from typing import Any

from flows.run import Run

ANEW = """
CREATE TEMP TABLE anew AS
WITH own AS (
    SELECT DISTINCT trace_id, check_name, version, created_at FROM verdicts
    WHERE run_id = $run AND trace_id IS NOT NULL AND step IS NULL)
SELECT check_name, max(version) AS version, count(DISTINCT trace_id) AS judged FROM own
WHERE EXISTS (
    FROM verdicts v WHERE v.trace_id = own.trace_id AND v.check_name = own.check_name AND v.run_id <> $run
    AND v.created_at < own.created_at)
GROUP BY check_name
"""
FLIPPED = """
SELECT check_name AS "check", version, judged AS "judged anew", count(f.trace_id) AS flipped,
    count(*) FILTER (f.from_outcome = 'pass' AND f.to_outcome = 'fail') AS "pass to fail",
    count(*) FILTER (f.from_outcome = 'fail' AND f.to_outcome = 'pass') AS "fail to pass",
    count(*) FILTER (f.from_outcome = 'undecided') AS "from undecided",
    count(*) FILTER (f.to_outcome = 'undecided') AS "to undecided"
FROM anew LEFT JOIN (FROM flips WHERE run_id = $run) f USING (check_name)
GROUP BY ALL ORDER BY ALL
"""


def of_run(run: Run) -> list[dict[str, Any]]:
    """One row per check that was asked anew of traces it had an opinion of; the view ``flips`` holds each."""
    with run.lake.connect(marks=False) as db:
        db.execute(ANEW, {"run": run.run_id})
        if not db.execute("FROM anew").fetchall():  # as after most runs; what follows looks at every verdict
            return []
        return db.sql(FLIPPED, params={"run": run.run_id}).pl().to_dicts()
