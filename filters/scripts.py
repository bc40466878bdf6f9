"""Scripts: the words of a text by the script they are written in, code and formulas left out.

A script is a fact that a table of ranges decides; which language stands behind it is for filters/checks/language.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

RANGES = {
    "Latin": "A-Za-zªº\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f",
    "Armenian": "\u0531-\u0587",
    "Hebrew": "\u0591-\u05f4",
    "Arabic": "\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "Devanagari": "\u0900-\u0963\u0970-\u097f",
    "Bengali": "\u0980-\u09e3\u09f0-\u09ff",
    "Gurmukhi": "\u0a01-\u0a51\u0a59-\u0a5e\u0a70-\u0a7f",
    "Gujarati": "\u0a81-\u0ae3",
    "Tamil": "\u0b82-\u0bd7",
    "Telugu": "\u0c00-\u0c63",
    "Kannada": "\u0c80-\u0ce3",
    "Malayalam": "\u0d00-\u0d63",
    "Thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "Lao": "\u0e81-\u0ecd",
    "Myanmar": "\u1000-\u103f",
    "Georgian": "\u10a0-\u10ff",
    "Ethiopic": "\u1200-\u135f",
    "Khmer": "\u1780-\u17d3",
    "Hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "Kana": "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Han": "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f",
}
"""Letters, and the marks that belong to them, of every script that is told apart; anything else is no evidence."""

LETTERS_PER_WORD = {"Han": 2, "Kana": 2, "Thai": 4, "Lao": 4, "Khmer": 4, "Myanmar": 4}
"""Where no spaces are written, how many letters make a word. Most Chinese words have two characters; the others are
rounded. It only matters where one text holds both kinds of script."""

END = r".!?。！？；;\n"
WORD = re.compile(
    # What holds a digit or an underscore is a number or a name, as are single letters, which no script below takes.
    r"[A-Za-z0-9_]*[0-9_][A-Za-z0-9_]*"
    + rf"|(?P<end>[{END}]+)"
    + "".join(
        f"|(?P<{name}>[{letters}]{'+' if name in LETTERS_PER_WORD else f'''+(?:['’][{letters}]+)*'''})"
        for name, letters in RANGES.items()
    )
)
LONGEST = 40
"""Letters of a word with spaces around it; what is longer is none."""
ACRONYM = 5
"""Capitals at most: GCD, ABCD. A text that shouts has longer ones as well."""

INLINE = re.compile(
    r"`[^`\n]*`"  # code
    r"|\$(?=[^\s$])[^$\n]{1,400}(?<=\S)\$(?!\d)"  # a formula, and not two prices
    r"|(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]+"
    r"|</?[A-Za-z][^<>\n]{0,100}>"
    r"|\\[A-Za-z]+\*?",
)
ENVIRONMENT = re.compile(r"\\(begin|end)\{[^{}\n]{0,30}\}")


def words(text: str) -> Iterator[tuple[str, str]]:
    """(script, word) in order, and ("end", mark) where a sentence or a line ends. Names and numbers are left out."""
    for match in WORD.finditer(prose(text)):
        script = match.lastgroup
        if script and (script == "end" or script in LETTERS_PER_WORD or is_word(match[0])):
            yield script, match[0]


def size(script: str, text: str) -> float:
    """How many words a stretch of one script's letters is."""
    return len(text) / LETTERS_PER_WORD[script] if script in LETTERS_PER_WORD else 1


def is_word(text: str) -> bool:
    """Whether letters between spaces are a word of a language: no variable, name of a point, acronym or identifier."""
    if not 1 < len(text) <= LONGEST:
        return False
    inner = text[1:]
    return inner == inner.lower() or (text.isupper() and len(text) > ACRONYM)


def prose(text: str) -> str:
    """A text without code, formulas, links and tags; linear in its length whatever stands in it."""
    text = without_environments(without_blocks(text))
    for opening, closing in (("$$", "$$"), (r"\[", r"\]"), (r"\(", r"\)")):
        text = without(text, opening, closing)
    return INLINE.sub(" ", text)


def without_blocks(text: str) -> str:
    """A text without its fenced blocks of code; one that never ends goes on to the end."""
    kept, inside = [], False
    for line in text.split("\n"):
        mark = line.strip()
        if inside:
            inside = mark != "```"
        elif mark.startswith("```") and "```" not in mark[3:]:
            inside = True
        else:
            kept.append(line)
    return "\n".join(kept)


def without(text: str, opening: str, closing: str) -> str:
    """A text without what stands between two marks, and without the marks."""
    kept, at = [], 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        kept.append(text[at:start])
        at = end + len(closing)
    return " ".join([*kept, text[at:]])


def without_environments(text: str) -> str:
    """A text without LaTeX's environments, nested ones too; one that never ends goes on to the end."""
    kept, at, depth = [], 0, 0
    for mark in ENVIRONMENT.finditer(text):
        if mark[1] == "begin":
            if depth == 0:
                kept.append(text[at : mark.start()])
            depth += 1
        elif depth:
            depth -= 1
            at = mark.end()
    return " ".join([*kept, "" if depth else text[at:]])
