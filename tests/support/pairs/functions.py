"""Functions of x with sines, powers, roots, logarithms, sizes: forms that are equal wherever they are defined."""

from __future__ import annotations

import random
from collections.abc import Callable

import mpmath

from pairs.closed import Real
from pairs.draft import Draft

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
    if sort == "logarithm":
        n = dice.choice([3, 5])  # ln(x^2) is defined where ln(x) is not

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
