"""Texts as sequences of word hashes, a block of texts at a time and without a loop over texts or words.

A word is a run of letters and digits, a run of signs, or one character of a script without blanks (characters.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.near import characters
from filters.near.characters import ALONE, HYPHEN, NOTHING, SEPARATOR, SIGN, SLASH

# Odd, so that multiplying is invertible modulo 2^64.
ODD = np.uint64(0x9E3779B97F4A7C15)
ODDER = np.uint64(0xD6E8FEB86659FD93)
ASCII = np.frombuffer(characters.BYTE_FOLDS, np.uint8)[:128]
# What is left of eight bytes when only the first 0, 1, ... 8 of them belong to a word.
MASKS = np.array([(1 << 8 * kept) - 1 for kept in range(9)], dtype=np.uint64)


@dataclass(frozen=True)
class Words:
    """``hashes`` (n_words,) uint64 of all texts one after the other; text i has those from ``offsets[i]`` to
    ``offsets[i + 1]`` ((n_texts + 1,) int64)."""

    hashes: np.ndarray
    offsets: np.ndarray


def words(texts: pa.Array) -> Words:
    """The words of a block of texts ((large_)string; null is an empty text)."""
    content, offsets = contents(texts)
    # A word is read eight bytes at a time, so eight more stand behind the last one.
    folded = np.frombuffer(content.tobytes().translate(characters.BYTE_FOLDS) + bytes(8), np.uint8)
    kinds = (folded[:-8] > 0).view(np.uint8) + (folded[:-8] >= characters.FIRST_OF_WORDS)
    if len(leads := np.flatnonzero(content >= 0xC2)):
        points, sizes = decoded(folded, leads)
        if any(((points >= low) & (points < high)).any() for low, high in characters.COMPOSABLE):
            composed = pc.utf8_normalize(texts, form="NFC")
            if not composed.equals(texts):
                return words(composed)
        folded, kinds, offsets = beyond_ascii(folded, kinds, offsets, leads, points, sizes)
    starts, ends = bounds(folded, kinds, offsets)
    return Words(hashed(folded, starts, ends - starts), np.searchsorted(starts, offsets))


def contents(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """(the UTF-8 bytes of all texts one after the other, where each begins and the last one ends)."""
    if texts.null_count:
        texts = pc.fill_null(texts, "")
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, begins, data = texts.buffers()
    if begins is None or len(texts) == 0:
        return np.empty(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    offsets = np.frombuffer(begins, width)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    content = np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]
    return content, offsets - offsets[0]


def decoded(content: np.ndarray, leads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(code points, sizes in bytes) of the characters that begin at ``leads``, of two to four bytes each."""
    first = content[leads].astype(np.uint32)
    second, third, fourth = ((content[leads + step] & 0x3F).astype(np.uint32) for step in (1, 2, 3))
    sizes = 2 + (first >= 0xE0).astype(np.int64) + (first >= 0xF0)
    points = (first & 0x1F) << 6 | second
    points = np.where(sizes > 2, (first & 0x0F) << 12 | second << 6 | third, points)
    points = np.where(sizes > 3, (first & 0x07) << 18 | second << 12 | third << 6 | fourth, points)
    return points, sizes


def beyond_ascii(
    folded: np.ndarray,
    kinds: np.ndarray,
    offsets: np.ndarray,
    leads: np.ndarray,
    points: np.ndarray,
    sizes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same three with the characters at ``leads`` folded and sorted into their kinds, each by its code point."""
    table, folds = characters.tables()
    rare = points >= characters.END
    safe = np.where(rare, 0, points)
    kind = np.where(rare, np.where(points < 0x40000, ALONE, NOTHING), table[safe]).astype(np.uint8)
    kind = np.where(kind == ALONE, ALONE + (np.arange(len(kind)) & 1), kind).astype(np.uint8)
    folded = folded.copy()
    for step in range(4):
        wide = sizes > step
        kinds[leads[wide] + step] = kind[wide]
    changed = np.flatnonzero(~rare & (folds[safe] != points))
    at, old, new = leads[changed], sizes[changed], folds[safe[changed]]
    size = 1 + (new >= 0x80).astype(np.int64) + (new >= 0x800) + (new >= 0x10000)
    head = np.array([0, 0, 0xC0, 0xE0, 0xF0], np.uint32)[size]
    for step in range(4):
        part = new >> (6 * np.maximum(size - 1 - step, 0)).astype(np.uint32)
        byte = np.where(step == 0, head | part, 0x80 | part & 0x3F).astype(np.uint8)
        inside = size > step
        folded[at[inside] + step] = np.where(size == 1, ASCII[byte & 0x7F], byte)[inside]
        left_over = (size <= step) & (old > step)
        kinds[at[left_over] + step] = NOTHING
    gone = np.flatnonzero(kinds == NOTHING)
    if len(gone):
        folded, kinds = np.delete(folded, gone), np.delete(kinds, gone)
        offsets = offsets - np.searchsorted(gone, offsets)
    return folded, kinds, offsets


def bounds(folded: np.ndarray, kinds: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each word begins and ends: where the kind of character changes, and where a text does."""
    size = len(kinds)
    changes = np.empty(size, bool)
    np.not_equal(kinds[1:], kinds[:-1], out=changes[1:])
    begins = offsets[:-1]
    changes[begins[begins < size]] = True
    cuts = np.flatnonzero(changes)
    kind = kinds[cuts]
    ends = np.append(cuts[1:], size)
    # A dash or slash between two letters joins words and is no sign: well-known, and/or.
    signs = np.flatnonzero(kind[1:-1] == SIGN) + 1
    if len(signs):
        middle, before, after = (folded[cuts[signs] + step] for step in (0, -1, 1))
        joins = ((middle == HYPHEN) | (middle == SLASH)) & is_letter(before) & is_letter(after)
        joins &= ~np.isin(cuts[signs], begins) & ~np.isin(ends[signs], begins)  # not from one text to the next
        kind[signs[joins]] = SEPARATOR
    token = kind != SEPARATOR
    return cuts[token], ends[token]


def is_letter(folded: np.ndarray) -> np.ndarray:
    return (folded >= 0x80) | ((folded >= ord("a")) & (folded <= ord("z")))


def hashed(folded: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(n_words,) uint64: each word's bytes, eight at a time, mixed into one number."""
    eights = np.ndarray((len(folded) - 7,), "<u8", folded.data, strides=(1,))
    found = eights[starts]
    found &= MASKS[np.minimum(lengths, 8)]
    mix(found)
    longer = np.flatnonzero(lengths > 8)
    done = 8
    while len(longer):
        rest = eights[starts[longer] + done] & MASKS[np.minimum(lengths[longer] - done, 8)]
        rest ^= found[longer] * ODDER
        mix(rest)
        found[longer] = rest
        done += 8
        longer = longer[lengths[longer] > done]
    return found


def mix(values: np.ndarray) -> None:
    """Spread uint64 values over all their bits, in place and one to one."""
    values *= ODD
    values ^= values >> np.uint64(32)
    values *= ODDER
    values ^= values >> np.uint64(29)
