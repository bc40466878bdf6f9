"""A text as the set of its word n-grams ("shingles", Broder 1997), each a 64-bit hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from filters.near.words import ODD, ODDER, contents, mix, words

BLOCK = 1 << 20
"""Bytes of text that are worked on at a time: few enough that what is made of them stays in the processor's cache."""
HASH_BITS = 50
"""Of a shingle in an exact set; the rest of its 64 bits tells texts of a block apart."""
TEXTS = 1 << (64 - HASH_BITS)


@dataclass(frozen=True)
class Shingles:
    """Of a block of texts: ``hashes`` (n,) uint64, those of text i from ``offsets[i]`` to ``offsets[i + 1]``, in the
    order of its words and not yet each once; ``words`` (n_texts,) int64; ``fingerprints`` (n_texts,) uint64, which are
    equal where the words are, one by one. A text without words has no shingles, and one of fewer words than n has a
    single shingle: all of them."""

    hashes: np.ndarray
    offsets: np.ndarray
    words: np.ndarray
    fingerprints: np.ndarray


def blocks(texts: pa.Array) -> Iterator[slice]:
    """Slices of a batch of texts of about BLOCK bytes each: at least one text, at most TEXTS."""
    _, offsets = contents(texts)
    at = 0
    while at < len(texts):
        end = int(np.searchsorted(offsets, offsets[at] + BLOCK, side="right")) - 1
        end = min(max(end, at + 1), at + TEXTS, len(texts))
        yield slice(at, end)
        at = end


def shingles(texts: pa.Array, n: int) -> Shingles:
    """The n-grams of words of a block of texts."""
    found = words(texts)
    starts, ends = found.offsets[:-1], found.offsets[1:]
    counts = ends - starts
    grams = n_grams(found.hashes, n)
    # The last n - 1 words of a text begin no n-gram of it: they repeat its last one, which a set does not mind.
    long = counts >= n
    tails = ends[long, None] - np.arange(1, n)
    grams[tails] = grams[ends[long] - n, None]
    for size in range(1, n):
        short = starts[counts == size]
        if len(short):
            places = short[:, None] + np.arange(size)
            grams[places] = n_grams(found.hashes[places].ravel(), size)[::size, None]
    return Shingles(grams, found.offsets, counts, fingerprints(grams, starts, counts))


def n_grams(hashes: np.ndarray, n: int) -> np.ndarray:
    """(n_words,) uint64: of each word and the n - 1 that follow it; the last n - 1 are of no meaning."""
    grams = hashes * ODD
    for step in range(1, n):
        grams[: max(0, len(grams) - step)] += hashes[step:]
        grams *= ODDER
    mix(grams)
    return grams


def fingerprints(grams: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(n_texts,) uint64 of the sequence of a text's n-grams; 0 for a text without any."""
    found = np.zeros(len(starts), np.uint64)
    some = counts > 0
    if some.any():
        # Weighted by place: the sum over places within the text from those over places within the block.
        begins = starts[some]
        sums = np.add.reduceat(grams, begins)
        placed = np.add.reduceat(grams * np.arange(len(grams), dtype=np.uint64), begins)
        placed -= sums * begins.astype(np.uint64)
        found[some] = sums + ODD * placed + counts[some].astype(np.uint64) * ODDER
    return found


def sets(found: Shingles) -> tuple[np.ndarray, np.ndarray]:
    """The exact set of each text of a block of at most TEXTS texts: (values (n,) uint64 below 2 ** HASH_BITS, offsets
    (n_texts + 1,) int64); within a text ascending, each once."""
    counts = np.diff(found.offsets)
    text = np.repeat(np.arange(len(counts), dtype=np.uint64), counts)
    keys = text << np.uint64(HASH_BITS) | found.hashes >> np.uint64(64 - HASH_BITS)
    keys = pl.Series(keys).sort().to_numpy()  # at a third of numpy's time, for keys that are half sorted already
    once = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=once[1:])
    keys = keys[once]
    sizes = np.bincount((keys >> np.uint64(HASH_BITS)).astype(np.int64), minlength=len(counts))
    return keys & np.uint64((1 << HASH_BITS) - 1), np.concatenate([[0], np.cumsum(sizes)])
