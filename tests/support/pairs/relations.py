"""Equations and inequalities."""

from __future__ import annotations

import math
import random
from fractions import Fraction

from pairs.algebra import Polynomial, changed, shuffled, spaced, values, written
from pairs.draft import Draft, kind
from pairs.writing import latex


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
        at = dice.randint(-5, 5)
        through = slope * at + cut
        if through.denominator == 1 and at and through:
            draft.equal("through a point", f"y{-int(through):+d} = {front}(x{-at:+d})")
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
