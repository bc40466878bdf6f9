"""Verifiers: whether an answer is right, by the problem's answer key. One file each in verifiers/.

A verifier never evaluates what a model wrote: answers are parsed by hand into exact numbers, with caps on length and
size, or compared as text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from filters.finding import Finding
from warehouse.registry import Registry


@dataclass(frozen=True)
class Key:
    """An answer key: any of the answers will do."""

    key_id: str
    answers: tuple[str, ...]
    verifier: str
    spec: dict[str, Any] = field(default_factory=dict)


class UnusableKey(Exception):
    """The key itself cannot be used: the problem is at fault, not the answer. Becomes undecided."""


Verifier = Callable[[str, Key], Finding]
VERIFIERS: Registry[Verifier] = Registry("verifier")


def verifier(name: str) -> Callable[[Verifier], Verifier]:
    """Register a function ``(answer, key) -> Finding`` under a name."""
    return VERIFIERS.register(name)
