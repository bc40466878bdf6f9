"""Runs of n words as 64-bit hashes, for all lengths from one pass, and a table to look them up in.

The hash of words w_0 ... w_{n-1} is the sum of w_k B^k modulo 2^64 (Karp and Rabin 1987), times an odd number; with
running sums any run of any length takes two look-ups. A hash only proposes: what is a hit is decided by the words.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from filters.contamination.normalise import spread

BASE = 0x9E3779B97F4A7C15
INVERSE = pow(BASE, -1, 1 << 64)
MIX = np.uint64(0xD6E8FEB86659FD93)


@lru_cache(maxsize=8)
def powers(base: int, count: int) -> np.ndarray:
    """1, B, B^2, ... modulo 2^64."""
    found = np.full(count, base, np.uint64)
    found[0] = 1
    return np.cumprod(found, dtype=np.uint64)


class Runs:
    """Runs of words in texts laid end to end. ``flat``: (n_words,) uint64 hashes; ``starts``: where texts begin."""

    def __init__(self, flat: np.ndarray, starts: np.ndarray) -> None:
        self.size = len(flat)
        room = 1 << max(10, int(self.size + 1).bit_length())
        self.back = powers(INVERSE, room)
        self.sums = np.concatenate(
            [np.zeros(1, np.uint64), np.cumsum(flat * powers(BASE, room)[: self.size], dtype=np.uint64)]
        )
        self.text = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        self.ends = np.asarray(starts)[1:][self.text]

    def between(self, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """The hashes of the words in [begin, end), places in ``flat``."""
        return (self.sums[end] - self.sums[begin]) * self.back[begin] * MIX

    def of(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """(begin, hash) of every run of n words that lies in one text."""
        begin = np.flatnonzero(np.arange(self.size) + n <= self.ends)
        return begin, self.between(begin, begin + n)


class Table:
    """From a hash to the values kept under it."""

    def __init__(self, hashes: np.ndarray, values: np.ndarray) -> None:
        order = np.argsort(hashes, kind="stable")
        self.values = values[order]
        self.keys, first, self.counts = np.unique(hashes[order], return_index=True, return_counts=True)
        self.first = first
        # One bit for each of the highest so many bits of a hash: nearly all questions end there.
        self.shift = np.uint64(64 - min(26, max(10, len(self.keys).bit_length() + 4)))
        self.seen = np.zeros(1 << (64 - int(self.shift)), bool)
        self.seen[self.keys >> self.shift] = True

    def find(self, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(which of the asked, value) for every value kept under an asked hash."""
        hopeful = np.flatnonzero(self.seen[asked >> self.shift])
        if not len(hopeful) or not len(self.keys):
            return hopeful[:0], self.values[:0]
        place = np.minimum(np.searchsorted(self.keys, asked[hopeful]), len(self.keys) - 1)
        there = self.keys[place] == asked[hopeful]
        which, place = hopeful[there], place[there]
        many = self.counts[place]
        return np.repeat(which, many), self.values[spread(self.first[place], many)]


def covered(size: int, begin: np.ndarray, length: int) -> np.ndarray:
    """(size,) bool: whether a place lies in one of the runs of ``length`` that begin there."""
    edges = np.zeros(size + 1, np.int64)
    np.add.at(edges, begin, 1)
    np.add.at(edges, np.minimum(begin + length, size), -1)
    return np.cumsum(edges[:-1]) > 0
