"""Solvers that think aloud: the cold start of the nano models.

A language model that has never seen a search written out does not search. These solvers write one out for three
reasoning-gym families, failed attempts included, so that a small model can learn the habit (the cold-start data of
DeepSeek-R1, section 2.3.1, at nano scale). Two temperaments:

- ``search`` goes on until something fits, and says so;
- ``hasty`` makes an attempt or two and answers with whatever it has. It knows its arithmetic, not how to search:
  what a base model is to a reasoning model.

One trace in eight is written in Chinese, so that language mixing is real further down the road.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31)
LARGEST = 199
"""No result above this in countdown, whose targets end at 99: larger ones hardly ever lead back."""


@dataclass(frozen=True)
class Voice:
    """The few words a solver needs, in one language."""

    goal: str
    attempt: str
    then: str
    no: str
    yes: str
    comma: str
    stop: str
    slip: str
    done: str


ENGLISH = Voice("I need ", "Try ", ": ", " no", " yes!", ", ", ". ", "wait, ", "Nothing else divides both.")
CHINESE = Voice("目标是", "试试", "：", "不对", "对了！", "，", "。", "等等，", "没有别的公因数了。")


@dataclass(frozen=True)
class Equation:
    """``left op right = value``."""

    left: int
    op: str
    right: int
    value: int

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right} = {self.value}"


def combine(a: int, b: int) -> Iterator[Equation]:
    """Every equation that joins two numbers exactly and stays within 0 and LARGEST."""
    high, low = max(a, b), min(a, b)
    if a + b <= LARGEST:
        yield Equation(a, "+", b, a + b)
    yield Equation(high, "-", low, high - low)
    if a * b <= LARGEST:
        yield Equation(a, "*", b, a * b)
    if low > 1 and high % low == 0:
        yield Equation(high, "/", low, high // low)


Walk = tuple[list[str], str]
"""The steps of a way, each with the blank or stop that parts it from the next, and the answer at its end."""


def nodes_of(numbers: list[int], rng: random.Random) -> list[tuple[Equation, list[Equation]]]:
    """Every way to join two of three numbers, with every way to join the result with the third, shuffled."""
    nodes = []
    for i, j, k in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
        for first in combine(numbers[i], numbers[j]):
            leaves = list(combine(first.value, numbers[k]))
            rng.shuffle(leaves)
            nodes.append((first, leaves))
    rng.shuffle(nodes)
    return nodes


def expression(first: Equation, leaf: Equation) -> str:
    """Two equations, of which the second works on the value of the first, as one expression."""
    inner = f"({first.left} {first.op} {first.right})"
    # The joined pair stands on the side of the equation where its value stands.
    third = next(n for n in (leaf.left, leaf.right) if n != first.value) if leaf.left != leaf.right else leaf.right
    left, right = (inner, third) if leaf.left == first.value else (third, inner)
    return f"{left} {leaf.op} {right}"


def countdown(metadata: dict[str, Any], rng: random.Random, voice: Voice, hasty: bool) -> Walk:
    """Three numbers, one target: join two, then join the result with the third."""
    numbers, target = list(metadata["numbers"]), int(metadata["target"])
    if len(numbers) != 3:
        raise KeyError(f"no solver for countdown with {len(numbers)} numbers; three are expected")
    nodes = nodes_of(numbers, rng)
    solved = [node for node in nodes if any(leaf.value == target for leaf in node[1])]
    missed = [node for node in nodes if node not in solved]
    if hasty:
        path = [rng.choice(solved)] if solved and rng.random() < 0.1 else missed[: rng.randint(1, 2)]
    else:
        path = missed[: rng.randint(0, 5)] + solved[:1]
    path = path or nodes[:1]  # a puzzle that only fractions or negative numbers solve

    def said(equation: Equation) -> str:
        # A slip of arithmetic, noticed at once: rare, but the habit of checking has to come from somewhere.
        if hasty or rng.random() > 0.02:
            return str(equation)
        wrong = max(0, equation.value + rng.choice((-10, -2, -1, 1, 2, 10)))
        return f"{equation.left} {equation.op} {equation.right} = {wrong}{voice.comma}{voice.slip}{equation}"

    lines = [f"{voice.goal}{target}{voice.stop}"]
    final = (path[0][0], path[0][1][0])
    for first, leaves in path:
        tried = []
        for leaf in leaves[: rng.randint(1, 3)] if (first, leaves) not in solved else leaves:
            final = (first, leaf)
            if leaf.value == target:
                tried.append(f"{said(leaf)}{voice.yes}")
                break
            tried.append(f"{said(leaf)}{voice.no}")
        end = "" if tried[-1].endswith(voice.yes) else voice.stop
        lines.append(f"{voice.attempt}{said(first)}{voice.then}" + voice.comma.join(tried) + end)
    return lines, expression(*final)


def fraction(metadata: dict[str, Any], rng: random.Random, voice: Voice, hasty: bool) -> Walk:
    """Divide both by each prime in turn until none divides both."""
    top, bottom = int(metadata["numerator"]), int(metadata["denominator"])
    lines = [f"{top}/{bottom}{voice.stop}"]
    primes = [p for p in PRIMES if p <= min(top, bottom)]
    if hasty:
        primes = rng.sample(primes[:4], min(1, len(primes)))
    for p in primes:
        if p > min(top, bottom):
            break
        while True:
            if top % p or bottom % p:
                lines.append(f"{voice.attempt}{p}{voice.then.rstrip()}{voice.no}{voice.stop}")
                break
            top, bottom = top // p, bottom // p
            lines.append(f"{voice.attempt}{p}{voice.then}{top}/{bottom}{voice.stop}")
            if hasty:
                break
    if not hasty:
        if math.gcd(top, bottom) > 1:
            raise KeyError(f"no solver for {top}/{bottom}; shared primes up to {PRIMES[-1]} are expected")
        lines.append(voice.done)
    return lines, f"{top}/{bottom}"


TERMS = re.compile(r"(-?\d*)\*?([a-z])(?: ([+-]) (\d+))? = (-?\d+)|(\d+) - (\d*)\*?([a-z]) = (-?\d+)")


def equation(metadata: dict[str, Any], rng: random.Random, voice: Voice, hasty: bool) -> Walk:
    """A linear equation: the constant moves over, then guesses, each of which narrows where the next may fall."""
    match = TERMS.fullmatch(metadata["equation"])
    if match is None:
        raise KeyError(f"no solver for the equation {metadata['equation']!r}; two terms on the left are expected")
    if match[2]:  # factor * name + constant = target
        factor, name, constant, target = int(match[1] or 1), match[2], int(match[4] or 0), int(match[5])
        constant = -constant if match[3] == "-" else constant
        product, moved = target - constant, f"{target} {'-' if constant > 0 else '+'} {abs(constant)} = "
    else:  # constant - factor * name = target
        factor, name, constant, target = int(match[7] or 1), match[8], int(match[6]), int(match[9])
        product, moved = constant - target, f"{constant} {'-' if target > 0 else '+'} {abs(target)} = "
    if factor == 0 or product % factor:
        raise KeyError(f"no solver for the equation {metadata['equation']!r}; a whole solution is expected")
    answer = product // factor
    lines = [f"{f'{factor} * ' if factor > 1 else ''}{name} = {moved if constant else ''}{product}{voice.stop}"]
    if factor == 1 and not hasty:
        return lines, str(answer)
    low, high = 1, max(20, answer)
    while True:
        near = rng.random() < (0.05 if hasty else 0.6)
        guess = min(high, max(low, answer + rng.choice((-2, -1, 0, 0, 1, 2)))) if near else rng.randint(low, high)
        tried = f"{factor} * {guess} = {factor * guess}" if factor > 1 else str(guess)
        attempt = f"{voice.attempt}{guess}{voice.then}{tried}"
        if guess == answer:
            return [*lines, f"{attempt}{voice.yes}"], str(guess)
        lines.append(f"{attempt}{voice.no}{voice.stop}")
        if hasty:
            return lines, str(guess)
        low, high = (low, guess - 1) if guess > answer else (guess + 1, high)


SOLVERS: dict[str, Callable[[dict[str, Any], random.Random, Voice, bool], Walk]] = {
    "reasoning-gym/countdown": countdown,
    "reasoning-gym/fraction_simplification": fraction,
    "reasoning-gym/simple_equations": equation,
}


def solve(source: str, metadata: dict[str, Any], rng: random.Random, hasty: bool = False) -> str:
    """A completion for one problem: the search inside <think>, then the answer.

    Raises KeyError when no solver knows the source.
    """
    steps, answer = SOLVERS[source](metadata, rng, some_voice(rng), hasty)
    return f"<think>\n{''.join(steps).rstrip()}\n</think>\n\n{answer}"


def some_voice(rng: random.Random) -> Voice:
    return CHINESE if rng.random() < 1 / 8 else ENGLISH
