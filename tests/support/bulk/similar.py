"""Texts that resemble each other by a known degree: the Jaccard similarity of their word 5-grams."""

from __future__ import annotations

import re

import numpy as np

from bulk.prose import NOUNS

WORD = re.compile(r"\w+|[-+/=<>^%]+")
"""A word, or signs that mean something in a formula."""
DEGREES = (1.0, 0.97, 0.93, 0.88, 0.84, 0.76, 0.6)
"""What is planted, in turn: five that a threshold of 0.8 is to find, two that it is not."""


def shingles(text: str, n: int = 5) -> set[tuple[str, ...]]:
    words = WORD.findall(text.casefold())
    return {tuple(words[place : place + n]) for place in range(max(1, len(words) - n + 1))}


def jaccard(one: str, other: str, n: int = 5) -> float:
    a, b = shingles(one, n), shingles(other, n)
    return len(a & b) / len(a | b)


def resembling(text: str, degree: float, rng: np.random.Generator, n: int = 5) -> str:
    """The text with so many words exchanged, evenly apart, that about this similarity is left. At 1 its words are the
    same and its blanks are not."""
    words = text.split(" ")
    if degree == 1.0:
        return text.replace(" ", "  ", 1)
    # k words far apart spoil n * k of m n-grams on either side: J = (m - n k) / (m + n k).
    changed = max(1, round(len(words) * (1 - degree) / (n * (1 + degree))))
    plain = [place for place, word in enumerate(words) if word.isalpha()]  # another number would be another problem
    for place in ((np.arange(changed) + rng.random()) * len(plain) / changed).astype(int):
        words[plain[place]] = "un" + NOUNS[int(rng.integers(len(NOUNS)))]
    return " ".join(words)
