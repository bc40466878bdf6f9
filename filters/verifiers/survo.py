"""Survo: a table whose last row and column are sums, its empty cells filled with the given numbers, each used once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from filters.finding import Finding
from filters.verifiers.grid import read
from filters.verifiers.number import parse
from filters.verify import Key, UnusableKey, verifier

LARGEST = 30
"""Rows of a table."""


@verifier("survo", reasons=("not_a_table", "changed_clue", "wrong_numbers", "wrong_sum"))
def survo(answer: str, key: Key) -> Finding:
    """``spec``: ``puzzle`` (rows, 0 where a cell is empty) and ``candidate_numbers``."""
    puzzle: Any = key.spec.get("puzzle")
    candidates: Any = key.spec.get("candidate_numbers")
    numbered = isinstance(candidates, list | tuple) and all(type(number) is int for number in candidates)
    if not usable(puzzle) or not numbered:
        raise UnusableKey(f"survo needs a square puzzle and candidate_numbers, found {str(key.spec)[:200]}")
    size = len(puzzle)
    rows = read(answer) or ()
    table = [[parse(cell) for cell in row] for row in rows]
    if len(table) != size or any(len(row) != size or None in row for row in table):
        return Finding.fail("not_a_table", says=f"{answer[:60]} is not a table of {size} rows of {size}", tier="rules")
    values = [[cell or 0 for cell in row] for row in table]
    said = "; ".join(" ".join(map(str, row)) for row in values)
    known: dict[str, Any] = {"answer": said, "tier": "rules"}
    pairs = [pair for rows in zip(values, puzzle, strict=True) for pair in zip(*rows, strict=True)]
    if any(cell and value != cell for value, cell in pairs):
        return Finding.fail("changed_clue", says="it changes a number that was given", **known)
    if Counter(value for value, cell in pairs if not cell) != Counter(candidates):
        return Finding.fail("wrong_numbers", says=f"it does not use {candidates} once each", **known)
    for lines, name in ((values, "row"), (list(zip(*values, strict=True)), "column")):
        for index, line in enumerate(lines):
            if sum(line[:-1]) != line[-1]:
                return Finding.fail("wrong_sum", says=f"{name} {index + 1} does not give its sum", **known)
    return Finding.passed(**known)


def usable(puzzle: Any) -> bool:
    return (
        isinstance(puzzle, list | tuple)
        and 2 <= len(puzzle) <= LARGEST
        and all(isinstance(row, list | tuple) and len(row) == len(puzzle) for row in puzzle)
        and all(type(cell) is int for row in puzzle for cell in row)
    )
