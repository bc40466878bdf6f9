"""Verifiers: whether an answer is right, by the problem's answer key. One file each in verifiers/.

A verifier never evaluates what a model wrote: answers are parsed by hand into exact numbers, with caps on length and
size, or compared as text. What of a completion is its answer the verifier says, by ``extract``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from filters.extraction import Final, final_answer
from filters.finding import Finding
from warehouse.registry import Registry


@dataclass(frozen=True)
class Key:
    """An answer key: any of the answers will do."""

    key_id: str
    answers: tuple[str, ...]
    verifier: str
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> bool:
        """Whether answers may have several lines, as its own has."""
        return any("\n" in answer for answer in self.answers)


class UnusableKey(Exception):
    """The key itself cannot be used: the problem is at fault, not the answer. Becomes undecided."""


Verifier = Callable[[str, Key], Finding]
VERIFIERS: Registry[Verifier] = Registry("verifier")

Extract = Callable[[str], str | None]
"""A completion -> its answer, or None when it gives none."""


@dataclass(frozen=True)
class How:
    """What else is known of a verifier."""

    extract: Extract | None = None
    """Where its answers are no boxes, tags or lines (filters/extraction.py)."""
    reasons: tuple[str, ...] | None = None
    """Every reason its findings may give, as documentation that the tests hold it to; None: it does not say."""
    seconds: Callable[[Key], float] | None = None
    """How long one answer to a key may take; None leaves it to the deadline of the check."""
    prepare: Callable[[], object] | None = None
    """Loads what it needs, where that takes long: before the first answer, at no answer's expense."""
    tries_keys: bool = True
    """Whether a key is tried with its own answer before anything is asked; not where that would run a program."""


HOW: dict[Verifier, How] = {}


def verifier(
    name: str,
    extract: Extract | None = None,
    reasons: tuple[str, ...] | None = None,
    seconds: Callable[[Key], float] | None = None,
    prepare: Callable[[], object] | None = None,
    tries_keys: bool = True,
) -> Callable[[Verifier], Verifier]:
    """Register a function ``(answer, key) -> Finding`` under a name, with how its answers are found."""

    def keep(part: Verifier) -> Verifier:
        HOW[part] = How(extract, reasons, seconds, prepare, tries_keys)
        return VERIFIERS.register(name)(part)

    return keep


def how(decide: Verifier) -> How:
    """What is known of a verifier; the user's own may be a plain function."""
    return HOW.get(decide, How())


def answer_of(decide: Verifier, completion: str, form: str = "auto", lines: bool = False) -> Final:
    """The final answer of a completion as a verifier wants it; ``form`` and ``lines`` as in extraction.final_answer."""
    extract = how(decide).extract
    if extract is None:
        return final_answer(completion, form, lines)
    found = extract(completion)
    if not found:
        return Final(why="no_form")
    begin = completion.rfind(found)
    return Final((found,), None, (begin, begin + len(found)) if begin >= 0 else None)
