"""Polynomials in exact arithmetic of our own: products multiplied out, antiderivatives, real roots.

What a model wrote is read by hand into {powers of the variables: coefficient}; nothing of it reaches SymPy as text.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from typing import Any

from filters.finding import Finding
from filters.verifiers.number import parse as number
from filters.verify import Key, UnusableKey, verifier

LONGEST = 4000
"""Characters of a polynomial."""
DEEPEST = 20
HIGHEST = 200
"""Degree."""
MOST = 20_000
"""Products of two terms in reading one polynomial: less than half a second of them."""
BITS = 20_000
"""Of a coefficient."""

Terms = dict[tuple[tuple[str, int], ...], Fraction]
"""{((variable, power), ...): coefficient}, variables in order, neither power nor coefficient 0."""

SIGNS = {"×": "*", "·": "*", "−": "-", "–": "-", "\\cdot": "*", "\\times": "*", "\\left": "", "\\right": "", "$": ""}
TOKEN = re.compile(r"\s*(?:([0-9]+(?:\.[0-9]+)?)|(\*\*|\\[dt]?frac(?![A-Za-z])|[-+*/^(){}])|([A-Za-z])|(\S))")


class NotAPolynomial(Exception):
    """The text is no polynomial in the variables expected, or too large."""


@verifier("polynomial", reasons=("not_a_polynomial", "not_multiplied_out", "wrong_value"))
def polynomial(answer: str, key: Key) -> Finding:
    """A sum of products of powers equal to the key's polynomial; ``spec["variables"]`` are one letter each."""
    names = letters(key.spec.get("variables"))
    wanted = [usable(text, names) for text in key.answers]
    if not wanted:
        raise UnusableKey("a polynomial was expected, found no answer")
    try:
        found = parse(answer, names)
    except NotAPolynomial as error:
        return Finding.fail("not_a_polynomial", says=f"{answer[:60]}: {error}", tier="exact")
    said = written(found)
    if in_parentheses(re.sub(r"\\[a-z]+", " ", answer)):
        return Finding.fail("not_multiplied_out", says=f"{answer[:60]} still has parentheses", tier="exact")
    if found not in wanted:
        return Finding.fail("wrong_value", says=f"{said[:200]} is not right", answer=said, tier="exact")
    return Finding.passed(answer=said, tier="exact")


def in_parentheses(text: str) -> bool:
    """Whether a variable stands in parentheses."""
    depth = 0
    for mark in text:
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth > 0 and mark.isalpha():
            return True
    return False


@verifier("antiderivative", reasons=("not_a_polynomial", "wrong_derivative"))
def antiderivative(answer: str, key: Key) -> Finding:
    """A polynomial whose derivative by ``spec["variable"]`` is ``spec["integrand"]``; C is any constant."""
    [name] = letters([key.spec.get("variable")])
    wanted = usable(str(key.spec.get("integrand")), (name,))
    try:
        found = derivative(parse(answer, (name, "C") if name != "C" else ("C",)), name)
    except NotAPolynomial as error:
        return Finding.fail("not_a_polynomial", says=f"{answer[:60]}: {error}", tier="exact")
    said = written(found)
    if found != wanted:
        says = f"its derivative is {said[:200]}, not {written(wanted)[:200]}"
        return Finding.fail("wrong_derivative", says=says, answer=said, tier="exact")
    return Finding.passed(answer=said, tier="exact")


def load() -> Any:
    """SymPy, before the first answer."""
    import sympy

    return sympy


@verifier("roots", reasons=("not_numbers", "wrong_count", "wrong_value"), prepare=load)
def roots(answer: str, key: Key) -> Finding:
    """All real roots of ``spec["polynomial_expr"]``, with commas between them, each within ``spec["tolerance"]``."""
    [name] = letters([key.spec.get("variable")])
    tolerance = number(str(key.spec.get("tolerance", "0.0001")))
    wanted = real_roots(str(key.spec.get("polynomial_expr")), name)
    if tolerance is None or not 0 < tolerance < 1:
        raise UnusableKey(f"a tolerance between 0 and 1 was expected, found {key.spec.get('tolerance')!r}")
    parts = [re.sub(rf"^\s*{name}(?:_\{{?\d\}}?)?\s*=", "", part) for part in answer[:LONGEST].split(",")]
    values = [number(part) for part in parts]
    found = sorted(value for value in values if value is not None)
    if len(found) < len(parts) or len(answer) > LONGEST:
        return Finding.fail("not_numbers", says=f"{answer[:60]} is not a row of numbers", tier="tolerance")
    said = ", ".join(map(str, found))
    if len(found) != len(wanted):
        says = f"there are {len(wanted)} real roots, not {len(found)}"
        return Finding.fail("wrong_count", says=says, answer=said, tier="tolerance")
    if any(not low - tolerance <= value <= high + tolerance for value, (low, high) in zip(found, wanted, strict=True)):
        return Finding.fail("wrong_value", says=f"{said} are not the roots", answer=said, tier="tolerance")
    return Finding.passed(answer=said, tier="tolerance")


@lru_cache(maxsize=64)
def real_roots(text: str, name: str) -> tuple[tuple[Fraction, Fraction], ...]:
    """The distinct real roots as intervals no wider than a millionth, in order. Raises UnusableKey."""
    terms = usable(text, (name,))
    degree = max((power for monomial in terms for _, power in monomial), default=0)
    if not 1 <= degree <= 20:
        raise UnusableKey(f"a polynomial of degree 1 to 20 was expected, found {text[:100]}")
    from sympy import QQ, Poly, Rational, Symbol

    exact = [terms.get(((name, power),) if power else (), Fraction(0)) for power in range(degree, -1, -1)]
    poly = Poly.from_list([QQ(one.numerator, one.denominator) for one in exact], Symbol(name), domain=QQ)
    found = poly.sqf_part().intervals(eps=Rational(1, 10**6))
    return tuple((Fraction(int(a.p), int(a.q)), Fraction(int(b.p), int(b.q))) for (a, b), _ in found)


def letters(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list | tuple) or not all(
        isinstance(one, str) and re.fullmatch("[A-Za-z]", one) for one in names
    ):
        raise UnusableKey(f"variables of one letter each were expected, found {names!r}")
    return tuple(names)


@lru_cache(maxsize=64)
def usable(text: str, names: tuple[str, ...]) -> Terms:
    """A polynomial of the key. Raises UnusableKey."""
    try:
        return parse(text, names)
    except NotAPolynomial as error:
        raise UnusableKey(f"a polynomial in {', '.join(names)} was expected, found {text[:200]}") from error


def derivative(terms: Terms, name: str) -> Terms:
    found: Terms = {}
    for monomial, coefficient in terms.items():
        power = dict(monomial).get(name, 0)
        if power:
            rest = Counter(dict(monomial))
            rest[name] -= 1
            place = tuple(sorted((+rest).items()))
            found[place] = found.get(place, Fraction(0)) + coefficient * power
    return {place: value for place, value in found.items() if value}


def plus(one: Terms, other: Terms) -> Terms:
    found = dict(one)
    for monomial, coefficient in other.items():
        found[monomial] = found.get(monomial, Fraction(0)) + coefficient
    return {monomial: value for monomial, value in found.items() if value}


def times(one: Terms, other: Terms) -> Terms:
    found: Terms = {}
    for left, first in one.items():
        for right, second in other.items():
            powers = Counter(dict(left))
            powers.update(dict(right))
            value = first * second
            if sum(powers.values()) > HIGHEST or value.numerator.bit_length() + value.denominator.bit_length() > BITS:
                raise NotAPolynomial("its powers or numbers are too large")
            place = tuple(sorted(powers.items()))
            found[place] = found.get(place, Fraction(0)) + value
    return {monomial: value for monomial, value in found.items() if value}


def written(terms: Terms) -> str:
    """One way to write it: equal polynomials, equal text."""
    parts = [
        "*".join([str(terms[monomial]), *(f"{name}**{power}" for name, power in monomial)])
        for monomial in sorted(terms)
    ]
    return " + ".join(parts) or "0"


def parse(text: str, names: tuple[str, ...]) -> Terms:
    """A polynomial with + - * / (by numbers), ``**`` or ``^``, parentheses and \\frac. Raises NotAPolynomial."""
    if len(text) > LONGEST:
        raise NotAPolynomial(f"longer than {LONGEST} characters")
    for sign, ours in SIGNS.items():
        text = text.replace(sign, ours)
    tokens: list[str] = []
    for digits, mark, letter, other in TOKEN.findall(text):
        if other or (letter and letter not in names) or len(digits) > 60:
            raise NotAPolynomial(f"unexpected {(other or letter or digits)[:20]!r}")
        tokens.append(digits or ("frac" if "frac" in mark else mark) or letter)
    tokens.append("")
    position = spent = 0

    def peek() -> str:
        return tokens[position]

    def take(expected: str = "") -> str:
        nonlocal position
        token = tokens[position]
        if not token or (expected and token != expected):
            raise NotAPolynomial(f"{expected or 'more'!r} was expected")
        position += 1
        return token

    def multiplied(one: Terms, other: Terms) -> Terms:
        nonlocal spent
        spent += len(one) * len(other)
        if spent > MOST:
            raise NotAPolynomial("it has too many terms to multiply out")
        return times(one, other)

    def total(depth: int) -> Terms:
        if depth > DEEPEST:
            raise NotAPolynomial(f"nested deeper than {DEEPEST}")
        value = signed(depth)
        while peek() in ("+", "-"):
            value = plus(value, signed(depth))
        return value

    def signed(depth: int) -> Terms:
        negative = False
        while peek() in ("+", "-"):
            negative ^= take() == "-"
        value = product(depth)
        return {monomial: -coefficient for monomial, coefficient in value.items()} if negative else value

    def product(depth: int) -> Terms:
        value = power(depth)
        while (token := peek()) in ("*", "/", "(", "frac") or (token.isalpha() and token):
            if token == "/":
                take()
                value = divide(value, power(depth))
            else:
                if token == "*":
                    take()
                value = multiplied(value, power(depth))
        return value

    def divide(value: Terms, by: Terms) -> Terms:
        if set(by) != {()}:
            raise NotAPolynomial("it divides by zero or by a variable")
        return multiplied(value, {(): 1 / by[()]})

    def power(depth: int) -> Terms:
        value = factor(depth)
        if peek() not in ("**", "^"):
            return value
        take()
        exponent = (
            within("{", "}", depth) if peek() == "{" else within("(", ")", depth) if peek() == "(" else {(): whole()}
        )
        count = exponent.get((), Fraction(0))
        if set(exponent) - {()} or count.denominator != 1 or not 0 <= count <= HIGHEST or peek() in ("**", "^"):
            raise NotAPolynomial("an exponent is not a small whole number")
        found: Terms = {(): Fraction(1)}
        for _ in range(int(count)):
            found = multiplied(found, value)
        return found

    def whole() -> Fraction:
        token = take()
        if not token.isdigit():
            raise NotAPolynomial("an exponent is not a small whole number")
        return Fraction(token)

    def within(opening: str, closing: str, depth: int) -> Terms:
        take(opening)
        value = total(depth + 1)
        take(closing)
        return value

    def factor(depth: int) -> Terms:
        token = peek()
        if token == "(":
            return within("(", ")", depth)
        take()
        if token == "frac":
            return divide(within("{", "}", depth), within("{", "}", depth))
        if token in names:
            return {((token, 1),): Fraction(1)}
        if token[0].isdigit():
            value = Fraction(token)
            return {(): value} if value else {}
        raise NotAPolynomial(f"unexpected {token!r}")

    value = total(0)
    if peek():
        raise NotAPolynomial(f"unexpected {peek()!r}")
    return value
