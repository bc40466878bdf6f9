"""Indefinite integrals: the answer is differentiated, and its derivative compared with the integrand.

Answer and integrand are read into our own tree (filters/mathematics) and differentiated there; whether the two are the
same is decided as in all mathematics, where a pass above exact arithmetic takes two independent methods.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from filters.finding import Finding
from filters.mathematics import guards
from filters.mathematics.exact import rational
from filters.mathematics.guards import Refused
from filters.mathematics.reading import Reader
from filters.mathematics.tokens import tokens
from filters.mathematics.tree import (
    ONE,
    UNKNOWN_BASE,
    ZERO,
    Call,
    E,
    Node,
    Num,
    names,
    negative,
    nodes,
    swap,
    whole,
)
from filters.mathematics.values import normal, same
from filters.verifiers.polynomial import load
from filters.verify import Key, UnusableKey, verifier

CONSTANTS = frozenset("CcKk")
"""What may stand for the constant of integration."""
MOST_NODES = 200
LARGEST = 200
"""Of an exponent, and of the digits of any number."""

OUTER: dict[str, Callable[[Node], Node]] = {
    "sin": lambda u: Call("cos", (u,)),
    "cos": lambda u: negative(Call("sin", (u,))),
    "tan": lambda u: Call("+", (ONE, power(Call("tan", (u,)), 2))),
    "cot": lambda u: negative(Call("+", (ONE, power(Call("cot", (u,)), 2)))),
    "sec": lambda u: times(Call("sec", (u,)), Call("tan", (u,))),
    "csc": lambda u: negative(times(Call("csc", (u,)), Call("cot", (u,)))),
    "sinh": lambda u: Call("cosh", (u,)),
    "cosh": lambda u: Call("sinh", (u,)),
    "tanh": lambda u: Call("+", (ONE, negative(power(Call("tanh", (u,)), 2)))),
    "arcsin": lambda u: over(ONE, root(plus(ONE, negative(power(u, 2))))),
    "arccos": lambda u: negative(over(ONE, root(plus(ONE, negative(power(u, 2)))))),
    "arctan": lambda u: over(ONE, plus(ONE, power(u, 2))),
    "ln": lambda u: over(ONE, u),
    "abs": lambda u: over(u, Call("abs", (u,))),
}
"""The derivative of each function by its argument."""
HEADS = frozenset({"+", "*", "/", "neg", "^", "pi", "e", *OUTER})


@verifier(
    "integral",
    reasons=("not_understood", "wrong_derivative", "methods_disagree", "not_provable"),
    prepare=load,
)
def integral(answer: str, key: Key) -> Finding:
    """``spec``: ``integrand`` and ``variable``, one letter. ``log`` is the natural logarithm, ``E`` is e."""
    name, integrand = str(key.spec.get("variable")), str(key.spec.get("integrand"))
    if wrong := fault(key.answers, integrand, name):
        raise UnusableKey(wrong)
    try:
        slope = differentiated(answer, name)
    except Refused as error:
        return Finding.fail("not_understood", says=f"{answer[:60]}: {error}", tier="exact")
    opinion = same(slope, read(integrand, name))
    known = normal(slope)
    detail: dict[str, Any] = {
        **({"answer": known} if known else {}),
        "tier": opinion.tier,
        **({"methods": opinion.methods} if opinion.methods else {}),
    }
    if opinion.equal is None:
        return Finding.undecided(opinion.reason, **detail)
    if not opinion.equal:
        return Finding.fail("wrong_derivative", says=f"the derivative of {answer[:60]} is another", **detail)
    return Finding.passed(**detail)


@lru_cache(maxsize=64)
def fault(answers: tuple[str, ...], integrand: str, name: str) -> str | None:
    """Why a key cannot be used; None when it can."""
    if len(name) != 1 or not name.isascii() or not name.isalpha():
        return f"a variable of one letter was expected, found {name[:20]!r}"
    try:
        wanted = read(integrand, name)
        if not all(same(differentiated(right, name), wanted).equal for right in answers):
            return f"the key's own answer does not prove to be an integral: {', '.join(answers)[:200]}"
    except Refused as error:
        return f"{integrand[:100]} = ({', '.join(answers)[:100]})': {error}"
    return None


def differentiated(answer: str, name: str) -> Node:
    """The derivative of an answer. Raises Refused for what is not understood whole."""
    return bounded(derivative(read(answer, name), name))


def read(text: str, name: str) -> Node:
    """The tree of an expression in one variable. Raises Refused."""
    reader = Reader(tokens(guards.plain(text)))
    node = reader.statement()
    if reader.peek.kind != "end":
        reader.refuse()
    node = swap(node, {UNKNOWN_BASE: ONE, **({} if name == "E" else {"E": E})})
    if unknown := names(node) - {name} - CONSTANTS:
        raise Refused("not_understood", f"unexpected {', '.join(sorted(unknown))}")
    return bounded(node)


def bounded(node: Node) -> Node:
    """The tree itself. Raises Refused where it has other than the plain functions, or what could be too large.

    Exponents with the variable in them are let through, as no general bound can be had for them.
    """
    found = list(nodes(node))
    if len(found) > MOST_NODES:
        raise Refused("too_large", f"more than {MOST_NODES} parts")
    for one in found:
        if isinstance(one, Call) and one.head not in HEADS:
            raise Refused("not_understood", f"unexpected {one.head}")
        if not names(one) and guards.size(one, [MOST_NODES]) > LARGEST:
            raise Refused("too_large", "a number is too large")
        if isinstance(one, Call) and one.head == "^" and not names(one.args[1]):
            exponent = rational(one.args[1])
            if exponent is None or abs(exponent) > LARGEST:
                raise Refused("too_large", "an exponent is too large")
    return node


def derivative(node: Node, name: str) -> Node:
    """By the variable; the textbook's rules, and no simplification but of zeros and ones."""
    if name not in names(node):
        return ZERO
    if not isinstance(node, Call):
        return ONE
    head, args = node.head, node.args
    slopes = [derivative(one, name) for one in args]
    if head == "+":
        total: Node = ZERO
        for one in slopes:
            total = plus(total, one)
        return total
    if head == "neg":
        return negative(slopes[0])
    if head == "*":
        return plus(times(slopes[0], args[1]), times(args[0], slopes[1]))
    if head == "/":
        if slopes[1] == ZERO:
            return over(slopes[0], args[1])
        return over(plus(times(slopes[0], args[1]), negative(times(args[0], slopes[1]))), power(args[1], 2))
    if head == "^":
        if slopes[1] == ZERO:
            return times(times(args[1], Call("^", (args[0], plus(args[1], whole(-1))))), slopes[0])
        if slopes[0] == ZERO:
            factor = ONE if args[0] == E else Call("ln", (args[0],))
            return times(times(node, factor), slopes[1])
        grown = plus(times(slopes[1], Call("ln", (args[0],))), over(times(args[1], slopes[0]), args[0]))
        return times(node, grown)
    if head not in OUTER:
        raise Refused("not_understood", f"unexpected {head}")
    return times(OUTER[head](args[0]), slopes[0])


def plus(one: Node, other: Node) -> Node:
    if isinstance(one, Num) and isinstance(other, Num):
        return Num(one.value + other.value)
    return other if one == ZERO else one if other == ZERO else Call("+", (one, other))


def times(one: Node, other: Node) -> Node:
    if ZERO in (one, other):
        return ZERO
    return other if one == ONE else one if other == ONE else Call("*", (one, other))


def over(one: Node, other: Node) -> Node:
    return ZERO if one == ZERO else Call("/", (one, other))


def power(node: Node, exponent: int) -> Node:
    return Call("^", (node, whole(exponent)))


def root(node: Node) -> Node:
    return Call("^", (node, Call("/", (ONE, whole(2)))))
