"""Generate: n completions of every training problem, judged as they come."""

from __future__ import annotations

from flows.recipe import Generate
from flows.run import Run, Shard
from flows.stages import verify
from flows.stages.sampling import answer, in_turns, missing, requests
from warehouse.records import Request


def asked(run: Run, stage: Generate) -> list[list[Request]]:
    """All that the stage asks for, block by block."""
    return requests(run, stage, stage.model, "train", stage.kind)


def pending(run: Run, stage: Generate) -> list[Shard]:
    shards = in_turns(run, missing(run, asked(run, stage), "traces"))
    # A run that was killed may have left traces before any check had seen them.
    return shards + verify.row_shards(run, "train", never=True)


def work(run: Run, stage: Generate, shard: Shard) -> dict[str, int]:
    return verify.work(run, stage, shard) if shard.name.startswith("verdicts-") else answer(run, shard)
