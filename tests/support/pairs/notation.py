"""Percentages, numbers in other bases, and numbers too large to be told apart as floats."""

from __future__ import annotations

import math
import random
from fractions import Fraction

from pairs.draft import Draft, kind
from pairs.writing import decimal, latex, swapped


@kind("percent")
def percent(dice: random.Random) -> Draft:
    """The number in front of the sign decides; what a percentage is without one, only the key's policy can say."""
    value = Fraction(dice.randint(1, 2000), dice.choice([1, 1, 10, 100]))
    text = decimal(value) or ""
    draft = Draft(value, rf"{text}\%")
    draft.equal("as it is", rf"{text}\%", rf"{text} \%", rf"{text}\,\%")
    draft.equal("plain", f"{text}%", f"{text} %")
    draft.equal("word", f"{text} percent", rf"{text}\text{{ percent}}")
    draft.equal("trailing zero", rf"{text}.0\%" if "." not in text else rf"{text}0\%")
    draft.equal("fraction", rf"{latex(value)}\%")
    draft.equal("in text", rf"\text{{{text}\%}}", rf"{text}\text{{\%}}")
    if (hundredths := decimal(value / 100)) is not None:
        draft.equal("hundredths", hundredths)
    for how, other in {
        "a hundredth": value / 100,
        "a hundred times": value * 100,
        "a tenth": value / 10,
        "one more": value + 1,
        "a little more": value + Fraction(1, 10),
        "sign": -value,
        "complement": 100 - value,
    }.items():
        if decimal(other) is not None:
            draft.wrong(how, rf"{decimal(other)}\%", other)
            draft.wrong(how + ", plain", f"{decimal(other)}%", other)
    draft.wrong("digits swapped", swapped(dice, text) + r"\%", Fraction(swapped(dice, text)))
    draft.other("list of guesses", rf"{text}\%, {decimal(value + 5)}\%", rf"{text}\% or {decimal(value + 5)}\%")
    return draft


DIGITS = "0123456789ABCDEF"


def in_base(value: int, base: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, base)
        digits = DIGITS[digit] + digits
    return digits


@kind("base")
def based(dice: random.Random) -> Draft:
    base = dice.choice([2, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16])
    value = dice.randint(base, dice.choice([base**3, base**5, base**8]))
    digits = in_base(value, base)
    draft = Draft(value, f"{digits}_{{{base}}}")
    draft.equal("as it is", draft.reference)
    draft.equal("brackets", f"({digits})_{{{base}}}", rf"\left({digits}\right)_{{{base}}}")
    draft.equal("spaces", f"{digits} _ {{ {base} }}")
    draft.equal("text", rf"{digits}_{{\text{{{base}}}}}")
    draft.equal("in words", rf"{digits}_{{\text{{base }}{base}}}", rf"{digits} \text{{ (base {base})}}")
    draft.equal("brackets below", f"{digits}_{{({base})}}")
    draft.equal("decimal", str(value))
    if base < 10:
        draft.equal("bare subscript", f"{digits}_{base}")
    if digits.isdigit():
        draft.equal("text digits", rf"\text{{{digits}}}_{{{base}}}")
    else:
        draft.equal("lower case", f"{digits.lower()}_{{{base}}}")
        draft.equal("roman digits", rf"\mathrm{{{digits}}}_{{{base}}}")
    for step in (1, -1, base):
        draft.wrong("off by a little", f"{in_base(value + step, base)}_{{{base}}}", value + step)
    turned = swapped(dice, digits)
    draft.wrong("digits swapped", f"{turned}_{{{base}}}", int(turned, base))
    draft.wrong("a zero more", f"{digits}0_{{{base}}}", value * base)
    draft.wrong("reversed", f"{digits[::-1]}_{{{base}}}", int(digits[::-1], base))
    for other in (base + 1, base + 2, 10, 16):
        if all(DIGITS.index(digit) < other for digit in digits):
            draft.wrong("another base", f"{digits}_{{{other}}}", int(digits, other))
    draft.wrong("sign", f"-{digits}_{{{base}}}", -value)
    draft.other("list of guesses", f"{digits}_{{{base}}}, {in_base(value + 1, base)}_{{{base}}}")
    return draft


@kind("power")
def power(dice: random.Random) -> Draft:
    """Numbers too large to be told apart as floats: powers, factorials, binomials, and one divided by them."""
    sort = dice.choice(["power", "factorial", "binomial", "one over"])
    if sort == "power":
        base, exponent = dice.randint(2, 12), 2 * dice.randint(5, 60)
        value = Fraction(base**exponent)
        draft = Draft(value, f"{base}^{{{exponent}}}")
        draft.equal("square base", f"{base**2}^{{{exponent // 2}}}", f"({base}^2)^{{{exponent // 2}}}")
        draft.equal("split", rf"{base} \cdot {base}^{{{exponent - 1}}}", rf"{base}^{{{exponent - 3}}} \times {base}^3")
        half = exponent // 2
        draft.equal("square", rf"\left({base}^{{{half}}}\right)^2", rf"{base}^{{{half}}} \cdot {base}^{{{half}}}")
        draft.equal("product above", rf"{base}^{{2 \cdot {half}}}", rf"{base}^{{{half}+{half}}}")
        draft.equal("quotient", rf"\frac{{{base}^{{{exponent + 1}}}}}{{{base}}}")
        slips = {"exponent": (base, exponent + 1), "exponent less": (base, exponent - 1), "base": (base + 1, exponent)}
        for how, (other, up) in slips.items():
            draft.wrong(how, f"{other}^{{{up}}}", Fraction(other**up))
        draft.wrong("swapped", f"{exponent}^{{{base}}}", Fraction(exponent**base))
        draft.wrong("product", rf"{base} \cdot {exponent}", Fraction(base * exponent))
        draft.wrong("reciprocal", f"{base}^{{-{exponent}}}", 1 / value)
        draft.wrong("one more", f"{base}^{{{exponent}}} + 1", value + 1)
        draft.wrong("one less", f"{base}^{{{exponent}}} - 1", value - 1)
    elif sort == "factorial":
        n = dice.randint(5, 40)
        value = Fraction(math.factorial(n))
        draft = Draft(value, f"{n}!")
        draft.equal("unrolled", rf"{n} \cdot {n - 1}!", rf"{n} \times ({n - 1})!", rf"\frac{{{n + 1}!}}{{{n + 1}}}")
        for step in (1, -1, 2):
            draft.wrong("another", f"{n + step}!", Fraction(math.factorial(n + step)))
        draft.wrong("none", f"{n}", Fraction(n))
        draft.wrong("halved", rf"\frac{{{n}!}}{{2}}", value / 2)
        draft.wrong("one more", f"{n}! + 1", value + 1)
    elif sort == "binomial":
        n = dice.randint(6, 40)
        k = dice.randint(2, n // 2)
        value = Fraction(math.comb(n, k))
        draft = Draft(value, rf"\binom{{{n}}}{{{k}}}")
        draft.equal("mirrored", rf"\binom{{{n}}}{{{n - k}}}")
        draft.equal("dbinom", rf"\dbinom{{{n}}}{{{k}}}")
        draft.equal("factorials", rf"\frac{{{n}!}}{{{k}! \cdot {n - k}!}}", rf"\frac{{{n}!}}{{{k}!({n - k})!}}")
        draft.wrong("below", rf"\binom{{{n}}}{{{k - 1}}}", Fraction(math.comb(n, k - 1)))
        draft.wrong("above", rf"\binom{{{n + 1}}}{{{k}}}", Fraction(math.comb(n + 1, k)))
        draft.wrong("permutations", rf"\frac{{{n}!}}{{{n - k}!}}", Fraction(math.perm(n, k)))
        draft.wrong("fraction", rf"\frac{{{n}}}{{{k}}}", Fraction(n, k))
        draft.wrong("power", f"{n}^{{{k}}}", Fraction(n**k))
        draft.wrong("one more", f"{math.comb(n, k) + 1}", value + 1)
    else:
        n = dice.randint(5, 60)
        value = Fraction(1, math.factorial(n))
        draft = Draft(value, rf"\frac{{1}}{{{n}!}}")
        draft.equal("slash", f"1/{n}!")
        draft.equal("dfrac", rf"\dfrac{{1}}{{{n}!}}")
        draft.equal("power", f"({n}!)^{{-1}}")
        draft.equal("unrolled", rf"\frac{{1}}{{{n} \cdot {n - 1}!}}", rf"\frac{{{n + 1}}}{{{n + 1}!}}")
        for step in (1, 2, -1):
            draft.wrong("another", rf"\frac{{1}}{{{n + step}!}}", Fraction(1, math.factorial(n + step)))
        draft.wrong("turned", f"{n}!", 1 / value)
        draft.wrong("two", rf"\frac{{2}}{{{n}!}}", value * 2)
        draft.wrong("nought", "0", Fraction(0))
        draft.wrong("sign", rf"-\frac{{1}}{{{n}!}}", -value)
    if sort in ("factorial", "binomial") and value < 10**12:
        draft.equal("worked out", str(value))
    return draft
