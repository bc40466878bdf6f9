"""Graph colouring: a JSON map of every vertex to a colour, with no edge between two of the same colour."""

from __future__ import annotations

import re
from typing import Any

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

PAIR = r'(?:"\d{1,6}"|\d{1,6})\s*:\s*(?:"\d{1,6}"|\d{1,6})'
MAP = re.compile(rf"\{{\s*{PAIR}(?:\s*,\s*{PAIR})*\s*\}}", re.ASCII)
LONGEST = 50_000
"""Characters of an answer."""


@verifier("coloring", reasons=("not_a_map", "wrong_vertices", "wrong_color", "same_color"))
def coloring(answer: str, key: Key) -> Finding:
    """``spec["puzzle"]`` holds ``vertices``, ``edges`` (pairs) and ``color_options``, all whole numbers."""
    puzzle: Any = key.spec.get("puzzle")
    if not usable(puzzle):
        raise UnusableKey(f"a graph of vertices, edges and color_options was expected, found {str(puzzle)[:200]}")
    said = answer.strip()
    if len(said) > LONGEST or not MAP.fullmatch(said):
        says = f"{said[:60]} is not a JSON map of vertices to colours"
        return Finding.fail("not_a_map", says=says, tier="rules")
    found = re.findall(r"[0-9]+", said)
    colors = dict(zip(map(int, found[::2]), map(int, found[1::2]), strict=True))
    known: dict[str, Any] = {"answer": " ".join(f"{one}:{colors[one]}" for one in sorted(colors)), "tier": "rules"}
    if len(colors) < len(found) // 2 or set(colors) != set(puzzle["vertices"]):
        return Finding.fail("wrong_vertices", says="it does not name every vertex once", **known)
    if not set(colors.values()) <= set(puzzle["color_options"]):
        return Finding.fail("wrong_color", says="it uses a colour that is not given", **known)
    for one, other in puzzle["edges"]:
        if colors[one] == colors[other]:
            says = f"{one} and {other} are connected and both have colour {colors[one]}"
            return Finding.fail("same_color", says=says, **known)
    return Finding.passed(**known)


def usable(puzzle: Any) -> bool:
    def whole(numbers: Any) -> bool:
        return isinstance(numbers, list | tuple) and all(type(number) is int for number in numbers)

    return (
        isinstance(puzzle, dict)
        and whole(puzzle.get("vertices"))
        and whole(puzzle.get("color_options"))
        and isinstance(puzzle.get("edges"), list | tuple)
        and all(whole(edge) and len(edge) == 2 and set(edge) <= set(puzzle["vertices"]) for edge in puzzle["edges"])
    )
