"""Whether a problem asks with the numbers of the question: the same template with other numbers is another problem.

Both are aligned word by word. A number of the question that is gone, with a number in its place that the question does
not have, is a changed one. One changed number in ten is let pass; numbers that are only left out or added change
nothing, for a leak may be cut, and may stand in a longer text.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from rapidfuzz.distance import Levenshtein

from filters.contamination.normalise import IS_NUMBER

CHANGED = 0.1
"""Share of the question's numbers that may be others."""
OPEN = 3
"""Words of the question behind the last common one (or before the first) that may have a counterpart; more are cut."""


def numbers_of(words: np.ndarray) -> list[int]:
    return words[words & np.uint64(3) == IS_NUMBER].tolist()


def agree(question: np.ndarray, problem: np.ndarray) -> bool:
    """Both are (n_words,) hashes; the problem's only of the part that is like the question."""
    asked = Counter(numbers_of(question))
    if not asked:
        return True
    there = Counter(numbers_of(problem))
    gone = asked - there
    if not gone:
        return True
    new = there - asked
    return not new or changed(question, problem, gone, new) <= CHANGED * asked.total()


def changed(question: np.ndarray, problem: np.ndarray, gone: Counter[int], new: Counter[int]) -> int:
    """How many numbers of the question have another one in their place."""
    count = 0
    left, right = question.tolist(), problem.tolist()
    for low, high, begin, end in differing(left, right):
        if (low == 0 and high - low > OPEN) or (high == len(left) and high - low > OPEN):
            continue
        if low == 0:
            begin = max(begin, end - (high - low))
        elif high == len(left):
            end = min(end, begin + (high - low))
        lost = Counter(word for word in left[low:high] if word in gone)
        come = Counter(word for word in right[begin:end] if word in new)
        count += min(lost.total(), come.total())
    return count


def differing(left: list[int], right: list[int]) -> list[tuple[int, int, int, int]]:
    """The parts between the words that both have: [low, high) of the left one, [begin, end) of the right one."""
    found: list[tuple[int, int, int, int]] = []
    for op in Levenshtein.opcodes(left, right):
        if op.tag == "equal":
            continue
        if found and found[-1][1] == op.src_start and found[-1][3] == op.dest_start:
            low, _, begin, _ = found.pop()
            found.append((low, op.src_end, begin, op.dest_end))
        else:
            found.append((op.src_start, op.src_end, op.dest_start, op.dest_end))
    return found
