"""Generate: n completions of every training problem, judged as they come."""

from __future__ import annotations

from flows.recipe import Generate
from flows.run import Run, Shard
from flows.stages.sampling import answer, in_turns, missing, requests


def pending(run: Run, stage: Generate) -> list[Shard]:
    return in_turns(run, missing(run, requests(run, stage, stage.model, "train", stage.kind), "traces"))


def work(run: Run, stage: Generate, shard: Shard) -> dict[str, int]:
    return answer(run, shard)
