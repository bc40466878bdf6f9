"""Whether two values are the same: from cheap to dear, and above exact arithmetic never on one method's word.

| tier | decides | by |
| --- | --- | --- |
| exact | both ways | rational arithmetic; the same tree |
| numeric | only that two values differ | double precision, then mpmath at 40 digits and more, at several points |
| algebra | that they are equal | our normal form, and the high-precision evaluation agrees |
| symbolic | that they are equal | SymPy or math-verify, and the high-precision evaluation agrees |

The methods are independent in how they decide: evaluation knows no algebraic law, the normal form and SymPy evaluate
nothing. math-verify also reads the text by itself. The normal form and SymPy take variables for positive; that two
values also agree where a variable is negative is for the evaluation to see.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from filters.mathematics import numeric
from filters.mathematics.algebra import Algebra, GiveUp
from filters.mathematics.exact import Undefined, rational
from filters.mathematics.ring import MOST_WORK
from filters.mathematics.symbolic import math_verify_says, sympy_says
from filters.mathematics.tree import Call, Node, Num, has, names

CHEAP_WORK = 3_000
"""Products of two terms that a normal form may take where little hangs on it."""


class Opinion(NamedTuple):
    """What a comparison came to: equal True, False, or None where the methods cannot say."""

    equal: bool | None
    tier: str
    reason: str = ""
    """For a fail or undecided: one of the verifier's reasons."""
    methods: dict[str, Any] | None = None
    """Above exact arithmetic: what each method that was asked had to say."""


EXACT = Opinion(True, "exact")
WRONG = Opinion(False, "exact", "wrong_value")
WRONG_TYPE = Opinion(False, "exact", "wrong_type")


def same(one: Node, other: Node, texts: tuple[str, str] | None = None) -> Opinion:
    """Whether two plain values are equal. ``texts``: both as written, reference first, for math-verify."""
    if isinstance(one, Num) and isinstance(other, Num):
        return EXACT if one.value == other.value else WRONG
    try:
        first, second = rational(one), rational(other)
    except Undefined:
        return WRONG
    if first is not None and second is not None:
        return EXACT if first == second else WRONG
    if has(one, "oo") or has(other, "oo"):
        return EXACT if endless(one) is not None and endless(one) == endless(other) else WRONG
    variables = tuple(sorted(names(one) | names(other)))
    if one == other and not variables:
        return EXACT if numeric.roughly(one, (), 0) or numeric.precisely(one, (), 0, 60) else WRONG
    if numeric.differ(one, other, variables):
        return Opinion(False, "numeric", "wrong_value")
    return proven(one, other, variables, texts)


def proven(one: Node, other: Node, variables: tuple[str, ...], texts: tuple[str, str] | None) -> Opinion:
    """The dear half: values that double precision cannot tell apart."""
    close = numeric.agree(one, other, variables, 3)
    try:
        # Where evaluation shows a difference, the normal form is asked only if it comes cheaply: for the record.
        work = MOST_WORK if close is not False else CHEAP_WORK
        formed: bool | None = Algebra(work, variables_positive=True).equal(one, other)
    except (GiveUp, RecursionError):
        formed = None
    except Undefined:
        return Opinion(False, "algebra", "wrong_value")
    if close and not formed:
        close = numeric.agree(one, other, variables)
    methods: dict[str, Any] = {"numeric": close, "algebra": formed}
    if close is False:
        if formed:
            return Opinion(None, "numeric", "methods_disagree", methods)
        return Opinion(False, "numeric", "wrong_value", methods)
    if formed and close:
        return Opinion(True, "algebra", methods=methods)
    if not close and not formed:
        return Opinion(None, "numeric", "not_provable", methods)
    methods["sympy"] = sympy_says(one, other)
    opinions = [formed, close, methods["sympy"]]
    if opinions.count(True) >= 2:
        return Opinion(True, "symbolic", methods=methods)
    if texts is not None and close:
        methods["math_verify"] = math_verify_says(*texts)
        if methods["math_verify"] and methods["sympy"] is None:
            return Opinion(True, "symbolic", methods=methods)
    if False in (methods["sympy"], methods.get("math_verify")) and True in methods.values():
        return Opinion(None, "symbolic", "methods_disagree", methods)
    return Opinion(None, "symbolic", "not_provable", methods)


def endless(node: Node) -> int | None:
    """1 for infinity, -1 for minus infinity, None for anything else."""
    if node == Call("oo"):
        return 1
    if isinstance(node, Call) and node.head == "neg" and node.args[0] == Call("oo"):
        return -1
    return None


def normal(node: Node) -> str | None:
    """A text that only equal values share; None where there is none to be had cheaply."""
    try:
        exact = rational(node)
        if exact is not None:
            return str(exact) if max(exact.numerator.bit_length(), exact.denominator.bit_length()) < 2000 else None
        if endless(node) is not None:
            return "oo" if endless(node) == 1 else "-oo"
        algebra = Algebra(CHEAP_WORK)
        form = algebra.form(node)
        return algebra.text(form) if form.whole else None
    except (ArithmeticError, RecursionError):
        return None
