"""Equations and inequalities with variables: equal up to a factor that is not zero.

``2y = 4x + 2`` is ``y = 2x + 1``. The factor is found at one fixed point and then proven everywhere: d1 and d2 being
the differences of the sides, d1(x) d2(p) = d2(x) d1(p) must hold as values do.
"""

from __future__ import annotations

from fractions import Fraction

from filters.mathematics import numeric
from filters.mathematics.exact import Undefined, rational
from filters.mathematics.forms import sides, signs
from filters.mathematics.regions import FLIPPED
from filters.mathematics.tree import Call, Name, Node, Num, minus, names, swap
from filters.mathematics.values import WRONG, Opinion, same

POINTS = ((3, 5, 2, 7, 11, 13), (2, 7, 5, 3, 13, 17), (-3, 4, 9, 8, 5, 19))


def same_relation(one: Node, other: Node) -> Opinion:
    """Whether two relations say the same."""
    said, said2 = signs(one), signs(other)
    if len(said) > 1 or len(said2) > 1:
        return chained(one, other)
    variables = sorted(names(Call("list", (*sides(one), *sides(other)))))
    if set(said + said2) - set(FLIPPED):
        return chained(one, other)
    if len(variables) > len(POINTS[0]):
        return chained(one, other)
    first, second = (minus(*sides(relation)) for relation in (one, other))
    for values in POINTS:
        at: dict[str, Node] = {name: Num(Fraction(value)) for name, value in zip(variables, values, strict=False)}
        here, there = swap(first, at), swap(second, at)
        sizes = numeric.as_float(here), numeric.as_float(there)
        if None in sizes or abs(sizes[0] or 0) < 1e-6:
            continue
        if abs(sizes[1] or 0) < 1e-6:
            return WRONG
        factor = (sizes[0] or 0) / (sizes[1] or 1)
        if said[0] != (said2[0] if factor > 0 else FLIPPED[said2[0]]):
            return WRONG
        return same(Call("*", (first, simple(there))), Call("*", (second, simple(here))))
    return WRONG


def simple(node: Node) -> Node:
    try:
        value = rational(node)
    except Undefined:
        return node
    return node if value is None else Num(value)


def chained(one: Node, other: Node) -> Opinion:
    """Relations of several signs, side by side, in either direction."""
    tries = [other]
    if all(sign in FLIPPED for sign in signs(other)):
        tries.append(turned_round(other))
    for turned in tries:
        if signs(one) != signs(turned) or len(sides(one)) != len(sides(turned)):
            continue
        opinions = []
        for left, right in zip(sides(one), sides(turned), strict=True):
            if left == right or (isinstance(left, Call) and left.head in ("text", "set", "tuple")):
                opinions.append(Opinion(left == right, "exact", "" if left == right else "wrong_value"))
            else:
                opinions.append(same(left, right))
        if all(opinion.equal for opinion in opinions):
            return max(opinions, key=lambda opinion: opinion.tier == "symbolic")
    return WRONG


def turned_round(node: Node) -> Node:
    """``1 < x`` as ``x > 1``."""
    parts, said = list(reversed(sides(node))), [FLIPPED[sign] for sign in reversed(signs(node))]
    woven: list[Node] = [parts[0]]
    for sign, part in zip(said, parts[1:], strict=True):
        woven += [Name(sign), part]
    return Call("rel", tuple(woven))
