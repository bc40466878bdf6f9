"""Answers that were cut by their token limit, and what becomes of them when the recipe allows more.

A trace is never edited: a cut answer gets a child that takes its place, which goes on where it stopped (``continue``)
or begins anew (``again``). Nothing else is asked for again.
"""

from __future__ import annotations

import polars as pl

from flows.recipe import Generate
from flows.run import Run, Shard
from flows.stages.sampling import asker, problems_of, settled_of
from warehouse import ids

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
    AND NOT EXISTS (FROM traces c WHERE c.parents [1] = t.trace_id AND c.strategy IN ('continue', 'again'))
ORDER BY t.trace_id
"""


def shards(run: Run, stage: Generate, asked: list[str]) -> list[Shard]:
    """What is to be asked for cut answers among these traces and their descendants."""
    if stage.truncated == "keep":
        return []
    with run.lake.connect(marks=False) as db:
        db.register("asked", pl.DataFrame({"trace_id": asked}, schema={"trace_id": pl.String}).to_arrow())
        cut = db.execute(CUT, {"limit": stage.max_tokens}).fetchall()
    ask = asker(run, stage, stage.model, stage.kind)
    problems = {problem["problem_id"]: problem for problem in problems_of(run, "train")}
    requests = []
    for trace, problem, sample, completion, tokens in cut:
        told = {"prefix": completion, "prefix_tokens": tokens} if stage.truncated == "continue" else {}
        requests.append(ask(problems[problem], sample).child(stage.truncated, (trace,), **told))
    settled = settled_of(run, [request.trace_id for request in requests])
    left = [request for request in requests if request.trace_id not in settled]
    blocks = [left[start : start + stage.shard] for start in range(0, len(left), stage.shard)]
    return [Shard(f"truncated-{ids.digest([r.trace_id for r in b])}", len(b), b) for b in blocks]
