"""A ``Complete`` and a ``Judge`` that stand on the lake, for work that asks, looks at what came, and asks again.

What is asked is looked for in the lake first; what comes anew is journaled, committed and judged like any other answer.
So such work is a plain function: killed and called again with the same input, it is told the same and gets as far as it
was without asking anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from filters.verdicts import Asked, judge_with
from flows.run import Run, Shard
from flows.stages.sampling import answer
from flows.stages.verify import with_keys, with_originals
from warehouse.records import Complete, Completion, Failure, Judge, Request


def complete(run: Run, block: str) -> Complete:
    """Requests in, to any of the recipe's models; a completion or a failure for each out, in their order.

    ``block`` names the work, and is the same in every run that does it.
    """

    def answers(requests: Sequence[Request]) -> Iterator[Completion | Failure]:
        by_model: dict[str, list[Request]] = {}
        for request in requests:
            by_model.setdefault(request.model, []).append(request)
        for model, asked in by_model.items():
            answer(run, Shard(f"{block}-{model}", len(asked), asked), alone=False)
        yield from kept(run, requests)

    return answers


def kept(run: Run, requests: Sequence[Request]) -> Iterator[Completion | Failure]:
    """What the lake holds of some requests."""
    with run.lake.connect(marks=False) as db:
        wanted = pl.DataFrame({"trace_id": [r.trace_id for r in requests]}, schema={"trace_id": pl.String})
        db.register("wanted", wanted.to_arrow())
        rows = {
            row["trace_id"]: row
            for row in db.sql(
                """SELECT trace_id, completion, finish_reason, prompt_tokens, completion_tokens, seconds, engine,
                    mean_logprob, cost FROM traces SEMI JOIN wanted USING (trace_id)"""
            )
            .pl()
            .to_dicts()
        }
        failed = dict(
            db.execute(
                # What was taken down is not asked again either.
                """SELECT trace_id, arg_max(reason, created_at) FROM failures SEMI JOIN wanted USING (trace_id)
                GROUP BY trace_id UNION ALL
                SELECT trace_id, 'declined' FROM takedowns SEMI JOIN wanted USING (trace_id)"""
            ).fetchall()
        )
    for request in requests:
        if row := rows.get(request.trace_id):
            yield Completion(request, row["completion"], **{k: v for k, v in row.items() if k in TOLD})
        else:
            yield Failure(request, failed.get(request.trace_id, "unanswered"))


TOLD = ("finish_reason", "prompt_tokens", "completion_tokens", "seconds", "engine", "mean_logprob", "cost")


def judge(run: Run) -> Judge:
    """Rows of traces in; verdicts of the recipe's row checks out: the lake's where it has them, else anew.

    Rows need not be in the lake: a text may be judged before it is kept. What is judged anew is not kept.
    """

    def verdicts(traces: pl.DataFrame) -> pl.DataFrame:
        asked = [one for one in run.asked if one.by_row]
        known = latest(run, traces, asked)
        # One that lacks the word of any check that is asked of its kind is judged by all.
        heard: dict[str, set[str]] = {}
        for name, check in known.select("trace_id", "check_name").iter_rows():
            heard.setdefault(name, set()).add(check)
        lacking = [
            name
            for name, kind in traces.select("trace_id", "kind").iter_rows()
            if {one.check.name for one in asked if one.check.concerns(kind)} - heard.get(name, set())
        ]
        if not lacking:
            return known
        left = traces.filter(pl.col("trace_id").is_in(lacking))
        found = judge_with(asked, run.run_id)(with_originals(run, with_keys(run, left)))
        known = known.filter(~pl.col("trace_id").is_in(lacking))
        return pl.concat([known, found.select(known.columns)], how="vertical_relaxed") if known.height else found

    return verdicts


def latest(run: Run, traces: pl.DataFrame, asked: Sequence[Asked]) -> pl.DataFrame:
    """What the lake's verdicts of today's versions of some checks say of some traces. As ``latest_verdicts`` has them;
    but the traces come first, for of a large lake that view is no small work."""
    checks = [(one.check.name, one.check.version, one.settings_hash) for one in asked]
    schema = {"check_name": pl.String, "version": pl.Int32, "settings_hash": pl.String}
    with run.lake.connect(marks=False) as db:
        db.register("todo", traces.select("trace_id").to_arrow())
        db.register("asked", pl.DataFrame(checks, schema=schema, orient="row").to_arrow())
        return db.sql(
            """WITH own AS MATERIALIZED (
                FROM verdicts SEMI JOIN todo USING (trace_id) SEMI JOIN asked USING (check_name, version, settings_hash)
                WHERE step IS NULL)
            SELECT trace_id, check_name, outcome, reason, score, detail FROM own v
            LEFT JOIN current_keys k USING (problem_id)
            WHERE v.key_id IS NULL OR v.key_id = k.key_id
            QUALIFY row_number() OVER (
                PARTITION BY trace_id, check_name ORDER BY v.outcome = 'undecided', v.created_at DESC) = 1"""
        ).pl()
