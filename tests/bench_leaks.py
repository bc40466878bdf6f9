"""How well and how fast leaks are found, beside what scripts do: python -m tests.bench_leaks (make bench runs it as
well).

Prints the tables of docs/contamination.md. The planted set (tests/support/leaks) was written before the methods;
thresholds were set looking at seeds 1 and 2, the figures are of others. All of it runs in this one process on one
core; speeds are by processor time, medians over interleaved rounds on the same prompts.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before Polars is imported: one core for everybody

import random
import resource
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz, process

from tests.bench import hardware

sys.path.insert(0, str(Path(__file__).parent / "support"))
from examination import wilson
from leaks import benchmark, cases, clean

from filters.contamination.benchmark import of
from filters.contamination.block import Block
from filters.contamination.examination import hits
from filters.contamination.index import Index, Settings
from filters.contamination.stoplist import stoplist

SEEDS = (11, 12, 13, 14)
CLEAN = 1_000
"""Problems of other origin for each seed."""
ROUNDS = 3
PROMPTS = 4_000
QUESTIONS, MANY = 12_500, 20_000
"""Of the large set: as many questions as MATH has, and problems."""
FEW = 4
"""Problems of the large set that all-pairs methods are asked about."""

Method = Callable[[Sequence[str]], list[bool]]
"""Prompts -> whether each is thought to leak."""
Maker = Callable[[Sequence[str], Sequence[str]], Method]
"""Questions, and the problems there are -> the method, ready to be asked."""


def ours(questions: Sequence[str], problems: Sequence[str]) -> Method:
    made = of("bench", {str(number): question for number, question in enumerate(questions)})
    index = Index([made], stoplist(made.words, pl.Series(problems), Settings().common))
    _ = index.grams, index.anchors, index.alone, index.rarest

    def decide(prompts: Sequence[str]) -> list[bool]:
        found = [False] * len(prompts)
        for start in range(0, len(prompts), 4096):
            for group in hits(Block(pl.Series(prompts[start : start + 4096]), index, Settings())):
                found[start + group[0].text] = True
        return found

    return decide


def any_eight(questions: Sequence[str], problems: Sequence[str]) -> Method:
    """One run of eight words of the lower-cased text, split at white space, that any question has."""

    def runs(text: str) -> set[str]:
        words = text.lower().split()
        return {" ".join(words[place : place + 8]) for place in range(len(words) - 7)}

    known = set().union(*map(runs, questions))
    return lambda prompts: [not known.isdisjoint(runs(prompt)) for prompt in prompts]


def all_pairs(scorer: Callable[..., float], least: float) -> Maker:
    """rapidfuzz over every pair, in C++, on lower-cased texts."""

    def make(questions: Sequence[str], problems: Sequence[str]) -> Method:
        low = [question.lower() for question in questions]

        def decide(prompts: Sequence[str]) -> list[bool]:
            found: list[bool] = []
            for start in range(0, len(prompts), 256):
                asked = [prompt.lower() for prompt in prompts[start : start + 256]]
                scores = process.cdist(asked, low, scorer=scorer, score_cutoff=least, workers=1)
                found.extend((scores >= least).any(axis=1).tolist())
            return found

        return decide

    return make


METHODS: dict[str, Maker] = {
    "ours": ours,
    "any 8-gram": any_eight,
    "ratio 95": all_pairs(fuzz.ratio, 95),
    "token set 90": all_pairs(fuzz.token_set_ratio, 90),
    "partial 90": all_pairs(fuzz.partial_ratio, 90),
}


@dataclass
class Tally:
    """What a method said of the planted set."""

    hit: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, hit: bool) -> None:
        self.of[kind] += 1
        self.hit[kind] += hit

    def sum(self, kinds: Sequence[str]) -> tuple[int, int]:
        return sum(self.hit[kind] for kind in kinds), sum(self.of[kind] for kind in kinds)


def share(hit: int, of_all: int) -> str:
    low, high = wilson(hit, of_all)
    return f"{hit / of_all:.1%} [{low:.1%}, {high:.1%}]" if of_all else ""


def quality() -> None:
    """Every kind of case, by every method: how many are called leaks."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    leaking: dict[str, bool | None] = {}
    for seed in SEEDS:
        questions = [question for _, question in benchmark(seed)]
        planted, other = cases(seed), clean(seed, CLEAN)
        prompts = [case.prompt for case in planted] + other
        for name, make in METHODS.items():
            said = make(questions, prompts)(prompts)
            for case, hit in zip(planted, said, strict=False):
                tallies[name].add(case.kind, hit)
                leaking[case.kind] = case.leaks
            for hit in said[len(planted) :]:
                tallies[name].add("other problems", hit)
    leaking["other problems"] = False
    print(f"\n| called a leak | n | {' | '.join(METHODS)} |\n| --- | --- |{' --- |' * len(METHODS)}")
    for label, wanted in (("leak", True), ("none", False), ("open", None)):
        for kind in sorted((kind for kind, leaks in leaking.items() if leaks is wanted), key=str):
            told = [f"{one.hit[kind] / one.of[kind]:.1%}" for one in tallies.values()]
            print(f"| {kind} ({label}) | {tallies['ours'].of[kind]:,} | {' | '.join(told)} |")
    leaks = [kind for kind, one in leaking.items() if one]
    rest = [kind for kind, one in leaking.items() if one is False and kind != "other problems"]
    print(f"\n| | {' | '.join(METHODS)} |\n| --- |{' --- |' * len(METHODS)}")
    print("| recall | " + " | ".join(share(*one.sum(leaks)) for one in tallies.values()) + " |")
    precisions = []
    for one in tallies.values():
        (right, _), (wrong, _) = one.sum(leaks), one.sum(rest)
        precisions.append(share(right, right + wrong) if right + wrong else "no hit")
    print("| precision (of the planted set) | " + " | ".join(precisions) + " |")


def speeds(title: str, questions: Sequence[str], prompts: Sequence[str], few: int, settle: Sequence[str]) -> None:
    """Prompts a second of processor time, so that other work on the machine does not decide; the methods that compare
    all pairs are asked about the first ``few``."""
    made, ready = {}, {}
    for name, make in METHODS.items():
        began = time.process_time()
        made[name] = make(questions, settle)
        ready[name] = time.process_time() - began
    rates: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, method in made.items():
            asked = prompts if name in ("ours", "any 8-gram") else prompts[:few]
            began = time.process_time()
            method(asked)
            rates[name].append(len(asked) / (time.process_time() - began))
    middle = {name: statistics.median(each) for name, each in rates.items()}
    print(f"\n| {title} | {' | '.join(METHODS)} |\n| --- |{' --- |' * len(METHODS)}")
    print("| prompts/s | " + " | ".join(map(figure, middle.values())) + " |")
    print("| ours, times as fast | " + " | ".join(figure(middle["ours"] / one) for one in middle.values()) + " |")
    size = sum(map(len, prompts)) / len(prompts) / 1e6
    print("| MB/s | " + " | ".join(figure(rate * size) for rate in middle.values()) + " |")
    print("| seconds to make ready | " + " | ".join(f"{one:.1f}" for one in ready.values()) + " |")


def figure(value: float) -> str:
    """Two digits of small values, all of large ones."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def zipf(seed: int, texts: int, words: int) -> list[str]:
    """Texts of random words, which are as unevenly frequent as those of a language (Mandelbrot's law), and numbers."""
    draw = random.Random("words")
    known = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(30_000)]
    weights = [1 / (rank + 2.7) ** 1.05 for rank in range(len(known))]
    known += [str(number) for number in range(1, 1000)]
    weights += [0.08 * sum(weights) / 999] * 999
    draw = random.Random(seed)
    drawn = iter(draw.choices(known, weights, k=texts * words))
    return [" ".join(next(drawn) for _ in range(words)) + "?" for _ in range(texts)]


def speed() -> None:
    planted = [case.prompt for case in cases(SEEDS[0])]
    prompts = planted + clean(SEEDS[0], PROMPTS - len(planted))
    random.Random(0).shuffle(prompts)
    few_questions = [question for _, question in benchmark(SEEDS[0])]
    speeds(f"{len(few_questions)} questions, {len(prompts):,} prompts", few_questions, prompts, 250, prompts)
    large = zipf(1, MANY, 70)
    speeds(
        f"{QUESTIONS:,} questions, {MANY:,} prompts of random words", zipf(2, QUESTIONS, 50), large, FEW, large[:10_000]
    )


if __name__ == "__main__":
    print(f"{hardware()}; one core, medians of {ROUNDS} rounds; seeds {', '.join(map(str, SEEDS))}")
    quality()
    speed()
    print(f"\npeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
