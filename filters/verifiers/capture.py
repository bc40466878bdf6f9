"""Go: the move of Black that captures the most white stones at once. Any move that captures as many will do."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

LARGEST = 26
"""Rows of a board, whose columns go by letters."""
MOVE = re.compile(r"([A-Za-z])([0-9]{1,2})")

Point = tuple[int, int]


@verifier("capture", reasons=("not_a_move", "wrong_move"))
def capture(answer: str, key: Key) -> Finding:
    """``spec["board"]`` is rows of ``X`` (Black), ``O`` and ``.``, the top row first; C4 is column C, row 4 from below.

    The key is unusable where no move captures, or its own answer does not capture the most: both are frequent.
    """
    rows = board(key.spec.get("board"))
    best = captures(rows)
    if not all((match := MOVE.fullmatch(text.strip())) and point(match, rows) in best for text in key.answers):
        raise UnusableKey(f"another move captures more than {', '.join(key.answers)}")
    match = MOVE.fullmatch(answer.strip().rstrip("."))
    if match is None:
        return Finding.fail("not_a_move", says=f"{answer[:60]} is not a move such as C4", tier="rules")
    said = match[1].upper() + str(int(match[2]))
    if point(match, rows) in best:
        return Finding.passed(answer=said, tier="rules")
    return Finding.fail("wrong_move", says=f"{said} does not capture the most stones", answer=said, tier="rules")


def point(move: re.Match[str], rows: tuple[str, ...]) -> Point:
    return len(rows) - int(move[2]), ord(move[1].upper()) - ord("A")


@lru_cache(maxsize=64)
def captures(rows: tuple[str, ...]) -> frozenset[Point]:
    """The points where a black stone captures the most. Raises UnusableKey where none captures any."""
    found: dict[Point, int] = {}
    for row, line in enumerate(rows):
        for column, mark in enumerate(line):
            if mark == ".":
                taken: set[Point] = set()
                for near in beside((row, column), len(rows)):
                    if rows[near[0]][near[1]] == "O":
                        stones, liberties = group(near, rows)
                        taken |= stones if liberties == {(row, column)} else set()
                found[row, column] = len(taken)
    most = max(found.values(), default=0)
    if most == 0:
        raise UnusableKey("no move of Black captures a stone")
    return frozenset(place for place, count in found.items() if count == most)


def group(start: Point, rows: tuple[str, ...]) -> tuple[set[Point], set[Point]]:
    """The stones connected with one, and their liberties."""
    stones, liberties, todo = {start}, set(), [start]
    while todo:
        for near in beside(todo.pop(), len(rows)):
            mark = rows[near[0]][near[1]]
            if mark == ".":
                liberties.add(near)
            elif mark == "O" and near not in stones:
                stones.add(near)
                todo.append(near)
    return stones, liberties


def beside(place: Point, size: int) -> list[Point]:
    around = [(place[0] + down, place[1] + right) for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0))]
    return [(row, column) for row, column in around if 0 <= row < size and 0 <= column < size]


def board(found: Any) -> tuple[str, ...]:
    """The rows of a key's board. Raises UnusableKey."""
    rows = found if isinstance(found, list | tuple) else ()
    if not 1 <= len(rows) <= LARGEST or not all(
        isinstance(row, list | tuple) and len(row) == len(rows) and all(mark in ("X", "O", ".") for mark in row)
        for row in rows
    ):
        raise UnusableKey(f"a square board of X, O and . was expected, found {str(found)[:200]}")
    return tuple("".join(row) for row in rows)
