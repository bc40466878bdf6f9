"""A benchmark that some prompts of the lake were taken from, and others only seem to be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bulk.prose import NOUNS, prose
from bulk.similar import resembling

BOILERPLATE = (
    "Let m and n be relatively prime positive integers such that the answer can be written as a fraction, "
    "and find the remainder when the sum of m and n is divided by one thousand."
)
"""What many benchmarks and many problems say: no leak."""
WAYS = ("verbatim", "embedded", "rewritten", "short", "latex", "paraphrased", "boilerplate")
"""How a question gets into a prompt. The last one is a decoy: the prompt says what the benchmark's questions
say as well, and asks something else."""
MARGIN = 50
"""Questions that leak nowhere."""


@dataclass(frozen=True)
class Item:
    """One question of the benchmark; ``way`` is how it leaks, if it does."""

    id: str
    question: str
    answer: str
    way: str


def items(count: int, seed: int) -> list[Item]:
    """``count`` questions that leak or lend their boilerplate, each its own way, then some that do not."""
    rng = np.random.default_rng([seed, 1])
    texts = prose("en").write(rng, rng.integers(180, 500, count + MARGIN)).to_pylist()
    made = []
    for number, text in enumerate(texts):
        way = WAYS[number % len(WAYS)]
        question = " ".join(text.split())
        a, b = (int(n) for n in rng.integers(1_000, 100_000, 2))
        one, two = (NOUNS[int(n)] for n in rng.integers(0, len(NOUNS), 2))
        if way == "short":
            question = f"What is the {one} of {a} and {b} by {two}?"
        elif way == "latex":
            question = f"Given $\\frac{{{a}}}{{{b}}}$ and $x^{{2}} + {a}x = {b}$, {question[0].lower()}{question[1:]}"
        elif way == "boilerplate":
            question = f"{question} {BOILERPLATE}"
        made.append(Item(f"q{number:05d}", question, str(a % 1000), way))
    return made


def leaked(item: Item, prompt: str, rng: np.random.Generator) -> str:
    """A prompt into which a question got, in the item's way; ``prompt`` is what it would have been."""
    question = item.question
    if item.way == "embedded":
        return f"{prompt}\n\n{question}\n\nExplain every step."
    if item.way == "rewritten":
        return question.upper().replace(".", " !").replace(",", ";")
    if item.way == "latex":
        return question.replace("$", "").replace("\\frac", "\\dfrac").replace("^{2}", "^2")
    if item.way == "paraphrased":
        return resembling(question, 0.45, rng)
    if item.way == "boilerplate":
        return f"{prompt} {BOILERPLATE}"
    return question


def write(path: Path, made: list[Item]) -> Path:
    path.write_text(
        "".join(json.dumps({"id": i.id, "question": i.question, "answer": i.answer}) + "\n" for i in made), "utf-8"
    )
    return path
