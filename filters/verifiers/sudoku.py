"""Sudoku and futoshiki, by their rules: any filled board that keeps what was given will do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from filters.finding import Finding
from filters.verifiers.grid import read
from filters.verify import Key, UnusableKey, verifier

LARGEST = 36
"""Rows of a board."""
REASONS = ("not_a_board", "changed_clue", "repeated_number", "broken_constraint")
LINES = str.maketrans(dict.fromkeys("|<>∧∨", " "))

Board = list[list[int]]


@verifier("sudoku", reasons=REASONS[:3])
def sudoku(answer: str, key: Key) -> Finding:
    """``spec["puzzle"]`` is rows of numbers, 0 where it is empty; boxes are square."""
    puzzle = given(key)
    side = math.isqrt(len(puzzle))
    if side * side != len(puzzle):
        raise UnusableKey(f"a sudoku of square boxes was expected, found {len(puzzle)} rows")
    boxes = [
        [(top + row, left + column) for row in range(side) for column in range(side)]
        for top in range(0, len(puzzle), side)
        for left in range(0, len(puzzle), side)
    ]
    return filled(answer, puzzle, boxes, [])


@verifier("futoshiki", reasons=REASONS)
def futoshiki(answer: str, key: Key) -> Finding:
    """``spec["constraints"]`` are (row, column, row, column, ``<`` or ``>``), counted from 0."""
    puzzle = given(key)
    constraints = key.spec.get("constraints")
    if not isinstance(constraints, list | tuple) or not all(constraint(one, len(puzzle)) for one in constraints):
        raise UnusableKey(f"futoshiki needs constraints, found {str(constraints)[:200]}")
    return filled(answer, puzzle, [], list(constraints))


def given(key: Key) -> Board:
    """The puzzle of a key. Raises UnusableKey when it is no square of whole numbers."""
    puzzle = key.spec.get("puzzle")
    size = len(puzzle) if isinstance(puzzle, list | tuple) else 0
    if not 1 <= size <= LARGEST or not all(isinstance(row, list | tuple) and len(row) == size for row in puzzle or ()):
        raise UnusableKey(f"a square puzzle was expected, found {str(puzzle)[:200]}")
    board = [list(row) for row in puzzle or ()]
    if not all(type(cell) is int and 0 <= cell <= size for row in board for cell in row):
        raise UnusableKey(f"numbers from 0 to {size} were expected, found {str(puzzle)[:200]}")
    return board


def constraint(one: Any, size: int) -> bool:
    return (
        isinstance(one, list | tuple)
        and len(one) == 5
        and all(type(place) is int and 0 <= place < size for place in one[:4])
        and one[4] in ("<", ">")
    )


def filled(answer: str, puzzle: Board, boxes: list[list[tuple[int, int]]], constraints: list[Any]) -> Finding:
    size = len(puzzle)
    board = numbers(answer, size)
    if board is None:
        says = f"{answer[:60]} is not a board of {size} rows of the numbers 1 to {size}"
        return Finding.fail("not_a_board", says=says, tier="rules")
    said = "; ".join(" ".join(map(str, row)) for row in board)
    known: dict[str, Any] = {"answer": said, "tier": "rules"}
    for row, cells in enumerate(puzzle):
        for column, cell in enumerate(cells):
            if cell and board[row][column] != cell:
                says = f"row {row + 1}, column {column + 1} is {cell} in the puzzle, not {board[row][column]}"
                return Finding.fail("changed_clue", says=says, **known)
    for where, places in groups(size, boxes):
        if len({board[row][column] for row, column in places}) < size:
            return Finding.fail("repeated_number", says=f"{where} holds a number twice", **known)
    for top, left, bottom, right, sign in constraints:
        first, second = board[top][left], board[bottom][right]
        if not (first < second if sign == "<" else first > second):
            return Finding.fail("broken_constraint", says=f"{first} {sign} {second} does not hold", **known)
    return Finding.passed(**known)


def groups(size: int, boxes: list[list[tuple[int, int]]]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    for index in range(size):
        yield f"row {index + 1}", [(index, column) for column in range(size)]
        yield f"column {index + 1}", [(row, index) for row in range(size)]
    for index, box in enumerate(boxes):
        yield f"box {index + 1}", box


def numbers(answer: str, size: int) -> Board | None:
    """A board of numbers from 1 to its size; the signs and lines that are drawn between its cells are left out."""
    lines = [line for line in answer.translate(LINES).splitlines() if line.strip("-+= \t")]
    rows = read("\n".join(lines))
    if rows is None or len(rows) != size:
        return None
    if size <= 9:
        rows = tuple(tuple(row[0]) if len(row) == 1 else row for row in rows)
    known = {str(number): number for number in range(1, size + 1)}
    board = [[known.get(cell, 0) for cell in row] for row in rows]
    return board if all(len(row) == size and all(row) for row in board) else None
