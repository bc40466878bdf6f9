"""Generate: n completions of every training problem, or as many as it takes, judged as they come."""

from __future__ import annotations

from flows.recipe.stages import Generate
from flows.run import Run, Shard
from flows.stages import judge, rounds, truncated, verify
from flows.stages.sampling import answer, in_turns, missing, requests
from warehouse.records import Request


def asked(run: Run, stage: Generate) -> list[list[Request]]:
    """All that the stage may ask for and still wants, block by block; what cut answers are to become comes last."""
    blocks = requests(run, stage, stage.model, "train", stage.kind)
    if not stage.in_rounds:
        return [*blocks, truncated.children(run, stage, [request.trace_id for block in blocks for request in block])]
    # A problem that has enough wants no other answers, nor does any once sampling has stopped.
    so_far = rounds.tally(run, stage)
    wanted = {so_far.problems[place]["problem_id"] for place in rounds.lacking(stage, so_far)}
    blocks = [[request for request in block if request.problem_id in wanted] for block in blocks]
    cut = truncated.children(run, stage, [request.trace_id for block in blocks for request in block])
    return ([] if rounds.stopped(stage, so_far) else blocks) + ([] if rounds.affordable(stage, so_far) == 0 else [cut])


def pending(run: Run, stage: Generate) -> list[Shard]:
    # A run that was killed may have left traces before any check had seen them.
    unseen = verify.row_shards(run, "train", never=True)
    if stage.in_rounds:
        votes = judge.pending(run, run.recipe.judge) if run.recipe.judge and not unseen else []
        return unseen or votes or next_round(run, stage)
    blocks = requests(run, stage, stage.model, "train", stage.kind)
    cut = truncated.shards(run, stage, [request.trace_id for block in blocks for request in block])
    return in_turns(run, missing(run, blocks, "traces")) + in_turns(run, cut) + unseen


def next_round(run: Run, stage: Generate) -> list[Shard]:
    """In rounds verdicts come first, then what cut answers become, then new samples: each hangs on those before."""
    so_far = rounds.tally(run, stage)
    wanted = [trace for place in rounds.lacking(stage, so_far) for trace in so_far.wanted[place]]
    cut = truncated.shards(run, stage, wanted, rounds.affordable(stage, so_far))
    return in_turns(run, cut or list(rounds.planned(run, stage, so_far)))


def work(run: Run, stage: Generate, shard: Shard) -> dict[str, int]:
    return judge.opinions(run, stage, shard) or answer(run, shard)
