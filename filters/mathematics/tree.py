"""The small tree that mathematics is read into: numbers, names, and calls of a head on arguments.

Heads of values: ``+ * / ^ neg`` and functions (``sin``, ``ln``, ``abs``, ``!``, ``binom`` ...); the constants ``pi e i
oo`` are calls without arguments. Heads of what is no single value: ``tuple set list or and [] (] [) cup cap minus
matrix row rel ratio base unit pm mp text``.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple


class Num(NamedTuple):
    value: Fraction
    places: int = -1
    """Digits after the decimal point as written; -1 for what was not written as a decimal."""


class Name(NamedTuple):
    name: str


class Call(NamedTuple):
    head: str
    args: tuple[Node, ...] = ()


Node = Num | Name | Call

PI, E, IMAGINARY, INFINITY = Call("pi"), Call("e"), Call("i"), Call("oo")
ZERO, ONE = Num(Fraction(0)), Num(Fraction(1))
UNKNOWN_BASE = "log base"
"""``\\log`` without a base means base 10 to some and e to others. It is read as ln times this unknown factor, so two
answers are equal only where they are equal under either reading."""

FORMS = frozenset(
    "tuple set list or and [] (] [) cup cap minus matrix row rel ratio base unit text pm mp angle".split()
)
"""Heads of what is no plain value: arithmetic does not take them."""


def whole(number: int) -> Num:
    return Num(Fraction(number))


def negative(node: Node) -> Node:
    if isinstance(node, Num):
        return Num(-node.value, node.places)
    return node.args[0] if isinstance(node, Call) and node.head == "neg" else Call("neg", (node,))


def minus(one: Node, other: Node) -> Node:
    return Call("+", (one, Call("neg", (other,))))


def times(one: Node, other: Node) -> Node:
    return Call("*", (one, other))


def nodes(node: Node) -> Iterator[Node]:
    """Every node of a tree, itself first."""
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        if isinstance(one, Call):
            todo.extend(one.args)


def names(node: Node) -> set[str]:
    """The variables of a tree."""
    return {one.name for one in nodes(node) if isinstance(one, Name)}


def has(node: Node, *heads: str) -> bool:
    return any(isinstance(one, Call) and one.head in heads for one in nodes(node))


def swap(node: Node, values: dict[str, Node]) -> Node:
    """The tree with some variables replaced."""
    if isinstance(node, Name):
        return values.get(node.name, node)
    if isinstance(node, Call) and node.args:
        return Call(node.head, tuple(swap(one, values) for one in node.args))
    return node
