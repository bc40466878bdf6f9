"""Expressions in x and y, equations and inequalities, rewritten by exact integer algebra of our own.

The value of an expression is what it is at a few rational points: two that differ there are different, and those that
are meant to be equal are made so by expanding and factoring, not by trying points.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from fractions import Fraction

import mpmath

from pairs.closed import Real
from pairs.draft import Draft, kind
from pairs.writing import latex

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


Curve = Callable[[int, int, int], tuple[str, Callable[[object], object]]]

mp = mpmath.MPContext()
mp.dps = 60

# Each: coefficients -> ways to write one function. All of them are equal for every x > 0.
FUNCTIONS: dict[str, Callable[[int, int, int], list[str]]] = {
    "double angle": lambda a, b, n: [
        rf"{2 * a}\sin(x)\cos(x)+{b}",
        rf"{a}\sin(2x)+{b}",
        rf"{b} + {a} \sin 2x",
        rf"{2 * a}\cos x \sin x + {b}",
    ],
    "cosine": lambda a, b, n: [
        rf"{a}\cos(2x)+{b}",
        rf"{a + b} - {2 * a}\sin^2(x)",
        rf"{2 * a}\cos^2(x) {b - a:+d}" if a != b else rf"{2 * a}\cos^2(x)",
        rf"{a}(\cos^2 x-\sin^2 x)+{b}",
    ],
    "exponential": lambda a, b, n: [
        f"{a}e^{{{n}x}}+{b}",
        f"{b}+{a}(e^x)^{n}",
        rf"{a}\exp({n}x)+{b}",
        rf"{a}e^{{{n - 1}x}} \cdot e^{{x}} + {b}",
    ],
    "root": lambda a, b, n: [
        rf"{a}x\sqrt{{x}}+{b}",
        f"{b}+{a}x^{{3/2}}",
        rf"{a}\sqrt{{x^3}}+{b}",
        rf"{a}x^{{\frac{{3}}{{2}}}} + {b}",
    ],
    "logarithm": lambda a, b, n: [
        rf"{a * n}\ln(x)+{b}",
        rf"{a}\ln(x^{n})+{b}",
        rf"{b}-{a * n}\ln\left(\frac{{1}}{{x}}\right)",
        rf"{a * n}\ln x + {b}",
    ],
    "power": lambda a, b, n: [
        rf"{a} \cdot {n}^{{x+1}}+{b}",
        rf"{a * n} \cdot {n}^x+{b}",
        rf"{b}+{a}({n}^{{x}})({n})",
        rf"{a} \cdot {n}^{{2x+1}} \cdot {n}^{{-x}} + {b}",
    ],
    "size": lambda a, b, n: [
        f"{a}|x-{n}|+{b}",
        rf"{a}\left|{n}-x\right|+{b}",
        f"|{a}x-{a * n}|+{b}",
        rf"{b} + {a}\lvert x - {n} \rvert",
    ],
    "tangent": lambda a, b, n: [
        rf"{a}\tan(x)+{b}",
        rf"{a}\tan x + {b}",
        rf"\frac{{{a}\sin(x)}}{{\cos(x)}}+{b}",
        rf"{b}+\frac{{{a}\sin x}}{{\cos x}}",
    ],
    "half": lambda a, b, n: [
        rf"{a}\sin^2(x)+{b}",
        rf"\frac{{{a}(1-\cos(2x))}}{{2}}+{b}",
        rf"{b}+{a}(\sin x)^2",
        rf"{a + b}-{a}\cos^2(x)",
    ],
    "root of a sum": lambda a, b, n: [
        rf"{a}\sqrt{{x+{n}}}+{b}",
        rf"\sqrt{{{a * a}x+{a * a * n}}}+{b}",
        rf"{b}+{a}(x+{n})^{{1/2}}",
        rf"{a}\sqrt{{{n}+x}} + {b}",
    ],
    "choose": lambda a, b, n: [
        rf"{a}\binom{{x}}{{2}}+{b}",
        rf"\frac{{{a}x(x-1)}}{{2}}+{b}",
        rf"{b}+{a} \cdot \frac{{x^2-x}}{{2}}",
    ],
    "fractions": lambda a, b, n: [
        rf"\frac{{x}}{{{a}}}+\frac{{{b}}}{{{n}}}",
        rf"\frac{{{n}x+{a * b}}}{{{a * n}}}",
        rf"\frac{{1}}{{{a}}}x+\frac{{{b}}}{{{n}}}",
        rf"\frac{{1}}{{{a * n}}}({n}x+{a * b})",
    ],
}
VALUES: dict[str, Callable[[int, int, int, object], object]] = {
    "double angle": lambda a, b, n, x: a * mp.sin(2 * x) + b,
    "cosine": lambda a, b, n, x: a * mp.cos(2 * x) + b,
    "exponential": lambda a, b, n, x: a * mp.exp(n * x) + b,
    "root": lambda a, b, n, x: a * mp.power(x, mp.mpf(3) / 2) + b,
    "logarithm": lambda a, b, n, x: a * n * mp.log(x) + b,
    "power": lambda a, b, n, x: a * mp.power(n, x + 1) + b,
    "size": lambda a, b, n, x: a * abs(x - n) + b,
    "tangent": lambda a, b, n, x: a * mp.tan(x) + b,
    "half": lambda a, b, n, x: a * mp.sin(x) ** 2 + b,
    "root of a sum": lambda a, b, n, x: a * mp.sqrt(x + n) + b,
    "choose": lambda a, b, n, x: a * x * (x - 1) / 2 + b,
    "fractions": lambda a, b, n, x: x / a + mp.mpf(b) / n,
}


def function(dice: random.Random) -> Draft:
    """A function of x with sines, powers of e, roots or logarithms."""
    sort = dice.choice(sorted(FUNCTIONS))
    a, b, n = dice.randint(2, 9), dice.randint(1, 9), dice.randint(2, 5)

    def value(sort: str, *how: int) -> list[Real]:
        return [Real(VALUES[sort](*how, mp.mpf(at))) for at in ("0.37", "1.9", "11.45")]

    forms = FUNCTIONS[sort](a, b, n)
    draft = Draft(value(sort, a, b, n), dice.choice(forms))
    for form in forms:
        draft.equal(sort, form)
    for how, other in {
        "coefficient": (a + 1, b, n),
        "constant": (a, b + 1, n),
        "swapped": (b, a, n),
        "inside": (a, b, n + 1),
        "constant less": (a, b - 2, n) if b > 2 else (a, b + 3, n),
    }.items():
        if other[0] > 0:
            for form in dice.sample(FUNCTIONS[sort](*other), 2):
                draft.wrong(how, form, value(sort, *other))
    for other in FUNCTIONS:
        if other != sort:
            draft.wrong("another function", FUNCTIONS[other](a, b, n)[0], value(other, a, b, n))
    draft.other("minus", *(f"-({form})" for form in forms[:2]))
    return draft


@kind("equation")
def equation(dice: random.Random) -> Draft:
    """A line or a circle in x and y. Equations that differ by a factor say the same."""
    if dice.random() < 0.6:
        a, b, c = dice.randint(1, 9), dice.choice([-1, 1]) * dice.randint(1, 9), dice.randint(1, 20)
        whole = {(1, 0): a, (0, 1): b, (0, 0): c * dice.choice([-1, 1])}
        shrink = math.gcd(*whole.values())
        whole = {powers: n // shrink for powers, n in whole.items()}
        sides = [written({p: n for p, n in whole.items() if p != (0, 0)}), str(-whole[0, 0])]
        slope, cut = Fraction(-whole[1, 0], whole[0, 1]), Fraction(-whole[0, 0], whole[0, 1])
        front = "" if slope == 1 else "-" if slope == -1 else latex(slope)
        explicit = f"y={front}x{'' if cut < 0 else '+'}{latex(cut)}"
        draft = Draft(scaled(whole), dice.choice([" = ".join(sides), explicit, f"{written(whole)}=0"]))
        draft.equal("explicit", explicit, spaced(explicit.partition("=")[2]).join(["y = ", ""]))
        below = whole[0, 1]
        if abs(below) > 1:
            turn = 1 if below < 0 else -1
            top = written({(1, 0): turn * whole[1, 0], (0, 0): turn * whole[0, 0]})
            draft.equal("over one denominator", rf"y = \frac{{{top}}}{{{abs(below)}}}")
    else:
        h, k, r = (
            dice.choice([-1, 1]) * dice.randint(1, 6),
            dice.choice([-1, 1]) * dice.randint(1, 6),
            dice.randint(2, 9),
        )
        whole = {(2, 0): 1, (0, 2): 1, (1, 0): -2 * h, (0, 1): -2 * k, (0, 0): h * h + k * k - r * r}
        whole = {powers: n for powers, n in whole.items() if n}
        sides = [written({p: n for p, n in whole.items() if p != (0, 0)}), str(-whole.get((0, 0), 0))]
        circle = f"(x{-h:+d})^2+(y{-k:+d})^2={r * r}"
        draft = Draft(scaled(whole), circle)
        draft.equal(
            "circle",
            circle,
            f"(y{-k:+d})^2 + (x{-h:+d})^2 = {r}^2",
            f"{r * r} = ({h}-x)^2+({k}-y)^2".replace("(-", "(-"),
        )
        for how, (x, y, size) in {
            "centre": (-h, k, r * r),
            "other centre": (h, -k, r * r),
            "radius": (h, k, r),
            "radius more": (h, k, (r + 1) ** 2),
            "centre swapped": (k, h, r * r),
        }.items():
            other = {(2, 0): 1, (0, 2): 1, (1, 0): -2 * x, (0, 1): -2 * y, (0, 0): x * x + y * y - size}
            draft.wrong(how, f"(x{-x:+d})^2+(y{-y:+d})^2={size}", scaled(other))
    factor = dice.choice([2, 3, -1, -2, 5])
    more = {powers: n * factor for powers, n in whole.items()}
    draft.equal("one side", f"{written(whole)}=0", f"0 = {spaced(written(whole))}")
    draft.equal("two sides", "=".join(sides), " = ".join(reversed(sides)))
    draft.equal("scaled", f"{written(more)}=0", f"{written(more)} = 0")
    draft.equal("other order", f"{written(whole, shuffled(dice, whole))}=0")
    half = dict(dice.sample(sorted(whole.items()), len(whole) // 2))
    rest = {powers: -n for powers, n in whole.items() if powers not in half}
    draft.equal("moved over", f"{written(half)}={written(rest)}")
    for how, other in changed(dice, whole).items():
        if len(other) > 1:
            draft.wrong(how, f"{written(other)}=0", scaled(other))
            draft.wrong(how + ", scaled", f"{written({p: n * 3 for p, n in other.items()})}=0", scaled(other))
    draft.other("no equation", written(whole))
    draft.other("inequality", f"{written(whole)}>0", rf"{written(whole)} \le 0")
    return draft


def scaled(polynomial: Polynomial) -> list[Fraction]:
    """What an equation ``polynomial = 0`` says, whatever it is multiplied by."""
    first = polynomial[max(polynomial)]
    return [value / first for value in values(polynomial)]


STRICT = {"<": ("<", r"\lt"), "<=": (r"\le", r"\leq", "≤", r"\leqslant", "<="), ">": (">", r"\gt"),
          ">=": (r"\ge", r"\geq", "≥", r"\geqslant", ">=")}  # fmt: skip
MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
FLIP = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def sign(dice: random.Random, name: str) -> str:
    return dice.choice(STRICT[name])


@kind("inequality")
def inequality(dice: random.Random) -> Draft:
    """Which x: one bound, or two. The value is (low, whether it belongs, high, whether it belongs)."""
    letter = "x"
    low = Fraction(dice.randint(-20, 20), dice.choice([1, 1, 1, 2, 3]))
    high = low + Fraction(dice.randint(1, 20), dice.choice([1, 1, 2]))
    if dice.random() < 0.5:
        name = dice.choice(sorted(STRICT))

        def one(name: str, bound: Fraction) -> tuple[str, Fraction]:
            return name, bound

        draft = Draft(one(name, low), f"{letter} {STRICT[name][0]} {latex(low)}")
        for symbol in STRICT[name]:
            draft.equal("another sign", f"{letter} {symbol} {latex(low)}", f"{letter}{symbol} {latex(low)}")
        for symbol in STRICT[MIRROR[name]]:
            draft.equal("turned round", f"{latex(low)} {symbol} {letter}")
        open_, close = ("(" if name == ">" else "["), (")" if name == "<" else "]")
        interval = rf"{open_}{latex(low)}, \infty)" if ">" in name else rf"(-\infty, {latex(low)}{close}"
        draft.equal("interval", interval, rf"{letter} \in {interval}")
        for how, (other, bound) in {
            "direction": (MIRROR[name], low),
            "strictness": (FLIP[name], low),
            "both": (MIRROR[FLIP[name]], low),
            "bound": (name, low + 1),
            "bound less": (name, low - Fraction(1, 2)),
            "sign": (name, -low),
        }.items():
            draft.wrong(how, f"{letter} {sign(dice, other)} {latex(bound)}", one(other, bound))
            draft.wrong(how + ", turned", f"{latex(bound)} {sign(dice, MIRROR[other])} {letter}", one(other, bound))
        draft.other("equation", f"{letter} = {latex(low)}")
        draft.other("unequal", rf"{letter} \neq {latex(low)}")
        return draft
    left, right = dice.choice(["<", "<="]), dice.choice(["<", "<="])

    def two(low: Fraction, left: str, right: str, high: Fraction) -> str:
        return f"{latex(low)} {sign(dice, left)} {letter} {sign(dice, right)} {latex(high)}"

    draft = Draft((low, left, right, high), f"{latex(low)} {STRICT[left][0]} {letter} {STRICT[right][0]} {latex(high)}")
    draft.equal("another sign", *(two(low, left, right, high) for _ in range(4)))
    draft.equal(
        "turned round", f"{latex(high)} {sign(dice, MIRROR[right])} {letter} {sign(dice, MIRROR[left])} {latex(low)}"
    )
    draft.equal(
        "two bounds",
        rf"{letter} {sign(dice, MIRROR[left])} {latex(low)} \text{{ and }} {letter} {sign(dice, right)} {latex(high)}",
    )
    interval = f"{'(' if left == '<' else '['}{latex(low)}, {latex(high)}{')' if right == '<' else ']'}"
    draft.equal("interval", interval, rf"{letter} \in {interval}")
    for how, other in {
        "left strictness": (low, FLIP[left], right, high),
        "right strictness": (low, left, FLIP[right], high),
        "low": (low - 1, left, right, high),
        "high": (low, left, right, high + Fraction(1, 3)),
        "signs": (-high, left, right, -low),
        "wider": (low - 2, left, right, high + 2),
    }.items():
        draft.wrong(how, two(*other), other)
    draft.other(
        "half of it", f"{letter} {sign(dice, MIRROR[left])} {latex(low)}", f"{letter} {sign(dice, right)} {latex(high)}"
    )
    draft.other("either", rf"{letter} < {latex(low)} \text{{ or }} {letter} > {latex(high)}")
    draft.other("bounds alone", rf"\{{{latex(low)}, {latex(high)}\}}")
    return draft
