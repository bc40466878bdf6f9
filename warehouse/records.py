"""What the rooms hand to each other: requests, traces, verdicts, and the three callables between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from warehouse import ids, steps

Message = dict[str, str]


@dataclass(frozen=True)
class Request:
    """One completion to be made: everything its id is made of, and everything a backend needs."""

    problem_id: str
    messages: tuple[tuple[str, str], ...]
    """(role, content) pairs: what the model is shown, before its chat template."""
    model: str
    weights: str
    prompt_style: str
    asked: str
    """Hash of the prompt style's content, or of the messages where no style made them."""
    sample_index: int = 0
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 512
    kind: str = "sample"
    strategy: str = "sample"
    parents: tuple[str, ...] = ()
    problem: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)
    """source and metadata, for solvers; language models never look at it."""
    template: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)
    """Arguments of the model's chat template; ``asked`` covers them."""
    prefix: str = field(default="", compare=False)
    """What there is of the answer already: the model goes on from there, and the completion begins with it."""
    prefix_tokens: int = field(default=0, compare=False)
    """How many of its ``completion_tokens`` those are; ``max_tokens`` counts them too."""
    step: int | None = None
    """The step of its parent after which it goes on, 0 before the first: part of its id."""

    @cached_property
    def trace_id(self) -> str:
        shape = {"temperature": float(self.temperature), "top_p": float(self.top_p)}
        if self.step is not None:
            shape |= {"step": self.step, "steps": steps.VERSION}
        return ids.trace_id(
            self.problem_id, self.asked, self.weights, self.strategy, shape, self.parents, self.sample_index
        )

    def child(self, strategy: str, parents: tuple[str, ...], **changes: Any) -> Request:
        """The same question asked once more, because of what its parents became."""
        return replace(self, strategy=strategy, parents=parents, **changes)

    @property
    def room(self) -> int:
        """Tokens that may yet be written."""
        return self.max_tokens - self.prefix_tokens

    @property
    def seed(self) -> int:
        """Derived from the id: recorded, repeatable on one engine, promised on none."""
        return int(ids.digest(self.trace_id)[:8], 16) & 0x7FFF_FFFF

    @property
    def sampling(self) -> str:
        how = {"max_tokens": self.max_tokens, "temperature": self.temperature, "top_p": self.top_p}
        if self.step is not None:
            how |= {"step": self.step, "steps": steps.VERSION}
        return json.dumps(how)


@dataclass(frozen=True)
class Completion:
    """What came back for a request."""

    request: Request
    text: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None
    """Of this call; the row of a trace counts those of the request's prefix as well."""
    seconds: float
    """Of the device, shared among the answers in flight."""
    engine: str
    mean_logprob: float | None = None
    cost: float | None = None
    spans: tuple[tuple[str, int, int], ...] = ()
    """(label, start, end) in characters of the text: what its writer knows of its parts."""

    def row(self, run_id: str) -> dict[str, Any]:
        """The row of ``traces``; the lake adds created_at."""
        asked = self.request
        return {
            "trace_id": asked.trace_id,
            "text_hash": ids.text_hash(self.text),
            "problem_id": asked.problem_id,
            "run_id": run_id,
            "kind": asked.kind,
            "strategy": asked.strategy,
            "model": asked.model,
            "weights": asked.weights,
            "engine": self.engine,
            "prompt_style": asked.prompt_style,
            "messages": [{"role": role, "content": content} for role, content in asked.messages],
            "sample_index": asked.sample_index,
            "seed": asked.seed,
            "sampling": asked.sampling,
            "completion": self.text,
            "finish_reason": self.finish_reason,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": None
            if self.completion_tokens is None
            else asked.prefix_tokens + self.completion_tokens,
            "mean_logprob": self.mean_logprob,
            "seconds": self.seconds,
            "cost": self.cost,
            "parents": list(asked.parents),
            "spans": [{"label": label, "start": start, "end": end} for label, start, end in self.spans],
        }


@dataclass(frozen=True)
class Failure:
    """What became of a request that got no answer."""

    request: Request
    reason: str
    """prompt_too_long, refused (the content), rejected (the call), empty, garbled, timeout, rate_limited,
    server_error, disconnected, unreachable, unanswered."""
    detail: str = ""
    attempts: int = 1

    def row(self, run_id: str) -> dict[str, Any]:
        """The row of ``failures``; the lake adds created_at."""
        return {
            "trace_id": self.request.trace_id,
            "problem_id": self.request.problem_id,
            "run_id": run_id,
            "reason": self.reason,
            "detail": self.detail[:2000],
            "attempts": self.attempts,
        }


LASTING = ("prompt_too_long", "refused", "declined")
"""Reasons that asking again does not change."""

DESCENT = ("continue", "again")
"""Strategies whose traces take the place of their first parent."""

Complete = Callable[[Sequence[Request]], Iterator[Completion | Failure]]
"""Requests in; for each a completion or a failure out as it comes, in any order. One bad request never ends it."""

Judge = Callable[[pl.DataFrame], pl.DataFrame]
"""Traces in (with their answer keys joined), verdict rows out."""

Score = Callable[[Sequence[str]], list[float]]
"""Prefixes in, one value in [0, 1] each out."""
