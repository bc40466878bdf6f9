"""n queens: a board with one queen in every row and column, none on a diagonal with another, the given ones kept."""

from __future__ import annotations

from filters.finding import Finding
from filters.verifiers.grid import read
from filters.verify import Key, UnusableKey, verifier

LARGEST = 50
"""Rows of a board."""


@verifier("queens", reasons=("not_a_board", "changed_clue", "attacked"))
def queens(answer: str, key: Key) -> Finding:
    """``spec["puzzle"]`` is rows of ``Q`` and ``_``."""
    puzzle = key.spec.get("puzzle")
    size = len(puzzle) if isinstance(puzzle, list | tuple) else 0
    if not 1 <= size <= LARGEST or not all(
        isinstance(row, list | tuple) and len(row) == size and all(cell in ("Q", "_") for cell in row)
        for row in puzzle or ()
    ):
        raise UnusableKey(f"a square board of Q and _ was expected, found {str(puzzle)[:200]}")
    given = {(row, column) for row in range(size) for column in range(size) if (puzzle or ())[row][column] == "Q"}
    rows = read(answer) or ()
    board = [tuple(row[0]) if len(row) == 1 else row for row in rows]
    if len(board) != size or any(len(row) != size or not set(row) <= {"Q", "_", "."} for row in board):
        return Finding.fail("not_a_board", says=f"{answer[:60]} is not a board of {size} rows", tier="rules")
    placed = {(row, column) for row in range(size) for column in range(size) if board[row][column] == "Q"}
    said = " ".join(f"{row + 1},{column + 1}" for row, column in sorted(placed))
    if not given <= placed:
        return Finding.fail("changed_clue", says="it moves a queen that was given", answer=said, tier="rules")
    lines = (
        {row for row, _ in placed},
        {column for _, column in placed},
        {row + column for row, column in placed},
        {row - column for row, column in placed},
    )
    if len(placed) != size or any(len(line) < size for line in lines):
        return Finding.fail(
            "attacked", says=f"not {size} queens of which none attacks another", answer=said, tier="rules"
        )
    return Finding.passed(answer=said, tier="rules")
