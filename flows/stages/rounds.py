"""Generation in rounds: what came so far, what the next round asks, and why it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from flows.recipe import Budget, Generate
from flows.run import Run, Shard
from flows.stages.sampling import TOGETHER, asker, problems_of
from generators.rounds import Standing, allot, pass_rates, until_accepted
from warehouse import ids
from warehouse.records import LASTING, Request

LATELY = 100
"""Traces that acceptance is watched over."""

STANDING = """
SELECT w.place, w.sample, t.trace_id IS NOT NULL AS answered, coalesce(v.accepted, false) AS accepted,
    t.completion_tokens AS tokens, t.seconds AS device_seconds, t.cost, t.created_at
FROM wanted w LEFT JOIN traces t USING (trace_id)
LEFT JOIN (
    SELECT trace_id,
        bool_and(outcome = 'pass') AND count(DISTINCT check_name) = (SELECT count(*) FROM checks) AS accepted
    FROM latest_verdicts SEMI JOIN checks USING (check_name, settings_hash) GROUP BY trace_id
) v USING (trace_id)
WHERE t.trace_id IS NOT NULL
    OR w.trace_id IN (SELECT trace_id FROM failures WHERE run_id = $run OR list_contains($lasting, reason))
"""


@dataclass
class Progress:
    """How far a stage has come, over all runs."""

    problems: list[dict[str, Any]]
    settled: list[set[int]]
    """Per problem the samples that were answered, or failed for good."""
    accepted: list[int]
    """Per problem."""
    spent: dict[str, float] = field(default_factory=lambda: {"tokens": 0.0, "device_seconds": 0.0, "cost": 0.0})
    answers: int = 0
    lately: float | None = None
    """Acceptance of the last hundred traces; None while there are fewer."""


def progress(run: Run, stage: Generate) -> Progress:
    """Read off the lake what has come of a stage."""
    ask = asker(run, stage, stage.model, stage.kind)
    problems = problems_of(run, "train")
    so_far = Progress(problems, [set() for _ in problems], [0] * len(problems))
    checks = [
        (one.check.name, one.settings_hash) for one in run.asked if one.check.decide and one.check.concerns(stage.kind)
    ]
    newest: list[tuple[Any, bool]] = []
    with run.lake.connect(marks=False) as db:
        schema = {"check_name": pl.String, "settings_hash": pl.String}
        db.register("checks", pl.DataFrame(checks, schema=schema, orient="row").to_arrow())
        active = list(range(len(problems)))
        for first in range(0, stage.n, TOGETHER):
            samples = range(first, min(first + TOGETHER, stage.n))
            wanted = [(place, sample, ask(problems[place], sample).trace_id) for place in active for sample in samples]
            schema = {"place": pl.Int64, "sample": pl.Int64, "trace_id": pl.String}  # type: ignore[dict-item]
            db.register("wanted", pl.DataFrame(wanted, schema=schema, orient="row").to_arrow())
            found = db.execute(STANDING, {"run": run.run_id, "lasting": LASTING}).fetchall()
            for place, sample, answered, accepted, tokens, seconds, cost, when in found:
                so_far.settled[place].add(sample)
                so_far.accepted[place] += accepted
                so_far.answers += answered
                for name, amount in (("tokens", tokens), ("device_seconds", seconds), ("cost", cost)):
                    so_far.spent[name] += amount or 0
                if answered:
                    newest.append((when, accepted))
            # Samples are asked in order: who has none of these has none of the later ones.
            active = sorted({place for place, *_ in found})
            if not active:
                break
    if len(newest) >= LATELY:
        last = sorted(newest, key=lambda one: one[0])[-LATELY:]
        so_far.lately = sum(accepted for _, accepted in last) / len(last)
    return so_far


def stopped(stage: Generate, so_far: Progress) -> str | None:
    """Why sampling is over although a problem could have more; None when it is not."""
    limits = stage.budget.model_dump(exclude_none=True) if stage.budget else {}
    for name, limit in limits.items():
        if so_far.spent[name] >= limit or affordable(stage.budget, so_far, stage.max_tokens) == 0:
            return f"the budget is spent: {so_far.spent[name]:,.6g} of {limit:,.6g} {name.replace('_', ' ')}"
    if so_far.lately is not None and so_far.lately < stage.min_acceptance:
        return f"acceptance fell to {so_far.lately:.1%} of the last {LATELY}, below {stage.min_acceptance:.1%}"
    return None


def affordable(budget: Budget | None, so_far: Progress, max_tokens: int) -> int | None:
    """How many samples what is left of the budget pays for, at what they took so far; None without a budget."""
    if budget is None:
        return None
    counts = []
    for name, limit in budget.model_dump(exclude_none=True).items():
        left = limit - so_far.spent[name]
        if so_far.answers and so_far.spent[name]:
            counts.append(left / (so_far.spent[name] / so_far.answers))
        else:  # nothing is known yet: the longest answers, or a first few to learn from
            counts.append(left / max_tokens if name == "tokens" else TOGETHER)
    return max(0, int(min(counts))) if counts else None


def planned(run: Run, stage: Generate) -> Iterator[Shard]:
    """The shards of the next round; none when every problem has enough, or when sampling has stopped."""
    so_far = progress(run, stage)
    if stopped(stage, so_far):
        return
    standings = [Standing(len(s), a) for s, a in zip(so_far.settled, so_far.accepted, strict=True)]
    afford = affordable(stage.budget, so_far, stage.max_tokens)
    if stage.min_acceptance:  # look up now and then
        afford = min(afford if afford is not None else 1 << 62, max(LATELY, so_far.answers))
    wants = allot(standings, stage.n, stage.accept, afford)
    ask = asker(run, stage, stage.model, stage.kind)
    for start in range(0, len(wants), stage.shard):
        places = range(start, min(start + stage.shard, len(wants)))
        requests: list[Request] = []
        for place in places:
            free = [sample for sample in range(stage.n) if sample not in so_far.settled[place]]
            requests += [ask(so_far.problems[place], sample) for sample in free[: wants[place]]]
        if requests:
            block = ids.digest(
                [so_far.problems[place]["problem_id"] for place in places], ask(so_far.problems[start], 0).trace_id
            )
            this = ids.digest([request.trace_id for request in requests])
            yield Shard(f"traces-{block}.{this[:8]}", len(requests), requests)


def expected(run: Run, stage: Generate) -> int:
    """How many samples the stage is expected to ask yet, were the budget no limit."""
    so_far = progress(run, stage)
    standings = [Standing(len(s), a) for s, a in zip(so_far.settled, so_far.accepted, strict=True)]
    if stopped(stage, so_far):
        return 0
    if stage.accept is None or not so_far.answers:  # nothing is known of what is accepted: at most
        return sum(stage.n - one.asked for one in standings)
    rates = pass_rates(standings)
    return round(
        sum(
            until_accepted(rate, stage.accept - one.accepted, stage.n - one.asked)
            for one, rate in zip(standings, rates, strict=True)
        )
    )


def told(run: Run, stage: Generate) -> str:
    """How a stage in rounds stands, in words."""
    so_far = progress(run, stage)
    enough = sum(accepted >= (stage.accept or stage.n) for accepted in so_far.accepted)
    used_up = sum(
        len(settled) >= stage.n and accepted < (stage.accept or stage.n)
        for settled, accepted in zip(so_far.settled, so_far.accepted, strict=True)
    )
    total = len(so_far.problems)
    words = [f"{so_far.answers:,} samples, {so_far.spent['tokens']:,.0f} tokens"]
    if stage.accept:
        words.append(f"{enough:,} of {total:,} problems have {stage.accept} accepted")
    words.append(f"{used_up:,} have used up their {stage.n}")
    if why := stopped(stage, so_far):
        words.append(f"stopped because {why}")
    return "; ".join(words)
