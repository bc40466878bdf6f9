"""Multiple choice: a letter, the whole text of a choice, or both where they agree.

The key's answer is a letter (``B``), several letters (``A, C``; with ``multiple`` in ``spec`` also ``AC``), or the text
of a choice. ``spec["choices"]`` is optional: a list, for A, B, C and so on, or {letter: text}. The whole answer must be
read; no letter is looked for in prose.
"""

from __future__ import annotations

import re
import string
from typing import Any

from filters.finding import Finding
from filters.verifiers.text import normal, same_width
from filters.verify import Key, UnusableKey, verifier

LONGEST = 2000
"""Characters of an answer that are read."""

COMMAND = re.compile(r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm|it|sf)|boldsymbol|bf|rm|boxed|fbox)\s*(?=\{)")
DRESS = re.compile(r"\*\*|__|[{}$`]|\\[()\[\]]")
NAME = re.compile(
    r"(?:(?:the|my)\s+)?(?:(?:correct|right|final|best)\s+)?(?:answer|option|choice)s?(?:\s+(?:is|are))?\s*[:=]?\s*"
    r"(?:(?:option|choice)s?\s*:?\s*)?",
    re.IGNORECASE,
)
LETTER = r"(?:\(([A-Za-z])\)|\[([A-Za-z])\]|([A-Za-z]))"
ALONE = re.compile(rf"{LETTER}\s*[.):]*")
BETWEEN = r"(?:\s*[,;/&|]\s*(?:(?:and|or)\s+)?|\s+(?:(?:and|or)\s+)?)"
SEVERAL = re.compile(rf"{LETTER}(?:{BETWEEN}{LETTER})+\s*\.?")
RUN = re.compile(r"[A-Z]{2,26}\.?")
WITH_TEXT = re.compile(rf"{LETTER}(\s*[.):\-–—]\s*|\s+)(\S.*)", re.DOTALL)
OTHERWISE = re.compile(
    r"\b(?:[B-HJ-Z]|(?i:or|not|no|wait|maybe|but|neither|either|both|rather|actually|perhaps|unlikely|wrong|incorrect))\b|\b[A-Za-z]\s*[).:](?!\w)"
)
"""What may take a letter back where the text of its choice is not known."""

Choices = dict[str, str]


class NotRead(Exception):
    """The answer names no choice, or not only one; the message is the reason."""


@verifier(
    "choice",
    reasons=(
        "too_long",
        "not_a_choice",
        "several_answers",
        "contradiction",
        "matches_several",
        "beyond_the_choices",
        "wrong_choice",
    ),
)
def choice(answer: str, key: Key) -> Finding:
    choices = table(key.spec.get("choices"))
    try:
        wanted = [keyed(text, choices, key.spec.get("multiple") is True) for text in key.answers]
    except NotRead as error:
        said = f"{' | '.join(key.answers)[:100]!r} ({error})"
        raise UnusableKey(f"a letter or the text of one of its choices was expected, found {said}") from error
    if not wanted or not all(one <= set(choices or one) for one in wanted):
        raise UnusableKey(
            f"a letter of {', '.join(choices) or 'A, B, C ...'} was expected, found {' | '.join(key.answers)[:100]!r}"
        )
    multiple = key.spec.get("multiple") is True or any(len(one) > 1 for one in wanted)
    try:
        found = named(answer, choices, multiple)
    except NotRead as error:
        return Finding.fail(str(error), says=f"{answer[:60]} does not name one choice", tier="exact")
    said = ", ".join(sorted(found))
    if choices and not found <= set(choices):
        says = f"{said} is not among {', '.join(choices)}"
        return Finding.fail("beyond_the_choices", says=says, answer=said, tier="exact")
    if len(found) > 1 and not multiple:
        return Finding.fail("several_answers", says=f"{said} are several answers", answer=said, tier="exact")
    if found in wanted:
        return Finding.passed(answer=said, tier="exact")
    return Finding.fail("wrong_choice", says=f"{said} is not right", answer=said, tier="exact")


def table(choices: Any) -> Choices:
    """The choices by letter; empty where the key has none. Raises UnusableKey."""
    if choices is None:
        return {}
    if isinstance(choices, list | tuple):
        choices = dict(zip(string.ascii_uppercase, choices, strict=False)) if len(choices) <= 26 else None
    if not isinstance(choices, dict) or not choices or not all(re.fullmatch("[A-Za-z]", str(one)) for one in choices):
        raise UnusableKey("choices must be a list of at most 26 or a map of letters to texts")
    found = {str(letter).upper(): str(text) for letter, text in choices.items()}
    if len(found) < len(choices):
        raise UnusableKey(f"two choices have one letter: {', '.join(map(str, choices))}")
    return found


def keyed(text: str, choices: Choices, multiple: bool) -> frozenset[str]:
    """The letters a key names; a single letter that there is a choice for is never the text of another."""
    match = ALONE.fullmatch(plain(text)[:LONGEST])
    letter = frozenset(letters_of(match[0])) if match else frozenset()
    return letter if letter and letter <= set(choices or letter) else named(text, choices, multiple)


def named(answer: str, choices: Choices, multiple: bool) -> frozenset[str]:
    """The letters an answer names. Raises NotRead."""
    if len(answer) > LONGEST:
        raise NotRead("too_long")
    bare = plain(answer)
    introduced = NAME.match(bare)
    if introduced is None or introduced.end() == len(bare):
        return letters(bare, choices, multiple)
    try:
        return letters(bare, choices, multiple)
    except NotRead as error:
        if str(error) != "not_a_choice":
            raise
        return letters(bare[introduced.end() :], choices, multiple)


def letters(bare: str, choices: Choices, multiple: bool) -> frozenset[str]:
    """The letters that a text names from its first to its last character. Raises NotRead."""
    matches = by_text(bare, choices)
    if match := ALONE.fullmatch(bare):
        letter = frozenset(letters_of(match[0]))
        if matches and matches != letter:  # a choice whose text is another choice's letter
            raise NotRead("matches_several")
        return letter
    if len(matches) > 1:
        raise NotRead("matches_several")
    if matches:
        return matches
    if match := SEVERAL.fullmatch(bare):
        if re.search(r"\bor\b|[/|]", bare):
            raise NotRead("several_answers")
        return frozenset(letters_of(re.sub(r"\band\b", " ", bare)))
    if multiple and RUN.fullmatch(bare) and len(set(bare)) == len(bare):
        return frozenset(letters_of(bare))
    match = WITH_TEXT.fullmatch(bare)
    if match is None:
        raise NotRead("not_a_choice")
    letter, text = frozenset(letters_of(match[1] or match[2] or match[3])), match[5]
    marked = match[1] or match[2] or match[4].strip()
    matches = by_text(text, choices)
    if letter <= matches or (not choices and marked and not OTHERWISE.search(text)):
        return letter
    raise NotRead("contradiction" if matches or (choices and marked) else "not_a_choice")


def letters_of(text: str) -> list[str]:
    return re.findall("[A-Z]", text.upper())


def by_text(text: str, choices: Choices) -> frozenset[str]:
    said = normal(plain(text))
    return frozenset(letter for letter, known in choices.items() if said and normal(plain(known)) == said)


def plain(text: str) -> str:
    """Without the markup that letters and choices are dressed in: \\text{}, $, ** and their like."""
    bare = DRESS.sub("", COMMAND.sub("", same_width(text)))
    bare = re.sub(r"\\[ ,;!]|~", " ", bare).strip().strip("*_").strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'" else bare
