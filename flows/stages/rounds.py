"""Generation in rounds: what came so far, what the next round asks, and why it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from flows.recipe.stages import Generate
from flows.run import Run, Shard
from flows.stages.sampling import TOGETHER, asker, problems_of
from generators.rounds import Standing, allot, pass_rates, until_accepted
from warehouse import ids
from warehouse.acceptance import SCHEMA, accept
from warehouse.records import DESCENT, LASTING, Request

LATELY = 100
"""Traces that acceptance is watched over."""

# A cut answer's child takes its place: the newest of each line speaks for the sample. What a line took is counted
# whole, save for the tokens that a continuing child counts as well.
STANDING = """
WITH RECURSIVE children AS MATERIALIZED (
    SELECT parents [1] AS parent, trace_id, strategy FROM traces WHERE list_contains($descent, strategy)
), line AS (
    SELECT trace_id AS root, trace_id, 0 AS depth FROM wanted
    UNION ALL
    SELECT line.root, c.trace_id, line.depth + 1 FROM line JOIN children c ON c.parent = line.trace_id
), opinions AS (
    -- What a check of the whole lake has refused is never put before a judge.
    SELECT trace_id, accepted IS NULL AND trace_id NOT IN (
        SELECT trace_id FROM latest_verdicts SEMI JOIN checks USING (check_name, settings_hash)
        WHERE outcome = 'fail' AND trace_id IS NOT NULL) AS waits, coalesce(accepted, false) AS accepted
    FROM acceptance
), came AS (
    SELECT line.root AS trace_id,
        arg_max(o.accepted, (line.depth, t.created_at)) AS accepted,
        arg_max(o.waits, (line.depth, t.created_at)) AS waits, max(t.created_at) AS created_at,
        -- A server that counts no tokens is taken to have used all it might: a budget must hold.
        sum(coalesce(t.completion_tokens, TRY_CAST(t.sampling ->> 'max_tokens' AS INT)))
            FILTER (t.trace_id NOT IN (SELECT parent FROM children WHERE strategy = 'continue')) AS tokens,
        sum(t.seconds) AS device_seconds, sum(t.cost) AS cost
    FROM line JOIN traces t USING (trace_id) JOIN opinions o USING (trace_id) GROUP BY line.root
)
SELECT w.place, w.sample, c.trace_id IS NOT NULL, c.accepted, c.waits, c.tokens, c.device_seconds, c.cost,
    (c.created_at, w.trace_id)
FROM wanted w LEFT JOIN came c USING (trace_id)
WHERE c.trace_id IS NOT NULL
    OR w.trace_id IN (SELECT trace_id FROM failures WHERE run_id = $run OR list_contains($lasting, reason))
    OR w.trace_id IN (SELECT trace_id FROM takedowns WHERE trace_id IS NOT NULL)
"""


@dataclass
class Tally:
    """How far a stage has come, over all runs."""

    problems: list[dict[str, Any]]
    wanted: list[list[str]]
    """Per problem the trace ids of all its n samples."""
    settled: list[set[int]]
    """Per problem the samples that were answered, or failed for good."""
    accepted: list[int]
    """Per problem."""
    waiting: list[int]
    """Per problem the answers that a judge is still to be heard about: they may be accepted yet."""
    closed: list[bool]
    """Per problem whether its answer key cannot be used, so that nothing more is asked."""
    spent: dict[str, float] = field(default_factory=lambda: {"tokens": 0.0, "device_seconds": 0.0, "cost": 0.0})
    answers: int = 0
    lately: float | None = None
    """Acceptance of the last hundred traces; None while there are fewer."""

    @property
    def standings(self) -> list[Standing]:
        return [
            Standing(len(settled), accepted, waiting, closed)
            for settled, accepted, waiting, closed in zip(
                self.settled, self.accepted, self.waiting, self.closed, strict=True
            )
        ]


def tally(run: Run, stage: Generate) -> Tally:
    """Read off the lake what has come of a stage."""
    ask = asker(run, stage, stage.model, stage.kind)
    problems = problems_of(run, "train", stage.domains)
    wanted = [[ask(problem, sample).trace_id for sample in range(stage.n)] for problem in problems]
    none = [0] * len(problems)
    so_far = Tally(problems, wanted, [set() for _ in problems], none.copy(), none.copy(), [False] * len(problems))
    newest: list[tuple[Any, bool]] = []
    rows = [(place, sample, trace) for place, own in enumerate(wanted) for sample, trace in enumerate(own)]
    with run.lake.connect(marks=False) as db:
        # What looks at the whole lake is asked when all is there.
        accept(db, [told for one, told in zip(run.asked, run.checks, strict=True) if not one.check.query])
        db.register("checks", pl.DataFrame(run.checks, schema=SCHEMA, orient="row").to_arrow())
        schema = {"place": pl.Int64, "sample": pl.Int64, "trace_id": pl.String}
        db.register("wanted", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
        bad = {row[0] for row in db.execute("SELECT problem_id FROM quarantined").fetchall()}
        so_far.closed = [problem["problem_id"] in bad for problem in problems]
        found = db.execute(STANDING, {"run": run.run_id, "lasting": LASTING, "descent": DESCENT}).fetchall()
    for place, sample, answered, accepted, waits, tokens, seconds, cost, when in found:
        so_far.settled[place].add(sample)
        so_far.accepted[place] += accepted or 0
        so_far.waiting[place] += waits or 0
        so_far.answers += answered
        for name, amount in (("tokens", tokens), ("device_seconds", seconds), ("cost", cost)):
            so_far.spent[name] += amount or 0
        if answered and not waits and not so_far.closed[place]:
            newest.append((when, accepted))
    if len(newest) >= LATELY:
        # What was committed together has one time, and no other order than that of its ids, which is none.
        last = sorted(newest, key=lambda one: one[0])[-LATELY:]
        so_far.lately = sum(accepted for _, accepted in last) / len(last)
    return so_far


def stopped(stage: Generate, so_far: Tally) -> str | None:
    """Why sampling is over although a problem could have more; None when it is not."""
    counts = paid_for(stage, so_far)
    name = min(counts, key=counts.__getitem__, default=None)
    if name and counts[name] < 1:
        limit = getattr(stage.budget, name)
        return f"the budget is spent: {so_far.spent[name]:,.6g} of {limit:,.6g} {name.replace('_', ' ')}"
    if so_far.lately is not None and so_far.lately < stage.min_acceptance:
        return f"acceptance fell to {so_far.lately:.1%} of the last {LATELY}, below {stage.min_acceptance:.1%}"
    return None


def paid_for(stage: Generate, so_far: Tally) -> dict[str, float]:
    """How many samples what is left of each limit pays for, at what they took so far; empty without a budget."""
    counts = {}
    for name, limit in (stage.budget.model_dump(exclude_none=True) if stage.budget else {}).items():
        left = limit - so_far.spent[name]
        if so_far.answers and so_far.spent[name]:
            counts[name] = left / (so_far.spent[name] / so_far.answers)
        else:  # nothing is known yet: the longest answers, or a first few to learn from
            counts[name] = left / stage.max_tokens if name == "tokens" else TOGETHER
    return counts


def affordable(stage: Generate, so_far: Tally) -> int | None:
    """How many samples the whole budget pays for; None without one."""
    counts = paid_for(stage, so_far).values()
    return max(0, int(min(counts))) if counts else None


def lacking(stage: Generate, so_far: Tally) -> list[int]:
    """The places of the problems that have not enough yet, whatever a judge will say of what waits for it."""
    enough = stage.accept or stage.n + 1
    return [
        place for place, one in enumerate(so_far.standings) if not one.closed and one.accepted + one.waiting < enough
    ]


def planned(run: Run, stage: Generate, so_far: Tally) -> Iterator[Shard]:
    """The shards of the next round; none when every problem has enough, or when sampling has stopped."""
    if stopped(stage, so_far):
        return
    afford = affordable(stage, so_far)
    if stage.min_acceptance:  # look up now and then
        afford = min(afford if afford is not None else 1 << 62, max(LATELY, so_far.answers))
    wants = allot(so_far.standings, stage.n, stage.accept, afford)
    ask = asker(run, stage, stage.model, stage.kind)
    for start in range(0, len(wants), stage.shard):
        places = range(start, min(start + stage.shard, len(wants)))
        requests: list[Request] = []
        for place in places:
            free = [sample for sample in range(stage.n) if sample not in so_far.settled[place]]
            requests += [ask(so_far.problems[place], sample) for sample in free[: wants[place]]]
        if requests:
            block = ids.digest([so_far.problems[place]["problem_id"] for place in places], so_far.wanted[start][0])
            this = ids.digest([request.trace_id for request in requests])
            yield Shard(f"traces-{block}.{this[:8]}", len(requests), requests)


def expected(run: Run, stage: Generate) -> int:
    """How many samples the stage is expected to ask yet, were the budget no limit."""
    so_far = tally(run, stage)
    standings = so_far.standings
    if stopped(stage, so_far):
        return 0
    if stage.accept is None or not so_far.answers:  # nothing is known of what is accepted: at most
        return sum(stage.n - one.asked for one in standings if not one.closed)
    rates = pass_rates(standings)
    return round(
        sum(
            until_accepted(rate, stage.accept - one.accepted - one.waiting, stage.n - one.asked)
            for one, rate in zip(standings, rates, strict=True)
            if not one.closed
        )
    )


def told(run: Run, stage: Generate) -> str:
    """How a stage in rounds stands, in words."""
    so_far = tally(run, stage)
    enough = sum(accepted >= (stage.accept or stage.n) for accepted in so_far.accepted)
    used_up = sum(
        len(settled) >= stage.n and accepted < (stage.accept or stage.n) and not closed
        for settled, accepted, closed in zip(so_far.settled, so_far.accepted, so_far.closed, strict=True)
    )
    total = len(so_far.problems)
    words = [f"{so_far.answers:,} samples, {so_far.spent['tokens']:,.0f} tokens"]
    if waiting := sum(so_far.waiting):
        words.append(f"{waiting:,} of them wait for the judge")
    if stage.accept:
        words.append(f"{enough:,} of {total:,} problems have {stage.accept} accepted")
    words.append(f"{used_up:,} have used up their {stage.n}")
    if closed := sum(so_far.closed):
        words.append(f"{closed:,} are quarantined")
    if why := stopped(stage, so_far):
        words.append(f"stopped because {why}")
    return "; ".join(words)
