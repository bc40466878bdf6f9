"""The dear opinions: SymPy on objects built from our own tree, and math-verify on the texts.

Neither is asked about text that our own reader has not understood whole and found within the caps. Whatever either
raises is no opinion. Both may take long: they are called in a process that can be killed.
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from filters.mathematics.tree import UNKNOWN_BASE, Name, Node, Num, nodes

MOST_NODES = 150
"""Of both sides together; above this SymPy is not asked."""
LARGEST = 10**12
"""Nor about numbers beyond this, nor about powers of a sum beyond the 40th: it would expand them."""
LARGEST_POWER = 40


class NoOpinion(Exception):
    """SymPy cannot be asked about this."""


def load() -> None:
    """Import what the dear methods need, at no answer's expense: about two seconds."""
    import mpmath  # noqa: F401
    import sympy  # noqa: F401

    with contextlib.suppress(ImportError):
        import math_verify  # noqa: F401


def sympy_says(one: Node, other: Node) -> bool | None:
    """Whether SymPy simplifies the difference to zero; None when it has no opinion."""
    parts = [part for side in (one, other) for part in nodes(side)]
    if len(parts) > MOST_NODES or any(isinstance(part, Num) and abs(part.value) > LARGEST for part in parts):
        return None
    try:
        import sympy

        difference = built(one) - built(other)
        if difference == 0:
            return True
        if not difference.free_symbols:
            # For constants simplify may stop short of zero; a minimal polynomial is a proof.
            if difference.is_algebraic:
                unknown = sympy.Symbol("t")
                return bool(sympy.minimal_polynomial(difference, unknown) == unknown)
            return True if sympy.simplify(difference) == 0 else difference.equals(0)
        if sympy.simplify(difference) == 0 or sympy.simplify(sympy.expand(difference, trig=True)) == 0:
            return True
        return difference.equals(0)
    except Exception:  # noqa: BLE001 - whatever it raises, it has no opinion
        return None


def built(node: Node) -> Any:
    """A SymPy object for a tree. Raises NoOpinion for what has no counterpart."""
    import sympy

    if isinstance(node, Num):
        return sympy.Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, Name):
        # A plain symbol of our own naming: SymPy parses nothing here.
        if node.name == UNKNOWN_BASE:
            return sympy.Symbol("log_base", positive=True)
        return sympy.Symbol(node.name, positive=True)
    constants = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I}
    if not node.args:
        if node.head in constants:
            return constants[node.head]
        raise NoOpinion(node.head)
    args = [built(one) for one in node.args]
    if node.head == "+":
        return sympy.Add(*args)
    if node.head == "*":
        return sympy.Mul(*args)
    if node.head == "neg":
        return -args[0]
    if node.head == "/":
        return args[0] / args[1]
    if node.head == "^":
        base, power = args
        if base.is_Add and power.is_number and (not power.is_real or abs(power) > LARGEST_POWER):
            raise NoOpinion("a large power")
        if power.is_Rational and power.q % 2 and power.q > 1 and not base.is_nonnegative:
            if base.is_negative:
                return (-1) ** power.p * (-base) ** power
            if base.is_real is not False and not base.free_symbols:
                raise NoOpinion("a root whose sign is not known")
        return base**power
    function = functions().get(node.head)
    if function is None:
        raise NoOpinion(node.head)
    return function(*args)


def functions() -> dict[str, Any]:
    import sympy

    names = "sin cos tan cot sec csc sinh cosh tanh".split()
    found = {name: getattr(sympy, name) for name in names}
    found |= {f"arc{name}": getattr(sympy, f"a{name}") for name in (*names[:6], "sinh", "cosh", "tanh")}
    found |= {"ln": sympy.log, "abs": sympy.Abs, "!": sympy.factorial, "binom": sympy.binomial, "sgn": sympy.sign}
    return found | {"floor": sympy.floor, "ceil": sympy.ceiling, "max": sympy.Max, "min": sympy.Min}


def math_verify_says(reference: str, answer: str) -> bool | None:
    """Whether math-verify holds two texts for equal; None when it has no opinion or is not installed."""
    try:
        import math_verify

        for name in ("math_verify.parser", "math_verify.grader"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        # Its own time limit is an alarm signal, for main threads only; ours is the worker's.
        parsed = [math_verify.parse(f"${text}$", parsing_timeout=None) for text in (reference, answer)]
        if not all(parsed):
            return None
        return bool(math_verify.verify(*parsed, timeout_seconds=None))
    except Exception:  # noqa: BLE001 - whatever it raises, it has no opinion
        return None
