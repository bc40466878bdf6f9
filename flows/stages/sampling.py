"""What the stages that ask a model share: requests for n samples of a problem, in shards that every run plans alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from flows.recipe.stages import Sampled
from flows.run import Run, Shard
from flows.stages.verify import judge_traces
from generators import styles
from warehouse import ids
from warehouse.claims import claim
from warehouse.journal import journal, replay
from warehouse.kinds import OPINIONS
from warehouse.records import DESCENT, LASTING, Failure, Request

TOGETHER = 8
"""Samples of one problem that share a block: a teacher can read their prompt once."""


def requests(
    run: Run, stage: Sampled, model: str, split: str, kind: str, limit: int | None = None
) -> list[list[Request]]:
    """Requests block by block: one block is up to eight samples of each of up to ``shard`` problems, of ``limit`` ones
    at most.

    Where blocks begin does not depend on n: asking for more samples fills blocks up and adds others.
    """
    ask = asker(run, stage, model, kind)
    problems = problems_of(run, split, stage.domains)
    if limit:  # ids are hashes: the least of them are a draw
        problems = sorted(problems, key=lambda problem: problem["problem_id"])[:limit]
    return [
        [
            ask(problem, sample)
            for problem in problems[start : start + stage.shard]
            for sample in range(first, min(first + TOGETHER, stage.n))
        ]
        for first in range(0, stage.n, TOGETHER)
        for start in range(0, len(problems), stage.shard)
    ]


def asker(run: Run, stage: Sampled, model: str, kind: str) -> Callable[[dict[str, Any], int], Request]:
    """What makes the request for a problem's sample of some index."""
    style = styles.load(stage.style, run.recipe.base)
    weights = run.weights(model).id
    for_solver = run.recipe.model_behind(model).backend == "solver"

    def ask(problem: dict[str, Any], sample: int) -> Request:
        told = problem["messages"]
        return Request(
            problem_id=problem["problem_id"],
            messages=tuple((m["role"], m["content"]) for m in told) if told else style.messages(problem["prompt"]),
            model=model,
            weights=weights,
            prompt_style=style.label,
            asked=style.asked,
            sample_index=sample,
            temperature=stage.temperature,
            top_p=stage.top_p,
            max_tokens=stage.max_tokens,
            kind=kind,
            template=style.template,
            problem={"source": problem["source"], "metadata": json.loads(problem["metadata"])} if for_solver else {},
        )

    return ask


def problems_of(run: Run, split: str, domains: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The recipe's problems of one split, in the recipe's order; only those of some domains, if any are named."""
    wanted = run.scope.get(split, [])
    with run.lake.connect(marks=False) as db:
        order = pl.DataFrame(
            {"problem_id": wanted, "place": range(len(wanted))}, schema_overrides={"problem_id": pl.String}
        )
        db.register("scope_frame", order.to_arrow())
        found = db.sql(
            """SELECT p.problem_id, p.source, p.prompt, p.messages, p.metadata FROM problems p
            JOIN scope_frame USING (problem_id) WHERE $all OR list_contains($domains, p.domain) ORDER BY place""",
            params={"all": not domains, "domains": list(domains)},
        )
        return found.pl().to_dicts()


def missing(run: Run, blocks: list[list[Request]], label: str) -> list[Shard]:
    """The blocks that hold a request which nobody has answered yet and which is worth asking, as shards."""
    settled = settled_of(run, [request for block in blocks for request in block])
    shards = []
    for block in blocks:
        left = [request for request in block if request.trace_id not in settled]
        if left:
            # Named by its first samples, so that runs which ask for more of the same share the claim.
            firsts = [request.trace_id for request in block if request.sample_index % TOGETHER == 0]
            name = f"{label}-{ids.digest(firsts)}"
            shards.append(Shard(name, len(left), block))
    return shards


def wanted_of(requests: Sequence[Request]) -> pa.Table:
    """Requests by their ids: trace_id, problem_id."""
    rows = [(request.trace_id, request.problem_id) for request in requests]
    return pl.DataFrame(rows, schema={"trace_id": pl.String, "problem_id": pl.String}, orient="row").to_arrow()


def settled_of(run: Run, requests: Sequence[Request]) -> set[str]:
    """The trace ids of those requests that are answered, have failed in this run, or failed in a way that lasts, and of
    those that are not worth asking: on quarantined problems, and taken down."""
    with run.lake.connect(marks=False) as db:
        db.register("wanted", wanted_of(requests))
        found = db.execute(
            """SELECT trace_id FROM wanted SEMI JOIN (
                SELECT trace_id FROM traces UNION ALL
                SELECT trace_id FROM failures WHERE run_id = $run OR list_contains($lasting, reason) UNION ALL
                SELECT trace_id FROM takedowns
            ) USING (trace_id)
            UNION SELECT trace_id FROM wanted SEMI JOIN quarantined USING (problem_id)""",
            {"run": run.run_id, "lasting": LASTING},
        )
        return {row[0] for row in found.fetchall()}


def unanswered(run: Run, blocks: list[list[Request]]) -> Counter[str]:
    """How many requests were asked and have no answer, by the reason of their last failure; not what was declined:
    of such nothing could be made, and nothing is missing."""
    with run.lake.connect(marks=False) as db:
        db.register("wanted", wanted_of([request for block in blocks for request in block]))
        found = db.execute(
            """SELECT reason, count(*) FROM (
                SELECT trace_id, arg_max(reason, created_at) AS reason FROM failures GROUP BY trace_id)
            SEMI JOIN (FROM wanted ANTI JOIN quarantined USING (problem_id)) USING (trace_id)
            ANTI JOIN traces USING (trace_id) WHERE reason <> 'declined' GROUP BY reason"""
        )
        return Counter(dict(found.fetchall()))


def overtaken(run: Run, requests: list[Request]) -> set[str]:
    """Which children need not be asked any more: another run has given their parents a child meanwhile."""
    parents = {request.trace_id: request.parents[0] for request in requests if request.strategy in DESCENT}
    if not parents:
        return set()
    with run.lake.connect(marks=False) as db:
        db.register("taken", pl.DataFrame({"trace_id": list(set(parents.values()))}).to_arrow())
        found = db.execute(
            """SELECT DISTINCT parents [1] FROM traces
            WHERE list_contains($descent, strategy) AND parents [1] IN (SELECT trace_id FROM taken)""",
            {"descent": DESCENT},
        )
        taken = {row[0] for row in found.fetchall()}
    return {trace for trace, parent in parents.items() if parent in taken}


def answer(run: Run, shard: Shard, alone: bool = True) -> dict[str, int]:
    """Complete, commit and judge what is still missing of a shard; what fails is committed with its reason.

    Progress counts answers, unless they are part of other work and not all that the shard is for (``alone``).
    """
    block = shard.name.partition(".")[0]  # rounds over the same problems take turns
    with claim(run.lake.path, block, wait=True):
        made = replay(run.lake, block)
        settled = settled_of(run, shard.content) | overtaken(run, shard.content)
        left = {request.trace_id: request for request in shard.content if request.trace_id not in settled}
        if alone:
            run.progress.advance(shard.size - len(left))
        rows, failed = [], []
        if left:
            asked = list(left.values())
            with journal(run.lake, block) as note:
                for came in run.complete(asked[0].model)(asked):
                    del left[came.request.trace_id]
                    if isinstance(came, Failure):
                        failed.append(came)
                    else:
                        rows.append(came.row(run.run_id))
                        note(rows[-1])
                    run.progress.advance(int(alone), failed=isinstance(came, Failure))
                run.lake.commit("traces", rows)
            failed += [Failure(request, "unanswered", "the backend said nothing of it") for request in left.values()]
            if failed:
                run.lake.commit("failures", [failure.row(run.run_id) for failure in failed])
    made += [row["trace_id"] for row in rows]
    if any(request.kind in OPINIONS for request in shard.content):
        return {"traces": len(rows), "failed": len(failed)}
    passed = judge_traces(run, made)
    if alone:
        run.progress.advance(0, accepted=passed, judged=len(made))
    return {"traces": len(rows), "accepted": passed, "failed": len(failed)}


def in_turns(run: Run, shards: list[Shard]) -> list[Shard]:
    """The shards, begun at a place of this run's own: overlapping runs then meet as rarely as they can."""
    if not shards:
        return shards
    start = int(run.run_id[3:11], 16) % len(shards)
    return shards[start:] + shards[:start]
