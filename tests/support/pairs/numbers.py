"""Integers, rationals, decimals, mixed numbers, repeating decimals, percentages, other bases, large powers."""

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
