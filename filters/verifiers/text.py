"""The same words: case, spaces and a final full stop aside. With ``exact`` in the key's spec, the same characters:
then only the ends of lines and blank lines around them do not matter."""

from __future__ import annotations

import re
import unicodedata

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

WRAPPED = re.compile(r"\\(?:text(?:bf|it|rm|tt)?|math(?:rm|bf|tt)|mbox)\{(.*)\}", re.DOTALL)
ESCAPED = re.compile(r"\\([#$%&_{}])")
LONGEST = 100_000
"""Characters. No answer that is compared as text is longer."""


@verifier("text", reasons=("wrong_text", "too_long"))
def text(answer: str, key: Key) -> Finding:
    form = lines if key.spec.get("exact") is True else normal
    wanted = {form(one) for one in key.answers} - {""}
    if not wanted:
        raise UnusableKey("the answer key is empty")
    if len(answer) > LONGEST:
        return Finding.fail("too_long", says=f"{answer[:60]} goes on for {len(answer)} characters", tier="text")
    said = form(answer)
    if said in wanted:
        return Finding.passed(answer=said, tier="text")
    return Finding.fail("wrong_text", says=f"{answer[:60]} is not right", answer=said, tier="text")


def undressed(words: str) -> str:
    """Without the $ and \\text{} that a box may hold the whole of it in."""
    bare = words.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == "$":
        bare = bare.strip("$").strip()
    match = WRAPPED.fullmatch(bare)
    inner = ESCAPED.sub(r"\1", match[1]) if match else ""
    return inner.strip() or bare


def normal(words: str) -> str:
    bare = " ".join(same_width(undressed(words)).casefold().split())
    return bare.rstrip(". ") or bare


def lines(words: str) -> str:
    bare = "\n".join(" ".join(line.split()) for line in undressed(words).splitlines())
    return unicodedata.normalize("NFC", bare)


def same_width(words: str) -> str:
    """Composed, and full-width and half-width letters as ordinary ones. NFKC would also read 4² as 42 and ½ as 1/2."""
    if words.isascii():
        return words
    composed = unicodedata.normalize("NFC", words)
    return "".join(
        unicodedata.normalize("NFKC", letter)
        if unicodedata.decomposition(letter).startswith(("<wide>", "<narrow>", "<noBreak>"))
        else letter
        for letter in composed
    )
