"""Intervals, inequalities in one variable, and what unions and differences make of them.

Two regions are cut at all their ends, put in order; they are equal when they agree on every end and between any two.
"""

from __future__ import annotations

import math
from functools import cmp_to_key

from filters.mathematics import numeric
from filters.mathematics.forms import head, sides, signs
from filters.mathematics.tree import INFINITY, Call, Name, Node, names, negative
from filters.mathematics.values import Opinion, endless, same

INTERVALS = {"tuple": (False, False), "[]": (True, True), "(]": (False, True), "[)": (True, False)}
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!=", "=": "="}
MOST_ENDS = 60


class NoRegion(Exception):
    """The tree is no set of real numbers with known ends."""


class Interval:
    def __init__(self, low: Node, high: Node, closed: tuple[bool, bool]) -> None:
        self.low, self.high, self.closed = low, high, closed


Region = Interval | tuple[str, list["Region"]]  # type: ignore[misc]
"""An interval, or ("cup" | "cap" | "minus", parts)."""


def is_region(node: Node) -> bool:
    """Whether a tree can be nothing but a region: an interval with a square bracket, a union, an inequality in x."""
    kind = head(node)
    if kind in ("(]", "[)", "cup", "cap", "minus", "where"):
        return True
    if kind == "tuple" and isinstance(node, Call):
        return len(node.args) == 2 and any(endless(one) is not None for one in node.args)
    if kind == "text" and isinstance(node, Call):
        return node.args == (Name("R"),)
    if kind == "rel":
        if signs(node) == ["in"]:
            return is_region(sides(node)[1])
        return solved(node) and signs(node) != ["="]
    if kind in ("or", "and") and isinstance(node, Call):
        return all(head(one) == "rel" and solved(one) for one in node.args) and any(is_region(one) for one in node.args)
    return False


def solved(node: Node) -> bool:
    """Whether a relation says of one bare variable where it lies: ``x > 2``, ``1 < x <= 3``."""
    parts, said = sides(node), signs(node)
    if any(sign not in FLIPPED for sign in said) or len(parts) > 3:
        return False
    bare = [isinstance(part, Name) for part in parts]
    if sum(bare) != 1 or (len(parts) == 3 and not bare[1]):
        return False
    return not any(names(part) for part in parts if not isinstance(part, Name))


def region(node: Node) -> tuple[str | None, Region]:
    """(name of the variable, region). Raises NoRegion."""
    kind = head(node)
    args = node.args if isinstance(node, Call) else ()
    if kind in INTERVALS and len(args) == 2:
        return None, Interval(args[0], args[1], INTERVALS[kind])
    if kind == "text" and args == (Name("R"),):
        return None, Interval(negative(INFINITY), INFINITY, (False, False))
    if kind == "set":
        return None, ("cup", [Interval(one, one, (True, True)) for one in args])
    if kind in ("cup", "cap", "minus"):
        return joined(kind, args)
    if kind == "where":
        name, found = region(args[1])
        if not isinstance(args[0], Name) or name != args[0].name:
            raise NoRegion
        return None, found
    if kind in ("or", "and"):
        return joined("cup" if kind == "or" else "cap", args)
    if kind == "rel":
        parts, said = sides(node), signs(node)
        if said == ["in"] and isinstance(parts[0], Name):
            return parts[0].name, region(parts[1])[1]
        if solved(node):
            return inequality(parts, said)
    raise NoRegion


def joined(kind: str, args: tuple[Node, ...]) -> tuple[str | None, Region]:
    found = [region(one) for one in args]
    variables = {name for name, _ in found if name is not None}
    if len(variables) > 1:
        raise NoRegion
    return next(iter(variables), None), (kind, [one for _, one in found])


def inequality(parts: tuple[Node, ...], said: list[str]) -> tuple[str | None, Region]:
    low, high = negative(INFINITY), INFINITY
    if len(parts) == 2:
        name, sign, end = parts[0], said[0], parts[1]
        if not isinstance(name, Name):
            name, sign, end = parts[1], FLIPPED[said[0]], parts[0]
        assert isinstance(name, Name)
        if sign == "=":
            return name.name, Interval(end, end, (True, True))
        if sign == "!=":
            every = Interval(low, high, (False, False))
            return name.name, ("minus", [every, Interval(end, end, (True, True))])
        if sign[0] == "<":
            return name.name, Interval(low, end, (False, sign == "<="))
        return name.name, Interval(end, high, (sign == ">=", False))
    name = parts[1]
    assert isinstance(name, Name)
    if said[0][0] == said[1][0] == "<":
        return name.name, Interval(parts[0], parts[2], (said[0] == "<=", said[1] == "<="))
    if said[0][0] == said[1][0] == ">":
        return name.name, Interval(parts[2], parts[0], (said[1] == ">=", said[0] == ">="))
    raise NoRegion


def intervals(found: Region) -> list[Interval]:
    if isinstance(found, Interval):
        return [found]
    return [one for part in found[1] for one in intervals(part)]


def same_region(one: Node, other: Node) -> Opinion:
    """Whether two regions are equal. Raises NoRegion where one of them is none."""
    (name, first), (name2, second) = region(one), region(other)
    if name is not None and name2 is not None and name != name2:
        return Opinion(False, "exact", "wrong_value")
    ends: list[tuple[float, Node]] = []
    for part in (*intervals(first), *intervals(second)):
        for end in (part.low, part.high):
            close = numeric.as_float(end)
            if close is None or names(end):
                raise NoRegion
            ends.append((close, end))
    if len(ends) > 4 * MOST_ENDS:
        raise NoRegion
    tiers = {"exact"}
    doubtful: list[Opinion] = []

    def order(this: tuple[float, Node], that: tuple[float, Node]) -> int:
        if math.isinf(this[0]) or math.isinf(that[0]):
            return (this[0] > that[0]) - (this[0] < that[0])
        gap = this[0] - that[0]
        if abs(gap) > 1e-6 * max(1.0, min(abs(this[0]), abs(that[0]))):
            return 1 if gap > 0 else -1
        opinion = same(this[1], that[1])
        tiers.add(opinion.tier)
        if opinion.equal is None:
            doubtful.append(opinion)
        if opinion.equal:
            return 0
        exact = numeric.real_value(Call("+", (this[1], negative(that[1]))))
        return 1 if exact is not None and exact > 0 else -1

    ends.sort(key=cmp_to_key(order))
    places: dict[int, int] = {}
    place = -1
    for index, (close, end) in enumerate(ends):
        if index == 0 or order(ends[index - 1], (close, end)):
            place += 1
        places[id(end)] = place
    if doubtful:
        return doubtful[0]

    def holds(found: Region, at: int, gap: bool) -> bool:
        """Whether a region holds an end, or what lies between it and the next."""
        if isinstance(found, Interval):
            low, high = places[id(found.low)], places[id(found.high)]
            if gap:
                return low <= at < high
            infinite = endless(ends_at[at]) is not None
            if infinite:
                return False
            return (
                low < at < high
                or (low == at and found.closed[0] and (high > at or found.closed[1]))
                or (high == at and found.closed[1] and low < at)
            )
        parts = [holds(part, at, gap) for part in found[1]]
        return {"cup": any(parts), "cap": all(parts), "minus": bool(parts) and parts[0] and not any(parts[1:])}[
            found[0]
        ]

    ends_at = {places[id(end)]: end for _, end in ends}
    alike = all(
        holds(first, at, gap) == holds(second, at, gap)
        for at in range(-1, place + 1)
        for gap in (False, True)
        if at >= 0 or gap
    )
    tier = next(one for one in ("symbolic", "algebra", "numeric", "exact") if one in tiers)
    return Opinion(alike, tier, "" if alike else "wrong_value")
