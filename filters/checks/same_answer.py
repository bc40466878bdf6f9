"""``same_answer``: does a rewriting still give the answer of its original? Asked of rewritings, whatever the key says.

An answer key may take many answers, or there may be none; a rewriting that came to another one has not rewritten. Two
answers are the same as text, case and spaces aside, or as numbers; two programs only letter by letter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from filters import verifiers
from filters.extraction import final_answer
from filters.finding import Finding, check
from filters.verifiers.number import parse
from filters.verifiers.text import normal
from filters.verify import Key, answer_of


@check(
    "same_answer",
    version=1,
    kind="rewrite",
    reasons=("no_original", "no_answer_before", "no_answer", "ambiguous", "answer_changed"),
)
def same_answer(trace: dict[str, Any], key: Key | None, settings: dict[str, Any]) -> Finding:
    folder = settings.get("folder")
    decide = verifiers.get(key.verifier, Path(folder) if folder else None) if key else None
    if trace.get("original") is None:
        return Finding.undecided("no_original")
    before, after = (
        answer_of(decide, text, lines=key.lines) if decide and key else final_answer(text)
        for text in (trace["original"], trace["completion"])
    )
    if not before.answers:
        return Finding.undecided("no_answer_before")
    if not after.answers:
        return Finding.fail("no_answer")
    one, other = before.answers[-1], after.answers[-1]
    if len(after.answers) > 1:
        return Finding.fail("ambiguous", says=f"{len(after.answers)} different answers")
    if same(one, other):
        return Finding.passed()
    return Finding.fail("answer_changed", says=f"{other[:60]} where {one[:60]} stood")


def same(one: str, other: str) -> bool:
    """Whether two answers say the same."""
    if "\n" in one or "\n" in other:  # in a program spaces and case mean something
        return one.strip() == other.strip()
    return normal(one) == normal(other) or (parse(one) is not None and parse(one) == parse(other))
