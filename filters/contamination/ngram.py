"""Thirteen words in a row that stand in both, boilerplate not counted; the score is the share of the question they
are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from filters.contamination.block import MARGIN, Block, Hit
from filters.contamination.numbers import agree


def ngram(block: Block) -> Iterator[Hit]:
    shared, index = block.stretches, block.index
    weight = index.weight(shared.at, shared.to)
    firsts, lasts = shared.pairs()
    if not len(firsts):
        return
    long = np.maximum.reduceat(weight, firsts) >= block.settings.ngram
    for first, last in zip(firsts[long], lasts[long], strict=True):
        best = first + int(np.argmax(weight[first:last]))
        text, item = int(shared.text[best]), int(shared.item[best])
        start, at = block.starts[text], index.starts[item]
        begin, end = int(shared.begin[best] - start), int(shared.end[best] - start)
        low, high = int(shared.at[best] - at), int(shared.to[best] - at)
        asked = index.flat[at + max(0, low - MARGIN) : min(at + high + MARGIN, index.starts[item + 1])]
        if agree(asked, block.around(text, begin, end)):
            yield Hit(text, item, "ngram", round(float(weight[best] / index.total[item]), 4), begin, end)
