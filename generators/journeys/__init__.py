"""Journeys: paths that go wrong, notice, and come back. One builder a file.

A builder is one function and one line of registration::

    from generators.journeys import Declined, Journey, builder
    from generators.journeys.weaving import turn, weave

    @builder("blunt", version=1, takes="pair")
    def blunt(attempts, means):
        for one in attempts:
            stretches = [("wrong", one.path), ("turn", turn("that is wrong", one.path)), ("right", one.right_path)]
            yield Journey(one, *weave(stretches, one.right_answer), (one.wrong["trace_id"], one.right["trace_id"]))

It is handed attempts that went wrong and the means to do something about them: a model to ask and a judge. Whatever it
asks is remembered, so one that was stopped is called again and told the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from generators.journeys.rows import Row, as_frame, built, messages_of
from generators.journeys.weaving import Spans
from generators.styles import Style, Use
from warehouse import ids
from warehouse.errors import BadInput
from warehouse.records import Complete, Judge, Request
from warehouse.registry import Registry
from warehouse.text import response, thinking


@dataclass(frozen=True)
class Attempt:
    """An attempt that went wrong, and what is known of it."""

    problem_id: str
    prompt: str
    wrong: Row
    """Its row of traces."""
    fault: str = ""
    """What the verifier has to say of its answer."""
    right: Row | None = None
    """A trace of the same problem that came to a right answer; for builders that take pairs."""
    step: int | None = None
    """The first wrong step, counted from 1, where step values or a check of steps know it."""
    valued: int | None = None
    """The same by step values alone."""
    why: str | None = None
    """What is wrong with that step, where a check knows it."""
    journey: Row | None = None
    """A journey that was made of it; for builders that take journeys."""

    @property
    def path(self) -> str:
        return thinking(self.wrong["completion"]) or ""

    @property
    def right_path(self) -> str:
        return (thinking(self.right["completion"]) or "") if self.right else ""

    @property
    def right_answer(self) -> str:
        return (response(self.right["completion"]) or "") if self.right else ""


@dataclass(frozen=True)
class Journey:
    """What was made of an attempt."""

    attempt: Attempt
    text: str
    spans: Spans
    parents: tuple[str, ...]
    """The wrong trace first; last, what the right way was taken from."""


@dataclass(frozen=True)
class Declined:
    """An attempt that nothing could be made of."""

    attempt: Attempt
    why: str


@dataclass(frozen=True)
class Means:
    """What a builder works with."""

    complete: Complete
    judge: Judge
    model: str = ""
    """Whom it asks: a model of the recipe by its name, and its weights."""
    weights: str = ""
    critic: str = ""
    """Whom it asks for criticism; the same model, unless the recipe names another."""
    critic_weights: str = ""
    style: Style | None = None
    """How it asks for a remark."""
    n: int = 4
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 512
    templates: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Arguments of the chat template, by the label of the prompt style that a trace was asked in."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The builder's own."""

    def remark(self, attempt: Attempt, strategy: str, parents: tuple[str, ...], sample: int, **texts: str) -> Request:
        """A request for a remark on an attempt, in the builder's style; ``texts`` fill its places."""
        assert self.style
        return Request(
            problem_id=attempt.problem_id,
            messages=self.style.messages(attempt.prompt, **texts),
            model=self.critic or self.model,
            weights=self.critic_weights or self.weights,
            prompt_style=self.style.label,
            asked=ids.digest(self.style.asked, texts),
            sample_index=sample,
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            kind="remark",
            strategy=strategy,
            parents=parents,
            template=self.style.template,
        )

    def continuation(
        self, attempt: Attempt, strategy: str, parents: tuple[str, ...], sample: int, prefix: str
    ) -> Request:
        """A request to go on from ``prefix`` as if the model had said it itself, after the attempt's own question."""
        asked = messages_of(attempt.wrong)
        template = self.templates.get(attempt.wrong["prompt_style"], {})
        return Request(
            problem_id=attempt.problem_id,
            messages=asked,
            model=self.model,
            weights=self.weights,
            prompt_style=attempt.wrong["prompt_style"],
            asked=ids.digest(asked, template, prefix),
            sample_index=sample,
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            kind="rollout",
            strategy=strategy,
            parents=parents,
            template=template,
            prefix=prefix,
        )

    def accepted(self, rows: Sequence[Row]) -> set[str]:
        """The ids of those trace rows that every check passes."""
        verdicts = self.judge(as_frame(rows)) if rows else pl.DataFrame()
        if verdicts.is_empty():
            return set()
        passed = verdicts.group_by("trace_id").agg((pl.col("outcome") == "pass").all())
        return set(passed.filter("outcome")["trace_id"])

    def faults(self, rows: Sequence[Row]) -> dict[str, str]:
        """What the verifier has to say of the answers of those trace rows that are wrong, by trace id."""
        verdicts = self.judge(as_frame(rows)) if rows else pl.DataFrame()
        if verdicts.is_empty():
            return {}
        failed = verdicts.filter((pl.col("check_name") == "answer") & (pl.col("outcome") == "fail"))
        says = ((row["trace_id"], json.loads(row["detail"] or "{}").get("says")) for row in failed.to_dicts())
        return {name: said for name, said in says if said}


Build = Callable[[Sequence[Attempt], Means], Iterator[Journey | Declined]]
"""Attempts in; for each a journey, or why there is none. Many are given at once, so that much may be asked at once."""
Takes = Literal["wrong", "pair", "journey"]


@dataclass(frozen=True)
class Builder:
    """A named, versioned way to make journeys."""

    name: str
    version: int
    build: Build
    takes: Takes
    """wrong: an attempt; pair: an attempt with a right trace beside it; journey: one that another builder made."""
    style: str | None = None
    """The prompt style that it asks for remarks in; None where it asks for none."""
    asks: bool = False
    """Whether it needs a model."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """The settings a recipe may change."""

    @property
    def use(self) -> Use:
        return "rewrite" if self.takes == "journey" else "revise"

    def row(self, journey: Journey, way: str = "") -> Row:
        """The journey as a row of traces; ``way`` names how the builder was set."""
        wrong, parents = journey.attempt.wrong, journey.parents
        return built("journey", self.name, self.version, wrong, journey.text, journey.spans, parents, way)


BUILDERS: Registry[Builder] = Registry("journey builder")


def builder(
    name: str, version: int, takes: Takes = "wrong", style: str | None = None, asks: bool = False, **defaults: Any
) -> Callable[[Build], Builder]:
    """Make a builder of a function and register it."""

    def make(build: Build) -> Builder:
        return BUILDERS.register(name)(Builder(name, version, build, takes, style, asks or bool(style), defaults))

    return make


def get(name: str, folder: Path | None = None) -> Builder:
    """A builder by name, or the user's own by ``path.py:name``. Raises BadInput for an unknown one."""
    from generators.journeys import propose_critique, revised, smooth, stitched, tree  # noqa: F401 - they register

    found = BUILDERS.get(name, folder)
    if not isinstance(found, Builder):
        raise BadInput(f"{name} is no journey builder; expected a function under @builder(...) of generators.journeys")
    return found
