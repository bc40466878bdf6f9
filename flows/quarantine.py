"""Problems whose answer key cannot be used: nothing more is asked of them until that is corrected; the run says so."""

from __future__ import annotations

import polars as pl

from flows.run import Run


def of_run(run: Run) -> set[str]:
    """The problems of the run's recipe that are quarantined; the view ``quarantined`` says why."""
    scope = [problem for split in run.scope.values() for problem in split]
    with run.lake.connect(marks=False) as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        found = db.sql("SELECT problem_id FROM quarantined SEMI JOIN scope_frame USING (problem_id)")
        return {row[0] for row in found.fetchall()}


def told(run: Run) -> str | None:
    """What there is to say of them; None where there are none."""
    count = len(of_run(run))
    if not count:
        return None
    total = sum(map(len, run.scope.values()))
    return (
        f"{count:,} of {total:,} problems {'is' if count == 1 else 'are'} quarantined: where the answer key cannot be "
        "used, nothing is asked and nothing taught; thoughtmill sql 'FROM quarantined' says why"
    )
