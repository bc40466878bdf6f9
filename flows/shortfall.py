"""Requests that were asked and got no answer: a run that has any is incomplete, says so, and exits 1."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flows.recipe.stages import Generate, Journey, Rewrite, Sampled, Value
from flows.run import Run, Shard
from flows.stages import MODULES, journey, road, rounds, sampling, value
from warehouse.records import Request


def of_stage(run: Run, verb: str, stage: Any) -> Counter[str]:
    """How many requests of a stage were asked in vain, by the reason of their last failure."""
    if isinstance(stage, Value):  # which has asked what it came by, and says what of it is missing
        return value.unanswered(run, stage)
    if isinstance(stage, Journey):
        return journey.unanswered(run, stage)
    return sampling.unanswered(run, MODULES[verb].asked(run, stage)) if isinstance(stage, Sampled) else Counter()


def of_shards(run: Run, shards: list[Shard]) -> Counter[str]:
    """The same of the requests in some shards, whether the stage still wants them or not."""
    return sampling.unanswered(run, [shard.content for shard in shards if asks(shard)])


def asks(shard: Shard) -> bool:
    """Whether a shard holds requests, and not traces to be judged."""
    return isinstance(shard.content, list) and bool(shard.content) and isinstance(shard.content[0], Request)


def tolerated(run: Run, verb: str, stage: Any, shards: list[Shard], failed: int) -> float:
    """How many requests of a stage may fail before the run stops, ``failed`` in the rounds before these shards too."""
    if isinstance(
        stage, Journey | Value
    ):  # of an attempt the question and its end are asked, or a remark and what follows
        return stage.tolerate * 2 * stage.n * sum(shard.size for shard in shards)
    if not isinstance(stage, Sampled):
        return 0
    if isinstance(stage, Generate) and stage.in_rounds:  # which may end long before n: what was asked, and is now
        answers = rounds.tally(run, stage).answers
        return stage.tolerate * (answers + failed + sum(shard.size for shard in shards if asks(shard)))
    return stage.tolerate * sum(len(block) for block in MODULES[verb].asked(run, stage))


def of_run(run: Run, until: str | None = None) -> Counter[str]:
    """The same over all of a run's stages, and of the votes that some of them wait for before the judge's own turn."""
    steps = road(run.recipe, until)
    waits = any(isinstance(stage, Rewrite) or (isinstance(stage, Generate) and stage.in_rounds) for _, stage in steps)
    if run.recipe.judge and waits and all(verb != "judge" for verb, _ in steps):
        steps.append(("judge", run.recipe.judge))
    return sum((of_stage(run, verb, stage) for verb, stage in steps), Counter())


def example(run: Run) -> str:
    """What was said of the last request that failed."""
    with run.lake.connect(marks=False) as db:
        row = db.execute("SELECT arg_max(detail, created_at) FROM failures WHERE reason <> 'declined'").fetchone()
    return row[0] if row and row[0] else ""


def told(counts: Counter[str]) -> str:
    """A shortfall in words."""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in counts.most_common())
    return f"{counts.total():,} {'request' if counts.total() == 1 else 'requests'} got no answer ({reasons})"
