"""What a problem and a question have in common: the stretches of words that stand in both, word for word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from filters.contamination.grams import Runs
from filters.contamination.index import Index
from filters.contamination.stoplist import GRAM


@dataclass(frozen=True)
class Stretches:
    """At least eight words each; one entry a stretch, ordered by text, then item, then place in the item.

    ``begin`` and ``end`` are places in the problems' words, ``at`` and ``to`` the same words' in the questions'.
    """

    text: np.ndarray
    item: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    at: np.ndarray
    to: np.ndarray

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the stretches of one text and item begin, and where they end."""
        if not len(self.text):
            none = np.zeros(0, np.int64)
            return none, none
        new = np.flatnonzero((np.diff(self.text) != 0) | (np.diff(self.item) != 0)) + 1
        return np.concatenate([[0], new]), np.concatenate([new, [len(self.text)]])


def stretches(problems: Runs, index: Index) -> Stretches:
    """All of them, by runs of eight words that stand on one diagonal without a gap."""
    places, hashes = problems.of(GRAM)
    which, at = index.grams.find(hashes)
    begin = places[which]
    text, item = problems.text[begin], index.runs.text[at]
    order = np.lexsort((begin, begin - at, item, text))
    text, item, begin, at = text[order], item[order], begin[order], at[order]
    same = (text[1:] == text[:-1]) & (item[1:] == item[:-1]) & (begin[1:] == begin[:-1] + 1) & (at[1:] == at[:-1] + 1)
    first = np.flatnonzero(np.concatenate([[True], ~same])) if len(text) else np.zeros(0, np.int64)
    last = np.concatenate([first[1:], [len(text)]])[: len(first)] - 1
    found = (text[first], item[first], begin[first], begin[last] + GRAM, at[first], at[last] + GRAM)
    order = np.lexsort((found[2], found[4], found[1], found[0]))
    return Stretches(*(one[order] for one in found))
