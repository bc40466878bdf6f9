"""Runs of eight words that stand in both reach at least half of the question, boilerplate not counted.

The order of the question's parts does not matter, so it finds questions that were rearranged, cut or added to.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from filters.contamination.block import Block, Hit
from filters.contamination.numbers import agree
from filters.contamination.stoplist import GRAM


def coverage(block: Block) -> Iterator[Hit]:
    shared, index = block.stretches, block.index
    firsts, lasts = shared.pairs()
    if not len(firsts):
        return
    most = np.add.reduceat(index.weight(shared.at, shared.to), firsts)  # as if none overlapped
    hopeful = most >= np.maximum(GRAM, block.settings.coverage * index.total[shared.item[firsts]])
    for first, last in zip(firsts[hopeful], lasts[hopeful], strict=True):
        text, item = int(shared.text[first]), int(shared.item[first])
        reached, upto = 0.0, 0
        for at, to in zip(shared.at[first:last].tolist(), shared.to[first:last].tolist(), strict=True):
            if to > upto:
                reached += index.sums[to] - index.sums[max(at, upto)]
                upto = to
        share = float(reached / index.total[item])
        if share < block.settings.coverage or reached < GRAM:
            continue
        begin = int(shared.begin[first:last].min() - block.starts[text])
        end = int(shared.end[first:last].max() - block.starts[text])
        if agree(block.question(item), block.around(text, begin, end)):
            yield Hit(text, item, "coverage", round(share, 4), begin, end)
