"""The same words: case, spaces and a final full stop aside."""

from __future__ import annotations

import unicodedata

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier


@verifier("text")
def text(answer: str, key: Key) -> Finding:
    wanted = {normal(one) for one in key.answers} - {""}
    if not wanted:
        raise UnusableKey("the answer key is empty")
    said = normal(answer)
    if said in wanted:
        return Finding.passed(answer=said)
    return Finding.fail("wrong_text", says=f"{answer[:60]} is not right", answer=said)


def normal(words: str) -> str:
    bare = " ".join(unicodedata.normalize("NFKC", words).casefold().split())
    return bare.rstrip(". ") or bare
