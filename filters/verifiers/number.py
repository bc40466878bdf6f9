"""One number, compared exactly, or within a tolerance that the key states.

``spec`` may hold ``tolerance`` (largest difference), ``relative`` (largest difference as a share of the key's number),
or ``base`` 16 for whole numbers such as ``-0x1f``. With a tolerance the answer may also be written ``1.5e-7``.
"""

from __future__ import annotations

import re
from fractions import Fraction

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

# Up to 30 digits either side: enough for any answer, and no number large enough to cost time. ASCII only: int() would
# read digits of every script.
NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:/\d{1,30})?", re.ASCII)
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
SCIENTIFIC = re.compile(r"([+-]?\d{1,30}(?:\.\d{1,30})?)[eE]([+-]?\d{1,2})", re.ASCII)
HEXADECIMAL = re.compile(r"([+-]?)0x([0-9a-fA-F]{1,200})")


@verifier("number", reasons=("not_a_number", "wrong_value"))
def number(answer: str, key: Key) -> Finding:
    tolerance, relative, base = limits(key)
    exact = not tolerance and not relative
    wanted = [value for text in key.answers if (value := read(text, base, scientific=True)) is not None]
    if not wanted or len(wanted) < len(key.answers):
        raise UnusableKey(f"a number was expected, found {key.answers}")
    found = read(answer, base, scientific=not exact)
    if found is None:
        return Finding.fail("not_a_number", says=f"{answer[:60]} is not a number", tier="exact")
    said = str(found)
    if any(abs(found - value) <= max(tolerance, relative * abs(value)) for value in wanted):
        return Finding.passed(answer=said, tier="exact" if exact else "tolerance")
    return Finding.fail("wrong_value", says=f"{said} is not right", answer=said, tier="exact" if exact else "tolerance")


def limits(key: Key) -> tuple[Fraction, Fraction, int]:
    """Tolerance, relative tolerance and base of a key. Raises UnusableKey where they make no sense."""
    spec = key.spec
    found = [read(str(spec.get(name, "0")), 10, scientific=True) for name in ("tolerance", "relative")]
    base = spec.get("base", 10)
    if any(value is None or value < 0 for value in found) or base not in (10, 16):
        raise UnusableKey(f"tolerance and relative (not below 0) and base 10 or 16 were expected, found {spec}")
    return found[0] or Fraction(0), found[1] or Fraction(0), base


def read(text: str, base: int, scientific: bool) -> Fraction | None:
    """A number as the key's spec would have it written; None for anything else."""
    if base == 16:
        match = HEXADECIMAL.fullmatch(text.strip().strip("$").strip())
        return Fraction(int(match[1] + match[2], 16)) if match else None
    if scientific and (match := SCIENTIFIC.fullmatch(text.strip())):
        return Fraction(match[1]) * Fraction(10) ** int(match[2])
    return parse(text)


def parse(text: str) -> Fraction | None:
    """An integer, decimal or quotient as an exact fraction; thousands separators and $ signs are dropped."""
    bare = text.strip().strip("$").strip().rstrip(".").replace("−", "-")
    if GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    if not NUMBER.fullmatch(bare):
        return None
    top, _, bottom = bare.partition("/")
    if bottom and int(bottom) == 0:
        return None
    return Fraction(top) / (Fraction(bottom) if bottom else 1)
