"""The generator of pairs is right: a second reading of the text, which shares nothing with it, agrees."""

import re
from collections import Counter
from fractions import Fraction

import pytest
from pairs import KINDS, pairs
from reading import Unread, evaluate, number, same, undressed

SEED = "labels"
NUMBERS = [
    "integer",
    "rational",
    "decimal",
    "mixed number",
    "repeating decimal",
    "percent",
    "base",
    "power",
    "surd",
    "complex",
]
LETTERS = ("x", "y", "n", "k", "a", "b", "z", "w", "r", "h", "theta", "s", "t")
POINTS = [
    {letter: Fraction(7 + 3 * at, 5 + at) for at, letter in enumerate(LETTERS)},
    {letter: Fraction(23 * at + 5, 9) for at, letter in enumerate(LETTERS)},
    {letter: Fraction(1, 9 + at) for at, letter in enumerate(LETTERS)},
]


SIGNS = {"<": "<", r"\lt": "<", r"\le": "<=", r"\leq": "<=", r"\leqslant": "<=", "≤": "<=", "<=": "<=", ">": ">",
         r"\gt": ">", r"\ge": ">=", r"\geq": ">=", r"\geqslant": ">=", "≥": ">=", ">=": ">="}  # fmt: skip
SIGN = re.compile(r"\\(?:leqslant|geqslant|leq|geq|le|ge|lt|gt)(?![a-z])|<=|>=|[<>≤≥]")


def compared(one, sign, other):
    if same(one, other):
        return "=" in sign
    return number(one) < number(other) if "<" in sign else number(one) > number(other)


def line(text):
    """A stretch of the line, or several: (ends that matter, number -> whether it belongs)."""
    text = undressed(text).replace("∞", r"\infty").replace("∪", r"\cup").replace(r"\left", "").replace(r"\right", "")
    text = text.replace(r"x \in \mathbb{R}", "x")
    text = re.sub(r"^\\\{ ?x (?::|\\mid) (.*?) ?\\\}$", r"\1", text).replace(r"x \in ", "")
    joined = any if r"\cup" in text or "or" in text else all
    parts = [part(one.strip()) for one in re.split(r"\\cup|\\text\{ (?:or|and) \}", text)]
    return [end for ends, _ in parts for end in ends], lambda x: joined(holds(x) for _, holds in parts)


def part(text):
    if stretch := re.fullmatch(r"([\[(\]])([^,]+),([^,]+)([\])\[])", text):
        left, low, high, right = stretch.groups()
        left, right = left.replace("]", "("), right.replace("[", ")")  # as the French write them
        ends = [evaluate(end) for end in (low, high) if "infty" not in end]
        above = {"[": ">=", "(": ">"}[left], None if "infty" in low else evaluate(low)
        below = {"]": "<=", ")": "<"}[right], None if "infty" in high else evaluate(high)
        return ends, lambda x: all(end is None or compared(x, sign, end) for sign, end in (above, below))
    signs, sides = SIGN.findall(text), [side.strip() for side in SIGN.split(text)]
    if not signs or "x" not in sides:
        raise Unread(text)
    ends = [None if side == "x" else evaluate(side) for side in sides]

    def holds(x):
        numbers = [x if end is None else end for end in ends]
        return all(compared(a, SIGNS[s], b) for a, s, b in zip(numbers, signs, numbers[1:], strict=False))

    return [end for end in ends if end is not None], holds


def read(kind, text):
    """What a text says, in a form that can be compared; raises Unread for what is no such answer."""
    if kind in ("interval", "inequality"):
        return line(text)
    if kind == "expression":
        return [evaluate(text, **point) for point in POINTS]
    if kind == "equation":
        left, equals, right = undressed(text).partition("=")
        if not equals:
            raise Unread(text)
        return [evaluate(left, **point) - evaluate(right, **point) for point in POINTS]
    if kind == "set":
        inside = re.fullmatch(
            r"(?:x \\in )?(?:\\left)?(?:\\\{|\\lbrace)(.*?)(?:\\right)?(?:\\\}|\\rbrace)", undressed(text)
        )
        if not inside:
            raise Unread(text)
        return [evaluate(one) for one in inside[1].replace(r"\} \cup \{", ",").split(",") if one.strip()]
    if kind == "tuple":
        inside = re.fullmatch(r"(?:\([xyz, ]+\) = )?(?:\\left)?\(([^()]*?)(?:\\right)?\)", undressed(text))
        if not inside:
            raise Unread(text)
        return tuple(evaluate(one) for one in inside[1].split(","))
    if kind == "matrix":
        if text.strip(" $.\\[](){},;").startswith("[") or re.search(r"\], \[", text):
            rows = re.findall(r"\[([^\[\]]*)\]", undressed(text).strip())
            return [[evaluate(one) for one in row.split(",")] for row in rows]
        inside = re.search(r"\\begin\{([pb]?)(matrix|array)\}(?:\{[cr]+\})?(.*)\\end", text, re.DOTALL)
        if not inside:
            raise Unread(text)
        rows = [row for row in re.split(r"\\\\", inside[3]) if row.strip()]
        return [[evaluate(one) for one in row.split("&")] for row in rows]
    value = evaluate(text)
    if kind == "percent" and "%" not in text and "percent" not in text:
        return value * 100
    if kind not in ("percent",) and "%" in text:
        return value / 100
    return value


def agree(kind, spec, one, other):
    if kind == "decimal":
        return abs(one - other) <= Fraction(spec["tolerance"]).limit_denominator(10**9)
    if kind == "equation":  # the same but for a factor
        crosswise = [(one[i] * other[j], one[j] * other[i]) for i in range(len(POINTS)) for j in range(i)]
        return all(same(a, b) for a, b in crosswise)
    if kind == "expression":
        return all(same(a, b) for a, b in zip(one, other, strict=True))
    if kind in ("interval", "inequality"):
        ends = [*one[0], *other[0]]
        places = [number(end) + step for end in ends for step in (-0.125, 0, 0.125)]
        return all(one[1](place) == other[1](place) for place in places)
    if kind == "set":
        return all(any(same(a, b) for b in those) for these, those in ((one, other), (other, one)) for a in these)
    if kind == "matrix":
        shapes = [[len(row) for row in rows] for rows in (one, other)]
        return shapes[0] == shapes[1] and all(agree("tuple", spec, *rows) for rows in zip(one, other, strict=True))
    if kind == "tuple":
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return same(one, other)


@pytest.mark.parametrize(
    "kind", [*NUMBERS, "expression", "equation", "interval", "inequality", "set", "tuple", "matrix"]
)
def test_every_label_is_what_the_text_says_when_it_is_worked_out_again(kind):
    made = pairs(SEED, 400, [kind])
    unread = Counter()
    for pair in made:
        try:
            answer = read(kind, pair.answer)
        except Unread:
            unread[pair.how.partition(", ")[0]] += 1
            assert pair.expected == "fail", pair  # a right answer is one that can be read
            continue
        right = agree(kind, pair.spec, read(kind, pair.reference), answer)
        assert right == (pair.expected == "pass"), pair
    assert sum(unread.values()) < len(made) / 4, unread


def test_the_same_seed_makes_the_same_pairs_and_another_seed_others():
    one, again, other = (pairs(seed, 40) for seed in (3, 3, 4))
    assert one == again
    shared = {(p.kind, p.reference, p.answer) for p in one} & {(p.kind, p.reference, p.answer) for p in other}
    assert len(shared) < len(one) / 4


def test_pairs_of_one_kind_do_not_depend_on_which_others_are_asked_for():
    assert pairs(3, 40, ["set"]) == [pair for pair in pairs(3, 40) if pair.kind == "set"]


def test_right_and_wrong_answers_come_in_equal_number_and_none_twice():
    made = pairs(SEED, 100)
    for kind in KINDS:
        mine = [pair for pair in made if pair.kind == kind]
        assert len(mine) == 100
        assert 45 <= sum(pair.expected == "pass" for pair in mine) <= 55
        assert len({(pair.reference, pair.answer) for pair in mine}) == 100


def test_more_pairs_than_a_kind_has_are_refused():
    with pytest.raises(ValueError, match="different pairs of kind choice; asked for 20000"):
        pairs(SEED, 20_000, ["choice"])


def test_no_way_of_making_an_answer_is_rare_to_the_point_of_never_being_seen():
    hows = {kind: {pair.how for pair in pairs(SEED, 300, [kind])} for kind in KINDS}
    assert {kind for kind, names in hows.items() if len(names) < 12} == set()
