"""Integers, rationals, decimals, mixed numbers, repeating decimals."""

from __future__ import annotations

import math
import random
from fractions import Fraction

from pairs.draft import Draft, kind
from pairs.writing import decimal, forms, latex, rational, swapped

UNICODE = {
    Fraction(1, 2): "½",
    Fraction(1, 3): "⅓",
    Fraction(2, 3): "⅔",
    Fraction(1, 4): "¼",
    Fraction(3, 4): "¾",
    Fraction(1, 8): "⅛",
    Fraction(3, 8): "⅜",
    Fraction(5, 8): "⅝",
}


@kind("integer")
def integer(dice: random.Random) -> Draft:
    size = dice.choice([10, 100, 1000, 10**5, 10**7, 10**12])
    value = dice.randint(1, size) * dice.choice([1, 1, 1, -1])
    text, sign, digits = str(value), "-" if value < 0 else "", str(abs(value))
    draft = Draft(value, text)
    for form, how in forms(dice, value).items():
        draft.equal(how, form)
    draft.equal("text", rf"\text{{{text}}}", rf"\mathbf{{{text}}}")
    draft.equal("decimals", f"{text}.00")
    part = dice.randint(1, 99)
    draft.equal("sum", f"{value - part} + {part}", rf"{value + part}-{part}")
    draft.equal("size of a negative", rf"|{-value}|", rf"\left|{-value}\right|") if value > 0 else None
    draft.equal("root of a square", rf"\sqrt{{{value * value}}}") if 0 < value < 1000 else None
    draft.equal("braces", f"{{{text}}}", rf"{{\displaystyle {text}}}")
    if abs(value) >= 1000:
        grouped = f"{value:,}"
        draft.equal("grouped", grouped, grouped.replace(",", "{,}"), grouped.replace(",", r"\,"))
        draft.wrong("group dropped", grouped.rpartition(",")[0], int(grouped.rpartition(",")[0].replace(",", "")))
    if value > 1 and math.isqrt(value) ** 2 == value:
        draft.equal("square", f"{math.isqrt(value)}^2")
    for step in (1, -1, 10, 2):
        draft.wrong("off by a little", str(value + step), value + step)
    draft.wrong("sign", str(-value), -value)
    draft.wrong("digits swapped", sign + swapped(dice, digits), int(sign + swapped(dice, digits)))
    draft.wrong("a zero more", f"{text}0", value * 10)
    draft.wrong("a digit less", text[:-1], int(text[:-1])) if len(digits) > 1 else None
    draft.wrong("a half more", f"{text}.5", None)
    draft.wrong("a hair more", f"{text}.000000001", None)
    draft.wrong("percent", rf"{text}\%", None)
    draft.wrong("reciprocal", rf"\frac{{1}}{{{text}}}", Fraction(1, value))
    draft.wrong("square", rf"({text})^2", value**2)
    draft.other(
        "list of guesses", f"{text}, {value + 1}", rf"{text} \text{{ or }} {value + 1}", f"{text} or {value - 1}"
    )
    draft.other("both signs", rf"\pm {digits}")
    draft.other("set", rf"\{{{text}, {value + 1}\}}")
    draft.other("a bound", rf"x > {text}", rf"\leq {text}")
    draft.other("a variable more", f"{text}x")
    draft.other("imaginary", f"{text}i")
    draft.other("another letter", rf"{text}\pi")
    return draft


@kind("rational")
def fraction(dice: random.Random) -> Draft:
    value = dice.choice(list(UNICODE)) if dice.random() < 0.1 else rational(dice, dice.choice([9, 40, 999]))
    top, bottom, sign = abs(value.numerator), value.denominator, "-" if value < 0 else ""
    draft = Draft(value, latex(value))
    for form, how in forms(dice, value).items():
        draft.equal(how, form)
    if value in UNICODE:
        draft.equal("unicode", UNICODE[value])
    draft.equal("over", rf"{sign}{{{top} \over {bottom}}}")
    draft.equal("brackets", rf"{sign}\left(\frac{{{top}}}{{{bottom}}}\right)", f"{sign}({top}/{bottom})")
    draft.equal("spaces", rf"{sign} \frac {{ {top} }} {{ {bottom} }}", f"{sign}{top} / {bottom}")
    draft.equal("fraction slash", f"{sign}{top}⁄{bottom}")
    draft.equal("divided", rf"{sign}{top} \div {bottom}")
    if sign:
        draft.equal("sign below", rf"\frac{{{top}}}{{-{bottom}}}")
    part = rational(dice, 9)
    rest = value - part
    join = "-" if rest < 0 else "+"
    draft.equal("sum", f"{latex(part)} {join} {latex(abs(rest))}", f"{part}{join}{abs(rest)}") if rest else None
    draft.equal("power of its inverse", rf"{sign}\left(\frac{{{bottom}}}{{{top}}}\right)^{{-1}}")
    draft.equal("power below", rf"{sign}{top} \cdot {bottom}^{{-1}}")
    draft.equal(
        "fraction in a fraction", rf"{sign}\frac{{\frac{{{top}}}{{{bottom + 1}}}}}{{\frac{{{bottom}}}{{{bottom + 1}}}}}"
    )
    if (period := periodic(abs(value))) is not None:
        draft.equal("repeating decimal", sign + period)
    for how, other in {
        "swapped": 1 / value,
        "numerator": Fraction(value.numerator + 1, bottom),
        "denominator": Fraction(value.numerator, bottom + 1),
        "sign": -value,
        "one more": value + 1,
        "ten times": value * 10,
        "squared": value**2,
    }.items():
        draft.wrong(how, latex(other), other)
        draft.wrong(how + ", slash", f"{other.numerator}/{other.denominator}", other)
    draft.wrong("numerator alone", f"{sign}{top}", Fraction(value.numerator))
    draft.wrong("percent", latex(value) + r"\%", value / 100)
    digits = decimal(value)
    if digits is not None:
        draft.wrong("a decimal shifted", decimal(value / 10) or "0", value / 10)
        draft.wrong("a last digit", digits[:-1] + str((int(digits[-1]) + 1) % 10), None)
    draft.other("list of guesses", f"{latex(value)}, {latex(value + 1)}", f"{latex(value)} or {latex(-value)}")
    draft.other("a variable more", latex(value) + "x")
    return draft


def periodic(value: Fraction) -> str | None:
    """``0.1\\overline{6}``, where digits repeat after a few; None where they end, or go on for long."""
    whole, rest = divmod(value, 1)
    for before in range(4):
        for length in range(1, 7):
            shifted = rest * 10**before
            if ((shifted % 1) * (10**length - 1)).denominator == 1 and shifted % 1:
                digits = int((shifted % 1) * (10**length - 1))
                head = f"{int(shifted):0{before}d}" if before else ""
                return rf"{whole}.{head}\overline{{{digits:0{length}d}}}"
    return None


@kind("decimal")
def within(dice: random.Random) -> Draft:
    """The key states a tolerance; a third of them demand the number itself."""
    places = dice.randint(1, 5)
    value = Fraction(dice.randint(1, 10 ** (places + dice.randint(0, 3))), 10**places) * dice.choice([1, 1, -1])
    text = decimal(value)
    assert text is not None
    tolerance = Fraction(0) if dice.random() < 0.33 else Fraction(dice.choice([1, 2, 5]), 10 ** dice.randint(1, places))
    draft = Draft(value, text, {"type": "decimal", "tolerance": float(tolerance)})
    draft.equal("as it is", text)
    draft.equal("trailing zeros", text + "00" if "." in text else text + ".00")
    for power in (1, 2, 3):
        draft.equal("scientific", rf"{decimal(value * 10**power)} \times 10^{{-{power}}}")
    draft.equal("scientific", rf"{decimal(value / 10)} \cdot 10^1", f"{decimal(value / 10)}e1", rf"{text} \times 10^0")
    draft.equal("fraction", latex(value))
    if text.startswith("0."):
        draft.equal("no leading zero", text[1:])
    if tolerance:
        for share in (Fraction(1, 2), Fraction(-1, 2), Fraction(9, 10), Fraction(-9, 10)):
            draft.equal("within", decimal(value + tolerance * share) or text)
    steps = (
        [tolerance * Fraction(11, 10), tolerance * 2, tolerance * 10]
        if tolerance
        else [Fraction(1, 10 ** (places + 1))]
    )
    for step in steps:
        for other in (value + step, value - step):
            if decimal(other) is not None:
                draft.wrong("outside", decimal(other) or "", other)
    slips = {
        "sign": -value,
        "ten times": value * 10,
        "a tenth": value / 10,
        "digits swapped": Fraction(("-" if value < 0 else "") + swapped(dice, text.lstrip("-").replace(".", "")))
        / 10 ** len(text.partition(".")[2]),
    }
    for how, other in slips.items():
        if abs(other - value) > tolerance and decimal(other) is not None:
            draft.wrong(how, decimal(other) or "", other)
    for power in (2, -2, 3):
        if abs(value * Fraction(10) ** power - value) > tolerance:
            draft.wrong("exponent", rf"{text} \times 10^{{{power}}}", value * Fraction(10) ** power)
    draft.other("list of guesses", f"{text}, {decimal(value + 1)}", f"{text} or {decimal(value + 1)}")
    return draft


@kind("mixed number")
def mixed(dice: random.Random) -> Draft:
    whole, bottom = dice.randint(1, 20), dice.randint(2, 12)
    top = dice.randint(1, bottom - 1)
    part, sign = Fraction(top, bottom), dice.choice(["", "", "-"])
    top, bottom = part.numerator, part.denominator
    value = (whole + part) * (-1 if sign else 1)
    draft = Draft(value, rf"{sign}{whole}\frac{{{top}}}{{{bottom}}}")
    draft.equal("as it is", draft.reference, rf"{sign}{whole} \frac{{{top}}}{{{bottom}}}")
    draft.equal("dfrac", rf"{sign}{whole}\dfrac{{{top}}}{{{bottom}}}", rf"{sign}{whole}\tfrac{{{top}}}{{{bottom}}}")
    draft.equal("plain", f"{sign}{whole} {top}/{bottom}")
    draft.equal(
        "a space of LaTeX", rf"{sign}{whole}\,\frac{{{top}}}{{{bottom}}}", rf"{sign}{whole}\ \frac{{{top}}}{{{bottom}}}"
    )
    draft.equal("sum", rf"{sign}\left({whole}+\frac{{{top}}}{{{bottom}}}\right)")
    if top < 10 and bottom < 10:
        draft.equal("frac without braces", rf"{sign}{whole}\frac{top}{bottom}")
    for form, how in forms(dice, value).items():
        draft.equal(how, form)
    for how, other in {
        "product": whole * part * (-1 if sign else 1),
        "whole": value + 1,
        "sign": -value,
        "swapped": 1 / value,
        "numerator": value + Fraction(1, bottom),
    }.items():
        draft.wrong(how, latex(other), other)
    draft.wrong("another part", rf"{sign}{whole}\frac{{{top}}}{{{bottom + 1}}}", None)
    draft.wrong("another whole", rf"{sign}{whole + 1}\frac{{{top}}}{{{bottom}}}", None)
    draft.wrong("another sign", rf"{'' if sign else '-'}{whole}\frac{{{top}}}{{{bottom}}}", None)
    draft.wrong("part alone", rf"{sign}\frac{{{top}}}{{{bottom}}}", None)
    draft.wrong("whole alone", f"{sign}{whole}", None)
    draft.wrong("multiplied", rf"{sign}{whole} \cdot \frac{{{top}}}{{{bottom}}}", whole * part * (-1 if sign else 1))
    draft.wrong("digits run together", f"{sign}{whole}{top}/{bottom}", Fraction(int(f"{sign}{whole}{top}"), bottom))
    return draft


@kind("repeating decimal")
def repeating(dice: random.Random) -> Draft:
    period = f"{dice.randint(1, 998):0{dice.randint(1, 3)}d}"
    if set(period) == {"9"} or set(period) == {"0"}:
        period = "3"
    head = dice.choice(["", "", str(dice.randint(0, 9)), f"{dice.randint(0, 99):02d}"])
    whole = dice.choice([0, 0, 0, dice.randint(1, 12)])
    value = repeated(whole, head, period)
    draft = Draft(value, rf"{whole}.{head}\overline{{{period}}}")
    draft.equal("as it is", draft.reference)
    draft.equal("twice the period", rf"{whole}.{head}\overline{{{period}{period}}}")
    draft.equal("period unrolled", rf"{whole}.{head}{period}\overline{{{period}}}")
    draft.equal("period turned", rf"{whole}.{head}{period[0]}\overline{{{period[1:]}{period[0]}}}")
    draft.equal("bar", rf"{whole}.{head}\bar{{{period}}}") if len(period) == 1 else None
    draft.equal("dot", rf"{whole}.{head}\dot{{{period}}}") if len(period) == 1 else None
    draft.equal("overline without braces", rf"{whole}.{head}\overline {period}") if len(period) == 1 else None
    draft.equal("spaces", rf"{whole}.{head} \overline{{ {period} }}")
    draft.equal("fraction", latex(value), rf"\dfrac{{{value.numerator}}}{{{value.denominator}}}")
    draft.equal("slash", f"{value.numerator}/{value.denominator}")
    changed = str((int(period[-1]) + 1) % 10)
    for how, (other_head, other) in {
        "last digit": (head, period[:-1] + changed),
        "shifted": (head + "0", period),
        "period longer": (head, period + changed),
        "turned": (head, period[1:] + period[0]),
    }.items():
        draft.wrong(how, rf"{whole}.{other_head}\overline{{{other}}}", repeated(whole, other_head, other))
    draft.wrong("ends", f"{whole}.{head}{period}", Fraction(f"{whole}.{head}{period}"))
    draft.wrong("ends later", f"{whole}.{head}{period * 4}", Fraction(f"{whole}.{head}{period * 4}"))
    draft.wrong("whole", rf"{whole + 1}.{head}\overline{{{period}}}", value + 1)
    draft.wrong("sign", rf"-{draft.reference}", -value)
    draft.wrong("another fraction", latex(value + Fraction(1, value.denominator)), None)
    draft.wrong("swapped", latex(1 / value), 1 / value)
    return draft


def repeated(whole: int, head: str, period: str) -> Fraction:
    """The value of ``whole.head(period)(period)...``: a geometric series."""
    tail = Fraction(int(period), 10 ** len(period) - 1)
    return whole + (Fraction(int(head or 0)) + tail) / 10 ** len(head)
