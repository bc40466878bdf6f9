"""Generate: n completions of every training problem, or as many as it takes, judged as they come."""

from __future__ import annotations

from flows.recipe import Generate
from flows.run import Run, Shard
from flows.stages import rounds, truncated, verify
from flows.stages.sampling import answer, in_turns, missing, requests
from warehouse.records import Request


def asked(run: Run, stage: Generate) -> list[list[Request]]:
    """All that the stage may ask for, block by block."""
    return requests(run, stage, stage.model, "train", stage.kind)


def pending(run: Run, stage: Generate) -> list[Shard]:
    # A run that was killed may have left traces before any check had seen them. In rounds, verdicts come first.
    unseen = verify.row_shards(run, "train", never=True)
    if stage.in_rounds and unseen:
        return unseen
    blocks = asked(run, stage)
    new = list(rounds.planned(run, stage)) if stage.in_rounds else missing(run, blocks, "traces")
    cut = truncated.shards(run, stage, [request.trace_id for block in blocks for request in block])
    return in_turns(run, new) + cut + unseen


def work(run: Run, stage: Generate, shard: Shard) -> dict[str, int]:
    return verify.work(run, stage, shard) if shard.name.startswith("verdicts-") else answer(run, shard)
