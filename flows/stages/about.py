"""Requests about traces: shared by the stages that show a model what has been written, to rewrite or to judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from flows.recipe.stages import Sampled
from flows.run import Run, use_of
from generators import styles
from warehouse import ids
from warehouse.records import Request
from warehouse.text import response


def requests(
    run: Run, stage: Sampled, model: str, kind: str, subjects: Sequence[tuple[str, str, str | None]]
) -> list[list[Request]]:
    """n requests about each of some (trace, problem, answer key), block by block; without texts, which no id needs."""
    style = styles.load(stage.style, run.recipe.base, use_of(stage))
    weights = run.weights(model).id
    turned = [(one.asked, one.shows_references) for one in map(style.of_vote, range(stage.n))]
    made = [
        [
            Request(
                problem_id=problem,
                messages=(),
                model=model,
                weights=weights,
                prompt_style=style.label,
                # Other references are another question, and so is another order.
                asked=ids.digest(asked, key) if shows_references else asked,
                sample_index=sample,
                temperature=stage.temperature,
                top_p=stage.top_p,
                max_tokens=stage.max_tokens,
                kind=kind,
                strategy=kind,
                parents=(trace,),
                template=style.template,
            )
            for sample, (asked, shows_references) in enumerate(turned)
        ]
        for trace, problem, key in subjects
    ]
    blocks = (made[start : start + stage.shard] for start in range(0, len(made), stage.shard))
    return [[request for together in block for request in together] for block in blocks]


def told(run: Run, stage: Sampled, requests: list[Request]) -> list[Request]:
    """The requests with their messages: each trace's problem and text in the stage's style."""
    style = styles.load(stage.style, run.recipe.base, use_of(stage))
    with run.lake.connect(marks=False) as db:
        wanted = pl.DataFrame({"trace_id": list({request.parents[0] for request in requests})})
        db.register("wanted", wanted.to_arrow())
        texts = {
            trace: (prompt, completion, response(completion) or "", listed(answers))
            for trace, prompt, completion, answers in db.execute(
                """SELECT trace_id, p.prompt, t.completion, k.answers FROM traces t SEMI JOIN wanted USING (trace_id)
                JOIN problems p USING (problem_id) LEFT JOIN current_keys k USING (problem_id)"""
            ).fetchall()
        }
    return [
        replace(request, messages=style.of_vote(request.sample_index).messages(*texts[request.parents[0]]))
        for request in requests
    ]


def listed(answers: list[str] | None) -> str:
    """Reference answers, one a line."""
    return "\n".join(f"- {answer}" for answer in answers or ()) or "(none are given)"
