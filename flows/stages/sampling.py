"""What generate and evaluate share: requests for n samples of each problem, in shards that every run plans alike."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from flows.recipe import Sampled
from flows.run import Run, Shard
from flows.stages.verify import judge_traces
from generators import styles
from warehouse import ids
from warehouse.claims import claim
from warehouse.journal import journal, replay
from warehouse.records import Request

TOGETHER = 8
"""Samples of one problem that share a block: a teacher can read their prompt once."""


def requests(run: Run, stage: Sampled, model: str, split: str, kind: str) -> list[list[Request]]:
    """Requests block by block: one block is up to eight samples of each of up to ``shard`` problems.

    Where blocks begin does not depend on n: asking for more samples fills blocks up and adds others.
    """
    style = styles.load(stage.style, run.recipe.base)
    weights = run.weights(model).id
    backend = run.recipe.model_behind(model).backend
    problems = problems_of(run, split)
    blocks = []
    for first in range(0, stage.n, TOGETHER):
        for start in range(0, len(problems), stage.shard):
            blocks.append(
                [
                    Request(
                        problem_id=problem["problem_id"],
                        messages=tuple((m["role"], m["content"]) for m in problem["messages"])
                        if problem["messages"]
                        else style.messages(problem["prompt"]),
                        model=model,
                        weights=weights,
                        prompt_style=style.label,
                        asked=style.asked,
                        sample_index=sample,
                        temperature=stage.temperature,
                        top_p=stage.top_p,
                        max_tokens=stage.max_tokens,
                        kind=kind,
                        problem={"source": problem["source"], "metadata": json.loads(problem["metadata"])}
                        if backend == "solver"
                        else {},
                    )
                    for problem in problems[start : start + stage.shard]
                    for sample in range(first, min(first + TOGETHER, stage.n))
                ]
            )
    return blocks


def problems_of(run: Run, split: str) -> list[dict[str, Any]]:
    """The recipe's problems of one split, in the recipe's order."""
    wanted = run.scope.get(split, [])
    with run.lake.connect(marks=False) as db:
        order = pl.DataFrame(
            {"problem_id": wanted, "place": range(len(wanted))}, schema_overrides={"problem_id": pl.String}
        )
        db.register("scope_frame", order.to_arrow())
        found = db.sql(
            "SELECT p.problem_id, p.source, p.prompt, p.messages, p.metadata FROM problems p "
            "JOIN scope_frame USING (problem_id) ORDER BY place"
        )
        return found.pl().to_dicts()


def missing(run: Run, blocks: list[list[Request]], label: str) -> list[Shard]:
    """The blocks that hold a request nobody has answered yet, as shards."""
    wanted = {request.trace_id: request for block in blocks for request in block}
    known = run.known("traces", "trace_id", list(wanted))
    shards = []
    for block in blocks:
        left = [request for request in block if request.trace_id not in known]
        if left:
            # Named by its first samples, so that runs which ask for more of the same share the claim.
            firsts = [request.trace_id for request in block if request.sample_index % TOGETHER == 0]
            name = f"{label}-{ids.digest(firsts)}"
            shards.append(Shard(name, len(left), block))
    return shards


def answer(run: Run, shard: Shard) -> dict[str, int]:
    """Complete, commit and judge what is still missing of a shard."""
    with claim(run.lake.path, shard.name, wait=True):
        made = replay(run.lake, shard.name)
        known = run.known("traces", "trace_id", [request.trace_id for request in shard.content])
        left = [request for request in shard.content if request.trace_id not in known]
        run.progress.advance(shard.size - len(left))
        rows = []
        if left:
            with journal(run.lake, shard.name) as note:
                for completion in run.complete(left[0].model)(left):
                    rows.append(completion.row(run.run_id))
                    note(rows[-1])
                    run.progress.advance(1)
                run.lake.commit("traces", rows)
    made += [row["trace_id"] for row in rows]
    passed = judge_traces(run, made)
    run.progress.advance(0, accepted=passed, judged=len(made))
    return {"traces": len(rows), "accepted": passed}


def in_turns(run: Run, shards: list[Shard]) -> list[Shard]:
    """The shards, begun at a place of this run's own: overlapping runs then meet as rarely as they can."""
    if not shards:
        return shards
    start = int(run.run_id[3:11], 16) % len(shards)
    return shards[start:] + shards[:start]
