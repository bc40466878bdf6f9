"""Arms of an experiment compared: students of several seeds each, on the same problems.

Two things make a score uncertain: which problems were asked and which seed a student was trained with. Intervals are
over both, by a bootstrap that draws problems and seeds anew (crossed random effects; Owen & Eckles 2012,
arXiv 1106.2125). Differences are paired: what two arms say of the same problem is set against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from trainers.scores import Interval

Marks = NDArray[np.float64]
"""(seeds, problems): how right a student's answers to a problem are, in [0, 1]."""
DRAWS = 4_000


@dataclass(frozen=True)
class Difference:
    """What an arm scores more than another."""

    value: float
    low: float
    high: float
    p: float
    """Two-sided, of the hypothesis that on every problem either could have been the other: signs of the problems'
    differences are drawn (Fisher's randomisation test). It knows nothing of seeds; the interval does."""
    by_seed: tuple[float, ...]
    """Of the first students of both, the second ones, and so on, as far as both go."""
    adjusted: float = 1.0
    """``p`` after Holm's correction for all that is tested beside it."""

    @property
    def stands(self) -> bool:
        """Whether it is more than chance, over problems and over seeds: at 5%, and the interval has no 0 in it."""
        return self.adjusted < 0.05 and (self.low > 0 or self.high < 0)


def aligned(samples: Sequence[Mapping[str, float]]) -> tuple[list[str], Marks]:
    """Problems that every student answered, and the marks, (students, problems), of {problem: mark} of each."""
    problems = sorted(set.intersection(*(set(one) for one in samples))) if samples else []
    return problems, np.array([[one[problem] for problem in problems] for one in samples], dtype=np.float64)


@lru_cache(maxsize=8)  # every arm and every difference asks for the same draws of problems
def redrawn(count: int, seed: int) -> NDArray[np.float64]:
    """(draws, count): how often each of ``count`` is in each draw with replacement, as shares of the draw."""
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=DRAWS) / count


def score(marks: Marks) -> Interval:
    """The mean of an arm's marks, (seeds, problems), with its 95% interval over problems and seeds."""
    students, problems = marks.shape
    means = drawn_means(marks, redrawn(students, 1), redrawn(problems, 0))
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(marks.mean()), float(low), float(high))


def drawn_means(marks: Marks, students: NDArray[np.float64], problems: NDArray[np.float64]) -> NDArray[np.float64]:
    """(draws,): the mean of marks under each draw's weights of students and of problems."""
    return np.einsum("ds,ds->d", students, problems @ marks.T)


def difference(arm: Marks, against: Marks) -> Difference:
    """How much more ``arm`` scores than ``against``; both (seeds, problems), of the same problems in the same order."""
    problems = redrawn(arm.shape[1], 0)
    gaps = drawn_means(arm, redrawn(len(arm), 1), problems)
    gaps -= drawn_means(against, redrawn(len(against), 2), problems)
    low, high = np.quantile(gaps, [0.025, 0.975])
    by_problem = arm.mean(axis=0) - against.mean(axis=0)
    by_seed = tuple(float(one.mean() - other.mean()) for one, other in zip(arm, against, strict=False))
    return Difference(float(by_problem.mean()), float(low), float(high), sign_flips(by_problem), by_seed)


def sign_flips(differences: NDArray[np.float64]) -> float:
    """Two-sided p of a mean of paired differences, (problems,), as far from 0 as theirs; never 0 (Phipson & Smyth
    2010)."""
    apart = differences[differences != 0]
    seen = abs(apart.sum())
    signs = np.random.default_rng(3).choice(np.array([-1.0, 1.0]), size=(DRAWS, len(apart)))
    return float((1 + np.count_nonzero(np.abs(signs @ apart) >= seen - 1e-9)) / (1 + DRAWS))


def holm(values: Sequence[float]) -> list[float]:
    """p values adjusted for their number (Holm 1979): the chance of one false finding among all is kept."""
    order = np.argsort(values)
    adjusted, least = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(values) - rank) * values[place]))
        adjusted[int(place)] = least
    return adjusted
