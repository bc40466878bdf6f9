"""Equations of plain numbers in what somebody wrote: ``so 16 * 5 = 80, which`` says ``16 * 5 = 80``.

Only what stands there whole is read. A side that a word may belong to is left alone: ``half of 12 + 8 = 14``,
``x + 3 = 5``, ``17 / 5 = 3 remainder 2``. A decimal may have been rounded, so it stands for all that it may have been
rounded from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from filters.expressions import Token, Value, value

TOKENS = 80
"""The longest side, in numbers, signs and blanks."""

SHOWN = 40
"""Digits that a message shows."""

NUMBER = r"(?:[0-9]{1,3}(?:(?:,|\{,\})[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
TOKEN = re.compile(
    rf"""(?P<number>\\[dt]?frac\{{[0-9]+\}}\{{[0-9]+\}}|\\boxed\{{(?:{NUMBER})\}}|{NUMBER})
    |(?P<power>\^\{{[0-9]{{1,2}}\}}|\^[0-9]{{1,2}}(?![0-9.])|[²³]|(?<=[0-9)])\*\*[0-9]{{1,2}}(?![0-9.*]))
    |(?P<other>[-=]+>|[<>!:=]=+|=[?]|<-)
    |(?P<equal>=)
    |(?P<relation>[<>≤≥≈≠≡→⇒~]|\\(?:approx|neq?|equiv|leq?|geq?|sim|to|implies|Rightarrow)(?![A-Za-z]))
    |(?P<blank>[ \t\r\u00a0\u3000]+|\\[,;:!()\[\]$ ]|\\quad|\*\*|[&$€£•`])
    |(?P<sign>[-+*/×·⋅÷−]|\\(?:times|cdot|div)(?![A-Za-z]))
    |(?P<open>\\left\(|\()|(?P<close>\\right\)|\))
    |(?P<line>\n|\\\\)
    |(?P<word>\\(?:text|mathrm|textbf)\{{[^{{}}\n]*\}}|[\u4e00-\u9fff]+|[^\W\d_]+)
    |(?P<point>[.,;:?!，。；：、？！"“”‘’'…—])
    |(?P<strange>\\[A-Za-z]+|.)""",
    re.VERBOSE,
)
GOES_ON = re.compile(r"[ \t&]*(?:[-+*/]|\\(?:times|cdot|div))")
"""How a line begins that belongs to the one before it."""
MADE_OF = {"number", "power", "sign", "open", "close", "blank"}
CURRENCY = re.compile("[$€£]")
FENCED = re.compile(r"```(?s:.*?)```")
LINES = re.compile(r"[^\n]+(?:\n[ \t&]*=[^\n]*)*")
"""A line and those that go on with ``=``."""

BEFORE = frozenset(
    """
    of half twice thrice double triple times plus minus negative over by root mod modulo log ln exp sin
    cos tan gcd lcm max min and between base per percent choose than from to power square cube with mean
    average median floor ceil ceiling round rounded sqrt abs de von di
    """.split()
)
"""Words that may do something to the number after them."""
AFTER = frozenset(
    """
    times plus minus over divided multiplied mod modulo percent remainder rem squared cubed choose
    factorial per to of hundred hundreds thousand thousands million millions billion dozen dozens dollar
    dollars cent cents second seconds sec minute minutes min hour hours hr hrs day days week weeks month
    months year years mm cm km kg mg ml inch inches foot feet yard yards mile miles pound pounds lb lbs
    ounce ounces oz gram grams meter meters metre metres liter liters litre litres gallon gallons quart
    quarts pint pints cup cups degree degrees pm am
    """.split()
)
"""Words that may do something to the number before them, or say that it is counted in something else."""
HAN_BEFORE = re.compile(r"(?:试|是|得|到|为|即|有|么|以|此|则|算|等|了|知|出)$")
HAN_AFTER = re.compile(r"^(?:不对|对|所以|是|没|了|还|再|太|个|元|只|本|人|次)")
HAN = re.compile("[\u4e00-\u9fff]")

NOT_MEANT = re.compile(
    r"\b(?:if|suppose|assum\w+|whether|unless|instead|should|must|mod|base|binary|false|wrong|incorrect|impossible|absurd"
    r"|untrue|contradict\w*|mistake)\b|(?:n['’]t|\bnot) (?:true|right|correct|possible|hold|equal)"
    r"|如果|假设|若|不成立|矛盾|错",
    re.IGNORECASE,
)
"""What says that a sentence does not claim its equation."""
NEAR = 400
"""How far a sentence is looked at, in characters."""
BESIDE = 20
"""How far around an equation its language is looked for, in characters."""
SENTENCE_ENDS = re.compile(r"[.!?](?=\s|$)|[。！？\n]")


@dataclass(frozen=True)
class Equation:
    """``left = right``, as it was written, from ``start`` to before ``end``."""

    left: str
    right: str
    start: int
    end: int
    holds: bool | None
    """None where it cannot be told: rounded numbers, or an equation that nobody claims."""
    says: str
    """What is wrong with it, where something is."""


@dataclass(frozen=True)
class Side:
    """One side of an equation, and what it comes to."""

    text: str
    value: Value
    bare: bool
    """Whether it is just a number."""
    chained: bool
    """Whether it is a right side as well, of something reckoned in the same coin."""
    start: int
    end: int


def equations(text: str) -> Iterator[Equation]:
    """The equations of plain numbers in a text, from left to right; of a chain each with its neighbour."""
    text = FENCED.sub(lambda found: "\n" * len(found[0]), text)
    for lines in LINES.finditer(text):
        if "=" in lines[0]:
            yield from of_lines(text, lines.start(), lines.end())


def of_lines(text: str, start: int, end: int) -> Iterator[Equation]:
    tokens = [Token(str(f.lastgroup), f[0], f.start(), f.end()) for f in TOKEN.finditer(text, start, end)]
    tokens = [times(tokens, at) if token.text in ("x", "X") else token for at, token in enumerate(tokens)]
    for at, token in enumerate(tokens):
        if token.kind != "equal":
            continue
        left, right = before(text, tokens, at), after(text, tokens, at)
        if left and right and (not (left.bare and right.bare) or left.chained):
            yield compared(text, left, right)


def times(tokens: list[Token], at: int) -> Token:
    """An x: a sign between two numbers, elsewhere what it is."""
    token = tokens[at]
    beside = (reversed(tokens[max(0, at - 2) : at]), tokens[at + 1 : at + 3])
    first, second = (next((one for one in way if one.kind != "blank"), token) for way in beside)
    between = first.kind in ("number", "close") and second.kind in ("number", "open") and first.text != "0"
    return Token("sign", "*", token.start, token.end) if between else token


def before(text: str, tokens: list[Token], at: int) -> Side | None:
    """The side that ends before an equals sign; None where it is not whole."""
    first = at
    while first > 0 and tokens[first - 1].kind in ("blank", "line"):
        first -= 1
    last = first
    while at - TOKENS < first > 0 and tokens[first - 1].kind in MADE_OF:
        first -= 1
    if at - first >= TOKENS:
        return None
    side = [t for t in tokens[first:last] if t.kind != "blank"]
    edge = tokens[first - 1] if first else None
    depth = 0
    for place in range(len(side) - 1, -1, -1):
        depth += (side[place].kind == "close") - (side[place].kind == "open")
        if depth < 0:  # (3 + 4 = 7)
            edge, side = side[place], side[place + 1 :]
            break
    if not side or not may_begin(text, edge, side):
        return None
    if edge is None or edge.kind == "line":
        side = without_bullet(text, side)
    coins = CURRENCY.search(text, tokens[first].start, tokens[at].end + 2)
    return side_of(text, side, edge is not None and edge.kind == "equal" and not coins)


def may_begin(text: str, edge: Token | None, side: list[Token]) -> bool:
    """Whether nothing before a side belongs to it."""
    first = side[0]
    if edge is None or edge.kind in ("line", "equal", "relation", "open"):
        return True
    touching = edge.end == first.start
    before = text[edge.start - 1 : edge.start]
    if edge.kind == "point":
        if first.kind == "sign" and (edge.text not in ",:;，：；" or len(side) < 2 or side[1].start > first.end):
            return False
        # 12:30, 3,5 and 12 : 4 are numbers, or might be.
        return not (touching and edge.text in ".,:" and before.isdigit()) and not (edge.text == ":" and before == " ")
    if edge.kind != "word" or first.kind == "sign":
        return False
    if HAN.match(edge.text):
        return bool(HAN_BEFORE.search(edge.text))
    return not (touching or (len(edge.text) == 1 and edge.text not in "aI") or edge.text.lower() in BEFORE)


def without_bullet(text: str, side: list[Token]) -> list[Token]:
    """A side at the beginning of a line, without the dash of a list; what goes on with the line before is none."""
    first = side[0]
    if first.kind != "sign" or (len(side) > 1 and side[1].start == first.end):
        return side
    above = text[max(0, first.start - NEAR) : first.start].rstrip()
    return side[1:] if first.text in "-*" and (not above or above[-1] in ".:;!。：；！") else []


def after(text: str, tokens: list[Token], at: int) -> Side | None:
    """The side that begins after an equals sign; None where it is not whole."""
    first = at + 1
    while first < len(tokens) and tokens[first].kind in ("blank", "line"):
        first += 1
    last = first
    while last < min(len(tokens), at + TOKENS) and tokens[last].kind in MADE_OF:
        last += 1
    if last - at >= TOKENS:
        return None
    side = [t for t in tokens[first:last] if t.kind != "blank"]
    edge, rest = (tokens[last] if last < len(tokens) else None), tokens[last + 1 : last + 2]
    opened: list[int] = []
    for place, token in enumerate(side):
        if token.kind == "open":
            opened.append(place)
        elif token.kind == "close" and opened:
            opened.pop()
        elif token.kind == "close":  # (3 + 4 = 7)
            edge, side, opened, rest = token, side[:place], [], []
            break
    if opened:  # 7 (that is all)
        place = opened[0]
        if place == 0 or side[place - 1].end == side[place].start or (edge and edge.kind == "word" and stops(edge)):
            return None
        edge, side = None, side[:place]
    if not side or not may_end(text, edge, rest, side[-1]):
        return None
    return side_of(text, side)


def may_end(text: str, edge: Token | None, rest: list[Token], last: Token) -> bool:
    """Whether nothing after a side belongs to it."""
    if edge is None or edge.kind in ("equal", "relation", "close"):
        return True
    if edge.kind == "line":
        return not GOES_ON.match(text, edge.end)
    touching = edge.start == last.end
    if edge.kind == "point":
        follows = rest[0].kind if touching and rest and rest[0].start == edge.end else "blank"
        return not (touching and edge.text in "!…") and (
            follows in ("blank", "line", "close") or edge.text not in ".,:"
        )
    if edge.kind == "word":
        return not stops(edge) and (not touching or bool(HAN.match(edge.text)))
    return False


def stops(word: Token) -> bool:
    """Whether a word may do something to the number before it."""
    if HAN.match(word.text):
        return not HAN_AFTER.search(word.text)
    said = re.sub(r"\\\w+\{\s*([^{}]*)\}", r"\1", word.text).strip().lower()
    return (len(said) == 1 and said not in "ai") or (said.split() or [""])[0] in AFTER


def side_of(text: str, tokens: list[Token], chained: bool = False) -> Side | None:
    """A side of these tokens; None where they are no expression."""
    found = value(tokens)
    if found is None:
        return None
    start, end = tokens[0].start, tokens[-1].end
    bare = len(tokens) <= 2 and tokens[-1].kind == "number" and "frac" not in tokens[-1].text
    return Side(text[start:end], found, bare, chained, start, end)


def compared(text: str, left: Side, right: Side) -> Equation:
    """The equation with whether it holds."""
    one, other = left.value, right.value
    holds: bool | None = one.nearest == other.nearest
    if not holds:
        apart = one.low > other.high or other.low > one.high
        holds = False if apart and not rounded(left, right) and meant(text, left.start, right.end) else None
    return Equation(left.text, right.text, left.start, right.end, holds, "" if holds else fault(text, left, right))


def rounded(left: Side, right: Side) -> bool:
    """Whether one side may be the other without what comes after the point: ``17 / 5 = 3``."""
    return any(
        whole.bare
        and whole.value.nearest.denominator == 1
        and other.value.nearest.denominator > 1
        and abs(whole.value.nearest - other.value.nearest) < 1
        for whole, other in ((left, right), (right, left))
    )


def meant(text: str, start: int, end: int) -> bool:
    """Whether a sentence claims what it says there: it does not ask, suppose or refuse it."""
    begin = max(
        (found.end() for found in SENTENCE_ENDS.finditer(text, max(0, start - NEAR), start)),
        default=max(0, start - NEAR),
    )
    stop = SENTENCE_ENDS.search(text, end, end + NEAR)
    last = stop.start() if stop else end + NEAR
    return text[last : last + 1] not in ("?", "？") and not NOT_MEANT.search(text, begin, last)


def fault(text: str, left: Side, right: Side) -> str:
    """What is wrong with it, in the language around it: English, or Chinese."""
    chinese = bool(HAN.search(text, max(0, left.start - BESIDE), right.end + BESIDE))
    one, other = left.value, right.value
    if one.low < one.high or other.low < other.high or (left.bare and right.bare):
        return f"{left.text}不是{right.text}" if chinese else f"{left.text} is not {right.text}"
    if left.bare or right.bare:
        said, worth, claimed = (right, other, left) if left.bare else (left, one, right)
        told = brief(worth)
        return f"{said.text}是{told}，不是{claimed.text}" if chinese else f"{said.text} is {told}, not {claimed.text}"
    values = brief(one), brief(other)
    if chinese:
        return f"{left.text}是{values[0]}，而{right.text}是{values[1]}"
    return f"{left.text} is {values[0]}, and {right.text} is {values[1]}"


def brief(value: Value) -> str:
    told = str(value.nearest)
    return told if len(told) <= SHOWN else f"{told[:SHOWN]}…"
