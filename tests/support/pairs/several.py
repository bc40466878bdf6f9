"""Answers of several numbers: intervals, sets, tuples, matrices."""

from __future__ import annotations

import random
from fractions import Fraction

from pairs.draft import Draft, kind
from pairs.writing import Number, Root, another, element, latex, near

Piece = tuple[Number | None, bool, bool, Number | None]
"""Low end, whether it belongs, whether the high end belongs, high end; None is infinity."""


def stretch(piece: Piece) -> str:
    low, closed_low, closed_high, high = piece
    left, right = "[" if closed_low else "(", "]" if closed_high else ")"
    ends = [r"-\infty" if low is None else latex(low), r"\infty" if high is None else latex(high)]
    return f"{left}{ends[0]}, {ends[1]}{right}"


def bounds(piece: Piece, letter: str = "x") -> str:
    """The same as an inequality."""
    low, closed_low, closed_high, high = piece
    if low is None:
        assert high is not None
        return f"{letter} " + (r"\le " if closed_high else "< ") + latex(high)
    if high is None:
        return f"{letter} " + (r"\ge " if closed_low else "> ") + latex(low)
    return (
        latex(low) + (r" \le " if closed_low else " < ") + letter + (r" \le " if closed_high else " < ") + latex(high)
    )


@kind("interval")
def interval(dice: random.Random) -> Draft:
    """One or two intervals. Where the text alone could be a pair of numbers the key says that it is none."""
    low = element(dice)
    high = low + Fraction(dice.randint(1, 15), dice.choice([1, 1, 2, 3]))
    pieces: tuple[Piece, ...] = ((low, dice.random() < 0.5, dice.random() < 0.5, high),)
    sort = dice.choice(["one", "one", "ray", "two"])
    if sort == "ray":
        pieces = (
            ((low, dice.random() < 0.5, False, None),)
            if dice.random() < 0.5
            else ((None, False, dice.random() < 0.5, high),)
        )
    if sort == "two":
        far = high + Fraction(dice.randint(1, 9))
        last: Piece = (
            (far, dice.random() < 0.5, False, None)
            if dice.random() < 0.5
            else (far, dice.random() < 0.5, True, far + 3)
        )
        pieces = (*pieces, last)
    if sort == "two" and dice.random() < 0.3:
        pieces = ((None, False, pieces[0][2], high), pieces[1])
    draft = Draft(pieces, r" \cup ".join(map(stretch, pieces)), {"type": "interval"})
    draft.equal("as it is", draft.reference, r"\cup".join(map(stretch, pieces)))
    draft.equal("no spaces", draft.reference.replace(", ", ","))
    big = draft.reference
    for mark in "([":
        big = big.replace(mark, rf"\left{mark}")
    for mark in ")]":
        big = big.replace(mark, rf"\right{mark}")
    draft.equal("left and right", big)
    draft.equal("unicode", draft.reference.replace(r"\infty", "∞").replace(r"\cup", "∪"))
    draft.equal("belongs to", rf"x \in {draft.reference}")
    french = [("[" if one[1] else "]") + stretch(one)[1:-1] + ("]" if one[2] else "[") for one in pieces]
    draft.equal("French brackets", r" \cup ".join(french))
    draft.equal("plus infinity", draft.reference.replace(r", \infty", r", +\infty"))
    draft.equal("inequality", r" \text{ or } ".join(map(bounds, pieces)))
    if len(pieces) == 1:
        draft.equal("set of x", rf"\{{x : {bounds(pieces[0])}\}}", rf"\{{ x \mid {bounds(pieces[0])} \}}")
        draft.equal("set of reals", rf"\{{x \in \mathbb{{R}} \mid {bounds(pieces[0])}\}}")
    else:
        draft.equal("turned round", r" \cup ".join(map(stretch, reversed(pieces))))
    at = dice.randrange(len(pieces))

    def wrong(how: str, piece: Piece) -> None:
        others = (*pieces[:at], piece, *pieces[at + 1 :])
        draft.wrong(how, r" \cup ".join(map(stretch, others)), others)
        if len(pieces) == 1:
            draft.wrong(how + ", inequality", bounds(piece), others)

    one = pieces[at]
    if one[0] is not None:
        wrong("low end's bracket", (one[0], not one[1], one[2], one[3]))
        wrong("low end", (one[0] - Fraction(1, 3), one[1], one[2], one[3]))
        if one[3] is not None:
            wrong("from minus infinity", (None, False, one[2], one[3]))
            wrong("mirrored", (-one[3], one[2], one[1], -one[0]))
    if one[3] is not None:
        wrong("high end's bracket", (one[0], one[1], not one[2], one[3]))
        wrong("high end", (one[0], one[1], one[2], one[3] + Fraction(1, 3)))
        if one[0] is not None:
            wrong("to infinity", (one[0], one[1], False, None))
    if len(pieces) == 2:
        draft.wrong("one left out", stretch(pieces[0]), pieces[:1])
        draft.wrong("other left out", stretch(pieces[1]), pieces[1:])
        draft.other("met, not joined", r" \cap ".join(map(stretch, pieces)))
    else:
        beyond = (low - 21, True, True, low - 20) if one[3] is None else (high + 20, True, True, high + 21)
        draft.other("one too many", rf"{draft.reference} \cup {stretch(beyond)}")
        if None not in (one[0], one[3]):
            draft.other("ends alone", rf"\{{{latex(one[0] or 0)}, {latex(one[3] or 0)}\}}")
            draft.other("ends turned round", f"[{latex(one[3] or 0)}, {latex(one[0] or 0)}]")
    return draft


def several(dice: random.Random, count: int) -> list[Number]:
    """Numbers that all differ."""
    found: list[Number] = []
    while len(found) < count:
        one = element(dice)
        if one not in found:
            found.append(one)
    return found


def listed(numbers: list[Number]) -> str:
    return ", ".join(map(latex, numbers))


@kind("set")
def of_numbers(dice: random.Random) -> Draft:
    numbers = several(dice, dice.randint(2, 5))
    draft = Draft(frozenset(numbers), rf"\{{{listed(numbers)}\}}")
    draft.equal("as it is", draft.reference, draft.reference.replace(", ", ","))
    mixed = dice.sample(numbers, len(numbers))
    draft.equal("other order", rf"\{{{listed(mixed)}\}}", rf"\{{ {listed(sorted(numbers, key=float))} \}}")
    draft.equal("left and right", rf"\left\{{{listed(numbers)}\right\}}", rf"\left\{{ {listed(mixed)} \right\}}")
    draft.equal("lbrace", rf"\lbrace {listed(mixed)} \rbrace")
    draft.equal("elements rewritten", rf"\{{{', '.join(another(dice, n) for n in mixed)}\}}")
    draft.equal("belongs to", rf"x \in \{{{listed(numbers)}\}}")
    draft.equal("joined", rf"\{{{latex(mixed[0])}\}} \cup \{{{listed(mixed[1:])}\}}")
    at = dice.randrange(len(numbers))
    for how, other in {
        "element": [*numbers[:at], near(dice, numbers[at]), *numbers[at + 1 :]],
        "element's sign": [*numbers[:at], -numbers[at], *numbers[at + 1 :]],
        "one less": [*numbers[:at], *numbers[at + 1 :]],
        "one more": [*numbers, max(numbers, key=float) + 1],
        "nought more": [*numbers, Fraction(0)],
        "all signs": [-n for n in numbers],
        "first alone": numbers[:1],
        "all but first": numbers[1:],
    }.items():
        draft.wrong(how, rf"\{{{listed(other)}\}}", frozenset(other))
        draft.wrong(how + ", other order", rf"\{{{listed(dice.sample(other, len(other)))}\}}", frozenset(other))
    draft.other("empty", r"\emptyset", r"\{\}")
    draft.other("one number", latex(numbers[0]))
    draft.other("tuple", f"({listed(mixed)})")
    if not any(isinstance(number, Root) for number in numbers):
        draft.other("sum", latex(sum(numbers, Fraction(0))))
    return draft


@kind("tuple")
def point(dice: random.Random) -> Draft:
    numbers = [element(dice) for _ in range(dice.choice([2, 2, 3, 3, 4]))]
    draft = Draft(tuple(numbers), f"({listed(numbers)})", {"type": "tuple"})
    draft.equal("as it is", draft.reference, draft.reference.replace(", ", ","), f"( {listed(numbers)} )")
    draft.equal("left and right", rf"\left({listed(numbers)}\right)", rf"\left( {listed(numbers)} \right)")
    for _ in range(4):
        draft.equal("elements rewritten", f"({', '.join(another(dice, n) for n in numbers)})")
    if len(numbers) in (2, 3):
        letters = ", ".join("xyz"[: len(numbers)])
        draft.equal("named", f"({letters}) = ({listed(numbers)})")
    at = dice.randrange(len(numbers))
    for how, other in {
        "reversed": numbers[::-1],
        "two swapped": [numbers[1], numbers[0], *numbers[2:]],
        "turned": numbers[1:] + numbers[:1],
        "element": [*numbers[:at], near(dice, numbers[at]), *numbers[at + 1 :]],
        "element's sign": [*numbers[:at], -numbers[at], *numbers[at + 1 :]],
        "one less": numbers[:-1],
        "first less": numbers[1:],
        "one more": [*numbers, Fraction(0)],
        "all signs": [-n for n in numbers],
    }.items():
        if len(other) > 1:
            draft.wrong(how, f"({listed(other)})", tuple(other))
            draft.wrong(how + ", rewritten", f"({', '.join(another(dice, n) for n in other)})", tuple(other))
    draft.other("set", rf"\{{{listed(numbers)}\}}")
    draft.other("first alone", latex(numbers[0]))
    draft.other("two points", f"({listed(numbers)}), ({listed([n + 1 for n in numbers])})")
    return draft


Rows = list[list[Number]]


def matrix_text(rows: Rows, brackets: str = "p", between: str = " & ", end: str = r" \\ ") -> str:
    inside = end.join(between.join(map(latex, row)) for row in rows)
    return rf"\begin{{{brackets}matrix}} {inside} \end{{{brackets}matrix}}"


@kind("matrix")
def matrix(dice: random.Random) -> Draft:
    high, wide = dice.choice([(2, 2), (2, 2), (3, 3), (2, 3), (3, 2), (2, 1), (3, 1), (1, 3)])
    rows = [[element(dice) for _ in range(wide)] for _ in range(high)]
    draft = Draft(rows, matrix_text(rows))
    draft.equal("as it is", draft.reference, matrix_text(rows, "p", "&", r"\\"))
    draft.equal("square brackets", matrix_text(rows, "b"), matrix_text(rows, "b", "&", "\\\\\n"))
    inside = r" \\ ".join(" & ".join(map(latex, row)) for row in rows)
    draft.equal("array", rf"\left(\begin{{array}}{{{'c' * wide}}} {inside} \end{{array}}\right)")
    draft.equal("array, square", rf"\left[\begin{{array}}{{{'r' * wide}}} {inside} \end{{array}}\right]")
    draft.equal("matrix", rf"\left( \begin{{matrix}} {inside} \end{{matrix}} \right)")
    draft.equal("lists", f"[{', '.join(f'[{listed(row)}]' for row in rows)}]") if wide > 1 and high > 1 else None
    draft.equal("last line ended", matrix_text(rows, "p").replace(r" \end", r" \\ \end"))
    for _ in range(3):
        other = r" \\ ".join(" & ".join(another(dice, n) for n in row) for row in rows)
        draft.equal("elements rewritten", rf"\begin{{pmatrix}} {other} \end{{pmatrix}}")
    down, across = dice.randrange(high), dice.randrange(wide)

    def but(number: Number) -> Rows:
        return [[number if (r, c) == (down, across) else n for c, n in enumerate(row)] for r, row in enumerate(rows)]

    for how, changed in {
        "element": but(near(dice, rows[down][across])),
        "element's sign": but(-rows[down][across]),
        "transposed": [list(column) for column in zip(*rows, strict=True)],
        "rows turned": rows[::-1],
        "columns turned": [row[::-1] for row in rows],
        "all signs": [[-n for n in row] for row in rows],
        "a row less": rows[:-1],
        "a row more": [*rows, rows[0]],
        "a column less": [row[:-1] for row in rows] if wide > 1 else [],
        "doubled": [[2 * n for n in row] for row in rows],
    }.items():
        if changed:
            draft.wrong(how, matrix_text(changed), changed)
            draft.wrong(how + ", square brackets", matrix_text(changed, "b"), changed)
    draft.other("flat", f"({listed([n for row in rows for n in row])}, 0)")
    if high == wide:
        draft.other("determinant", matrix_text(rows, "v"))
    return draft
