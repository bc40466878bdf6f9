"""One value with what else says it and what nearly says it; and the pairs that are made of such values."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Pair:
    """A reference answer, an answer to be judged, and what the verdict has to be."""

    kind: str
    """The type of the answer: integer, interval, ..."""
    reference: str
    spec: dict[str, Any]
    """What the key states beside the reference: a type, a tolerance."""
    answer: str
    expected: str
    """pass or fail."""
    how: str
    """The rewriting or perturbation that made the answer."""
    value: int
    """Which drawn value of its kind it comes from; pairs of one value share their key."""


@dataclass
class Draft:
    """A drawn value. ``wrong`` keeps an answer only when its value differs, by exact comparison."""

    value: Any
    reference: str
    spec: dict[str, Any] = field(default_factory=dict)
    rewritten: dict[str, str] = field(default_factory=dict)
    """answer -> how"""
    perturbed: dict[str, str] = field(default_factory=dict)
    dressed: bool = True
    """Whether $...$ and the like may be put around its answers."""

    def equal(self, how: str, *answers: str) -> None:
        for answer in answers:
            self.rewritten.setdefault(answer, how)

    def wrong(self, how: str, answer: str, value: Any) -> None:
        """Kept when ``value``, what the answer says, is not the value that was drawn."""
        if value != self.value:
            self.perturbed.setdefault(answer, how)

    def other(self, how: str, *answers: str) -> None:
        """Answers of another sort altogether: a list of guesses, a range where a number was asked for."""
        for answer in answers:
            self.perturbed.setdefault(answer, how)


Draw = Callable[[random.Random], Draft]
KINDS: dict[str, Draw] = {}


def kind(name: str) -> Callable[[Draw], Draw]:
    """Register a function that draws a value of a kind with its answers."""

    def keep(draw: Draw) -> Draw:
        KINDS[name] = draw
        return draw

    return keep


DRESSES: dict[str, Callable[[str], str]] = {
    "dollars": lambda text: f"${text}$",
    "two dollars": lambda text: f"$${text}$$",
    "round": lambda text: rf"\({text}\)",
    "square": lambda text: rf"\[{text}\]",
    "spaces": lambda text: f"  {text} ",
    "display": lambda text: rf"\displaystyle {text}",
    "full stop": lambda text: f"{text}.",
    "thin spaces": lambda text: rf"\,{text}\;",
}


def pairs(seed: int | str, each: int, kinds: list[str] | None = None, per_value: int = 6) -> list[Pair]:
    """``each`` pairs of every kind, right and wrong ones in turn, the same for the same seed.

    A value gives at most ``per_value`` pairs; no pair comes twice. Raises ValueError when a kind has not that many.
    """
    made: list[Pair] = []
    for name in kinds or KINDS:
        dice = random.Random(f"{seed}/{name}")
        mine: list[Pair] = []
        seen: set[tuple[str, str]] = set()
        number = new = 0
        while len(mine) < each:
            if number > new + 200:
                raise ValueError(f"no more than {len(mine)} different pairs of kind {name}; asked for {each}")
            draft = KINDS[name](dice)
            mixed = set(draft.rewritten) & set(draft.perturbed)
            assert not mixed, f"{name}: {draft.reference} has {mixed} as right and as wrong"
            number += 1
            rights = dice.sample(sorted(draft.rewritten.items()), min(per_value // 2, len(draft.rewritten)))
            wrongs = dice.sample(sorted(draft.perturbed.items()), min(per_value // 2, len(draft.perturbed)))
            both = [
                one for right, wrong in zip(rights, wrongs, strict=False) for one in ((right, "pass"), (wrong, "fail"))
            ]
            for (answer, how), expected in both:
                worn, dress = dressed(dice, answer) if draft.dressed else (answer, "")
                if (draft.reference, worn) not in seen and len(mine) < each:
                    seen.add((draft.reference, worn))
                    new = number
                    mine.append(Pair(name, draft.reference, draft.spec, worn, expected, how + dress, number))
        made += mine
    return made


def dressed(dice: random.Random, answer: str) -> tuple[str, str]:
    """Two in five answers come with what models put around them."""
    if dice.random() < 0.6:
        return answer, ""
    name = dice.choice(list(DRESSES))
    return DRESSES[name](answer), f", {name}"
