"""Step values: how often those who go on from the end of a step come to a right answer, and where that first ends.

A step's value is the share of right ones among n continuations of the trace from there (Math-Shepherd, Wang et al.
2024, arXiv 2312.08935, section 3.3). The first wrong step is the first whose value is 0 while the step before it, or
the question, still led somewhere: their hard estimate. As nothing comes right after it, a binary search finds it in
logarithmically many steps (OmegaPRM, Luo et al. 2024, arXiv 2406.06592, section 3.2).

Steps count from 1; step 0 is the question alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

import polars as pl

from warehouse import ids
from warehouse.lake.lake import as_arrow
from warehouse.records import LASTING, Complete, Completion, Failure, Judge, Request
from warehouse.steps import VERSION, steps

Method = Literal["every", "first_error"]
"""Which steps are asked: all of them, or those that a binary search for the first wrong one comes by."""
TOGETHER = 1024
"""Rollouts that are judged at once."""


@dataclass(frozen=True)
class How:
    """Who goes on, how often, and from where."""

    model: str
    weights: str
    n: int = 8
    """Rollouts of a step."""
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 512
    """Of what is new in a rollout."""
    method: Method = "first_error"
    templates: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Arguments of the chat template, by the label of a trace's prompt style."""

    @property
    def settings_hash(self) -> str:
        """Names what values hang on."""
        said = {"weights": self.weights, "temperature": float(self.temperature), "top_p": float(self.top_p)}
        return ids.digest(said | {"n": self.n, "method": self.method, "steps": VERSION})


@dataclass(frozen=True)
class Value:
    """What became of the rollouts from the end of a step."""

    right: tuple[str, ...] = ()
    """Their trace ids, by sample index. A rollout on which nothing is decided is in neither."""
    wrong: tuple[str, ...] = ()
    failed: int = 0
    """How many got no answer, and may yet get one."""

    @property
    def n(self) -> int:
        """Rollouts that were decided."""
        return len(self.right) + len(self.wrong)

    @property
    def share(self) -> float | None:
        """The value, in [0, 1]; None where nothing was decided."""
        return len(self.right) / self.n if self.n else None


Values = dict[int, Value]
"""By step."""


def rollouts(trace: Mapping[str, Any], step: int, how: How) -> list[Request]:
    """The requests that go on from the end of one step of a trace (a row of ``traces``). Raises IndexError where it has
    fewer steps."""
    completion, template = trace["completion"], how.templates.get(trace["prompt_style"], {})
    messages = tuple((message["role"], message["content"]) for message in trace["messages"])
    prefix = completion[: steps(completion)[step - 1][1]] if step else ""
    return [
        Request(
            problem_id=trace["problem_id"],
            messages=messages,
            model=how.model,
            weights=how.weights,
            prompt_style=trace["prompt_style"],
            asked=ids.digest(messages, template),
            sample_index=sample,
            temperature=how.temperature,
            top_p=how.top_p,
            max_tokens=how.max_tokens,
            kind="rollout",
            strategy="rollout",
            parents=(trace["trace_id"],),
            template=template,
            prefix=prefix,
            step=step,
        )
        for sample in range(how.n)
    ]


def next_steps(known: Mapping[int, Value], last: int, method: Method) -> list[int]:
    """Which steps of a trace are asked in the next round, ``known`` being what became of those before; none when all is
    known that the method looks for. ``last`` is its last step."""
    if method == "every":
        return [step for step in range(last + 1) if step not in known]
    if ends := [step for step in sorted({0, last}) if step not in known]:
        return ends
    if any(value.failed for value in known.values()):  # what may yet come may show another way
        return []
    low, high = 0, last
    # Nothing to find where nothing ever comes right, and where something still does at the end.
    if not known[low].share or known[high].share != 0:
        return []
    while high - low > 1:
        middle = (low + high) // 2
        if middle not in known:
            return [middle]
        share = known[middle].share
        if share is None:  # and so it says nothing of where to go on
            return []
        low, high = (middle, high) if share > 0 else (low, middle)
    return []


def at_most(last: int, method: Method) -> int:
    """How many steps of a trace a method asks at most; ``last`` is the last one."""
    # The question, the end, and one for each halving of what lies between.
    return last + 1 if method == "every" else min(last + 1, 2 + max(0, last - 1).bit_length())


def values(traces: Sequence[Mapping[str, Any]], complete: Complete, judge: Judge, how: How) -> dict[str, Values]:
    """What is known of the steps of some traces (rows of ``traces``), by trace id: asked in rounds, of all at once."""
    known: dict[str, Values] = {trace["trace_id"]: {} for trace in traces}
    last = {trace["trace_id"]: len(steps(trace["completion"])) for trace in traces}
    while asked := [
        request
        for trace in traces
        for step in next_steps(known[trace["trace_id"]], last[trace["trace_id"]], how.method)
        for request in rollouts(trace, step, how)
    ]:
        outcomes = dict(judged(complete(asked), judge))
        by_step: dict[tuple[str, int], list[Request]] = {}
        for request in asked:
            by_step.setdefault((request.parents[0], request.step or 0), []).append(request)
        for (trace_id, step), requests in by_step.items():
            came = [(outcomes.get(request.trace_id, "failed"), request.trace_id) for request in requests]
            right, wrong = (tuple(name for outcome, name in came if outcome == one) for one in ("pass", "fail"))
            known[trace_id][step] = Value(right, wrong, sum(outcome == "failed" for outcome, _ in came))
    return known


def judged(came: Iterator[Completion | Failure], judge: Judge) -> Iterator[tuple[str, str]]:
    """(trace id, pass, fail or undecided) of rollouts, by the check of their answers; ``failed`` where none came that
    may yet come."""
    while some := list(islice(came, TOGETHER)):
        for one in some:
            if isinstance(one, Failure):
                yield one.request.trace_id, "undecided" if one.reason in LASTING else "failed"
        rows = [one.row("") for one in some if isinstance(one, Completion)]
        outcomes = {row["trace_id"]: "undecided" for row in rows}
        if rows:
            for verdict in judge(pl.DataFrame(as_arrow("traces", rows))).iter_rows(named=True):
                if verdict["check_name"] == "answer":
                    outcomes[verdict["trace_id"]] = verdict["outcome"]
        yield from outcomes.items()


def first_wrong(known: Mapping[int, Value]) -> int | None:
    """The first step whose value is 0 while the one before it had some right rollout; None where there is none: all of
    it holds, or nothing did to begin with, or not enough is known."""
    for step in sorted(known):
        if known[step].share == 0 and not known[step].failed and step - 1 in known and known[step - 1].right:
            return step
    return None
