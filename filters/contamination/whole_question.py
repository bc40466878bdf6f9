"""The whole question stands in the problem, word for word, the boilerplate around it left out.

A question of less than eight words says too little to be looked for in a longer text: "What is 2 + 2?" leaks where it
is the problem, boilerplate aside, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from filters.contamination.block import Block, Hit
from filters.contamination.grams import Runs
from filters.contamination.stoplist import GRAM

NAME = "whole_question"
SHORT = 120
"""Words of a problem up to which it may be a light question with boilerplate around it."""


def whole_question(block: Block) -> Iterator[Hit]:
    index, runs = block.index, block.runs
    begin, hashes = runs.of(GRAM)
    which, anchor = index.anchors.find(hashes)
    item = index.runs.text[anchor]
    low, high = index.core[item].T
    begin = begin[which] - (anchor - low)
    end = begin + high - low
    text = runs.text[begin + anchor - low]
    inside = (begin >= block.starts[text]) & (end <= block.starts[text + 1])
    begin, end, low, high, item, text = (one[inside] for one in (begin, end, low, high, item, text))
    same = runs.between(begin, end) == index.runs.between(low, high)
    for place in np.flatnonzero(same):
        start = block.starts[text[place]]
        yield Hit(int(text[place]), int(item[place]), NAME, 1.0, int(begin[place] - start), int(end[place] - start))
    yield from light(block)


def light(block: Block) -> Iterator[Hit]:
    """Problems that are, but for boilerplate, a light question."""
    alone, words = block.index.alone
    lengths = block.words.lengths
    short = np.unique(block.runs.text[words.find(block.flat)[0]])
    short = short[lengths[short] <= SHORT]
    if not len(short):
        return
    mask = np.zeros(len(block.words), bool)
    mask[short] = True
    of_short = mask[block.runs.text]
    flat = block.flat[of_short]
    starts = np.concatenate([[0], np.cumsum(lengths[short])])
    kept = ~block.index.stops.silent(flat, starts, labels=True)
    bare = np.concatenate([[0], np.cumsum(kept)])[starts]
    runs = Runs(flat[kept], bare)
    for which, item in zip(*alone.find(runs.between(bare[:-1], bare[1:])), strict=True):
        places = np.flatnonzero(kept[starts[which] : starts[which + 1]])
        yield Hit(int(short[which]), int(item), NAME, 1.0, int(places[0]), int(places[-1]) + 1)
