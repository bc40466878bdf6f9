"""Some problems at hand, as the methods see them, and what a method finds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from filters.contamination.grams import Runs
from filters.contamination.index import Index, Settings
from filters.contamination.normalise import Words, words
from filters.contamination.shared import Stretches, stretches

MARGIN = 12


@dataclass(frozen=True)
class Hit:
    """A problem that holds a question. ``begin`` and ``end`` are places among the problem's words."""

    text: int
    item: int
    method: str
    score: float
    begin: int
    end: int


class Block:
    """Problems against the questions of an index."""

    def __init__(self, texts: pl.Series, index: Index, settings: Settings) -> None:
        self.texts = texts
        self.index = index
        self.settings = settings
        self.words: Words = words(texts)
        self.flat, self.starts = self.words.flat, self.words.starts
        self.runs = Runs(self.flat, self.starts)

    @cached_property
    def stretches(self) -> Stretches:
        return stretches(self.runs, self.index)

    def of(self, text: int, begin: int = 0, end: int | None = None) -> np.ndarray:
        """Hashes of a text's words."""
        start = self.starts[text]
        return self.flat[start + begin : self.starts[text + 1] if end is None else start + end]

    def around(self, text: int, begin: int, end: int) -> np.ndarray:
        """The same with some words on both sides, among which numbers are compared."""
        return self.of(text, max(0, begin - MARGIN), min(end + MARGIN, int(self.words.lengths[text])))

    def question(self, item: int) -> np.ndarray:
        """Hashes of a question's words, without the boilerplate around it."""
        low, high = self.index.core[item]
        return self.index.flat[low:high]
