"""How fast we judge, beside math-verify 0.9: python -m tests.bench_judging (make bench runs it with the rest).

Prints the table of docs/verifier-card.md. Both graders run in this one process on one core, in turn, on the same
answers; each figure is the median over interleaved rounds. Only the rows about the pool use more than one process.
"""

from __future__ import annotations

import logging
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests.bench import hardware
from tests.bench_pool import bombs, sandboxed_tests

sys.path.insert(0, str(Path(__file__).parent / "support"))
from examination import completion, key_of
from pairs import Pair, pairs
from peer import wrapped

from filters import verifiers
from filters.answers import together
from filters.verify import answer_of
from filters.worker import judge

SEED = 20261124
ROUNDS = 3
PROSE = (
    "Let me think about this once more. If we write n = 2k + 1 then the sum over all k is at most 17, so "
    "$\\frac{n(n+1)}{2}$ cannot be odd. Hmm, wait: maybe \\boxed{12}? No. Check: 3 * 4 = 12, and 12 - 5 = 7. "
)


@dataclass(frozen=True)
class Sample:
    """A completion, the answer in it, and what the verdict has to be."""

    completion: str
    pair: Pair


Grader = Callable[[Sample], str]
"""A sample -> pass, fail or undecided."""


def trace(answer: str, size: int) -> str:
    """A completion of about ``size`` characters: thinking, then the answer as models give it."""
    said = completion(answer).partition("</think>")[2]
    return f"<think>\n{PROSE * max(1, (size - len(said)) // len(PROSE))}\n</think>{said}"


def one_by_one() -> Grader:
    """Our verifier on single completions, extraction included."""
    decide = verifiers.get("math")

    def grade(sample: Sample) -> str:
        final = answer_of(decide, sample.completion)
        if not final.answers:
            return "fail"
        return str(judge(decide, final.answers[-1], key_of(sample.pair))["outcome"])

    return grade


def theirs(whole: bool) -> Grader:
    """math-verify on single completions: the whole of it, or only what follows the thinking."""
    from math_verify import parse, verify

    def grade(sample: Sample) -> str:
        said = sample.completion if whole else sample.completion.rpartition("</think>")[2]
        try:
            return "pass" if verify(parse(wrapped(sample.pair.reference)), parse(said)) else "fail"
        except Exception:  # noqa: BLE001 - counted as no verdict
            return "undecided"

    return grade


def problem_by_problem(samples: Sequence[Sample]) -> list[str]:
    """Our road for many samples of a problem, as filters.answers goes it, but without its processes."""
    from filters.finding import Finding

    decide = verifiers.get("math")
    known: dict[tuple[str, str], Finding] = {}
    found = []
    for sample in samples:
        key, final = key_of(sample.pair), answer_of(decide, sample.completion)
        for answer in final.answers:
            if (key.key_id, answer) not in known:
                known[key.key_id, answer] = Finding(**judge(decide, answer, key))
        opinions = [known[key.key_id, answer] for answer in final.answers]
        found.append(together(opinions, final).outcome if opinions else "fail")
    return found


def measured(grade: Grader, samples: Sequence[Sample], expected: Sequence[str]) -> tuple[float, list[float], str]:
    """Seconds for all, milliseconds of each, and how often it was wrong."""
    each, outcomes = [], []
    for sample in samples:
        began = time.perf_counter()
        outcomes.append(grade(sample))
        each.append(1000 * (time.perf_counter() - began))
    return sum(each) / 1000, each, errors(outcomes, expected)


def errors(outcomes: Sequence[str], expected: Sequence[str]) -> str:
    both = list(zip(expected, outcomes, strict=True))
    counts = (both.count(("fail", "pass")), both.count(("pass", "fail")), outcomes.count("undecided"))
    return " / ".join(map(str, counts))


def row(name: str, count: int, seconds: float, each: Sequence[float], wrong: str, ratio: float | None = None) -> None:
    ordered = sorted(each)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))]
    times = f"{ratio:.1f}" if ratio else ""
    print(f"| {name} | {count / seconds:,.0f} | {p50:.2f} | {p99:.1f} | {wrong} | {times} |", flush=True)


Drawn = tuple[list[Sample], list[str]]
"""Samples, and what each verdict has to be."""


def beside(name: str, draw: Callable[[int], Drawn], whole: bool) -> None:
    """Two rows: ours and theirs, sample by sample. Every round has pairs of its own, so that nothing is remembered."""
    ours, other = one_by_one(), theirs(whole)
    turns = []
    for turn in range(ROUNDS):
        samples, expected = draw(turn)
        turns.append((measured(ours, samples, expected), measured(other, samples, expected), len(samples)))
    told(name, turns)


Side = tuple[float, list[float], str]
"""Seconds, milliseconds of each, errors."""


def told(name: str, turns: Sequence[tuple[Side, Side, int]]) -> None:
    ratio = statistics.median(b[0] / a[0] for a, b, _ in turns)
    for who, side, times in (("ours", 0, ratio), ("math-verify", 1, None)):
        middle = sorted(turns, key=lambda turn: turn[side][0])[len(turns) // 2]
        row(f"{name}: {who}", middle[2], *middle[side], times)


def distinct(each: int) -> None:
    """(a) Right and wrong answers of all types, all of them different."""

    def draw(turn: int) -> Drawn:
        made = pairs(SEED + turn, each)
        return [Sample(completion(p.answer), p) for p in made], [p.expected for p in made]

    beside("distinct pairs", draw, whole=False)


def traces(each: int) -> None:
    """(b) Whole traces of 2k to 32k characters."""

    def draw(turn: int) -> Drawn:
        made = pairs(SEED + 100 + turn, each)
        dice = random.Random(turn)
        sizes = [dice.choice([2_000, 4_000, 8_000, 16_000, 32_000]) for _ in made]
        samples = [Sample(trace(pair.answer, size), pair) for pair, size in zip(made, sizes, strict=True)]
        return samples, [p.expected for p in made]

    beside("traces of 2k to 32k, whole", draw, whole=True)
    beside(
        "traces of 2k to 32k, math-verify reads what follows the thinking", lambda turn: draw(turn + 50), whole=False
    )


def sampled(values: int, turn: int, n: int = 16) -> Drawn:
    """Problems of all types with n samples each: some easy, some hard, answers repeated as a model repeats them.

    The share of right samples is uniform in [0.05, 0.95]; a right answer is written in up to three ways and a wrong one
    is one of up to six, the k-th as often as 1/k; one sample in twenty is cut before its thinking ends.
    """
    dice = random.Random(turn)
    by_value: dict[tuple[str, int], list[Pair]] = {}
    for pair in pairs(SEED + 200 + turn, 12 * values, per_value=24):
        by_value.setdefault((pair.kind, pair.value), []).append(pair)
    samples, expected = [], []
    seen: dict[str, int] = {}
    for (kind, _), of_value in by_value.items():
        rights = [pair for pair in of_value if pair.expected == "pass"][:3]
        wrongs = [pair for pair in of_value if pair.expected == "fail"][:6]
        if not rights or not wrongs or seen.get(kind, 0) == values:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        easy = dice.uniform(0.05, 0.95)
        for _ in range(n):
            pool = rights if dice.random() < easy else wrongs
            (pair,) = dice.choices(pool, [1 / rank for rank in range(1, len(pool) + 1)])
            text = trace(pair.answer, dice.choice([1_000, 2_000, 4_000, 8_000]))
            cut = dice.random() < 0.05
            samples.append(Sample(text.partition("</think>")[0] if cut else text, pair))
            expected.append("fail" if cut else pair.expected)
    return samples, expected


def ours_of_all(samples: Sequence[Sample], expected: Sequence[str]) -> Side:
    """Problem by problem; what a sample took is its share of its problem's time."""
    each: list[float] = []
    outcomes: list[str] = []
    for at in range(0, len(samples), 16):
        began = time.perf_counter()
        outcomes += problem_by_problem(samples[at : at + 16])
        each += [1000 * (time.perf_counter() - began) / 16] * 16
    return sum(each) / 1000, each, errors(outcomes, expected)


def theirs_of_all(samples: Sequence[Sample], expected: Sequence[str]) -> Side:
    """Each gold answer is read once, and only what follows the thinking."""
    from math_verify import parse, verify

    golds: dict[str, object] = {}

    def grade(sample: Sample) -> str:
        _, closed, said = sample.completion.rpartition("</think>")
        reference = sample.pair.reference
        try:
            if reference not in golds:
                golds[reference] = parse(wrapped(reference))
            return "pass" if closed and verify(golds[reference], parse(said)) else "fail"
        except Exception:  # noqa: BLE001 - counted as no verdict
            return "undecided"

    return measured(grade, samples, expected)


def many_samples(values: int) -> None:
    """(c) Sixteen samples of each problem: what is repeated is judged once."""
    turns = []
    for turn in range(ROUNDS):
        drawn = sampled(values, turn)
        turns.append((ours_of_all(*drawn), theirs_of_all(*drawn), len(drawn[0])))
    told("16 samples a problem", turns)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print(f"{hardware()}; medians of {ROUNDS} interleaved rounds, math-verify {version('math-verify')}\n")
    print("| answers | pairs/s | p50 ms | p99 ms | false + / false - / undecided | times math-verify |")
    print("| --- | --- | --- | --- | --- | --- |")
    distinct(20)
    traces(8)
    many_samples(2)
    bombs()
    sandboxed_tests()
