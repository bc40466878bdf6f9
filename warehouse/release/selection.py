"""What a recipe says of a release: who may be in, who is chosen, how it is asked, and in which forms it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from warehouse.acceptance import Check

CONFIGS = ("default", "raw", "journey")
"""What a release may be written as: what is taught; every trace with its verdicts; journeys beside their controls."""


@dataclass(frozen=True)
class Policy:
    """One step of choosing: SQL over ``candidates`` that yields the ``trace_id`` of those that stay."""

    name: str
    sql: str
    settings: dict[str, Any] = field(default_factory=dict)
    """What ``getvariable`` answers in the SQL."""


UNIQUE = Policy("unique", "")
"""The one step that is no query: near duplicates go, and which one stays is decided in the release's order."""


@dataclass(frozen=True)
class Selection:
    """Everything that decides a release, but the lake."""

    name: str
    policies: tuple[Policy, ...]
    """One after the other: each chooses among those that the one before it left."""
    scope: tuple[str, ...] = ()
    """Problem ids."""
    kinds: tuple[str, ...] = ("sample", "rewrite", "journey", "knowledge")
    models: tuple[str, ...] = ()
    """Whose traces; anybody's when none is named."""
    checks: tuple[Check, ...] | None = None
    """Whose pass makes a trace accepted; None: that of every check it was ever asked."""
    contamination: str | None = None
    """Settings hash of the verdicts by which problems are left out as contaminated."""
    near: tuple[tuple[str, str], ...] = ()
    """(check, settings hash) of the verdicts that say which traces or prompts resemble each other."""
    quotas: dict[str, dict[str, int]] = field(default_factory=dict)
    """Rows at most, by ``domain``, ``source`` or ``language``; what is not named goes in whole."""
    seed: int = 0
    validation: float = 0.0
    """Share of the problems whose rows are the split ``validation``."""
    configs: tuple[str, ...] = ("default",)
    forms: tuple[str, ...] = ()
    """Other people's forms that it is written in as well."""
    style: str | None = None
    """Name of the prompt style that the rows are asked in; None: as their writers were asked."""
    asked: tuple[tuple[str, str], ...] | None = None
    """What that style makes of ``{prompt}``: (role, content) pairs."""

    def told(self) -> dict[str, Any]:
        """The same for a manifest: without the scope, which ``selections`` holds."""
        told = {name: value for name, value in vars(self).items() if name != "scope"}
        quotas = {by: dict(sorted(most.items())) for by, most in sorted(self.quotas.items())}
        return told | {"policies": [vars(policy) for policy in self.policies], "quotas": quotas}
