"""All questions of some benchmarks, ready to be looked up in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from filters.contamination.benchmark import Benchmark
from filters.contamination.grams import Runs, Table
from filters.contamination.normalise import IS_NUMBER, Words
from filters.contamination.stoplist import GRAM, Stoplist, single
from warehouse import ids

RAREST = 10
"""Words of a question by which it is proposed for the fuzzy method."""


@dataclass(frozen=True)
class Settings:
    """What the methods ask for."""

    ngram: int = 13
    """Words in a row, boilerplate not counted, that a problem may not share with a question."""
    coverage: float = 0.5
    """Share of a question's words that runs of eight shared words may not reach."""
    fuzzy: float | None = 0.75
    """Likeness, 0 to 1, that a problem may not reach; None does without."""
    common: float = 0.005
    """Share of the problems in which a run of eight words is boilerplate."""

    @property
    def hash(self) -> str:
        return ids.digest({name: getattr(self, name) for name in ("ngram", "coverage", "fuzzy", "common")})


class Index:
    """Questions of benchmarks, laid end to end. An item is named by its number here."""

    def __init__(self, benchmarks: Sequence[Benchmark], stops: Stoplist) -> None:
        self.benchmarks = [one.name for one in benchmarks for _ in one.items]
        self.items = [item for one in benchmarks for item in one.items]
        self.questions = [question for one in benchmarks for question in one.questions]
        self.words = joined([one.words for one in benchmarks])
        self.stops = stops
        self.flat, self.starts = self.words.flat, self.words.starts
        self.runs = Runs(self.flat, self.starts)
        self.weights = stops.weights(self.flat, self.starts)
        self.sums = np.concatenate([[0.0], np.cumsum(self.weights)])
        """Weight of the words before a place."""
        self.total = self.sums[self.starts[1:]] - self.sums[self.starts[:-1]]
        """Weight of a question."""
        self.core = self._cores()
        lengths = np.concatenate([[0.0], np.cumsum(single(self.flat))])
        self.light = lengths[self.core[:, 1]] - lengths[self.core[:, 0]] < GRAM
        """Questions so short that they match nothing but a problem which they are."""

    def __len__(self) -> int:
        return len(self.items)

    def name(self, item: int) -> str:
        return f"{self.benchmarks[item]}#{self.items[item]}"

    def weight(self, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """What the words in [begin, end) weigh, places in ``flat``."""
        return self.sums[end] - self.sums[begin]

    def _cores(self) -> np.ndarray:
        """(n_items, 2): from the first to behind the last word that weighs anything."""
        heavy = np.flatnonzero(self.weights > 0)
        low = np.searchsorted(heavy, self.starts[:-1])
        high = np.searchsorted(heavy, self.starts[1:])
        some = high > low
        found = np.zeros((len(self), 2), np.int64)
        found[some, 0] = heavy[low[some]]
        found[some, 1] = heavy[high[some] - 1] + 1
        return found

    @cached_property
    def grams(self) -> Table:
        """Place by hash of runs of eight words, at least four with a weight, of questions that are not light."""
        begin, hashes = self.runs.of(GRAM)
        heavy = np.concatenate([[0], np.cumsum(self.weights > 0)])
        telling = (heavy[begin + GRAM] - heavy[begin] >= GRAM // 2) & ~self.light[self.runs.text[begin]]
        return Table(hashes[telling], begin[telling])

    @cached_property
    def anchors(self) -> Table:
        """Of each question that is not light, the run of eight words that fewest have: place by hash."""
        begin, hashes = self.runs.of(GRAM)
        item = self.runs.text[begin]
        inside = (begin >= self.core[item, 0]) & (begin + GRAM <= self.core[item, 1]) & ~self.light[item]
        begin, hashes, item = begin[inside], hashes[inside], item[inside]
        _, which, counts = np.unique(hashes, return_inverse=True, return_counts=True)
        order = np.lexsort((begin, counts[which], item))
        first = order[np.unique(item[order], return_index=True)[1]]
        return Table(hashes[first], begin[first])

    @cached_property
    def alone(self) -> tuple[Table, Table]:
        """The light questions without their boilerplate: item by hash; and by a word that each of them has."""
        kept = ~self.stops.silent(self.flat, self.starts, labels=True)
        bare = np.concatenate([[0], np.cumsum(kept)])[self.starts]
        items = np.flatnonzero(self.light & (np.diff(bare) > 0))
        flat = self.flat[kept]
        whole = Runs(flat, bare).between(bare[items], bare[items + 1])
        _, which, counts = np.unique(flat, return_inverse=True, return_counts=True)
        rarest = [
            flat[low + np.argmin(counts[which[low:high]])]
            for low, high in zip(bare[items], bare[items + 1], strict=True)
        ]
        return Table(whole, items), Table(np.array(rarest, np.uint64), items)

    @cached_property
    def rarest(self) -> tuple[Table, np.ndarray, np.ndarray]:
        """Items by the hash of each of their rarest words; how many of these an item has, and how many are numbers."""
        telling = (self.weights > 0) & ~self.light[self.runs.text] & ~self.signs
        known = max(1, len(self.words.known))
        item, code = np.divmod(np.unique(self.runs.text[telling] * known + self.words.codes[telling]), known)
        word = self.words.hashes[code]
        _, which, counts = np.unique(word, return_inverse=True, return_counts=True)
        order = np.lexsort((word, counts[which], item))
        item, word = item[order], word[order]
        rank = np.arange(len(item)) - np.searchsorted(item, item)
        kept = rank < RAREST
        item, word = item[kept], word[kept]
        number = word & np.uint64(3) == IS_NUMBER
        return (
            Table(word, item),
            np.bincount(item, minlength=len(self)),
            np.bincount(item[number], minlength=len(self)),
        )

    @cached_property
    def signs(self) -> np.ndarray:
        """(n_words,) bool: neither word nor number."""
        sign = np.array([not word[0].isalnum() for word in self.words.known], bool)
        return sign[self.words.codes] if len(sign) else np.zeros(0, bool)


def joined(parts: Sequence[Words]) -> Words:
    """Texts of several lots as one lot."""
    known = list(dict.fromkeys(word for part in parts for word in part.known))
    place = {word: number for number, word in enumerate(known)}
    hashes = np.zeros(len(known), np.uint64)
    codes, starts, size = [], [np.zeros(1, np.int64)], 0
    for part in parts:
        to = np.array([place[word] for word in part.known], np.int64)
        hashes[to] = part.hashes
        codes.append(to[part.codes])
        starts.append(part.starts[1:] + size)
        size += len(part.codes)
    return Words(known, hashes, np.concatenate(codes) if codes else np.zeros(0, np.int64), np.concatenate(starts))
