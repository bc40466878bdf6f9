"""The questions of questions.toml, with their numbers and names drawn. Of two draws of one every number differs."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random

NAMES = "Amina Bruno Chiara Dmitri Esther Farid Greta Hiro Ines Jamal Katya Leon Mirela Nadia Oskar Priya".split()
MARK = re.compile(r"<(?:(\d+)-(\d+)|name|other)>")


@dataclass(frozen=True)
class Template:
    """A question with numbers to be drawn. ``kind``: word, competition, short, choice, chinese or gsm."""

    name: str
    kind: str
    text: str

    def drawn(self, seed: object, unlike: str = "") -> str:
        """The question with numbers of this seed, none of which stands in its place in ``unlike``."""
        people = Random(f"people {self.name}").sample(NAMES, 2)  # the same in every draw: only numbers change
        for turn in range(1000):
            draw = Random(f"{seed} {self.name} {turn}")

            def value(found: re.Match[str], draw: Random = draw) -> str:
                if found[1]:
                    return str(draw.randint(int(found[1]), int(found[2])))
                return people[found[0] == "<other>"]

            made = MARK.sub(value, self.text)
            before, now = numbers(unlike), numbers(made)
            ours = [number for number, mark in enumerate(marks(self.text)) if mark]
            if not unlike or all(before[place] != now[place] for place in ours):
                return made
        raise ValueError(f"{self.name}: the ranges are too narrow for two draws")


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def marks(text: str) -> list[bool]:
    """For each number of a drawn question, whether it was drawn."""
    return [found[1] is not None for found in re.finditer(r"<(\d+)-\d+>|\d+", text)]


def templates() -> list[Template]:
    groups = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
    return [
        Template(f"{kind}{number}", kind, line)
        for kind, lines in groups.items()
        for number, line in enumerate(lines.strip().splitlines())
    ]


def school(seed: object) -> dict[int, str]:
    """One draw of each template of reasoning-gym's gsm_symbolic that its authors call sound, by its number."""
    from reasoning_gym.arithmetic.gsm_symbolic.gsm_symbolic import (
        GSMSymbolicDataset,
        GSMSymbolicDatasetConfig,
        tasks_ok,
    )

    generators = GSMSymbolicDataset(GSMSymbolicDatasetConfig(seed=0, size=1)).generators
    return {number: generators[number](Random(f"{seed} {number}"), 1.0)["question"] for number in tasks_ok}
