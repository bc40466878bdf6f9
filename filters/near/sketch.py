"""MinHash sketches: in each of their slots two texts agree as often as their sets of shingles overlap.

The sketches are rensa's R-MinHash, after Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup 2017): one pass over the
shingles, and full slots also where there are fewer shingles than slots. Of each slot the low 16 bits are kept: two that
differ agree in these once in 65,536.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from filters.near import characters
from filters.near.shingles import Shingles
from warehouse import ids

VERSION = 1
"""Of what is called near: the verdicts' version."""
SEED = 20261124
RECALL = 0.99
"""Of pairs right at the threshold, the share that at least one band finds."""
DOUBT = 3.0
"""Standard errors by which a sketch may underrate a pair without its being passed over."""


@dataclass(frozen=True)
class Settings:
    """What "near" is to mean."""

    threshold: float = 0.8
    """Jaccard similarity of the sets of shingles from which two texts resemble each other."""
    ngram: int = 5
    """Words in a shingle."""
    hashes: int = 128
    """Slots of a sketch."""
    crowd: int = 64
    """Texts in one bucket up to which each is compared with each."""

    @property
    def rows(self) -> int:
        """Slots of a band: the most with which RECALL is kept (LSH after Indyk and Motwani: 1 - (1 - s^r)^b)."""
        fits = [r for r in range(1, self.hashes + 1) if self.found(self.threshold, r) >= RECALL]
        return max(fits, default=1)

    @property
    def bands(self) -> int:
        return self.hashes // self.rows

    def found(self, similarity: float, rows: int | None = None) -> float:
        """The chance that two texts of some similarity share a bucket."""
        rows = rows or self.rows
        return 1 - (1 - similarity**rows) ** (self.hashes // rows)

    @property
    def likely(self) -> float:
        """Share of slots in which two texts must agree to be compared word by word."""
        error = math.sqrt(self.threshold * (1 - self.threshold) / self.hashes)
        return self.threshold - DOUBT * error

    @property
    def digest(self) -> str:
        """Names the opinion: the verdicts' settings_hash."""
        return ids.digest(vars(self))

    @property
    def sketch_digest(self) -> str:
        """Names kept sketches: all that shapes them, which the threshold is not."""
        from rensa import RMinHash

        return ids.digest(characters.VERSION, RMinHash.ALGORITHM_VERSION, SEED, self.ngram, self.hashes)


def sketches(found: Shingles, hashes: int) -> np.ndarray:
    """(n_texts, hashes) uint16 of a block of texts."""
    from rensa import RMinHash

    # One array of rows, which the library then reads in place: small blocks never start its threads.
    offsets = found.offsets.astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(found.hashes, offsets, hashes, SEED)
    return np.array(matrix.to_rows(), dtype=np.uint32).astype(np.uint16).reshape(-1, hashes)
