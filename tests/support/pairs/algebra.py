"""Expressions in x and y, rewritten by exact integer algebra of our own.

The value of an expression is what it is at a few rational points: two that differ there are different, and those that
are meant to be equal are made so by expanding and factoring, not by trying points.
"""

from __future__ import annotations

import math
import random
import re
from fractions import Fraction

from pairs.draft import Draft, kind
from pairs.functions import function

Polynomial = dict[tuple[int, int], int]
"""(power of x, power of y) -> coefficient, none of them 0."""

POINTS = [(Fraction(3, 7), Fraction(-5, 3)), (Fraction(-11, 4), Fraction(2, 9)), (Fraction(13, 2), Fraction(17, 5))]


def times(one: Polynomial, other: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for (a, b), left in one.items():
        for (c, d), right in other.items():
            product[a + c, b + d] = product.get((a + c, b + d), 0) + left * right
    return {powers: number for powers, number in product.items() if number}


def plus(one: Polynomial, other: Polynomial, by: int = 1) -> Polynomial:
    total = {powers: one.get(powers, 0) + by * other.get(powers, 0) for powers in {**one, **other}}
    return {powers: number for powers, number in total.items() if number}


def values(polynomial: Polynomial) -> list[Fraction]:
    return [sum((n * x**a * y**b for (a, b), n in polynomial.items()), Fraction(0)) for x, y in POINTS]


def monomial(powers: tuple[int, int], between: str = "", turned: bool = False, hat: str = "^") -> str:
    letters = [
        name + ("" if power == 1 else f"{hat}{power}" if power < 10 else f"{hat}{{{power}}}")
        for name, power in zip("xy", powers, strict=True)
        if power
    ]
    return between.join(reversed(letters) if turned else letters)


def written(polynomial: Polynomial, order: list[tuple[int, int]] | None = None, between: str = "", **how: str) -> str:
    """``3x^2y-x+4``; highest powers first unless an order is given."""
    if not polynomial:
        return "0"
    text = ""
    for powers in order or sorted(polynomial, key=lambda p: (-sum(p), -p[0])):
        number, letters = polynomial[powers], monomial(powers, between, **how)
        size = "" if abs(number) == 1 and letters else str(abs(number))
        text += ("-" if number < 0 else "+" if text else "") + size + (between if size and letters else "") + letters
    return text


def shuffled(dice: random.Random, polynomial: Polynomial) -> list[tuple[int, int]]:
    return dice.sample(sorted(polynomial), len(polynomial))


def spaced(text: str) -> str:
    return text[0] + text[1:].replace("+", " + ").replace("-", " - ")


def changed(dice: random.Random, polynomial: Polynomial) -> dict[str, Polynomial]:
    """how -> a polynomial that a slip would give."""
    one = dice.choice(sorted(polynomial))
    x_y = {(b, a): number for (a, b), number in polynomial.items()}
    slips = {
        "coefficient": polynomial | {one: polynomial[one] + dice.choice([-1, 1, 2])},
        "sign of a term": polynomial | {one: -polynomial[one]},
        "all signs": {powers: -number for powers, number in polynomial.items()},
        "one more": plus(polynomial, {(0, 0): 1}),
        "x and y swapped": x_y,
        "twice": {powers: 2 * number for powers, number in polynomial.items()},
        "an x more": times(polynomial, {(1, 0): 1}),
    }
    if len(polynomial) > 1:
        slips["a term less"] = {powers: number for powers, number in polynomial.items() if powers != one}
    return {how: {p: n for p, n in slip.items() if n} for how, slip in slips.items()}


def linear(dice: random.Random, letters: str) -> Polynomial:
    """ax + b or ax + by."""
    other = (0, 0) if letters == "x" else (0, 1)
    return {(1, 0): dice.choice([1, 1, 2, 3, 4]), other: dice.choice([-1, 1]) * dice.randint(1, 9)}


@kind("expression")
def expression(dice: random.Random) -> Draft:
    draft = dice.choice([product, product, quotient, function, function])(dice)
    x, y = dice.choice([("x", "y"), ("x", "y"), ("n", "k"), ("a", "b"), ("z", "w"), ("r", "h"), (r"\theta ", "s")])

    def renamed(text: str) -> str:
        return re.sub(r"\\[a-zA-Z]+|[xy]", lambda found: {"x": x, "y": y}.get(found[0], found[0]), text)

    draft.reference = renamed(draft.reference)
    draft.rewritten = {renamed(answer): how for answer, how in draft.rewritten.items()}
    draft.perturbed = {renamed(answer): how for answer, how in draft.perturbed.items()}
    return draft


def product(dice: random.Random) -> Draft:
    """A product of linear factors, expanded or not."""
    letters = dice.choice(["x", "x", "xy"])
    factors = [linear(dice, letters) for _ in range(dice.randint(1, 3))]
    number = dice.choice([1, 1, 2, 3, -1, 5])
    whole: Polynomial = {(0, 0): number}
    for factor in factors:
        whole = times(whole, factor)
    front = "" if number == 1 else "-" if number == -1 else str(number)
    factored = front + "".join(f"({written(factor)})" for factor in factors)
    expanded = written(whole)
    draft = Draft(values(whole), dice.choice([expanded, factored]) if len(factors) > 1 else expanded)
    draft.equal("expanded", expanded, spaced(expanded))
    draft.equal("other order", written(whole, shuffled(dice, whole)), spaced(written(whole, shuffled(dice, whole))))
    draft.equal("dots", written(whole, between=r" \cdot "))
    draft.equal("stars", written(whole, between="*"), written(whole, between="*", hat="**"))
    draft.equal("factored", factored, front + "".join(rf"\left({spaced(written(f))}\right)" for f in factors[::-1]))
    turned = [{powers: -n for powers, n in factor.items()} for factor in factors]
    if len(factors) == 2:
        draft.equal("factors' signs turned", front + "".join(f"({written(factor)})" for factor in turned))
        rest = times({(0, 0): number}, factors[1])
        draft.equal("half expanded", f"({written(factors[0])})({written(rest)})")
        terms = [times({powers: n}, rest) for powers, n in factors[0].items()]
        draft.equal("sum of products", "+".join(f"({written(term)})" for term in terms))
    if letters == "x" and len(whole) > 2:
        draft.equal("Horner", horner(whole))
    extra = dice.randint(1, 20)
    draft.equal("added and taken away", f"{written(plus(whole, {(0, 0): extra}))}-{extra}")
    shift = dice.choice([-3, -2, -1, 1, 2, 3])
    if letters == "x":
        moved = {(power, 0): number for power, number in enumerate(taylor(whole, shift)) if number}
        draft.equal("around another point", re.sub("x", f"(x{-shift:+d})", written(moved))) if moved else None
    common = math.gcd(*whole.values())
    if common > 1:
        draft.equal("common factor", f"{common}({written({p: n // common for p, n in whole.items()})})")
    draft.equal("halves", rf"\frac{{{written({p: 2 * n for p, n in whole.items()})}}}{{2}}")
    if letters == "xy":
        draft.equal("y before x", written(whole, turned=True))
    for how, other in changed(dice, whole).items():
        draft.wrong(how, written(other), values(other))
        draft.wrong(how + ", other order", written(other, shuffled(dice, other)) if other else "0", values(other))
    slip = linear(dice, letters)
    other = times(times({(0, 0): number}, slip), factors[0]) if len(factors) == 2 else slip
    text = front + f"({written(factors[0])})({written(slip)})" if len(factors) == 2 else written(slip)
    draft.wrong("a factor", text, values(other))
    draft.wrong("a factor less", front + "".join(f"({written(f)})" for f in factors[1:]) if factors[1:] else "1", None)
    if letters == "x":
        draft.other("another letter", expanded.replace("x", "t"))
    draft.other("a number", str(sum(whole.values()) + 1))
    draft.other("list of guesses", f"{expanded}, {written(plus(whole, {(0, 0): 1}))}")
    return draft


def taylor(polynomial: Polynomial, at: int) -> list[int]:
    """The coefficients by powers of x - at."""
    degree = max(a for a, _ in polynomial)
    return [
        sum(n * math.comb(a, power) * at ** (a - power) for (a, _), n in polynomial.items() if a >= power)
        for power in range(degree + 1)
    ]


def horner(polynomial: Polynomial) -> str:
    """x(x(...) + b) + c."""
    degree = max(a for a, _ in polynomial)
    text = written({(0, 0): polynomial[degree, 0]})
    for power in range(degree - 1, -1, -1):
        number = polynomial.get((power, 0), 0)
        text = f"x({text})" + (f"{number:+d}" if number else "")
    return text


def quotient(dice: random.Random) -> Draft:
    """A sum of two fractions in x, or one fraction of it."""
    a, c = dice.randint(1, 9), dice.choice([-1, 1]) * dice.randint(1, 9)
    b, d = dice.sample([n for n in range(-7, 8) if n], 2)

    def one(a: int, b: int) -> Polynomial:
        return {(1, 0): a, (0, 0): b}

    def value(a: int, b: int, c: int, d: int) -> list[Fraction]:
        return [a / (x + b) + c / (x + d) for x, _ in POINTS]

    def two(a: int, b: int, c: int, d: int) -> str:
        top = rf"\frac{{{a}}}{{x{b:+d}}}"
        return top + f"{'-' if c < 0 else '+'}" + rf"\frac{{{abs(c)}}}{{x{d:+d}}}"

    top = {powers: n for powers, n in one(a + c, a * d + c * b).items() if n}
    if not top:
        return quotient(dice)
    below = times(one(1, b), one(1, d))
    single = rf"\frac{{{written(top)}}}{{(x{b:+d})(x{d:+d})}}"
    draft = Draft(value(a, b, c, d), dice.choice([single, two(a, b, c, d)]))
    draft.equal("one fraction", single, rf"\dfrac{{{written(top)}}}{{{written(below)}}}")
    draft.equal("two fractions", two(a, b, c, d), spaced(two(a, b, c, d)))
    draft.equal("turned round", rf"\frac{{{c}}}{{x{d:+d}}}+\frac{{{a}}}{{x{b:+d}}}")
    draft.equal("slash", f"({written(top)})/((x{b:+d})(x{d:+d}))")
    draft.equal("unreduced", rf"\frac{{{written({p: 2 * n for p, n in top.items()})}}}{{2(x{b:+d})(x{d:+d})}}")
    draft.equal("signs turned", rf"-\frac{{{written({p: -n for p, n in top.items()})}}}{{{written(below)}}}")
    draft.equal("negative power", f"{a}(x{b:+d})^{{-1}}{c:+d}(x{d:+d})^{{-1}}")
    draft.wrong("sign", two(a, b, -c, d), value(a, b, -c, d))
    draft.wrong("above", two(a + 1, b, c, d), value(a + 1, b, c, d))
    draft.wrong("below", two(a, b + 1, c, d), None) if b not in (-1, d - 1) else None
    draft.wrong("swapped", two(c, b, a, d), value(c, b, a, d))
    draft.wrong("sum of tops", rf"\frac{{{a + c}}}{{2x{b + d:+d}}}", None)
    draft.wrong("sum of bottoms", rf"\frac{{{written(top)}}}{{(x{b:+d})+(x{d:+d})}}", None)
    draft.wrong("turned over", rf"\frac{{(x{b:+d})(x{d:+d})}}{{{written(top)}}}", None)
    more = plus(top, {(0, 0): 1})
    draft.wrong("a number", rf"\frac{{{written(more)}}}{{(x{b:+d})(x{d:+d})}}", None)
    draft.wrong("a fraction less", rf"\frac{{{a}}}{{x{b:+d}}}", [a / (x + b) for x, _ in POINTS])
    return draft
