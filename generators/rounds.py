"""Adaptive sampling: how many more samples each problem gets in the next round.

Fixed n spends alike on a problem that is always solved and on one that never is. In rounds, a problem gets samples
until it has as many accepted ones as are wanted, or until its n are used up, or the budget is spent; and while a budget
lasts it goes first where an accepted trace is likeliest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STRENGTH = 2.0
"""Samples that the pass rate of all problems weighs in the estimate for one."""


@dataclass(frozen=True)
class Standing:
    """What has come of a problem so far."""

    asked: int = 0
    accepted: int = 0
    waiting: int = 0
    """Answers of which nobody knows yet: no others are asked in their place, and they say nothing of the rate."""
    closed: bool = False
    """Nothing more is asked, since no answer could be judged, and what came says nothing of the rate."""


def pass_rates(standings: Sequence[Standing]) -> list[float]:
    """Each problem's chance that a sample is accepted, [n_problems] in (0, 1).

    A Beta posterior's mean, whose prior is the rate of all problems together (itself from a uniform prior).
    """
    known = [one for one in standings if not one.closed]
    asked, accepted = sum(one.asked - one.waiting for one in known), sum(one.accepted for one in known)
    rate = (accepted + 1) / (asked + 2)
    return [(one.accepted + STRENGTH * rate) / (one.asked - one.waiting + STRENGTH) for one in standings]


def until_accepted(rate: float, accept: int, most: int) -> float:
    """Expected samples, one by one, until ``accept`` are accepted or ``most`` are used up (negative binomial, cut)."""
    # The k-th sample is asked if fewer than ``accept`` of the k - 1 before it were accepted.
    if accept <= 0:
        return 0.0
    odds, asked = [1.0] + [0.0] * (accept - 1), 0.0
    for _ in range(most):
        asked += sum(odds)
        odds = [odds[k] * (1 - rate) + (odds[k - 1] * rate if k else 0.0) for k in range(accept)]
    return asked


def allot(standings: Sequence[Standing], n: int, accept: int | None = None, afford: float | None = None) -> list[int]:
    """Samples to ask of each problem in the next round, [n_problems].

    ``n`` is the most that a problem may get in all, ``accept`` how many accepted ones it is to have (None: all n are
    asked), ``afford`` how many samples the budget still pays for, on average (None: any number).

    A round asks for half of what the estimate says is needed, and at least for as many as are missing if all were
    accepted: what is asked beyond the last accepted one is wasted, and a round more costs only time.
    """
    rates = pass_rates(standings)
    wants = []
    for one, rate in zip(standings, rates, strict=True):
        missing = n if accept is None else accept - one.accepted - one.waiting
        if one.closed:
            missing = 0
        wants.append(max(0, min(n - one.asked, max(missing, int(missing / rate / 2)))))
    if afford is None or sum(wants) <= afford:
        return wants
    left = int(afford)
    for place in sorted(range(len(wants)), key=lambda place: (-rates[place], place)):
        wants[place] = min(wants[place], left)
        left -= wants[place]
    return wants
