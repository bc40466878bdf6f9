"""Answers with units, in words, and the letters of a multiple choice."""

from __future__ import annotations

import random
from fractions import Fraction

from pairs.draft import Draft, kind
from pairs.writing import decimal, swapped

# name -> how many of the first unit of its row it is; converted exactly.
UNITS: dict[str, dict[str, Fraction]] = {
    "length": {"mm": Fraction(1), "cm": Fraction(10), "m": Fraction(1000), "km": Fraction(10**6)},
    "mass": {"g": Fraction(1), "kg": Fraction(1000)},
    "time": {"s": Fraction(1), "min": Fraction(60), "h": Fraction(3600)},
    "area": {"cm^2": Fraction(1), "m^2": Fraction(10**4)},
    "volume": {"mL": Fraction(1), "L": Fraction(1000)},
    "speed": {"m/s": Fraction(36), "km/h": Fraction(10)},
}
LONG = {"cm": "centimeters", "m": "meters", "km": "kilometers", "g": "grams", "kg": "kilograms", "s": "seconds",
        "min": "minutes", "h": "hours", "mm": "millimeters", "L": "liters", "mL": "milliliters"}  # fmt: skip


@kind("units")
def measure(dice: random.Random) -> Draft:
    sort = dice.choice(sorted(UNITS))
    unit = dice.choice(sorted(UNITS[sort]))
    value = Fraction(dice.randint(1, 900), dice.choice([1, 1, 1, 10, 4]))
    text = decimal(value) or ""
    draft = Draft((sort, value * UNITS[sort][unit]), rf"{text} \text{{ {unit}}}", {"type": "units"})

    def add(how: str, number: Fraction, name: str, sort: str, wrong: bool = False) -> None:
        digits = decimal(number)
        if digits is None:
            return
        forms = [
            rf"{digits} \text{{ {name}}}",
            rf"{digits}\,\mathrm{{{name}}}",
            f"{digits} {name}",
            rf"{digits}\text{{{name}}}",
        ]
        for form in forms if not wrong else dice.sample(forms, 2):
            if wrong:
                draft.wrong(how, form, (sort, number * UNITS[sort][name]))
            else:
                draft.equal(how, form)

    add("as it is", value, unit, sort)
    draft.equal("tilde", rf"{text} \mathrm{{~{unit}}}", rf"{text}~\text{{{unit}}}", rf"{text}\ \text{{{unit}}}")
    draft.equal("all in text", rf"\text{{{text} {unit}}}")
    if unit in ("m/s", "km/h"):
        top, bottom = unit.split("/")
        draft.equal(
            "fraction of units",
            rf"{text} \frac{{\text{{{top}}}}}{{\text{{{bottom}}}}}",
            rf"{text} \text{{ {top}}}/\text{{{bottom}}}",
        )
    if unit.endswith("^2"):
        draft.equal(
            "square outside",
            rf"{text} \text{{ {unit[:-2]}}}^2",
            rf"{text} \mathrm{{{unit[:-2]}}}^{{2}}",
            f"{text} {unit[:-2]}²",
        )
        draft.equal("square in words", rf"{text} \text{{ square {LONG[unit[:-2]]}}}")
    if unit in LONG and value != 1:
        draft.equal("in full", f"{text} {LONG[unit]}", rf"{text} \text{{ {LONG[unit]}}}")
    for other, size in UNITS[sort].items():
        if other != unit:
            add("converted", value * UNITS[sort][unit] / size, other, sort)
            add("not converted", value, other, sort, wrong=True)
            add("converted wrongly", value * size / UNITS[sort][unit], other, sort, wrong=True)
            add("converted by ten too much", value * UNITS[sort][unit] / size * 10, other, sort, wrong=True)
    for another in UNITS:
        if another != sort:
            add("another quantity", value, sorted(UNITS[another])[0], another, wrong=True)
    for how, number in {"one more": value + 1, "ten times": value * 10, "half": value / 2, "sign": -value}.items():
        add(how, number, unit, sort, wrong=True)
    add("digits swapped", Fraction(swapped(dice, text)), unit, sort, wrong=True)
    draft.other("list of guesses", rf"{text} \text{{ {unit}}} \text{{ or }} {decimal(value + 1)} \text{{ {unit}}}")
    draft.other("squared", rf"{text} \text{{ {unit}}}^2") if "^" not in unit and "/" not in unit else None
    return draft


WORDS = """
Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April August October Mercury Venus Mars
Jupiter Saturn Neptune red green blue yellow purple orange triangle square pentagon hexagon rhombus trapezoid even odd
increasing decreasing hyperbola parabola ellipse circle north south northwest copper iron oxygen helium
"""
NAMES = WORDS.split()
PHRASES = ["New Zealand", "the second train", "no solution", "both of them", "right triangle", "a geometric series",
           "the pink box", "strictly increasing", "Ada Lovelace", "none of these"]  # fmt: skip


@kind("text")
def words(dice: random.Random) -> Draft:
    said = dice.choice(NAMES) if dice.random() < 0.7 else dice.choice(PHRASES)
    draft = Draft(said, rf"\text{{{said}}}" if dice.random() < 0.5 else said, {"type": "text"}, dressed=False)
    draft.equal("as it is", said, f" {said} ", f"{said}.")
    draft.equal("case", said.lower(), said.upper(), said[0].upper() + said[1:])
    draft.equal("text", rf"\text{{{said}}}", rf"\textbf{{{said}}}", rf"\mathrm{{{said}}}", rf"\text{{ {said} }}")
    draft.equal("dollars", rf"$\text{{{said}}}$", rf"\(\text{{{said}}}\)")
    draft.equal("stars", f"**{said}**", rf"\textit{{{said}}}", rf"\textrm{{{said}}}")
    draft.equal("full stop inside", rf"\text{{{said}.}}")
    if " " in said:
        draft.equal("spaces", said.replace(" ", "  "), rf"\text{{{said.replace(' ', '  ')}}}")
    pool = [word for word in NAMES + PHRASES if word != said]
    for _ in range(3):
        other = dice.choice(pool)
        draft.wrong("another word", other, other)
        draft.wrong("another word, text", rf"\text{{{other}}}", other)
        draft.other("list of guesses", f"{said} or {other}", f"{other}, {said}", rf"\text{{{said} or {other}}}")
        draft.other("both", f"{said} and {other}")
    draft.other("not", f"not {said}", rf"\text{{not {said}}}", f"anything but {said}")
    draft.other("backwards", said[::-1])
    at = dice.randrange(1, len(said) - 1)
    draft.other("a letter less", said[:at] + said[at + 1 :])
    draft.other("said twice", f"{said}{said}")
    draft.other("a number", str(dice.randint(1, 50)))
    return draft


@kind("choice")
def choice(dice: random.Random) -> Draft:
    letters = "ABCDE"[: dice.choice([4, 5])]
    said = dice.choice(letters)
    reference = dice.choice([said, f"({said})", rf"\text{{{said}}}", rf"\textbf{{({said})}}"])
    draft = Draft(said, reference, {"type": "choice"}, dressed=False)
    draft.equal("as it is", said, f" {said} ", f"{said}.")
    draft.equal("brackets", f"({said})", f"{said})", f"[{said}]")
    draft.equal("text", rf"\text{{{said}}}", rf"\textbf{{{said}}}", rf"\mathrm{{{said}}}", rf"\text{{({said})}}")
    draft.equal("bold", rf"\textbf{{({said})}}", f"**{said}**")
    draft.equal("dollars", f"${said}$", rf"\({said}\)")
    draft.equal("word", f"Option {said}", rf"\text{{Option {said}}}")
    for other in letters:
        draft.wrong("another letter", other, other)
        draft.wrong("another letter, brackets", f"({other})", other)
        draft.wrong("another letter, text", rf"\textbf{{({other})}}", other)
        if other != said:
            draft.other("list of guesses", f"{said} or {other}", f"{other}, {said}", f"({said}), ({other})")
            draft.other("two letters", f"{said}{other}", f"{said} and {other}")
    draft.other("not", f"not {said}", rf"\text{{not }} {said}")
    draft.other("all", letters, ", ".join(letters), "all of the above")
    draft.other("none of them", "F", "X", "none")
    draft.other("a number", str("ABCDE".index(said) + 1))
    return draft
