"""Countdown: an expression that uses every given number once and gives the target, in exact arithmetic."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

LONGEST = 200
"""Characters. A countdown answer has a few dozen; anything longer is not one."""
DEEPEST = 20
TOKEN = re.compile(r"\s*(?:(\d{1,9})(?!\d)|(.))", re.DOTALL)
SAME = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "[": "(", "]": ")"})


class NotAnExpression(Exception):
    """The text is not arithmetic over whole numbers."""


@verifier("countdown")
def countdown(answer: str, key: Key) -> Finding:
    try:
        numbers, target = [int(n) for n in key.spec["numbers"]], Fraction(key.spec["target"])
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnusableKey(f"countdown needs numbers and target, found {key.spec}") from error
    expression, equals, claimed = answer.translate(SAME).partition("=")
    try:
        value, used = evaluate(expression)
        if equals and evaluate(claimed)[0] != value:
            return Finding.fail("wrong_equation", says=f"{answer} does not hold", answer=answer)
    except NotAnExpression as error:
        return Finding.fail("not_an_expression", says=f"{answer[:LONGEST]} is not an expression: {error}")
    except ZeroDivisionError:
        return Finding.fail("division_by_zero", says=f"{expression.strip()} divides by zero", answer=answer)
    said = expression.strip()
    if Counter(used) != Counter(numbers):
        given = ", ".join(map(str, numbers))
        return Finding.fail("wrong_numbers", says=f"{said} does not use {given} once each", answer=answer)
    if value != target:
        return Finding.fail("wrong_value", says=f"{said} is {value}, not {target}", answer=str(value))
    return Finding.passed(answer=str(value))


def evaluate(text: str) -> tuple[Fraction, list[int]]:
    """The exact value of an expression over whole numbers with + - * / and parentheses, and the numbers it uses.

    Raises NotAnExpression for anything else (powers and floor division included), ZeroDivisionError for x/0.
    """
    if len(text) > LONGEST:
        raise NotAnExpression(f"longer than {LONGEST} characters")
    tokens: list[str] = []
    for digits, symbol in TOKEN.findall(text):
        if digits or symbol in tuple("+-*/()"):
            tokens.append(digits or symbol)
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

    def factor(depth: int) -> Fraction:
        if depth > DEEPEST:
            raise NotAnExpression(f"nested deeper than {DEEPEST}")
        token = take()
        if token == "-":
            return -factor(depth + 1)
        if token == "(":
            value = total(depth + 1)
            if take() != ")":
                raise NotAnExpression("a parenthesis is not closed")
            return value
        if not token.isdigit():
            raise NotAnExpression(f"unexpected {token!r}")
        used.append(int(token))
        return Fraction(int(token))

    value = total(0)
    if peek() is not None:
        raise NotAnExpression(f"unexpected {peek()!r}")
    return value, used
