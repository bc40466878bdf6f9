"""What each character is to the comparison of texts: part of a word, a word of its own, a sign, or nothing.

Case, width and composition do not count (``Ａ`` is ``a``), nor do blanks and punctuation. Signs that carry meaning in a
formula do: ``x + 1`` and ``x - 1`` are two problems. Scripts that put no blanks between words are read character by
character, so that an n-gram of words is one of characters there.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np

VERSION = 1
"""Of these rules; kept signatures carry it."""

SEPARATOR, SIGN, WORD, ALONE = 0, 1, 2, 3
"""ALONE is 3 and 4 in turn, so that two such characters beside each other differ."""
NOTHING = 255
"""Zero-width characters and what is left of a character that folding made shorter."""

SIGNS = b"-/+=<>^%"
END = 0x20000
"""Of the tables. Beyond it lie rarer Han characters and, from 0x40000 on, nothing that is read."""

# Han, Bopomofo, kana, Thai, Lao, Myanmar, Khmer: written without blanks between words.
UNSPACED = (
    (0x0E00, 0x0F00),
    (0x1000, 0x10A0),
    (0x1780, 0x1800),
    (0x3005, 0x3008),
    (0x3040, 0x3130),
    (0x31A0, 0x31C0),
    (0x31F0, 0x3200),
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0xF900, 0xFB00),
)
# Marks and jamo that may combine with what stands before them: texts with such are composed first.
COMPOSABLE = ((0x0300, 0x0370), (0x1100, 0x1200), (0x3099, 0x309B))


def byte_fold(byte: int) -> int:
    """0 for what separates, small numbers for signs, and from the digits on what is part of a word."""
    if byte in SIGNS:
        return SIGNS.index(byte) + 1
    return byte if byte >= 0x80 else ord(chr(byte).lower()) if chr(byte).isalnum() else 0


BYTE_FOLDS = bytes(map(byte_fold, range(256)))
"""For each byte the one that stands for it; those of longer characters are looked at one by one."""
HYPHEN, SLASH = BYTE_FOLDS[ord("-")], BYTE_FOLDS[ord("/")]
FIRST_OF_WORDS = ord("0")


@cache
def tables() -> tuple[np.ndarray, np.ndarray]:
    """(kinds (END,) uint8, folds (END,) uint32) by code point: what it is, and the one that stands for it."""
    kinds = np.full(END, SEPARATOR, np.uint8)
    folds = np.arange(END, dtype=np.uint32)
    for point in range(0x80, END):
        folded = fold(chr(point))
        folds[point] = ord(folded)
        kinds[point] = kind(folded)
    kinds[0xD800:0xE000] = SEPARATOR
    return kinds, folds


def fold(character: str) -> str:
    """The character that stands for it: without case and width, where that is one and takes no more bytes."""
    if unicodedata.category(character) == "Cs":
        return character
    for folded in (unicodedata.normalize("NFKC", character).casefold(), character.lower()):
        if len(folded) == 1 and len(folded.encode()) <= len(character.encode()):
            return folded
    return character


def kind(character: str) -> int:
    point, category = ord(character), unicodedata.category(character)
    if point < 0x80:
        byte = BYTE_FOLDS[point]
        return WORD if byte >= FIRST_OF_WORDS else SIGN if byte else SEPARATOR
    if category == "Cf" or 0xFE00 <= point < 0xFE10:  # zero-width ones, variation selectors
        return NOTHING
    if category[0] in "LMN":
        return ALONE if within(point, UNSPACED) else WORD
    return SIGN if category in ("Sm", "Sc") else SEPARATOR


def within(point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= point < high for low, high in ranges)
