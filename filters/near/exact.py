"""The exact Jaccard similarity of pairs of texts: what their sketches suggest is not yet said of them."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from filters.near.buckets import Pairs, earlier, later
from filters.near.shingles import HASH_BITS, blocks, sets, shingles

Read = Callable[[pa.Table], Iterator[pa.RecordBatch]]
"""A table of texts that are wanted, ``id`` and ``place`` (int64) -> batches of their ``place`` and ``text``, in any
order. Of what is not there any more nothing comes."""

AT_ONCE = 1 << 20
"""Shingles that are compared at a time, and at most 2 ** 14 pairs."""


def jaccard(pairs: Pairs, ids: pa.ChunkedArray, read: Read, ngram: int, scratch: Path) -> np.ndarray:
    """(n_pairs,) float64: shingles that both have over those that either has (Broder 1997); nan where a text is gone.

    Each text is read once; the sets of their shingles wait in a file in ``scratch``, eight bytes a shingle. ``ids`` are
    those of all ranks.
    """
    if not len(pairs):
        return np.empty(0)
    ranks = np.unique(np.concatenate([earlier(pairs), later(pairs)]))
    wanted = pa.table({"id": ids.take(pa.array(ranks)), "place": np.arange(len(ranks))})
    with tempfile.TemporaryFile(dir=scratch) as file:
        starts, sizes = written(read(wanted), len(ranks), ngram, file)
        file.flush()
        if not (sizes > 0).any():
            return np.full(len(pairs), np.nan)
        first, second = np.searchsorted(ranks, earlier(pairs)), np.searchsorted(ranks, later(pairs))
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as kept:
            shared = np.zeros(len(pairs), np.int64)
            for part in parts(sizes[first] + sizes[second]):
                one, other = first[part], second[part]
                shared[part] = in_common(kept, starts[one], sizes[one], starts[other], sizes[other])
                if hasattr(mmap, "MADV_DONTNEED"):  # what was read stays with the system, and counts as ours no more
                    kept.madvise(mmap.MADV_DONTNEED)
    either = sizes[first] + sizes[second] - shared
    there = (sizes[first] > 0) & (sizes[second] > 0)
    return np.where(there, shared / np.maximum(either, 1), np.nan)


def written(
    batches: Iterator[pa.RecordBatch], count: int, ngram: int, file: IO[bytes]
) -> tuple[np.ndarray, np.ndarray]:
    """Write the sets of shingles of some texts one after the other; returns where each of ``count`` starts and its
    size, both in shingles."""
    starts, sizes = np.zeros(count, np.int64), np.zeros(count, np.int64)
    end = 0
    for batch in batches:
        places = batch["place"].to_numpy()
        for part in blocks(batch["text"]):
            values, offsets = sets(shingles(batch["text"][part], ngram))
            values.tofile(file)
            starts[places[part]] = end + offsets[:-1]
            sizes[places[part]] = np.diff(offsets)
            end += len(values)
    return starts, sizes


def parts(sizes: np.ndarray) -> Iterator[slice]:
    """Slices of pairs that are compared at a time, given the shingles that each has to do with."""
    ends = np.cumsum(sizes)
    at = 0
    while at < len(sizes):
        done = ends[at - 1] if at else 0
        end = int(np.searchsorted(ends, done + AT_ONCE, side="right"))
        end = min(max(end, at + 1), at + (1 << (64 - HASH_BITS)), len(sizes))
        yield slice(at, end)
        at = end


def in_common(
    kept: mmap.mmap, starts: np.ndarray, sizes: np.ndarray, other_starts: np.ndarray, other_sizes: np.ndarray
) -> np.ndarray:
    """(n_pairs,) int64: how many shingles the two sets of each pair share."""
    values = np.frombuffer(kept, np.uint64)
    # Either side is ascending as a whole, pair by pair: the sort finds two runs and merges them.
    keys = np.concatenate([numbered(values, starts, sizes), numbered(values, other_starts, other_sizes)])
    keys.sort(kind="stable")
    both = keys[1:][keys[1:] == keys[:-1]]
    return np.bincount((both >> np.uint64(HASH_BITS)).astype(np.int64), minlength=len(sizes))


def numbered(values: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The sets that start at ``starts``, one after the other, each value with the number of its set before it."""
    places = np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    number = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    return number << np.uint64(HASH_BITS) | values[places]
