"""Who may resemble whom: texts whose sketches agree in all slots of some band (locality-sensitive hashing).

Texts are known here by their rank, 0 to n - 1: those that an earlier run has examined first, then the new ones. A pair
is an earlier and a later one, and the later one is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from filters.near.sketch import Settings
from filters.near.store import Store, slot
from filters.near.words import ODD, mix

ENOUGH = 1 << 22
"""Pairs that are gathered before their sketches are compared."""
FIRST = 32
"""Slots after which a pair that agrees in few of them is compared no further."""

Pairs = np.ndarray
"""(n_pairs,) uint64: the earlier rank in the high half, the later one in the low half."""
NO_PAIRS = np.empty(0, np.uint64)
HALF = np.uint64(32)


@dataclass(frozen=True)
class Bucket:
    """The texts that share one key in a band: all buckets of two and more, one after the other.

    ``members`` (n,) int64 are ranks, ascending within a bucket; ``places`` (n,) int64 the place of each in its bucket;
    ``sizes`` (n,) int64 how many it holds.
    """

    members: np.ndarray
    places: np.ndarray
    sizes: np.ndarray


class Sketches:
    """The kept sketches of some texts by rank: ``rows`` (n,) int64 are their places in the store."""

    def __init__(self, store: Store, rows: np.ndarray, settings: Settings) -> None:
        self.store, self.rows, self.settings = store, rows, settings

    def slot(self, number: int) -> np.ndarray:
        return self.store.column(slot(number))[self.rows]

    def buckets(self, active: np.ndarray) -> Iterator[Bucket]:
        """Band by band, the buckets of the texts that are ``active`` (n,) bool."""
        ranks = np.flatnonzero(active)
        for band in range(self.settings.bands):
            keys = np.zeros(len(ranks), np.uint64)
            for number in range(band * self.settings.rows, (band + 1) * self.settings.rows):
                keys *= ODD
                keys += self.slot(number)[ranks]
                mix(keys)
            yield bucket(keys, ranks)

    def likely(self, pairs: Pairs) -> Pairs:
        """Those of some pairs, each once, that agree in enough slots to be compared word by word."""
        pairs = np.unique(pairs)
        if not len(pairs):
            return pairs
        agree = np.zeros(len(pairs), np.int32)
        least = self.settings.likely
        for number in range(self.settings.hashes):
            values = self.slot(number)
            agree += values[earlier(pairs)] == values[later(pairs)]
            if number + 1 == FIRST < self.settings.hashes:  # half of it: four standard errors of so few slots
                kept = agree >= FIRST * least / 2
                pairs, agree = pairs[kept], agree[kept]
        return pairs[agree >= least * self.settings.hashes]


def bucket(keys: np.ndarray, ranks: np.ndarray) -> Bucket:
    """The buckets of two and more texts, given each text's key and rank, by ascending rank."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))[: len(keys)]
    sizes = np.diff(np.append(begins, len(keys)))
    several = sizes > 1
    begins, sizes = begins[several], sizes[several]
    places = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return Bucket(ranks[order[np.repeat(begins, sizes) + places]], places, np.repeat(sizes, sizes))


def each_with_each(found: Bucket, new: np.ndarray, crowd: int) -> Iterator[Pairs]:
    """All pairs of the buckets that are no crowd."""
    for lag in range(1, crowd):
        at = np.flatnonzero((found.places >= lag) & (found.sizes <= crowd))
        if not len(at):
            break
        yield pairs_of(found.members[at - lag], found.members[at], new)


def each_with_one(found: Bucket, new: np.ndarray, crowd: int, place: int) -> Pairs:
    """In every crowd, each text that comes after the one at a place with that one."""
    at = np.flatnonzero((found.sizes > crowd) & (found.places > place))
    return pairs_of(found.members[at - found.places[at] + place], found.members[at], new)


def pairs_of(first: np.ndarray, second: np.ndarray, new: np.ndarray) -> Pairs:
    """Pairs of an earlier and a later rank each, where the later one is new."""
    kept = new[second]
    return first[kept].astype(np.uint64) << HALF | second[kept].astype(np.uint64)


def earlier(pairs: Pairs) -> np.ndarray:
    return (pairs >> HALF).astype(np.int64)


def later(pairs: Pairs) -> np.ndarray:
    return (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def candidates(sketches: Sketches, active: np.ndarray, new: np.ndarray, places: range) -> tuple[Pairs, Pairs | None]:
    """The pairs of active texts that share a bucket and whose sketches are alike: (each with each where they are no
    crowd, in crowds each with those at some places), and None where there is no crowd with such a place."""
    crowd = sketches.settings.crowd
    alike, in_crowds, any_crowd = Likely(sketches), Likely(sketches), False
    for found in sketches.buckets(active):
        any_crowd |= bool((found.sizes > max(crowd, places.start + 1)).any())
        for pairs in each_with_each(found, new, crowd):
            alike.add(pairs)
        for place in places:
            in_crowds.add(each_with_one(found, new, crowd, place))
    return alike.all(), in_crowds.all() if any_crowd else None


class Likely:
    """The likely ones of many pairs, which are gathered a few million at a time."""

    def __init__(self, sketches: Sketches) -> None:
        self.sketches = sketches
        self.found, self.waiting = NO_PAIRS, NO_PAIRS

    def add(self, pairs: Pairs) -> None:
        self.waiting = np.concatenate([self.waiting, pairs])
        if len(self.waiting) > ENOUGH:
            self.all()

    def all(self) -> Pairs:
        self.found = np.union1d(self.found, self.sketches.likely(self.waiting))
        self.waiting = NO_PAIRS
        return self.found
