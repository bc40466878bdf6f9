"""Solvers that slip: a way to the answer with one error in it, which is known, and the way that would have been right.

For what has to know the truth: attempts that the nano teacher learns to revise and to criticise, and traces on which
first wrong steps are found by rollouts. Until the slip the way is a solver's; after it the solver goes on as if it were
right, and ends in a wrong answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from generators import solvers
from generators.journeys.weaving import Spans, turn, weave
from generators.solvers import CHINESE, LARGEST, PRIMES, Equation, Voice, combine, expression, nodes_of


class NoSlip(Exception):
    """The dice gave nothing that is wrong, or a puzzle leaves no room for it."""


@dataclass(frozen=True)
class Slip:
    """An attempt with an error in it."""

    steps: tuple[str, ...]
    """As they were said, each with what parts it from the next."""
    answer: str
    wrong: int
    """The first wrong step, counted from 1. All before it are right."""
    why: str
    rest: tuple[str, ...]
    """The way that would have been right, from that step on."""
    right: str
    """The answer at its end."""

    @property
    def completion(self) -> str:
        return f"<think>\n{''.join(self.steps).rstrip()}\n</think>\n\n{self.answer}"

    def journey(self) -> tuple[str, Spans]:
        """The attempt up to its error, which is noticed at once, and the right way: a completion and its spans."""
        start, step = "".join(self.steps[: self.wrong - 1]), self.steps[self.wrong - 1]
        said = turn(self.why, step)
        return weave([("right", start), ("wrong", step), ("turn", said), ("right", "".join(self.rest))], self.right)

    def spans(self) -> Spans:
        """The truth about ``completion``: what was right, and what is wrong from the slip on."""
        start, rest = "".join(self.steps[: self.wrong - 1]), "".join(self.steps[self.wrong - 1 :])
        return weave([("right", start), ("wrong", rest)], self.answer)[1]


@dataclass(frozen=True)
class Reasons:
    """Why something is wrong, in one language."""

    value: str
    denied: str
    """The same where the right value is the answer, which is not to be given away."""
    stranger: str
    divides: str
    reading: str
    quotient: str


IN_ENGLISH = Reasons(
    value="{left} is {right}, not {said}",
    denied="{left} is not {said}",
    stranger="{said} is not given",
    divides="{said} divides both",
    reading="the fraction is {right}, not {said}",
    quotient="{top}/{bottom} by {prime}",
)
IN_CHINESE = Reasons(
    value="{left}是{right}，不是{said}",
    denied="{left}不是{said}",
    stranger="{said}不在给出的数里",
    divides="{said}能整除两者",
    reading="分数是{right}，不是{said}",
    quotient="{top}/{bottom}除以{prime}",
)


def reasons(voice: Voice) -> Reasons:
    return IN_CHINESE if voice is CHINESE else IN_ENGLISH


def off(value: int, rng: random.Random) -> int:
    """A number beside another, as one that was reckoned in haste: never below 0."""
    return rng.choice([near for d in (1, 2, 3, 6, 10) for near in (value - d, value + d) if near >= 0])


def countdown(metadata: dict[str, Any], rng: random.Random, voice: Voice) -> Slip:
    """A hit that is none: by a false equation, by a false start, or by a number that is not there."""
    steps, right = solvers.countdown(metadata, rng, voice, hasty=False)
    target, numbers = int(metadata["target"]), list(metadata["numbers"])
    if not steps[-1].endswith(voice.yes):
        raise NoSlip("no way to a target that only fractions reach")
    hits: dict[str, list[tuple[str, str, str]]] = {}
    for near in (12, LARGEST):
        for kind, step, why, ending in false_hits(numbers, target, near, rng, voice):
            hits.setdefault(kind, []).append((step, why, ending))
        if hits:
            break
    said, why, answer = rng.choice(hits[rng.choice(list(hits))])
    at = rng.randint(1, len(steps) - 1)
    return Slip((*steps[:at], said), answer, at + 1, why, tuple(steps[at:]), right)


def false_hits(
    numbers: list[int], target: int, near: int, rng: random.Random, voice: Voice
) -> Iterator[tuple[str, str, str, str]]:
    """Steps that claim a target they miss by ``near`` at most: of what kind, the step, why it is wrong, its answer."""
    told = reasons(voice)

    def step(first: Equation, leaf: Equation) -> str:
        return f"{voice.attempt}{first}{voice.then}{leaf}{voice.yes}"

    for first, leaves in nodes_of(numbers, rng):
        for leaf in leaves:
            if leaf.value != target and abs(leaf.value - target) <= near:
                claimed = Equation(leaf.left, leaf.op, leaf.right, target)
                why = told.value.format(left=f"{leaf.left} {leaf.op} {leaf.right}", right=leaf.value, said=target)
                yield "end", step(first, claimed), why, expression(first, leaf)
            if leaf.value == target:
                continue
            third = leaf.right if leaf.left == first.value else leaf.left
            for needed in combine_to(target, third):
                if needed != first.value and abs(needed - first.value) <= near:
                    start = Equation(first.left, first.op, first.right, needed)
                    end = next(e for e in combine(needed, third) if e.value == target)
                    why = told.value.format(
                        left=f"{first.left} {first.op} {first.right}", right=first.value, said=needed
                    )
                    yield "start", step(start, end), why, expression(start, end)
        for other in combine_to(target, first.value):
            if other not in (*numbers, first.value) and 0 < other <= 25:
                end = next(e for e in combine(first.value, other) if e.value == target)
                yield "stranger", step(first, end), told.stranger.format(said=other), expression(first, end)


def combine_to(target: int, number: int) -> list[int]:
    """What joins with a number to the target."""
    candidates = {target - number, target + number, number - target, target * number}
    candidates |= {target // number} if number and target % number == 0 else set()
    return sorted(n for n in candidates if 0 <= n <= LARGEST and any(e.value == target for e in combine(n, number)))


def fraction(metadata: dict[str, Any], rng: random.Random, voice: Voice) -> Slip:
    """A misread fraction, a quotient that is wrong, or a divisor that is passed over."""
    steps, right = solvers.fraction(metadata, rng, voice, hasty=False)
    told = reasons(voice)
    pairs = [PAIR.search(step) for step in steps]
    divided = [at for at, pair in enumerate(pairs) if pair and at > 0]
    at = rng.choice([0, *divided, *divided])
    top, bottom = value(pairs, at)
    prime = int(NUMBER.findall(steps[at])[0]) if at else 0
    if at and rng.random() < 0.3:  # passed over
        top, bottom = value(pairs, at - 1)
        said = f"{voice.attempt}{prime}{voice.then.rstrip()}{voice.no}{voice.stop}"
        way = [said, *onward(top, bottom, prime, voice)]
        why = told.divides.format(said=prime)
        return Slip((*steps[:at], *way), ends(way, top, bottom), at + 1, why, tuple(steps[at:]), right)
    wrong = (off(top, rng) or 1, bottom) if rng.random() < 0.5 else (top, off(bottom, rng) or 1)
    said = f"{wrong[0]}/{wrong[1]}"
    if wrong[0] * bottom == wrong[1] * top:
        raise NoSlip("no slip: the other fraction is equal")
    lead = f"{voice.attempt}{prime}{voice.then}" if at else ""
    way = [f"{lead}{said}{voice.stop}", *onward(*wrong, prime, voice, again=True)]
    if at:
        before = told.quotient.format(top=value(pairs, at - 1)[0], bottom=value(pairs, at - 1)[1], prime=prime)
        why = (told.denied if f"{top}/{bottom}" == right else told.value).format(
            left=before, right=f"{top}/{bottom}", said=said
        )
    else:
        why = told.reading.format(right=f"{top}/{bottom}", said=said)
    return Slip((*steps[:at], *way), ends(way, *wrong), at + 1, why, tuple(steps[at:]), right)


PAIR = re.compile(r"(\d+)/(\d+)")
NUMBER = re.compile(r"\d+")


def value(pairs: list[re.Match[str] | None], at: int) -> tuple[int, int]:
    """The fraction as it stands after a step."""
    last = next(pair for pair in reversed(pairs[: at + 1]) if pair)
    return int(last[1]), int(last[2])


def onward(top: int, bottom: int, after: int, voice: Voice, again: bool = False) -> list[str]:
    """The solver's steps on a fraction from the prime ``after`` on: beyond it, or with it once more."""
    steps = []
    for prime in PRIMES:
        if prime > min(top, bottom) or prime < after or (prime == after and not again):
            continue
        while top % prime == 0 and bottom % prime == 0:
            top, bottom = top // prime, bottom // prime
            steps.append(f"{voice.attempt}{prime}{voice.then}{top}/{bottom}{voice.stop}")
        steps.append(f"{voice.attempt}{prime}{voice.then.rstrip()}{voice.no}{voice.stop}")
    return [*steps, voice.done]


def ends(steps: list[str], top: int, bottom: int) -> str:
    """The fraction that some steps end with."""
    pairs = [pair for step in steps if (pair := PAIR.search(step))]
    return pairs[-1][0] if pairs else f"{top}/{bottom}"


def equation(metadata: dict[str, Any], rng: random.Random, voice: Voice) -> Slip:
    """A constant that is moved over wrong, or a product that is."""
    steps, right = solvers.equation(metadata, rng, voice, hasty=False)
    told = reasons(voice)
    *sides, result = steps[0].rstrip(" .。").split(" = ")
    product, found = int(result), int(right)
    factor = 1 if found == 0 else abs(product // found)
    if found == 0 or len(steps) == 1 or rng.random() < 0.5:
        if len(sides) < 2:
            raise NoSlip("no constant to move")
        wrong = off(product, rng) if factor == 1 else factor * off(abs(found), rng)
        if wrong == product:
            raise NoSlip("no slip: the same product")
        moved = sides[-1]
        why = (told.denied if str(product) == right else told.value).format(left=moved, right=product, said=wrong)
        if rng.random() < 0.4:  # misread, and then reckoned right
            number = rng.choice(NUMBER.findall(moved))
            moved = moved.replace(number, str(off(int(number), rng)), 1)
            why = told.value.format(left=sides[0], right=sides[-1], said=moved)
            left, sign, constant = moved.split()
            wrong = int(left) + int(constant) if sign == "+" else int(left) - int(constant)
            if wrong == product or wrong < factor or wrong % factor:
                raise NoSlip("no slip that comes out even")
        way = [f"{' = '.join([*sides[:-1], moved])} = {wrong}{voice.stop}"]
        if factor > 1 or len(steps) > 1:
            way += guesses(factor, wrong // factor, rng, voice)
        return Slip(tuple(way), str(wrong // factor), 1, why, tuple(steps), right)
    at = rng.randint(1, len(steps) - 1)
    guess = off(found, rng)
    if guess == found or factor == 1:
        raise NoSlip("no product to get wrong")
    said = f"{voice.attempt}{guess}{voice.then}{factor} * {guess} = {product}{voice.yes}"
    why = told.value.format(left=f"{factor} * {guess}", right=factor * guess, said=product)
    return Slip((*steps[:at], said), str(guess), at + 1, why, tuple(steps[at:]), right)


def guesses(factor: int, found: int, rng: random.Random, voice: Voice) -> list[str]:
    """Guesses up to one that fits, each with what comes of it."""
    tries = [off(found, rng) for _ in range(rng.randint(0, 3))]
    steps = [
        f"{voice.attempt}{t}{voice.then}{product_of(factor, t)}{voice.no}{voice.stop}" for t in tries if t != found
    ]
    return [*steps, f"{voice.attempt}{found}{voice.then}{product_of(factor, found)}{voice.yes}"]


def product_of(factor: int, guess: int) -> str:
    return f"{factor} * {guess} = {factor * guess}" if factor > 1 else str(guess)


SLIPS: dict[str, Callable[[dict[str, Any], random.Random, Voice], Slip]] = {
    "reasoning-gym/countdown": countdown,
    "reasoning-gym/fraction_simplification": fraction,
    "reasoning-gym/simple_equations": equation,
}


def slip(source: str, metadata: dict[str, Any], rng: random.Random) -> Slip:
    """An attempt at one problem with an error in it. Raises KeyError where no solver knows the source or its config,
    NoSlip where no error came of these dice."""
    return SLIPS[source](metadata, rng, solvers.some_voice(rng))
