"""What a check is, and what it may find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from warehouse.registry import Registry

OUTCOMES = ("pass", "fail", "undecided")
MAY_COME_RIGHT = ("timeout", "crash", "memory", "no_sandbox", "not_executed", "unusable_key")
"""Reasons of undecided findings that asking again may change: a busy machine, a missing sandbox, a mended verifier."""


@dataclass(frozen=True)
class Finding:
    """One opinion: an outcome with a reason, and what it rests on."""

    outcome: str
    """pass, fail or undecided. Undecided is for what could not be judged (a crash, an unusable key), never for a
    wrong answer."""
    reason: str | None = None
    score: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def passed(cls, reason: str | None = None, score: float | None = None, **detail: Any) -> Finding:
        return cls("pass", reason, score, detail)

    @classmethod
    def fail(cls, reason: str, score: float | None = None, **detail: Any) -> Finding:
        return cls("fail", reason, score, detail)

    @classmethod
    def undecided(cls, reason: str, **detail: Any) -> Finding:
        return cls("undecided", reason, None, detail)


Decide = Callable[[dict[str, Any], Any, dict[str, Any]], Finding]
"""(a row of traces, the problem's answer key or None, settings) -> Finding."""


@dataclass(frozen=True)
class Check:
    """A named, versioned question that is asked of every trace."""

    name: str
    version: int
    decide: Decide | None = None
    query: str | None = None
    """SQL over the lake instead, for what only the whole lake knows; yields trace_id, against, outcome, reason, score
    for the traces in ``todo``."""
    needs_key: bool = False
    kind: str | None = None
    """The one kind of trace it is asked about; None for all but judgements, which are opinions themselves."""
    decider: str | None = None
    """rule or judge, for a check of what the one or the other decides: the verifier that a problem's key names, or,
    where that says ``judge``, a model. None where it makes no difference."""
    defaults: dict[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] | None = None
    """Every reason its findings may give; None: it does not say."""

    def concerns(self, kind: str | None, verifier: str | None = None) -> bool:
        """Whether it is asked about traces of a kind, of problems whose key names this verifier."""
        decider = "judge" if verifier == "judge" else "rule"
        return self.kind in (None, kind) and kind != "judgement" and self.decider in (None, decider)


CHECKS: Registry[Check] = Registry("check")


def check(
    name: str,
    version: int,
    needs_key: bool = False,
    kind: str | None = None,
    decider: str | None = None,
    reasons: tuple[str, ...] | None = None,
    **defaults: Any,
) -> Callable[[Decide], Check]:
    """Make a check of a function and register it. ``defaults`` are the settings a recipe may change."""

    def make(decide: Decide) -> Check:
        made = Check(name, version, decide, None, needs_key, kind, decider, defaults, reasons)
        CHECKS.parts[name] = made
        return made

    return make
