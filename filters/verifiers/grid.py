"""Rows of numbers or words, entry by entry: a list, a matrix, an order.

Answer and key are read by the same rules: rows of entries with spaces or commas between them, one bracketed list, a
list of lists, or a LaTeX matrix. ``spec``: ``entries`` number or word (then the same characters), ``tolerance`` for
numbers, and ``order``: ``rows`` where the order of the rows does not matter, ``any`` where that within them does not
either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from filters.finding import Finding
from filters.verifiers.number import parse
from filters.verify import Key, UnusableKey, verifier

LONGEST = 50_000
"""Characters of a grid."""
TOKEN = re.compile(r"""\s*(?:([\[\],])|"([^"\\\n]*)"|'([^'\\\n]*)'|([^\s\[\],"']+)|(.))""", re.DOTALL)
MATRIX = re.compile(r"\\begin\{([bpvBV]?matrix|array)\}(?:\{[lcr|]*\})?(.*)\\end\{\1\}", re.DOTALL)

Rows = tuple[tuple[str, ...], ...]


@verifier("grid", reasons=("not_a_grid", "not_a_number", "wrong_shape", "wrong_value"))
def grid(answer: str, key: Key) -> Finding:
    entries, order = key.spec.get("entries", "word"), key.spec.get("order", "given")
    tolerance = parse(str(key.spec.get("tolerance", "0")))
    if entries not in ("number", "word") or order not in ("given", "rows", "any") or tolerance is None:
        raise UnusableKey(f"entries number or word, order given, rows or any and a tolerance: found {key.spec}")
    wanted = [cells for text in key.answers if (cells := arranged(text, entries, order)) is not None]
    if not wanted or len(wanted) < len(key.answers):
        raise UnusableKey(f"a grid of {entries}s was expected, found {str(key.answers)[:200]}")
    found = read(answer)
    if found is None or (loose(answer, found) and all(text.strip().startswith("[") for text in key.answers)):
        return Finding.fail("not_a_grid", says=f"{answer[:60]} is not a list or grid", tier="exact")
    cells = arranged(answer, entries, order)
    if cells is None:
        return Finding.fail("not_a_number", says=f"{answer[:60]} holds what is no number", tier="exact")
    said = "; ".join(", ".join(map(str, row)) for row in cells)
    if any(same(cells, one, tolerance) for one in wanted):
        return Finding.passed(answer=said, tier="exact" if not tolerance else "tolerance")
    shape = [len(row) for row in cells]
    if all(shape != [len(row) for row in one] for one in wanted):
        return Finding.fail("wrong_shape", says=f"it has {sum(shape)} entries, not as many", answer=said, tier="exact")
    return Finding.fail("wrong_value", says=f"{said[:60]} is not right", answer=said, tier="exact")


def loose(answer: str, rows: Rows) -> bool:
    """Whether this is one entry without brackets, which is no list where the key has one."""
    return "[" not in answer and sum(map(len, rows)) < 2


@lru_cache(maxsize=64)
def arranged(text: str, entries: str, order: str) -> tuple[tuple[Fraction | str, ...], ...] | None:
    """The entries of a grid as they are compared; None where it is none or holds what is no number."""
    rows = read(text)
    if rows is None:
        return None
    cells: list[tuple[Fraction | str, ...]] = []
    for row in rows:
        values = [parse(entry) if entries == "number" else entry for entry in row]
        if None in values:
            return None
        known: list[Fraction | str] = [value for value in values if value is not None]
        cells.append(tuple(sorted(known, key=rank) if order == "any" else known))
    return tuple(cells if order == "given" else sorted(cells, key=lambda row: [rank(entry) for entry in row]))


def rank(entry: Fraction | str) -> tuple[Fraction, str]:
    return (Fraction(0), entry) if isinstance(entry, str) else (entry, "")


def same(found: Sequence[Sequence[Fraction | str]], wanted: Sequence[Sequence[Fraction | str]], by: Fraction) -> bool:
    if [len(row) for row in found] != [len(row) for row in wanted]:
        return False
    pairs = [pair for rows in zip(found, wanted, strict=True) for pair in zip(*rows, strict=True)]
    return all(
        one == other
        or (isinstance(one, Fraction) and isinstance(other, Fraction) and by > 0 and abs(one - other) <= by)
        for one, other in pairs
    )


def read(text: str) -> Rows | None:
    """The rows of entries of a list, a list of lists, a LaTeX matrix or lines; None for anything else."""
    bare = text.strip().strip("$").strip()
    if not bare or len(bare) > LONGEST:
        return None
    if bare.startswith("["):
        return bracketed(bare)
    if match := MATRIX.fullmatch(bare):
        rows = [line.split("&") for line in match[2].split("\\\\") if line.strip()]
        return tuple(tuple(entry.strip() for entry in row) for row in rows)
    found = [line for line in bare.splitlines() if line.strip() and not line.strip().startswith("```")]
    return tuple(tuple(line.replace(",", " ").split()) for line in found) or None


def bracketed(text: str) -> Rows | None:
    """``[1, 2]`` as one row, ``[[1, 2], [3]]`` as two; numpy's way without commas too."""
    rows: list[tuple[str, ...]] = []
    row: list[str] | None = None
    outer: list[str] = []
    depth, before = 0, ""
    for mark, double, single, bare, other in TOKEN.findall(text.strip()):
        if other.strip() or (depth == 0 and before):
            return None
        if mark == "[":
            depth += 1
            if depth > 2:
                return None
            if depth == 2:
                row = []
        elif mark == "]":
            if depth == 2:
                rows.append(tuple(row or ()))
                row = None
            depth -= 1
        elif mark == ",":
            if before in ("", "[", ","):
                return None
        elif not other:
            (outer if row is None else row).append((double or single or bare).strip())
        before = mark or "entry"
    if depth != 0 or (rows and outer):
        return None
    return tuple(rows) if rows else (tuple(outer),)
