"""Countdown and the 24 game: an expression that uses every given number once and gives the target, exactly."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from typing import Any

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

LONGEST = 200
"""Characters. A countdown answer has a few dozen; anything longer is not one."""
DEEPEST = 20
MOST = 50
"""Numbers in a key."""

# ASCII only: int() would also read digits of every other script.
TOKEN = re.compile(r"\s*(?:([0-9]{1,9})(?![0-9])|(\\[dt]?frac)(?![a-zA-Z])|(.))", re.DOTALL)
SAME = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "[": "(", "]": ")"})
LATEX = {"\\times": "*", "\\cdot": "*", "\\div": "/", "\\left": "", "\\right": "", "\\(": "", "\\)": "", "$": ""}


class NotAnExpression(Exception):
    """The text is not arithmetic over whole numbers."""


@verifier(
    "countdown",
    reasons=("not_an_expression", "wrong_equation", "division_by_zero", "wrong_numbers", "wrong_value"),
)
def countdown(answer: str, key: Key) -> Finding:
    try:
        numbers, target = [int(n) for n in key.spec["numbers"]], Fraction(key.spec["target"])
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnusableKey(f"countdown needs numbers and target, found {key.spec}") from error
    if len(numbers) > MOST:
        raise UnusableKey(f"countdown takes at most {MOST} numbers, found {len(numbers)}")
    expression, equals, claimed = plain(answer).partition("=")
    try:
        value, used = evaluate(expression)
        if equals and evaluate(claimed)[0] != value:
            return failed("wrong_equation", f"{answer} does not hold", answer)
    except NotAnExpression as error:
        return failed("not_an_expression", f"{answer[:LONGEST]} is not an expression: {error}")
    except ZeroDivisionError:
        return failed("division_by_zero", f"{expression.strip()} divides by zero", answer)
    said = expression.strip()
    if Counter(used) != Counter(numbers):
        given = ", ".join(map(str, numbers))
        return failed("wrong_numbers", f"{said} does not use {given} once each", answer)
    if value != target:
        return failed("wrong_value", f"{said} is {value}, not {target}", str(value))
    return Finding.passed(answer=str(value), tier="exact")


def failed(reason: str, says: str, answer: str | None = None) -> Finding:
    known: dict[str, Any] = {} if answer is None else {"answer": answer}
    return Finding.fail(reason, says=says, tier="exact", **known)


def plain(answer: str) -> str:
    """The answer with one sign for each operation. One that is too long is left as it is."""
    if len(answer) <= 2 * LONGEST:
        for latex, sign in LATEX.items():
            answer = answer.replace(latex, sign)
    return answer.translate(SAME)


def evaluate(text: str) -> tuple[Fraction, list[int]]:
    """The exact value of an expression over whole numbers with + - * / and parentheses, and the numbers it uses.

    ``\\frac{a}{b}`` is a/b. Raises NotAnExpression for anything else (powers and floor division included),
    ZeroDivisionError for x/0.
    """
    if len(text) > LONGEST:
        raise NotAnExpression(f"longer than {LONGEST} characters")
    tokens: list[str] = []
    for digits, fraction, symbol in TOKEN.findall(text):
        if digits or fraction or symbol in tuple("+-*/(){}"):
            tokens.append(digits or ("frac" if fraction else symbol))
        elif symbol.strip():
            raise NotAnExpression(f"unexpected {symbol!r}")
    used: list[int] = []
    position = 0

    def peek() -> str | None:
        return tokens[position] if position < len(tokens) else None

    def take() -> str:
        nonlocal position
        token = peek()
        if token is None:
            raise NotAnExpression("it ends too early")
        position += 1
        return token

    def total(depth: int) -> Fraction:
        value = product(depth)
        while peek() in ("+", "-"):
            value = value + product(depth) if take() == "+" else value - product(depth)
        return value

    def product(depth: int) -> Fraction:
        value = factor(depth)
        while peek() in ("*", "/"):
            value = value * factor(depth) if take() == "*" else value / factor(depth)
        return value

    def within(opening: str, closing: str, depth: int) -> Fraction:
        if take() != opening:
            raise NotAnExpression(f"{opening!r} was expected")
        value = total(depth + 1)
        if take() != closing:
            raise NotAnExpression(f"{opening!r} is not closed")
        return value

    def factor(depth: int) -> Fraction:
        if depth > DEEPEST:
            raise NotAnExpression(f"nested deeper than {DEEPEST}")
        if peek() == "(":
            return within("(", ")", depth)
        token = take()
        if token == "-":
            return -factor(depth + 1)
        if token == "frac":
            return within("{", "}", depth) / within("{", "}", depth)
        if not token.isdigit():
            raise NotAnExpression(f"unexpected {token!r}")
        used.append(int(token))
        return Fraction(int(token))

    value = total(0)
    if peek() is not None:
        raise NotAnExpression(f"unexpected {peek()!r}")
    return value, used
