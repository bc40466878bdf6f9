"""Closed forms: roots, multiples of pi, powers of e, logarithms, values of sine and cosine; and complex numbers.

Values are compared at fifty digits, so that answers which share thirty of them still differ.
"""

from __future__ import annotations

import math
import random
from fractions import Fraction

import mpmath

from pairs.draft import Draft, kind
from pairs.writing import forms, latex

mp = mpmath.MPContext()
mp.dps = 60


class Real:
    """A real number that equals another only when fifty digits agree."""

    def __init__(self, value: object) -> None:
        self.value = mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mp.mpf(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Real) and abs(self.value - other.value) <= mp.mpf(10) ** -50 * max(1, abs(self.value))

    __hash__ = None


@kind("surd")
def surd(dice: random.Random) -> Draft:
    return dice.choice([root, quadratic, of_pi, of_e, logarithm, angle])(dice)


def root(dice: random.Random) -> Draft:
    """a√b with b free of squares."""
    free = dice.choice([2, 3, 5, 6, 7, 10, 11, 13, 14, 15])
    times, sign = dice.randint(2, 12), dice.choice(["", "", "-"])
    size = times * mp.sqrt(free)
    one = -1 if sign else 1
    draft = Draft(Real(one * size), rf"{sign}{times}\sqrt{{{free}}}")
    draft.equal("as it is", draft.reference, rf"{sign}{times} \sqrt {{{free}}}")
    draft.equal("times", rf"{sign}{times} \cdot \sqrt{{{free}}}", rf"{sign}{times} \times \sqrt{{{free}}}")
    draft.equal("one root", rf"{sign}\sqrt{{{times * times * free}}}")
    draft.equal("root first", rf"{sign}\sqrt{{{free}}} \cdot {times}")
    draft.equal("power", rf"{sign}{times} \cdot {free}^{{1/2}}", rf"{sign}{times} \cdot {free}^{{\frac{{1}}{{2}}}}")
    draft.equal("below", rf"{sign}\frac{{{times * free}}}{{\sqrt{{{free}}}}}")
    draft.equal("unicode", f"{sign}{times}√{free}", f"{sign}{times}√({free})")
    draft.equal("two roots", rf"{sign}\sqrt{{{times * times}}}\sqrt{{{free}}}")
    draft.equal("sqrt", f"{sign}{times}*sqrt({free})")
    draft.equal("root over root", rf"{sign}\frac{{\sqrt{{{times * times * free * 3}}}}}{{\sqrt{{3}}}}")
    draft.equal("root of a fraction", rf"{sign}\sqrt{{\frac{{{2 * times * times * free}}}{{2}}}}")
    draft.equal("fourth root", rf"{sign}{times}\sqrt[4]{{{free * free}}}")
    draft.equal("sum", rf"{sign}({times - 1}\sqrt{{{free}}} + \sqrt{{{free}}})")
    if free < 10:
        draft.equal("root without braces", rf"{sign}{times}\sqrt{free}")
    draft.wrong("sign", rf"{'' if sign else '-'}{times}\sqrt{{{free}}}", Real(-one * size))
    draft.wrong("under the root", rf"{sign}{times}\sqrt{{{free + 1}}}", Real(one * times * mp.sqrt(free + 1)))
    draft.wrong("before the root", rf"{sign}{times + 1}\sqrt{{{free}}}", Real(one * (times + 1) * mp.sqrt(free)))
    draft.wrong("swapped", rf"{sign}{free}\sqrt{{{times}}}", Real(one * free * mp.sqrt(times)))
    draft.wrong("root lost", f"{sign}{times * free}", Real(one * times * free))
    draft.wrong("squared", f"{times * times * free}", Real(times * times * free))
    draft.wrong("cube root", rf"{sign}{times}\sqrt[3]{{{free}}}", Real(one * times * mp.cbrt(free)))
    draft.wrong("sum", rf"{sign}{times}+\sqrt{{{free}}}", Real(one * times + mp.sqrt(free)))
    draft.wrong("taken in", rf"{sign}\sqrt{{{times * free}}}", Real(one * mp.sqrt(times * free)))
    draft.wrong("convergent", f"{sign}{latex(convergent(size))}", Real(one * convergent(size)))
    draft.wrong("a hair more", rf"{draft.reference}+10^{{-12}}", Real(one * size + mp.mpf(10) ** -12))
    return draft


def convergent(size: object) -> Fraction:
    """A fraction that agrees with a number to some eight digits."""
    return Fraction(int(mp.floor(size * 10**15)), 10**15).limit_denominator(10**4)


def quadratic(dice: random.Random) -> Draft:
    """(a ± b√c) / d, the roots of a quadratic equation."""
    free = dice.choice([2, 3, 5, 6, 7, 13, 17, 21])
    a, b, d = dice.choice([-1, 1]) * dice.randint(1, 15), dice.randint(2, 9), dice.randint(2, 9)
    if math.gcd(math.gcd(a, b), d) > 1:
        return quadratic(dice)
    sign, other = dice.choice([("+", "-"), ("-", "+")])

    def value(a: int, b: int, free: int, d: int, sign: str) -> Real:
        return Real((a + (b if sign == "+" else -b) * mp.sqrt(free)) / d)

    def written(a: int, b: int, free: int, d: int, sign: str) -> str:
        return rf"\frac{{{a}{sign}{b}\sqrt{{{free}}}}}{{{d}}}"

    draft = Draft(value(a, b, free, d, sign), written(a, b, free, d, sign))
    draft.equal("as it is", draft.reference, rf"\dfrac{{{a} {sign} {b}\sqrt{{{free}}}}}{{{d}}}")
    draft.equal("slash", rf"({a}{sign}{b}\sqrt{{{free}}})/{d}", f"({a} {sign} {b}√{free})/{d}")
    draft.equal("plain", f"({a} {sign} {b}*sqrt({free}))/{d}", f"({a}{sign}{b}sqrt({free}))/{d}")
    draft.equal("split", rf"{latex(Fraction(a, d))} {sign} \frac{{{b}\sqrt{{{free}}}}}{{{d}}}")
    draft.equal("split, unreduced", rf"\frac{{{a}}}{{{d}}} {sign} \frac{{{b}}}{{{d}}}\sqrt{{{free}}}")
    draft.equal("times", rf"\frac{{1}}{{{d}}}\left({a} {sign} {b}\sqrt{{{free}}}\right)")
    draft.equal("taken in", rf"\frac{{{a}{sign}\sqrt{{{b * b * free}}}}}{{{d}}}")
    draft.equal("unreduced", rf"\frac{{{2 * a}{sign}{2 * b}\sqrt{{{free}}}}}{{{2 * d}}}")
    draft.equal("sign turned", rf"-\frac{{{-a}{other}{b}\sqrt{{{free}}}}}{{{d}}}", written(-a, b, free, -d, other))
    norm = Fraction(a * a - b * b * free, d)
    draft.equal("conjugate below", rf"\frac{{{latex(norm)}}}{{{a}{other}{b}\sqrt{{{free}}}}}")
    if value(a, b, free, d, sign).value > 0:
        square = (a * a + b * b * free, 2 * a * b if sign == "+" else -2 * a * b)
        inside = rf"{square[0]}{square[1]:+d}\sqrt{{{free}}}"
        draft.equal("root of its square", rf"\frac{{\sqrt{{{inside}}}}}{{{d}}}")
    if sign == "+":
        draft.equal("root first", rf"\frac{{{b}\sqrt{{{free}}}{a:+d}}}{{{d}}}")
    draft.wrong("conjugate", written(a, b, free, d, other), value(a, b, free, d, other))
    draft.wrong("sign in front", written(-a, b, free, d, sign), value(-a, b, free, d, sign))
    draft.wrong("denominator", written(a, b, free, d + 1, sign), value(a, b, free, d + 1, sign))
    draft.wrong("denominator doubled", written(a, b, free, 2 * d, sign), value(a, b, free, 2 * d, sign))
    draft.wrong("under the root", written(a, b, free + 1, d, sign), value(a, b, free + 1, d, sign))
    draft.wrong("before the root", written(a, b + 1, free, d, sign), value(a, b + 1, free, d, sign))
    draft.wrong("in front", written(a + 1, b, free, d, sign), value(a + 1, b, free, d, sign))
    half = Real(a + (b if sign == "+" else -b) * mp.sqrt(free) / d)
    draft.wrong("half divided", rf"{a} {sign} \frac{{{b}\sqrt{{{free}}}}}{{{d}}}", half)
    draft.wrong("not divided", rf"{a} {sign} {b}\sqrt{{{free}}}", value(a, b, free, 1, sign))
    draft.wrong("sign in all", rf"-{draft.reference}", Real(-draft.value.value))
    draft.other("both roots", rf"\frac{{{a} \pm {b}\sqrt{{{free}}}}}{{{d}}}")
    draft.other("list of guesses", f"{draft.reference}, {written(a, b, free, d, other)}")
    return draft


def multiple(part: Fraction, letter: str) -> str:
    """A multiple of a letter: ``-\\frac{3\\pi}{4}``, ``\\pi``."""
    top = f"{abs(part.numerator) if abs(part.numerator) != 1 else ''}{letter}"
    sign = "-" if part < 0 else ""
    return sign + (top if part.denominator == 1 else rf"\frac{{{top}}}{{{part.denominator}}}")


def of_pi(dice: random.Random) -> Draft:
    part = Fraction(dice.choice([-1, 1, 1]) * dice.randint(1, 24), dice.randint(1, 12))
    shift = dice.choice([0, 0, dice.randint(1, 9)])
    draft = Draft(Real(number(part) * mp.pi + shift), multiple(part, r"\pi") + (f"+{shift}" if shift else ""))
    end = f"+{shift}" if shift else ""
    draft.equal("as it is", draft.reference)
    draft.equal("fraction in front", rf"{latex(part)}\pi{end}" if part.denominator > 1 else rf"{part} \cdot \pi{end}")
    draft.equal("unicode", (f"{part.numerator}π/{part.denominator}" if part.denominator > 1 else f"{part}π") + end)
    draft.equal("pi first", rf"\pi \cdot {latex(part)}{end}" if part > 0 else rf"\pi \cdot ({latex(part)}){end}")
    draft.equal("unreduced", rf"\frac{{{part.numerator * 3}\pi}}{{{part.denominator * 3}}}{end}")
    draft.equal("shift first", f"{shift}{'' if part < 0 else '+'}{multiple(part, chr(92) + 'pi')}") if shift else None
    draft.equal("plain", (f"{part.numerator}*pi/{part.denominator}" if part.denominator > 1 else f"{part}*pi") + end)
    for how, other in {
        "doubled": part * 2,
        "halved": part / 2,
        "one more": part + 1,
        "sign": -part,
        "turned": 1 / part,
        "numerator": Fraction(part.numerator + 1, part.denominator),
    }.items():
        if other:
            draft.wrong(how, multiple(other, r"\pi") + end, Real(number(other) * mp.pi + shift))
    draft.wrong("pi lost", latex(part) + end, Real(number(part) + shift))
    draft.wrong("squared", multiple(part, r"\pi^2") + end, Real(number(part) * mp.pi**2 + shift))
    draft.wrong("shift", multiple(part, r"\pi") + f"+{shift + 1}", Real(number(part) * mp.pi + shift + 1))
    draft.wrong("22/7", latex(part * Fraction(22, 7)) + end, Real(number(part * Fraction(22, 7)) + shift))
    draft.wrong("355/113", latex(part * Fraction(355, 113)) + end, Real(number(part * Fraction(355, 113)) + shift))
    return draft


def number(part: Fraction) -> object:
    return mp.mpf(part.numerator) / part.denominator


def of_e(dice: random.Random) -> Draft:
    """a + b e^n."""
    a, b, n = dice.randint(1, 9), dice.randint(1, 9), dice.choice([-3, -2, -1, 1, 2, 3])
    sign = dice.choice(["+", "-"])

    def value(a: int, b: int, n: int, sign: str) -> Real:
        return Real(a + (b if sign == "+" else -b) * mp.e**n)

    def written(a: int, b: int, n: int, sign: str) -> str:
        power = "e" if abs(n) == 1 else f"e^{{{abs(n)}}}"
        term = rf"\frac{{{b}}}{{{power}}}" if n < 0 else (power if b == 1 else f"{b}{power}")
        return f"{a}{sign}{term}"

    draft = Draft(value(a, b, n, sign), written(a, b, n, sign))
    draft.equal("as it is", draft.reference)
    draft.equal("power", f"{a} {sign} {b}e^{{{n}}}", rf"{a} {sign} {b} \cdot e^{{{n}}}")
    draft.equal("upright", written(a, b, n, sign).replace("e", r"\mathrm{e}"))
    draft.equal("exp", rf"{a} {sign} {b}\exp({n})")
    draft.equal("turned round", f"{'' if sign == '+' else '-'}{b}e^{{{n}}}+{a}")
    draft.equal("two steps", f"{a + 1} {sign} {b}e^{{{n}}} - 1")
    other = "-" if sign == "+" else "+"
    draft.wrong("sign", written(a, b, n, other), value(a, b, n, other))
    draft.wrong("sign and number", written(a, b + 4, n, other), value(a, b + 4, n, other))
    draft.wrong("exponent's sign", written(a, b, -n, sign), value(a, b, -n, sign))
    draft.wrong("exponent", written(a, b, n + (1 if n > 0 else -1), sign), value(a, b, n + (1 if n > 0 else -1), sign))
    draft.wrong("in front", written(a + 1, b, n, sign), value(a + 1, b, n, sign))
    draft.wrong("number", written(a, b + 1, n, sign), value(a, b + 1, n, sign))
    draft.wrong("e lost", str(a), Real(a))
    draft.wrong("swapped", written(b, a, n, sign), value(b, a, n, sign))
    return draft


def logarithm(dice: random.Random) -> Draft:
    """b ln p, and ln of a quotient."""
    p, b = dice.choice([2, 3, 5, 6, 7, 10]), dice.randint(2, 6)
    c, sign = dice.choice([0, 0, dice.randint(1, 9)]), dice.choice(["", "-"])
    one = -1 if sign else 1
    end = f"+{c}" if c else ""
    draft = Draft(Real(one * b * mp.log(p) + c), rf"{sign}{b}\ln {p}{end}")
    draft.equal("as it is", draft.reference)
    draft.equal(
        "brackets", rf"{sign}{b}\ln({p}){end}", rf"{sign}{b} \ln \left({p}\right){end}", f"{sign}{b}*ln({p}){end}"
    )
    draft.equal("taken in", rf"{sign}\ln({p**b}){end}", rf"{sign}\ln({p}^{{{b}}}){end}")
    draft.equal("quotient", rf"{'' if sign else '-'}{b}\ln\frac{{1}}{{{p}}}{end}")
    draft.equal("product", rf"{sign}({b - 1}\ln({p}) + \ln({p})){end}")
    if p in (6, 10):
        draft.equal("two factors", rf"{sign}{b}(\ln(2) + \ln({p // 2})){end}")
    draft.wrong("sign", rf"{'' if sign else '-'}{b}\ln({p}){end}", Real(-one * b * mp.log(p) + c))
    draft.wrong("under", rf"{sign}{b}\ln({p + 1}){end}", Real(one * b * mp.log(p + 1) + c))
    draft.wrong("in front", rf"{sign}{b + 1}\ln({p}){end}", Real(one * (b + 1) * mp.log(p) + c))
    draft.wrong("swapped", rf"{sign}{p}\ln({b}){end}", Real(one * p * mp.log(b) + c))
    draft.wrong("product in", rf"{sign}\ln({b * p}){end}", Real(one * mp.log(b * p) + c))
    draft.wrong("log lost", rf"{sign}{b * p}{end}", Real(one * b * p + c))
    draft.wrong("base two", rf"{sign}{b}\log_2({p}){end}", Real(one * b * mp.log(p) / mp.log(2) + c))
    draft.wrong("shift", rf"{sign}{b}\ln({p})+{c + 1}", Real(one * b * mp.log(p) + c + 1))
    draft.wrong("squared", rf"{sign}{b}(\ln({p}))^2{end}", Real(one * b * mp.log(p) ** 2 + c))
    return draft


ANGLES = {
    r"\sin\frac{\pi}{3}": (r"\frac{\sqrt{3}}{2}", r"\cos\frac{\pi}{6}", r"\sqrt{\frac{3}{4}}"),
    r"\cos\frac{\pi}{4}": (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}", r"\sin\frac{\pi}{4}", r"\sqrt{\frac{1}{2}}"),
    r"\tan\frac{\pi}{6}": (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}", r"\sqrt{\frac{1}{3}}"),
    r"\sin\frac{\pi}{12}": (r"\frac{\sqrt{6}-\sqrt{2}}{4}", r"\frac{\sqrt{2-\sqrt{3}}}{2}"),
    r"\cos\frac{\pi}{12}": (r"\frac{\sqrt{6}+\sqrt{2}}{4}", r"\frac{\sqrt{2+\sqrt{3}}}{2}"),
    r"\cos\frac{\pi}{5}": (r"\frac{1+\sqrt{5}}{4}", r"\frac{1}{\sqrt{5}-1}"),
    r"\tan\frac{\pi}{8}": (r"\sqrt{2}-1", r"\frac{1}{\sqrt{2}+1}", r"\sqrt{3-2\sqrt{2}}"),
}


def angle(dice: random.Random) -> Draft:
    name, same = dice.choice(sorted(ANGLES.items()))
    times = dice.randint(2, 9)
    function, _, bottom = name[1:].partition(r"\frac{\pi}{")
    value = getattr(mp, function)(mp.pi / int(bottom.rstrip("}")))
    first = same[0]
    draft = Draft(Real(times * value), rf"{times} \cdot {first}" if first.startswith(r"\frac") else f"{times}({first})")
    draft.equal("by its angle", rf"{times}{name}", rf"{times} \cdot {name}")
    for one in same:
        draft.equal("another form", rf"{times} \cdot \left({one}\right)", rf"\left({one}\right) \cdot {times}")
    for other_name, others in ANGLES.items():
        if other_name != name:
            draft.other("another angle", rf"{times} \cdot \left({others[0]}\right)", rf"{times}{other_name}")
    draft.wrong("in front", rf"{times + 1} \cdot \left({first}\right)", Real((times + 1) * value))
    draft.wrong("sign", rf"-{times} \cdot \left({first}\right)", Real(-times * value))
    draft.wrong("squared", rf"{times} \cdot \left({first}\right)^2", Real(times * value**2))
    draft.wrong("not multiplied", first, Real(value))
    draft.wrong("convergent", latex(convergent(times * value)), Real(convergent(times * value)))
    return draft


@kind("complex")
def complex_number(dice: random.Random) -> Draft:
    """Real and imaginary part as exact fractions."""
    a = Fraction(dice.choice([-1, 1]) * dice.randint(1, 12), dice.choice([1, 1, 1, 2, 3]))
    b = Fraction(dice.choice([-1, 1]) * dice.randint(2, 12), dice.choice([1, 1, 1, 5, 7]))

    def imaginary(b: Fraction) -> str:
        return multiple(b, "i")

    def written(a: Fraction, b: Fraction) -> str:
        return f"{latex(a)}{'' if b < 0 else '+'}{imaginary(b)}"

    draft = Draft((a, b), written(a, b))
    draft.equal("as it is", draft.reference, draft.reference.replace("+", " + "))
    draft.equal("turned round", f"{imaginary(b)}{'' if a < 0 else '+'}{latex(a)}")
    draft.equal("upright", draft.reference.replace("i", r"\mathrm{i}"))
    draft.equal("fraction in front", rf"{latex(a)}{'-' if b < 0 else '+'}{latex(abs(b))}i")
    draft.equal("dot", rf"{latex(a)}{'-' if b < 0 else '+'}{latex(abs(b))} \cdot i")
    draft.equal("i first", rf"{latex(a)}{'-' if b < 0 else '+'}i \cdot {latex(abs(b))}")
    draft.equal("brackets", rf"({draft.reference})", rf"\left({draft.reference}\right)")
    draft.equal("drawn out", rf"-({written(-a, -b)})")
    draft.equal("one fraction", rf"\frac{{{written(2 * a, 2 * b)}}}{{2}}")
    draft.equal("decimal", f"{next(f for f in forms(dice, a))}{'' if b < 0 else '+'}{imaginary(b)}")
    draft.equal("i below", rf"\frac{{{written(-b, a)}}}{{i}}")
    for how, (other_a, other_b) in {
        "conjugate": (a, -b),
        "swapped": (b, a),
        "real part's sign": (-a, b),
        "sign": (-a, -b),
        "real part": (a + 1, b),
        "imaginary part": (a, b + 1),
        "imaginary part less": (a, b - 1),
        "times ten": (a * 10, b * 10),
    }.items():
        if other_b:
            draft.wrong(how, written(other_a, other_b), (other_a, other_b))
    draft.wrong("real part alone", latex(a), (a, 0))
    draft.wrong("imaginary part alone", imaginary(b), (0, b))
    draft.wrong("i lost", f"{latex(a)}{'' if b < 0 else '+'}{latex(b)}", (a + b, 0))
    draft.other("modulus", rf"\sqrt{{{latex(a * a + b * b)}}}")
    draft.other("a point", f"({latex(a)}, {latex(b)})")
    draft.other("both signs", rf"{latex(a)} \pm {imaginary(abs(b))}")
    return draft
