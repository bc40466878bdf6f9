"""A problem that says what the question says in other words: proposed by rare words, confirmed by rapidfuzz.

A question is proposed where at least half of its ten rarest words stand in the problem, and nearly all the numbers
among them. The part of the problem that holds most of its words is compared with it, both with their words sorted
(``token_sort_ratio``), so that the order does not matter; and the numbers have to be the question's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

import numpy as np
from rapidfuzz import fuzz

from filters.contamination.block import Block, Hit
from filters.contamination.index import Index
from filters.contamination.normalise import IS_NUMBER
from filters.contamination.numbers import CHANGED, numbers_of

SHARED = 0.5
"""Share of a question's rarest words that propose it."""
FEWEST = 4
"""Rare words that a question has to have."""
ROOM = 1.5
"""A paraphrase is this much longer than the question at most; what is longer has other things in it as well."""
PRESENT = 0.8
"""Share of the question's numbers that have to be there."""


def fuzzy(block: Block, known: Container[tuple[int, int]] = ()) -> Iterator[Hit]:
    """Hits of pairs (text, item) that no cheaper method has found."""
    if block.settings.fuzzy is None:
        return
    for text, item in proposed(block):
        if (text, item) in known:
            continue
        question = block.question(item)
        begin, end = likest(block.of(text), question)
        part = block.of(text, begin, end)
        if not same_numbers(question, part):
            continue
        words = block.words.of(text)[begin:end]
        score = likeness(block.index, item, words)
        if score >= block.settings.fuzzy:
            yield Hit(text, item, "fuzzy", round(score, 4), begin, end)


def proposed(block: Block) -> Iterator[tuple[int, int]]:
    """(text, item) pairs that share enough rare words."""
    table, wanted, numbers = block.index.rarest
    items, known = max(1, len(block.index)), max(1, len(block.words.known))
    text, code = np.divmod(distinct(block.runs.text * known + block.words.codes)[0], known)
    word = block.words.hashes[code]
    which, item = table.find(word)
    pairs = text[which] * items + item
    pair, count = distinct(pairs)
    enough = (count >= np.ceil(SHARED * wanted)[pair % items]) & (wanted[pair % items] >= FEWEST)
    pair = pair[enough]
    with_number, count = distinct(pairs[word[which] & np.uint64(3) == IS_NUMBER])
    # Both are in order; a pair without any number in common has none there.
    place = np.searchsorted(with_number, pair)
    same = np.append(with_number, -1)[place] == pair
    there = np.where(same, np.append(count, 0)[place], 0)
    for one in pair[there >= PRESENT * numbers[pair % items]].tolist():
        yield divmod(one, items)


def distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each value once, in order, and how often it is there. (numpy's own takes several times as long.)"""
    values = np.sort(values)
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]])) if len(values) else values
    return values[first], np.diff(np.append(first, len(values)))


def likest(text: np.ndarray, question: np.ndarray) -> tuple[int, int]:
    """[begin, end) of the part of the text that holds most of the question's words, trimmed to them."""
    there = np.isin(text, question)
    room = min(len(text), int(ROOM * len(question)) + 1)
    sums = np.concatenate([[0], np.cumsum(there)])
    begin = int(np.argmax(sums[room:] - sums[: len(sums) - room]))
    places = begin + np.flatnonzero(there[begin : begin + room])
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (begin, begin + room)


def likeness(index: Index, item: int, words: list[str]) -> float:
    """0 to 1."""
    low, high = index.core[item]
    question = [index.words.known[code] for code in index.words.codes[low:high]]
    return fuzz.token_sort_ratio(" ".join(question), " ".join(words)) / 100


def same_numbers(question: np.ndarray, part: np.ndarray) -> bool:
    """Nearly all numbers of the question stand in the part, and hardly one has another in its place."""
    asked, there = Counter(numbers_of(question)), Counter(numbers_of(part))
    if not asked:
        return True
    gone, new = (asked - there).total(), (there - asked).total()
    return gone <= (1 - PRESENT) * asked.total() and min(gone, new) <= CHANGED * asked.total()
