"""Answers that were cut by their token limit, and what becomes of them when the recipe allows more.

A trace is never edited: a cut answer gets a child that takes its place, which goes on where it stopped (``continue``)
or begins anew (``again``). Nothing else is asked for again.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from flows.recipe.stages import Generate
from flows.run import Run, Shard
from flows.stages.sampling import asker, problems_of, settled_of
from warehouse import ids
from warehouse.records import Request

# The newest of each line of descent, where it was cut by a limit below today's. (Where the model's context was full it
# has fewer tokens than its limit, and more would not help.)
CUT = """
WITH RECURSIVE line AS (
    SELECT trace_id FROM asked
    UNION ALL
    SELECT c.trace_id FROM traces c JOIN line ON c.parents [1] = line.trace_id WHERE c.strategy IN ('continue', 'again')
)
SELECT t.trace_id, t.problem_id, t.sample_index, t.completion, t.completion_tokens
FROM traces t SEMI JOIN line USING (trace_id)
WHERE t.finish_reason = 'length' AND TRY_CAST(t.sampling ->> 'max_tokens' AS INT) < $limit
    AND t.completion_tokens >= TRY_CAST(t.sampling ->> 'max_tokens' AS INT)
    AND t.completion_tokens < $limit  -- a server may write more than it was allowed
    AND NOT EXISTS (FROM traces c WHERE c.parents [1] = t.trace_id AND c.strategy IN ('continue', 'again'))
ORDER BY t.trace_id
"""


def children(run: Run, stage: Generate, asked: list[str]) -> list[Request]:
    """What may be asked for cut answers among these traces and their descendants, in the order of the problems."""
    if stage.truncated == "keep":
        return []
    with run.lake.connect(marks=False) as db:
        db.register("asked", pl.DataFrame({"trace_id": asked}, schema={"trace_id": pl.String}).to_arrow())
        cut = db.execute(CUT, {"limit": stage.max_tokens}).fetchall()
    if not cut:
        return []
    ask = asker(run, stage, stage.model, stage.kind)
    problems = {
        problem["problem_id"]: (place, problem)
        for place, problem in enumerate(problems_of(run, "train", stage.domains))
    }
    requests = []
    for trace, name, sample, completion, tokens in sorted(cut, key=lambda one: (problems[one[1]][0], one[0])):
        told = {"prefix": completion, "prefix_tokens": tokens} if stage.truncated == "continue" else {}
        requests.append(ask(problems[name][1], sample).child(stage.truncated, (trace,), **told))
    return requests


def shards(run: Run, stage: Generate, asked: list[str], most: int | None = None) -> list[Shard]:
    """The same without what is settled and, where ``most`` is given, no more than so many."""
    requests = children(run, stage, asked)
    settled = settled_of(run, requests)
    left = [request for request in requests if request.trace_id not in settled][:most]
    if not left:
        return []
    # Named by the block of problems first, whatever was cut there: runs that overlap take turns at it.
    problems = run.scope["train"]
    place = {problem: number for number, problem in enumerate(problems)}
    blocks: dict[int, list[Request]] = {}
    for request in left:
        blocks.setdefault(place[request.problem_id] // stage.shard, []).append(request)
    how = replace(left[0], problem_id="", sample_index=0, strategy="sample", parents=()).trace_id
    shards = []
    for number, block in blocks.items():
        name = ids.digest(problems[number * stage.shard : (number + 1) * stage.shard], how)
        shards.append(Shard(f"truncated-{name}.{ids.digest([r.trace_id for r in block])[:8]}", len(block), block))
    return shards
