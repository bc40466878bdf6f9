"""Rush hour: moves such as ``A+1 C-2``, every step of which must be free, that bring car A to the exit."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

SIDE = 6
EXIT = (2, SIDE - 1)
"""Row and column that car A must reach."""
MOVES = re.compile(r"[A-Z][+-][1-9](?:[\s,]+[A-Z][+-][1-9])*")
LONGEST = 5000
"""Characters of an answer."""

Car = list[tuple[int, int]]


@verifier("rush-hour", reasons=("not_moves", "no_such_car", "illegal_move", "not_solved"))
def rush_hour(answer: str, key: Key) -> Finding:
    """``spec["board_config"]`` is the board's 36 cells: ``o`` empty, ``x`` wall, any other letter a car.

    As in the puzzle's text, the cars go by A, B, C, ... in the order of their letters, A being the red one.
    """
    cars, walls = board(key.spec.get("board_config"))
    said = answer.strip()
    if len(said) > LONGEST or not MOVES.fullmatch(said):
        return Finding.fail("not_moves", says=f"{said[:60]} is not a row of moves such as A+1 C-2", tier="rules")
    known: dict[str, Any] = {"answer": " ".join(re.split(r"[\s,]+", said)), "tier": "rules"}
    for number, move in enumerate(re.split(r"[\s,]+", said), start=1):
        car = cars.get(move[0])
        if car is None:
            return Finding.fail("no_such_car", says=f"move {number}, {move}: there is no car {move[0]}", **known)
        for _ in range(int(move[2])):
            taken = walls.union(*(set(other) for name, other in cars.items() if name != move[0]))
            car = step(car, 1 if move[1] == "+" else -1)
            if any(cell in taken or not (0 <= cell[0] < SIDE and 0 <= cell[1] < SIDE) for cell in car):
                return Finding.fail("illegal_move", says=f"move {number}, {move}: the way is not free", **known)
            cars[move[0]] = car
    if EXIT not in cars["A"]:
        return Finding.fail("not_solved", says="car A is not at the exit", **known)
    return Finding.passed(**known)


def step(car: Car, by: int) -> Car:
    along = len({row for row, _ in car}) == 1
    return [(row, column + by) if along else (row + by, column) for row, column in car]


def board(config: Any) -> tuple[dict[str, Car], set[tuple[int, int]]]:
    """The cars by the letter the puzzle's text gives them, and the walls. Raises UnusableKey for another board."""
    if not isinstance(config, str) or not re.fullmatch(rf"[A-Zox]{{{SIDE * SIDE}}}", config):
        raise UnusableKey(f"a board of {SIDE * SIDE} cells was expected, found {str(config)[:60]!r}")
    cells: dict[str, Car] = defaultdict(list)
    for index, letter in enumerate(config):
        cells[letter].append(divmod(index, SIDE))
    walls = set(cells.pop("x", []))
    cells.pop("o", None)
    cars = {chr(ord("A") + index): cells[letter] for index, letter in enumerate(sorted(cells))}
    if any(len(car) not in (2, 3) or step(car, 1)[:-1] != car[1:] for car in cars.values()):
        raise UnusableKey("a car is not two or three cells in a line")
    if "A" not in cars or {row for row, _ in cars["A"]} != {EXIT[0]}:
        raise UnusableKey("car A does not stand in the row of the exit")
    return cars, walls
