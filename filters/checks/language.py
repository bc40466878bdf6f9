"""``language``: is it thought and answered in one language? The share of its words that are of the wanted one.

DeepSeek-R1 (DeepSeek-AI 2025, section 2.3.2) rewards the proportion of words of the target language in the thinking.
Here code, formulas, links, names and numbers are no words; scripts are counted first, so that a sentence which is half
English and half Chinese counts as half of each; and only where languages share a script (Latin, Cyrillic, Arabic,
Devanagari) a detector is asked, a few words at a time.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from functools import cache, lru_cache
from typing import Any

from filters.finding import Finding, check
from filters.scripts import LETTERS_PER_WORD, size, words
from warehouse.errors import BadInput
from warehouse.text import CLOSE, OPEN, response, thinking

WIDESPREAD = {
    "Latin": "en de fr es it pt nl sv da no fi pl cs ro hu tr vi id ca",
    "Cyrillic": "ru uk bg sr",
    "Arabic": "ar fa ur",
    "Devanagari": "hi mr ne",
}
"""What the detector chooses from, besides the target. Fewer are told apart better; a text in a language that is not
among them is still none in the target."""
RARER = {"Latin": "sk sl hr et lv lt sq is ga cy eu gl af sw tl ms eo la", "Cyrillic": "be mk kk ky mn"}
ALONE = {
    "zh": "Han", "ja": "Kana", "ko": "Hangul", "el": "Greek", "he": "Hebrew", "th": "Thai", "lo": "Lao",
    "km": "Khmer", "my": "Myanmar", "bn": "Bengali", "pa": "Gurmukhi", "gu": "Gujarati", "ta": "Tamil", "te": "Telugu",
    "kn": "Kannada", "ml": "Malayalam", "hy": "Armenian", "ka": "Georgian", "am": "Ethiopic",
}  # fmt: skip
"""Languages that their script tells (Chinese and Japanese see below)."""
LANGUAGES = ALONE | {
    code: script for table in (WIDESPREAD, RARER) for script, codes in table.items() for code in codes.split()
}
"""ISO 639-1 code: script."""
ALIASES = {"nb": "no", "nn": "no", "cmn": "zh", "yue": "zh", "iw": "he", "in": "id"}

Words = Mapping[str, float]
"""How many words, by language where one is known, else by script."""

LOAN = 2
"""Latin words in a row that stand in other scripts as names, units and terms do: no evidence."""
SYMBOLS = 3
"""Greek letters in a row that stand elsewhere for a product, or for a triangle."""
ENOUGH, BLOCK = 5, 20
"""Letters of different words that the detector needs, and that it is given at a time where there are more."""
DIFFERENT = 2
"""Different words that it needs."""
BLOCKS = 512
"""Asked about at most in one text; of more, as many are drawn, always the same ones."""
UNLIKELY = 0.2
"""A block is of another language where the target is less likely than this share of the likeliest; where it is between
the two, it is no evidence."""


@check(
    "language",
    version=1,
    reasons=("mixed", "no_words", "unknown_language"),
    target="",
    of="all",
    at_least=0.9,
)
def language(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    """``target`` is a code such as en or zh; empty, it is the problem's ``language``. ``of``: all, thinking, response.

    Raises BadInput where a setting cannot be meant.
    """
    target = code(settings["target"] or trace.get("language"))
    if settings["target"] and target is None:
        raise BadInput(f"check language: target is {settings['target']!r}; expected one of {', '.join(LANGUAGES)}")
    if settings["of"] not in ("all", "thinking", "response"):
        raise BadInput(f"check language: of is {settings['of']!r}; expected all, thinking or response")
    if target is None:
        return Finding.undecided("unknown_language", language=trace.get("language"))
    text = trace["completion"]
    # Where thinking never closed, all of it is thinking.
    parts = {"thinking": thinking(text) if CLOSE in text or OPEN not in text else text, "response": response(text)}
    counts = {name: evidence(part or "", target) for name, part in parts.items() if settings["of"] in ("all", name)}
    counted = joined(*counts.values())
    share = share_of(counted, target)
    if share is None:
        return Finding.undecided("no_words", target=target)
    others = sorted((-words, name) for name, words in counted.items() if name != target)[:3]
    detail: dict[str, Any] = {
        "target": target,
        "words": round(sum(counted.values()), 1),
        "shares": {name: share_of(found, target) for name, found in counts.items()},
        "others": {name: round(-words, 1) for words, name in others},
    }
    if share < settings["at_least"]:
        return Finding.fail("mixed", score=share, **detail)
    return Finding.passed(score=share, **detail)


def code(name: object) -> str | None:
    """``zh`` of ``zh-CN``, ``ZH_tw`` and ``cmn``; None where it is no language that is known here."""
    primary = str(name or "").lower().replace("_", "-").partition("-")[0]
    primary = ALIASES.get(primary, primary)
    return primary if primary in LANGUAGES else None


def share_of(found: Words, target: str) -> float | None:
    """The target's share of the words; None when there are none."""
    total = sum(found.values())
    return round(found.get(target, 0) / total, 4) if total else None


def joined(*counts: Words) -> Words:
    return {
        name: sum(found.get(name, 0) for found in counts) for name in sorted({name for one in counts for name in one})
    }


def evidence(text: str, target: str) -> Words:
    """What a text is written in. Words that are no evidence are not counted."""
    found: dict[str, float] = defaultdict(float)
    mine = LANGUAGES[target]
    shared: list[str] = []  # words in the target's script where other languages write it too; "" where a sentence ends
    foreign = 0  # Latin words in a row
    sentences, letters = [], {"Han": 0, "Kana": 0}
    for script, word in (*words(text), ("end", "")):
        if script == "end":
            shared.append("")
            if any(letters.values()):
                sentences.append((letters["Han"], letters["Kana"]))
                letters = {"Han": 0, "Kana": 0}
            continue
        if script == "Latin" != mine:
            foreign += 1
            if foreign > LOAN:
                found[script] += LOAN + 1 if foreign == LOAN + 1 else 1
            continue
        foreign = 0
        if script in letters:
            letters[script] += len(word)
        elif script == mine and script in WIDESPREAD:
            shared.append(word)
        elif script == mine or script != "Greek" or len(word) > SYMBOLS:
            found[target if script == mine else script] += size(script, word)
    return joined(found, east_asian(sentences), told_apart(shared, target))


def east_asian(sentences: list[tuple[int, int]]) -> Words:
    """Chinese and Japanese, by the (letters of Han, of Kana) of every sentence.

    Kana make a sentence Japanese, a single one among many Han does not. Without any, a long sentence is Chinese, and a
    short one is what the others are.
    """
    japanese = is_japanese(sum(han for han, _ in sentences), sum(kana for _, kana in sentences))
    found: dict[str, float] = defaultdict(float)
    for han, kana in sentences:
        short = kana == 0 and han <= 10 and japanese
        found["ja" if short or is_japanese(han, kana) else "zh"] += (han + kana) / LETTERS_PER_WORD["Han"]
    return found


def is_japanese(han: int, kana: int) -> bool:
    return kana >= 2 and kana >= 0.1 * (han + kana)


def told_apart(shared: list[str], target: str) -> Words:
    """Words in the target's script, as a detector tells their languages apart."""
    pieces = blocks(shared)
    # Not every so many: languages that take turns would be in step with it.
    drawn = random.Random(0).sample(pieces, BLOCKS) if len(pieces) > BLOCKS else pieces
    found: dict[str, float] = defaultdict(float)
    for piece in drawn:
        if (name := spoken(" ".join(dict.fromkeys(piece)).lower(), target)) is not None:
            found[name] += len(piece) * len(pieces) / len(drawn)
    return found


def blocks(shared: list[str]) -> list[list[str]]:
    """Words, cut where there are enough for the detector, at the end of a sentence if one comes soon."""
    pieces: list[list[str]] = [[]]
    different: set[str] = set()
    letters = 0
    for word in shared:
        if word:
            pieces[-1].append(word)
            if word not in different:
                different.add(word)
                letters += len(word)
        if len(different) >= DIFFERENT and letters >= (2 * BLOCK if word else BLOCK):
            pieces.append([])
            different, letters = set(), 0
    if len(pieces) > 1:  # what is left over goes with what stands before it
        rest = pieces.pop()
        pieces[-1] += rest
    elif len(different) < DIFFERENT or letters < ENOUGH:
        return []
    return pieces


@lru_cache(maxsize=16384)
def spoken(text: str, target: str) -> str | None:
    """The language of some words, or None where they may be of the target's as well as of another."""
    likely = dict(among(target).rank(text))
    best = max(likely, key=lambda name: (likely[name], name))
    if best == target or likely[target] < UNLIKELY * likely[best]:
        return best
    return None


@cache
def among(target: str) -> Any:
    """The detector for the languages that a text in the target's script may be in."""
    fewer = copy(identifier())  # the model itself is shared
    fewer.set_languages([*WIDESPREAD[LANGUAGES[target]].split(), target])
    return fewer


@cache
def identifier() -> Any:
    """The detector: half a second and a hundred megabytes, so only where it is needed."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
