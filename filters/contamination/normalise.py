r"""Text into the words by which two ways of writing the same are compared, and back to where each word stands.

Case, punctuation, LaTeX's clothing and the format of numbers do not count: ``\left(\dfrac{1}{2}\right)``, ``1/2`` and
``½`` give ``1 2``; ``1,000``, ``1{,}000`` and ``1 000`` give ``1000``; ``1.50`` gives ``1.5``; ``three`` gives ``3``;
``\le``, ``≤`` and ``<=`` are one. Words of scripts that set no spaces are taken character by character.

The text is cut by one regular expression, in Polars, and only distinct pieces are looked at in Python: 50 MB/s and
more on one core. ``located`` gives the same words of one text with their place in it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from warehouse import ids

SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
LETTERS = rf"[\p{{L}}--[{SPACELESS}]][\p{{L}}\p{{M}}--[{SPACELESS}]]*"
PIECE = "|".join(
    [
        r"(?m:^[ \t]*[-*+•][ \t]+)",  # the mark of a list's line
        r"\\(?:begin|end)[ \t]*\{[A-Za-z*]+\}",
        r"\\[dtc]?frac[ \t]*[0-9]{2}",
        r"\\[A-Za-z]+",
        r"\\(?s:.)",
        rf"[0-9]+(?:(?:[., ]|\{{,\}}|\\,)[0-9]+)*(?:-{LETTERS})?",
        rf"{LETTERS}(?:['’-]{LETTERS})*",
        rf"[{SPACELESS}]",
        r"[<>!]=|\*\*+|[-+=<>*%−–]",
        r"[\p{Sm}\p{So}\p{Sk}--[+<=>|~^`]]",
    ]
)
"""What is a piece, for Rust's regex; what is none (punctuation, braces, dollar signs, slashes) is passed over."""

SILENT = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle textstyle "
    "scriptstyle limits nolimits quad qquad thinspace enspace hfill hspace vspace hskip large Large LARGE "
    "small normalsize rm bf it sf tt text textrm textbf textit textsf texttt textnormal mbox hbox mathrm "
    "mathbf mathit mathsf mathtt mathbb mathcal mathfrak boldsymbol bm operatorname mathop mathord mathstrut "
    "vphantom phantom frac dfrac tfrac cfrac over div lbrace rbrace lbrack rbrack lvert rvert vert lVert "
    "rVert Vert mid langle rangle lfloor rfloor lceil rceil ldots cdots dots vdots ddots dotsc dotsb colon "
    "hline item noindent par newline centering label boxed".split()
)
"""LaTeX commands that only set the page, bracket something or divide."""
SAME_COMMAND = dict(
    pair.split("=>", 1)
    for pair in (
        "le=><= leq=><= leqslant=><= leqq=><= ge=>>= geq=>>= geqslant=>>= geqq=>>= lt=>< gt=>> ne=>!= neq=>!= "
        "times=>* cdot=>* ast=>* star=>* circ=>degree degree=>degree to=>rightarrow "
        "longrightarrow=>rightarrow implies=>Rightarrow varphi=>phi varepsilon=>epsilon vartheta=>theta "
        "varnothing=>emptyset dbinom=>binom tbinom=>binom pmod=>mod bmod=>mod lor=>vee land=>wedge "
        "setminus=>backslash minus=>-".split()
    )
)
SAME_SIGN = {
    **dict.fromkeys("−–", "-"),
    **dict.fromkeys("×⋅∙∗✕✖⨯", "*"),
    **dict(zip("≤≥≠√∞∠△▵°∈∉∪∩⊂⊆→⇒±∑∏∫∂∇∅≈≡⊥∥∀∃", (

        "<= >= != sqrt infty angle triangle triangle degree in notin cup cap subset subseteq rightarrow "
        "rightarrow pm sum prod int partial nabla emptyset approx equiv perp parallel forall exists"
    ).split(), strict=True)),
    **dict.fromkeys("÷∕⁄∣⌊⌋⌈⌉⟨⟩▪●■◦", ""),
}  # fmt: skip
GREEK = dict(
    zip(
        "αβγδεζηθικλμνξρσςτυφχψωπϕϵϑ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma sigma tau upsilon "
        "phi chi psi omega pi phi epsilon theta".split(),
        strict=True,
    )
)
SAME_WORD = {
    **dict(zip(

        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety".split(),
        [*map(str, range(2, 21)), *map(str, range(30, 100, 10))], strict=True)),
    "zero": "0", "percent": "%", "degrees": "degree",
}  # fmt: skip
"""``one`` is left a word: it seldom counts anything."""
NUMBER = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]{1,3}(?:\{,\}[0-9]{3})+(?![0-9])(?:\.[0-9]+)?"
    r"|[0-9]{1,3}(?:\\,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]{1,3}(?: [0-9]{3})+(?![0-9])(?:\.[0-9]+)?"
    r"|[0-9]{1,3}(?:\.[0-9]{3}){2,}(?![0-9])|[0-9]+(?:\.[0-9]+)?"
)
WORD = re.compile(r"[^\W\d_][^\s\d-]*")
VERSION = ids.digest(
    1, PIECE, NUMBER.pattern, WORD.pattern, sorted(SILENT), SAME_COMMAND, SAME_SIGN, GREEK, SAME_WORD
)  # fmt: skip
"""Names what a text is turned into: anything that is kept is kept under it."""

IS_NUMBER, IS_CHARACTER = 1, 2
"""The last two bits of a word's hash say whether it is a number, or a character of a script without spaces."""


class Located(NamedTuple):
    """A normalised word and the characters of the text, [start, end), that it was made of."""

    word: str
    start: int
    end: int


@dataclass(frozen=True)
class Words:
    """The words of some texts. ``codes`` are places in ``known``; text i has those from starts[i] to starts[i + 1]."""

    known: list[str]
    hashes: np.ndarray
    """uint64, one for each of ``known``."""
    codes: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def flat(self) -> np.ndarray:
        """(n_words,) uint64: the hash of every word of every text."""
        return self.hashes[self.codes]

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)

    def of(self, text: int) -> list[str]:
        return [self.known[code] for code in self.codes[self.starts[text] : self.starts[text + 1]]]


def words(texts: pl.Series) -> Words:
    """The words of every text; a null has none."""
    pieces = cut(texts)
    raw = pieces.values.dictionary_encode()
    places: dict[str, int] = {}
    made: list[int] = []
    counts = []
    for piece in raw.dictionary.to_pylist():
        found = parts(piece)
        counts.append(len(found))
        made.extend(places.setdefault(part.word, len(places)) for part in found)
    many = np.array(counts, np.int64)
    which = raw.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    each = many[which]
    codes = np.array(made, np.int64)[spread((np.cumsum(many) - many)[which], each)]
    bounds = np.concatenate([[0], np.cumsum(each)])[pieces.offsets.to_numpy()]
    return Words(list(places), hashes_of(places), codes, bounds)


def words_kept(lists: pa.LargeListArray) -> Words:
    """The same from lists of words that were made before."""
    raw = lists.values.dictionary_encode()
    known = raw.dictionary.to_pylist()
    codes = raw.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Words(known, hashes_of(known), codes, lists.offsets.to_numpy().astype(np.int64))


def spread(begin: np.ndarray, many: np.ndarray) -> np.ndarray:
    """begin[0], begin[0] + 1, ... many[0] of them, then those of begin[1] and so on."""
    ends = np.cumsum(many)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - many, many) + np.repeat(begin, many)


def hashes_of(known: Iterable[str]) -> np.ndarray:
    return np.array([hashed(word) for word in known], np.uint64)


def cut(texts: pl.Series) -> pa.LargeListArray:
    """The pieces of every text, as they stand in its NFKC form."""
    pieces = texts.fill_null("").str.normalize("NFKC").str.extract_all(PIECE).to_arrow()
    if pieces.offset:  # a slice: begin anew, for offsets that count from its own values
        pieces = pa.concat_arrays([pieces])
    return pieces


@lru_cache(maxsize=1 << 18)
def parts(piece: str) -> list[Located]:
    """The words of one piece, with their places in it."""
    first = piece[0]
    if first == "\\":
        name = piece[1:]
        if not name[:1].isalpha():
            return [Located("%", 0, 2)] if name == "%" else []
        if name[-1].isdigit():  # \frac12
            return [Located(piece[place], place, place + 1) for place in (len(piece) - 2, len(piece) - 1)]
        if name in SILENT or "{" in name:  # \begin{align}
            return []
        return [Located(SAME_COMMAND.get(name, name).casefold(), 0, len(piece))]
    if first.isdigit():
        digits, _, tail = piece.partition("-")  # 3-digit, or 3-x
        found = [Located(number(one[0]), one.start(), one.end()) for one in NUMBER.finditer(digits)]
        behind = len(digits) + 1
        if len(tail) == 1:
            found.append(Located("-", behind - 1, behind))
        return found + [Located(word, behind + start, behind + end) for word, start, end in letters(tail)]
    if first.isalpha():
        return letters(piece)
    if piece[-1] in " \t" or piece.startswith("**"):  # the mark of a list's line; bold, or a power
        return []
    sign = SAME_SIGN.get(piece, piece)
    return [Located(sign, 0, len(piece))] if sign else []


def letters(piece: str) -> list[Located]:
    """Words joined by hyphens, each on its own; where all are single letters (x-y) the hyphen is a minus."""
    found: list[Located] = []
    minus = all(len(word) == 1 for word in piece.split("-"))
    for one in WORD.finditer(piece):
        if found and minus:
            found.append(Located("-", found[-1].end, one.start()))
        word = one[0].casefold().replace("'", "").replace("’", "")
        word = GREEK.get(word, word) if len(word) == 1 else SAME_WORD.get(word, word)
        found.append(Located(word, one.start(), one.end()))
    return found


def number(written: str) -> str:
    """1,000 as 1000, 1.50 as 1.5, 007 as 7."""
    whole = re.sub(r"[^0-9.]", "", written)
    if whole.count(".") > 1:
        whole = whole.replace(".", "")
    whole, _, fraction = whole.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


@lru_cache(maxsize=1 << 18)
def hashed(word: str) -> int:
    """64 bits that are the same everywhere; the last two tell numbers and characters from words."""
    value = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
    kind = IS_NUMBER if word[0].isdigit() else IS_CHARACTER if len(word) == 1 and ord(word) > 0xDFF else 0
    return value & ~3 | kind


def located(text: str) -> list[Located]:
    """The words of one text in order, each with the characters of the text that it was made of."""
    pieces = cut(pl.Series([text], dtype=pl.String)).values.to_pylist()
    form, origin = composed(text)
    found = []
    at = 0
    for piece in pieces:
        # What is passed over holds no piece, so the next place where this one stands is its own.
        at = form.index(piece, at)
        found += [Located(part.word, origin[at + part.start][0], origin[at + part.end - 1][1]) for part in parts(piece)]
        at += len(piece)
    return found


def composed(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The NFKC form, as ``cut`` sees it, and for each of its characters the [start, end) in the text it came of."""
    if text.isascii():
        return text, [(place, place + 1) for place in range(len(text))]
    for runs in (clusters(text), re.findall(r"\s+|\S+", text), [text]):
        forms = pl.Series(runs, dtype=pl.String).str.normalize("NFKC").to_list()
        form = "".join(forms)
        if form == pl.Series([text], dtype=pl.String).str.normalize("NFKC").item():
            break  # else something composes over a cluster's edge: larger ones then
    origin = []
    at = 0
    for run, made in zip(runs, forms, strict=True):
        same = len(run) == len(made)
        origin += [(at + k, at + k + 1) if same else (at, at + len(run)) for k in range(len(made))]
        at += len(run)
    return form, origin


def clusters(text: str) -> list[str]:
    """Each character with the marks on it."""
    begin = [place for place in range(len(text)) if place == 0 or not unicodedata.combining(text[place])]
    return [text[start:end] for start, end in pairwise([*begin, len(text)])]
