"""Which texts resemble which: the new ones among each other and with all that earlier runs have examined.

What comes out are edges, each a fact about two texts; which of them is kept is a release's choice. Texts are ranked:
those examined before come first, then the new ones by their ids, so the lake's physical layout has no say. An edge is a
row of the later one.

``equal``      has the same words in the same order as its hub, the first of its kind.
``crowded``    resembles its hub; there were too many alike to compare each with each.
``resembles``  one that is no hub's resembles another such, by at least the threshold.

The first two leave a text to its hub: it has one such row and no other, and nothing points to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from filters.near.buckets import NO_PAIRS, Pairs, Sketches, candidates, earlier, later
from filters.near.exact import Read, jaccard
from filters.near.shingles import blocks, shingles
from filters.near.sketch import Settings, sketches
from filters.near.store import TEXTS, Store

TURNS = 8
"""Rounds in which crowds are left to their hubs; each reads the texts it compares."""
FIRST = 16
"""Texts of a crowd that is one still then, with which each of it is compared."""

EXAMINED = pa.schema([("id", pa.string()), ("against", pa.string()), ("score", pa.float64())])
"""Texts that have been examined: with the hub that each was left to, or null."""
EDGES = pa.schema([("id", pa.string()), ("against", pa.string()), ("score", pa.float64()), ("reason", pa.string())])
"""Rows of the new texts in their order; one that has no edge of its own has a row of nulls."""


def examine(
    store: Store,
    settings: Settings,
    read: Read,
    new: pa.Table,
    examined: pa.Table,
    tell: Callable[[int], None] = lambda count: None,
) -> pa.Table:
    """The EDGES of new texts (a table with their ``id``, each once), given those EXAMINED before.

    Sketches are kept in the store block by block, and what is there is not read again for them. ``tell`` hears of how
    many new texts there are sketches.
    """
    sketch(store, settings, read, new["id"], tell)
    sketch(store, settings, read, examined["id"])
    ranked = rank(store, new, examined)
    return Examination(store, settings, read, ranked).edges()


def sketch(
    store: Store, settings: Settings, read: Read, ids: pa.ChunkedArray, tell: Callable[[int], None] = lambda count: None
) -> None:
    """Have the sketches of some texts in the store: those that are not there are made."""
    wanted = pl.DataFrame({"id": pl.from_arrow(ids)}, schema={"id": pl.String})
    known = pl.DataFrame({"id": pl.from_arrow(store.ids())}, schema={"id": pl.String})
    missing = wanted.join(known, on="id", how="anti", maintain_order="left")["id"].to_arrow().cast(pa.string())
    tell(len(wanted) - len(missing))
    if not len(missing):
        return
    waiting: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []

    def keep() -> None:
        if waiting:
            places, *columns = map(np.concatenate, zip(*waiting, strict=True))
            store.add(missing.take(pa.array(places)), *columns)
            tell(len(places))
            waiting.clear()

    for batch in read(pa.table({"id": missing, "place": np.arange(len(missing))})):
        for part in blocks(batch["text"]):
            found = shingles(batch["text"][part], settings.ngram)
            made = sketches(found, settings.hashes)
            # A copy: as long as one column of a batch is held, its text is.
            places = batch["place"].to_numpy()[part].copy()
            waiting.append((places, found.words, found.fingerprints, made))
        if sum(len(places) for places, *_ in waiting) >= TEXTS:
            keep()
    keep()


@dataclass(frozen=True)
class Ranked:
    """Texts by rank: ``ids``, ``rows`` (n,) int64 in the store, ``new`` (n,) bool, and of those examined before the
    rank of the ``hub`` each was left to, (n,) int64, -1 for none, with its ``scores`` (n,) float64."""

    ids: pa.ChunkedArray
    rows: np.ndarray
    new: np.ndarray
    hubs: np.ndarray
    scores: np.ndarray


def rank(store: Store, new: pa.Table, examined: pa.Table) -> Ranked:
    """Put texts in order: those examined before, then the new ones, each by id. Of those the store lacks none is in."""
    stored = pl.DataFrame({"id": pl.from_arrow(store.ids())}, schema={"id": pl.String}).with_row_index("row")
    stored = stored.unique("id", keep="first")
    before = pl.DataFrame(pl.from_arrow(examined.cast(EXAMINED))).with_columns(new=pl.lit(False))
    fresh = pl.DataFrame({"id": pl.from_arrow(new["id"])}, schema={"id": pl.String}).with_columns(new=pl.lit(True))
    texts = pl.concat([before, fresh], how="diagonal").join(stored, on="id").sort("new", "id").with_row_index("rank")
    hubs = texts.select(against="id", hub=pl.col("rank").cast(pl.Int64))
    texts = texts.join(hubs, on="against", how="left", maintain_order="left")
    return Ranked(
        pa.chunked_array([texts["id"].to_arrow().cast(pa.string())]),
        texts["row"].cast(pl.Int64).to_numpy(),
        texts["new"].to_numpy(),
        texts["hub"].fill_null(-1).to_numpy().copy(),
        texts["score"].fill_null(0.0).to_numpy().copy(),
    )


class Examination:
    """The search for edges, from the cheap to the dear: equal words, then crowds, then pairs."""

    def __init__(self, store: Store, settings: Settings, read: Read, ranked: Ranked) -> None:
        self.store, self.settings, self.read, self.ranked = store, settings, read, ranked
        self.hubs, self.scores, self.new = ranked.hubs, ranked.scores, ranked.new
        self.equal = np.zeros(len(self.hubs), bool)
        self.said = store.column("words")[ranked.rows] > 0
        """Whether there is a word in it: a text without any resembles nothing."""
        self.crowding = np.zeros(len(self.hubs), bool)
        """Hubs of crowds: these are left to nobody, for what was left to them need not resemble another."""
        self.sketches = Sketches(store, ranked.rows, settings)
        self.unlike = NO_PAIRS
        """Pairs that were compared and do not resemble each other."""

    def edges(self) -> pa.Table:
        self.leave_equals()
        return self.table(*self.resembling(self.leave_crowds()))

    @property
    def active(self) -> np.ndarray:
        """Those that are left to nobody."""
        return self.said & (self.hubs < 0)

    def leave_equals(self) -> None:
        """Leave each new text to the first with the same words; where that one is left to another, to the other."""
        texts = np.flatnonzero(self.said)
        _, kinds = np.unique(self.store.column("fingerprint")[self.ranked.rows[texts]], return_inverse=True)
        firsts = np.full(kinds.max(initial=-1) + 1, len(self.hubs))
        np.minimum.at(firsts, kinds, texts)
        first = firsts[kinds]
        same = self.new[texts] & (texts > first)
        texts, first = texts[same], first[same]
        left = self.hubs[first] >= 0
        self.equal[texts] = ~left | (self.scores[first] == 1)
        self.scores[texts] = np.where(left, self.scores[first], 1.0)
        self.hubs[texts] = np.where(left, self.hubs[first], first)

    def leave_crowds(self) -> Pairs:
        """Where more than ``crowd`` texts share a bucket, leave to the first of them all that resemble it, in as many
        turns as somebody is left to somebody; then to the second, and so on, TURNS in all. Returns the pairs of the
        others that may resemble each other: of what is a crowd still, each text with the FIRST only.
        """
        place = 0
        for _ in range(TURNS):
            others, in_crowds = candidates(self.sketches, self.active, self.new, range(place, place + 1))
            if in_crowds is None:
                return others
            left = self.leave(*self.resembling(in_crowds))
            place = 0 if left else place + 1
        others, in_crowds = candidates(self.sketches, self.active, self.new, range(FIRST))
        return others if in_crowds is None else np.union1d(others, in_crowds)

    def leave(self, pairs: Pairs, scores: np.ndarray) -> int:
        """Leave the later one of each pair to the earlier one it resembles most; returns how many that were."""
        free = ~self.crowding[later(pairs)]
        pairs, scores = pairs[free], scores[free]
        order = np.lexsort((earlier(pairs), -scores, later(pairs)))
        texts, best = np.unique(later(pairs)[order], return_index=True)
        hubs, scores = earlier(pairs)[order][best], scores[order][best]
        settled = ~np.isin(hubs, texts)  # a hub that may itself be left to another has none in its turn
        self.hubs[texts[settled]], self.scores[texts[settled]] = hubs[settled], scores[settled]
        self.crowding[hubs[settled]] = True
        # What equals one that is left to another now is left to that, too.
        moved = np.flatnonzero(self.new & (self.hubs >= 0))
        moved = moved[self.hubs[self.hubs[moved]] >= 0]
        hub = self.hubs[moved]
        self.equal[moved] = False
        self.hubs[moved], self.scores[moved] = self.hubs[hub], self.scores[hub]
        return int(settled.sum())

    def resembling(self, pairs: Pairs) -> tuple[Pairs, np.ndarray]:
        """Those of some pairs that resemble each other, with their similarity."""
        pairs = np.setdiff1d(pairs, self.unlike, assume_unique=True)
        scores = jaccard(pairs, self.ranked.ids, self.read, self.settings.ngram, self.store.folder)
        alike = scores >= self.settings.threshold
        self.unlike = np.union1d(self.unlike, pairs[~alike])
        return pairs[alike], scores[alike]

    def table(self, pairs: Pairs, scores: np.ndarray) -> pa.Table:
        left = np.flatnonzero(self.new & (self.hubs >= 0))
        alone = np.setdiff1d(np.flatnonzero(self.new), np.concatenate([left, later(pairs)]))
        texts = np.concatenate([left, later(pairs), alone])
        against = np.concatenate([self.hubs[left], earlier(pairs), np.full(len(alone), -1)])
        score = np.concatenate([self.scores[left], scores, np.zeros(len(alone))])
        kinds = np.concatenate([np.where(self.equal[left], 0, 1), np.full(len(pairs), 2), np.full(len(alone), 3)])
        order = np.lexsort((against, texts))
        none = (against < 0)[order]
        reasons = pa.array(["equal", "crowded", "resembles", None], pa.string())
        columns = [
            self.ranked.ids.take(pa.array(texts[order])),
            self.ranked.ids.take(pa.array(against[order], mask=none)),
            pa.array(score[order], mask=none),
            reasons.take(pa.array(kinds[order])),
        ]
        return pa.table(columns, schema=EDGES)
