"""Scores of a model on held-out problems, each with its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A figure in [0, 1] with its 95% interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:6.1%}  [{self.low:.1%}, {self.high:.1%}]"


@dataclass(frozen=True)
class Sample:
    """One judged answer. ``answer`` is its normal form, for voting; None when there was none."""

    problem_id: str
    correct: bool
    answer: str | None
    tokens: int


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Chance that k of n samples, drawn without replacement, hold a right one (Chen et al. 2021, eq. 1)."""
    return 1.0 - comb(n - correct, k) / comb(n, k)


def majority(samples: Sequence[Sample]) -> float:
    """Chance that the most frequent answer is right; ties are drawn. No answer does not vote (Wang et al. 2023)."""
    votes = Counter(sample.answer for sample in samples if sample.answer is not None)
    if not votes:
        return 0.0
    most = max(votes.values())
    leaders = {answer for answer, count in votes.items() if count == most}
    right = {sample.answer for sample in samples if sample.correct}
    return len(leaders & right) / len(leaders)


def bootstrap(values: Sequence[float], seed: int = 0, draws: int = 2000) -> Interval:
    """Mean over problems with a percentile bootstrap over problems (Efron 1979). values: (n_problems,) in [0, 1]."""
    data = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = np.array([data[rng.integers(0, len(data), len(data))].mean() for _ in range(draws)])
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(data.mean()), float(low), float(high))


def report(samples: Sequence[Sample], ks: Sequence[int]) -> dict[str, Interval]:
    """pass@1 over all samples, and pass@k and maj@k for each k > 1 that every problem has samples for.

    Intervals are over problems: a problem's samples are averaged first. Empty when there are no samples.
    """
    by_problem: dict[str, list[Sample]] = {}
    for sample in samples:
        by_problem.setdefault(sample.problem_id, []).append(sample)
    groups = list(by_problem.values())
    if not groups:
        return {}
    fewest = min(len(group) for group in groups)
    found = {"pass@1": bootstrap([sum(s.correct for s in group) / len(group) for group in groups])}
    for k in ks:
        if 1 < k <= fewest:
            found[f"pass@{k}"] = bootstrap([pass_at_k(len(g), sum(s.correct for s in g), k) for g in groups])
            found[f"maj@{k}"] = bootstrap([majority(g[:k]) for g in groups])
    return found
