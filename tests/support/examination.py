"""What a grader makes of labelled pairs, counted: the tests, the card and the bench share it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pairs import Pair

from filters import Key
from filters.answers import findings

SEED, EACH = 20261124, 100
"""Of the pairs that the card tells of."""
THOUGHT = "<think>\nLet me think.\n</think>\n\n"
NORMAL = 1.959963984540054
"""The 97.5 percent point of the normal distribution."""


def completion(answer: str) -> str:
    """One that gives the answer as models do: in a box, or in tags where it comes in dollars of its own."""
    if any(mark in answer for mark in ("$", r"\(", r"\[")):
        return f"{THOUGHT}<answer>{answer}</answer>"
    return rf"{THOUGHT}The answer is $\boxed{{{answer}}}$."


def key_of(pair: Pair) -> Key:
    """Pairs of one value share it, so that it is read once."""
    return Key(f"{pair.kind}-{pair.value}", (pair.reference,), "math", pair.spec)


def ours(pairs: Sequence[Pair], deadline: float = 5.0) -> list[str]:
    """The outcome of each pair by the production road: completion, extraction, worker, verdict."""
    return [
        one.outcome for one in findings([completion(p.answer) for p in pairs], [key_of(p) for p in pairs], deadline)
    ]


@dataclass
class Score:
    """How often a grader was right about pairs of one kind."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(expected, outcome) -> pairs; an outcome is pass, fail, undecided or error"""

    def add(self, expected: str, outcome: str) -> None:
        self.counts[expected, outcome] += 1

    def total(self, expected: str) -> int:
        return sum(number for (one, _), number in self.counts.items() if one == expected)

    @property
    def false_positives(self) -> int:
        return self.counts["fail", "pass"]

    @property
    def false_negatives(self) -> int:
        return self.counts["pass", "fail"]

    @property
    def undecided(self) -> int:
        return self.counts["pass", "undecided"] + self.counts["fail", "undecided"]

    @property
    def errors(self) -> int:
        return self.counts["pass", "error"] + self.counts["fail", "error"]


def scores(pairs: Sequence[Pair], outcomes: Sequence[str]) -> dict[str, Score]:
    """A score for each kind, and one for ``all``."""
    found: dict[str, Score] = {}
    for pair, outcome in zip(pairs, outcomes, strict=True):
        for name in (pair.kind, "all"):
            found.setdefault(name, Score()).add(pair.expected, outcome)
    return found


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95% score interval of a rate (Wilson 1927): the bounds, in [0, 1]."""
    if not of:
        return 0.0, 1.0
    rate, weight = hits / of, NORMAL**2 / of
    middle = rate + weight / 2
    spread = NORMAL * math.sqrt(rate * (1 - rate) / of + weight / (4 * of))
    return max(0.0, (middle - spread) / (1 + weight)), min(1.0, (middle + spread) / (1 + weight))
