"""``repetition``: does it go round in circles? The share of n-grams that are new, and whether it ends in a loop.

Novelty is measured over the whole text and over every window of it, and the worst counts: a long good text does not
make up for the stretch where it got stuck. A loop is the same stretch again and again, to the end of the thinking or of
the response. Attempts that differ in their numbers are no repetition, and neither are the cells of a table.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import Any

from filters.finding import Finding, check
from warehouse.text import CLOSE

CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# Words, single characters where a script writes no spaces, and marks; a line of dashes is one mark. What is endless all
# the same comes in pieces, so that a single letter said for ever is seen as well.
UNIT = re.compile(rf"[{CJK}]|[^\W{CJK}]{{1,40}}|([^\w\s])\1{{0,99}}")
SAYS = re.compile(rf"[{CJK}]|[^\W\d_]{{2}}|=|\d{{40}}|[^\w\s]{{100}}")
"""What tells a unit that says something from a number, a bracket, or the cell of a grid."""

TIMES = 4
"""How often in a row is a loop."""
LOOP, TABLE = 64, 1024
"""Units that a loop has at least; one of numbers and marks alone, which may be a grid that somebody asked for."""


@check("repetition", version=2, reasons=("repetitive", "loop"), n=8, window=512, novelty=0.5)
def repetition(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    """``window``: n-grams that are looked at together. Scores the novelty of the worst of them, for a loop one part in
    as many as it has turns. Linear in time."""
    text = trace["completion"]
    units, places = [], []
    for match in UNIT.finditer(text):
        units.append(match[0])
        places.append(match.start())
    share, worst = novelty(units, settings["n"], settings["window"])
    turn = bisect_left(places, text.rfind(CLOSE))  # where thinking ends
    for first, last in ((0, turn), (turn, len(units))):
        # A text that was cut may end within a word, and that word is then another.
        if found := loop(units[first:last]) or loop(units[first : last - 1]):
            start, period, times = first + found[0], found[1], found[2]
            piece = text[places[start] : places[start + period]]
            says = f"{times} times {piece[:80].strip()!r}"
            score = round(min(share, 1 / times), 4)
            return Finding.fail("loop", score=score, at=places[start], period=len(piece), says=says)
    if share < settings["novelty"]:
        return Finding.fail("repetitive", score=round(share, 4), at=places[worst])
    return Finding.passed(score=round(share, 4))


def novelty(units: list[str], n: int, window: int) -> tuple[float, int]:
    """(share of different n-grams in the window where it is lowest, or in all of the text; the first unit of it).

    n-grams that say nothing, as in a grid of numbers, are passed over.
    """
    says = {unit: SAYS.search(unit) is not None for unit in set(units)}
    said = [0, *accumulate(says[unit] for unit in units)]
    where = [i for i in range(len(units) - n + 1) if said[i + n] > said[i]]
    grams = [hash(tuple(units[i : i + n])) for i in where]
    if not grams:
        return 1.0, 0
    lowest, worst = len(set(grams)) / len(grams), 0
    counts: dict[int, int] = {}
    for i, gram in enumerate(grams):
        counts[gram] = counts.get(gram, 0) + 1
        if i >= window:
            old = grams[i - window]
            counts[old] -= 1
            if not counts[old]:
                del counts[old]
        if i >= window - 1 and len(counts) < lowest * window:
            lowest, worst = len(counts) / window, where[i - window + 1]
    return lowest, worst


def loop(units: list[str]) -> tuple[int, int, int] | None:
    """(first unit, units of a turn, whole turns) of the longest stretch at the end that goes round TIMES times or more.

    How far the text agrees with itself, read backwards and shifted by a period, is the Z function of the reversed text
    (Gusfield 1997, section 1.3): all periods in linear time.
    """
    back = units[::-1]
    size = len(back)
    agrees = [0] * size
    left = right = longest = best = 0
    for shift in range(1, size):
        length = min(right - shift, agrees[shift - left]) if shift < right else 0
        while shift + length < size and back[length] == back[shift + length]:
            length += 1
        agrees[shift] = length
        if shift + length > right:
            left, right = shift, shift + length
        if length + shift > longest and length + shift >= TIMES * shift:
            longest, best = length + shift, shift
    says = any(SAYS.search(unit) for unit in back[:best])
    return (size - longest, best, longest // best) if longest >= (LOOP if says else TABLE) else None
