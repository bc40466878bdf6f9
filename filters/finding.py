"""What a check is, and what it may find."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from warehouse.errors import BadInput
from warehouse.kinds import OPINIONS
from warehouse.registry import Registry

OUTCOMES = ("pass", "fail", "undecided")
MAY_COME_RIGHT = (
    "timeout", "crash", "memory", "starved", "no_sandbox", "no_compiler", "missing_module",
    "unusable_key",
)  # fmt: skip
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
    elapsed_ms: float | None = None
    """What it took, where whoever asked has measured it."""

    @classmethod
    def passed(cls, reason: str | None = None, score: float | None = None, **detail: Any) -> Finding:
        return cls("pass", reason, score, detail)

    @classmethod
    def fail(cls, reason: str, score: float | None = None, **detail: Any) -> Finding:
        return cls("fail", reason, score, detail)

    @classmethod
    def undecided(cls, reason: str, **detail: Any) -> Finding:
        return cls("undecided", reason, None, detail)


def checked(found: Any) -> Finding:
    """The finding, if it is one that can be written down. Raises TypeError or ValueError."""
    if not isinstance(found, Finding):
        raise TypeError(f"returned {type(found).__name__}, expected Finding")
    if found.outcome not in OUTCOMES:
        raise ValueError(f"outcome {found.outcome!r}, expected one of {', '.join(OUTCOMES)}")
    json.dumps(found.detail)
    score = None if found.score is None else float(found.score)
    return replace(found, score=score)


Decide = Callable[[dict[str, Any], Any, dict[str, Any]], Finding]
"""(a row of traces, the problem's answer key or None, settings) -> Finding."""


DecideAll = Callable[[Sequence[dict[str, Any]], Sequence[Any], dict[str, Any]], list[Finding]]
"""The same for many rows at once, a finding for each in their order: where they share what is dear."""


@dataclass(frozen=True)
class Check:
    """A named, versioned question that is asked of every trace."""

    name: str
    version: int
    decide: Decide | None = None
    decide_all: DecideAll | None = None
    query: str | None = None
    """SQL over the lake instead, for what only the whole lake knows; yields trace_id, against, outcome, reason, score
    for the traces in ``todo``. It reads its settings by ``getvariable('name')``."""
    needs_key: bool = False
    kind: str | None = None
    """The one kind of trace it is asked about; None for all but those that are opinions themselves."""
    decider: str | None = None
    """rule or judge, for a check of what the one or the other decides: the verifier that a problem's key names, or,
    where that says ``judge``, a model. None where it makes no difference."""
    defaults: dict[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] | None = None
    """Every reason its findings may give; None: it does not say."""

    def concerns(self, kind: str | None, verifier: str | None = None) -> bool:
        """Whether it is asked about traces of a kind, of problems whose key names this verifier."""
        decider = "judge" if verifier == "judge" else "rule"
        return self.kind in (None, kind) and kind not in OPINIONS and self.decider in (None, decider)

    def opinions(self, rows: Sequence[dict[str, Any]], keys: Sequence[Any], settings: dict[str, Any]) -> list[Finding]:
        """What it finds of each row of traces: (n,) rows and (n,) keys -> (n,). A check that crashes is undecided: its
        fault, not the trace's. Raises BadInput for what the user has to put right."""
        if self.decide_all is not None:
            return self.decide_all(rows, keys, self.defaults | settings)
        return [self.opinion(row, key, settings) for row, key in zip(rows, keys, strict=True)]

    def opinion(self, row: dict[str, Any], key: Any, settings: dict[str, Any]) -> Finding:
        """The same of one row."""
        if self.decide is None:
            return self.opinions([row], [key], settings)[0]
        began = time.perf_counter()
        try:
            found = checked(self.decide(row, key, settings))
        except BadInput:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a check does, the run goes on
            found = Finding.undecided("crash", error=f"{type(error).__name__}: {error}"[:500])
        return replace(found, elapsed_ms=round((time.perf_counter() - began) * 1000, 4))


CHECKS: Registry[Check] = Registry("check")


def check(
    name: str,
    version: int,
    needs_key: bool = False,
    kind: str | None = None,
    decider: str | None = None,
    reasons: tuple[str, ...] | None = None,
    together: bool = False,
    **defaults: Any,
) -> Callable[[Any], Check]:
    """Make a check of a function and register it. ``defaults`` are the settings a recipe may change.

    The function decides one row (``Decide``), or with ``together`` many at once (``DecideAll``).
    """

    def make(decide: Any) -> Check:
        deciding = {"decide_all" if together else "decide": decide}
        made = Check(
            name,
            version,
            needs_key=needs_key,
            kind=kind,
            decider=decider,
            reasons=reasons,
            defaults=defaults,
            **deciding,
        )
        CHECKS.parts[name] = made
        return made

    return make
