"""Units: their names, what they measure and how large they are.

A measure is (size, dimensions): the size is exact, in the base unit of each dimension; dimensions are sorted pairs of
a base and its power. A noun that no table knows (``apples``) is a dimension of its own.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple


class Measure(NamedTuple):
    size: Fraction
    dimensions: tuple[tuple[str, int], ...]

    def times(self, other: Measure) -> Measure:
        powers = dict(self.dimensions)
        for base, power in other.dimensions:
            powers[base] = powers.get(base, 0) + power
        return Measure(self.size * other.size, tuple(sorted((base, power) for base, power in powers.items() if power)))

    def power(self, exponent: int) -> Measure:
        if not exponent:
            return NONE
        return Measure(self.size**exponent, tuple((base, power * exponent) for base, power in self.dimensions))


NONE = Measure(Fraction(1), ())
F = Fraction
# name: (size, dimensions as base and power)
NAMED: dict[str, tuple[Fraction, dict[str, int]]] = {
    "m meter metre": (F(1), {"m": 1}),
    "in inch inches": (F("0.0254"), {"m": 1}),
    "ft foot feet": (F("0.3048"), {"m": 1}),
    "yd yard": (F("0.9144"), {"m": 1}),
    "mi mile": (F("1609.344"), {"m": 1}),
    "g gram gramme": (F(1), {"g": 1}),
    "t tonne": (F(10**6), {"g": 1}),
    "lb lbs pound": (F("453.59237"), {"g": 1}),
    "oz ounce": (F("28.349523125"), {"g": 1}),
    "s sec second": (F(1), {"s": 1}),
    "min minute": (F(60), {"s": 1}),
    "h hr hrs hour": (F(3600), {"s": 1}),
    "day": (F(86400), {"s": 1}),
    "week": (F(604800), {"s": 1}),
    "month": (F(1), {"month": 1}),
    "yr year": (F(12), {"month": 1}),
    "L l liter litre": (F("0.001"), {"m": 3}),
    "ha hectare": (F(10000), {"m": 2}),
    "acre": (F("4046.8564224"), {"m": 2}),
    "gal gallon": (F("0.003785411784"), {"m": 3}),
    "N newton": (F(1000), {"g": 1, "m": 1, "s": -2}),
    "J joule": (F(1000), {"g": 1, "m": 2, "s": -2}),
    "W watt": (F(1000), {"g": 1, "m": 2, "s": -3}),
    "Pa pascal": (F(1000), {"g": 1, "m": -1, "s": -2}),
    "Hz hertz": (F(1), {"s": -1}),
    "A ampere amp": (F(1), {"A": 1}),
    "C coulomb": (F(1), {"A": 1, "s": 1}),
    "V volt": (F(1000), {"g": 1, "m": 2, "s": -3, "A": -1}),
    "Omega ohm": (F(1000), {"g": 1, "m": 2, "s": -3, "A": -2}),
    "K kelvin": (F(1), {"K": 1}),
    "mol mole": (F(1), {"mol": 1}),
    "mph": (F("0.44704"), {"m": 1, "s": -1}),
    "kph kmh": (F(5, 18), {"m": 1, "s": -1}),
    "$ dollar USD usd": (F(1), {"dollar": 1}),
    "cent": (F(1, 100), {"dollar": 1}),
    "euro EUR": (F(1), {"euro": 1}),
    "pounds£ GBP": (F(1), {"sterling": 1}),
    "yen JPY": (F(1), {"yen": 1}),
    "rupee": (F(1), {"rupee": 1}),
    "unit": (F(1), {"unit": 1}),
    "rad radian": (F(1), {}),
}
PREFIXES = {
    "k": F(1000),
    "c": F(1, 100),
    "m": F(1, 1000),
    "d": F(1, 10),
    "M": F(10**6),
    "G": F(10**9),
    "n": F(1, 10**9),
}
LONG = {
    "kilo": F(1000),
    "centi": F(1, 100),
    "milli": F(1, 1000),
    "mega": F(10**6),
    "micro": F(1, 10**6),
    "nano": F(1, 10**9),
}
PREFIXED = {"m", "g", "s", "L", "l", "N", "J", "W", "Pa", "Hz", "A", "V", "mol"}
PREFIXED_LONG = {
    "meter",
    "metre",
    "gram",
    "gramme",
    "second",
    "liter",
    "litre",
    "newton",
    "joule",
    "watt",
    "pascal",
    "hertz",
}

UNITS: dict[str, Measure] = {}
for _names, (_size, _dimensions) in NAMED.items():
    for _name in _names.split():
        UNITS[_name] = Measure(_size, tuple(sorted(_dimensions.items())))
        if _name in PREFIXED:
            for _prefix, _factor in PREFIXES.items():
                UNITS.setdefault(_prefix + _name, Measure(_size * _factor, tuple(sorted(_dimensions.items()))))
        if _name in PREFIXED_LONG:
            for _prefix, _factor in LONG.items():
                UNITS[_prefix + _name] = Measure(_size * _factor, tuple(sorted(_dimensions.items())))
UNITS["min"], UNITS["ft"], UNITS["cd"] = UNITS["minute"], UNITS["foot"], Measure(F(1), (("cd", 1),))

PLAIN = frozenset(
    "cm mm km kg mg ml mL kL ft in inch inches yd mi lb lbs oz min hr hrs mol Hz kHz MHz Pa kPa kW mph rad ms kN kJ kV "
    "meters metres meter metre feet foot miles mile hours hour minutes minute seconds second days day weeks week "
    "months month years year dollars dollar cents cent grams gram kilograms kilogram liters liter litres units unit "
    "square cubic sq degrees degree radians radian inches yards yard gallons gallon pounds pound ounces ounce percent "
    "acres acre sec USD EUR GBP".split()
)
"""Words that stand for a unit after a number even outside \\text{}."""
NO_UNITS = frozenset(
    "of if when where for is are the and or not to than only all no some with mod else otherwise such that as by at "
    "from which how so then but because since be was were between about approximately maybe either neither nor".split()
)
WORD = re.compile(r"\s*(?:([A-Za-z$%£€]+)\.?|([/*·()^-])|(\\cdot|\\times|\\,|\\ |~)|\{?(-?\d{1,2})\}?)", re.ASCII)


def one(name: str) -> Measure | None:
    """The measure of one unit's name, plural or not; None when the table has none."""
    found = UNITS.get(name)
    if found is None and len(name) > 2:
        lower = name.lower()
        found = UNITS.get(lower) or (UNITS.get(lower[:-1]) if lower.endswith("s") else None)
    return found


def noun(name: str) -> Measure:
    """A dimension for what the table does not know: apples are counted in apples."""
    lower = name.lower()
    if len(lower) > 3 and lower.endswith("s") and not lower.endswith("ss"):
        lower = lower[:-1]
    return Measure(F(1), ((f"#{lower}", 1),))


def measure(text: str) -> Measure | None:
    """What a unit in words or symbols measures: ``m/s^2``, ``square meters``, ``km per hour``, ``apples``.

    None for what is no unit.
    """
    if len(text) > 80 or not re.match(r"[\sA-Za-z$%£€(]", text):
        return None
    result, sign, raised, position, last = NONE, 1, 1, 0, None
    unknown = []
    while position < len(text):
        if not text[position:].strip():
            break
        match = WORD.match(text, position)
        if match is None:
            return None
        position = match.end()
        name, symbol, silent, power = match[1], match[2], match[3], match[4]
        if symbol == ")":
            last = None  # a power behind it would be of all that it holds
        if silent or symbol in ("*", "·", "(", ")"):
            continue
        if symbol == "/" or (name and name.lower() == "per"):
            sign, last = -1, None
        elif symbol == "^":
            continue
        elif symbol == "-":
            return None
        elif power is not None:
            if last is None:
                return None
            result = result.times(last.power(sign * (int(power) - 1)))
            last = None
        elif name.lower() in ("square", "sq", "squared", "cubic", "cubed", "cu"):
            exponent = 2 if name.lower().startswith("sq") else 3
            if name.lower() in ("squared", "cubed"):
                if last is None:
                    return None
                result = result.times(last.power(sign * (exponent - 1)))
            else:
                raised = exponent
        elif name.lower() in NO_UNITS:
            return None
        else:
            last = one(name)
            if last is None:
                last = noun(name)
                unknown.append(name)
            last = last.power(raised)
            result, raised = result.times(last.power(sign)), 1
    if raised != 1 or len(unknown) > 2:
        return None
    return result


def named(found: Measure) -> str:
    """The dimensions of a measure as text."""
    return "*".join(base if power == 1 else f"{base}^{power}" for base, power in found.dimensions)
