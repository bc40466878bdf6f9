"""``equal``: one answer against one reference, as a finding."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from filters.finding import Finding
from filters.mathematics import guards
from filters.mathematics.comparing import compare
from filters.mathematics.forms import head, in_radians, items, quantity
from filters.mathematics.guards import Refused
from filters.mathematics.reading import parse
from filters.mathematics.reference import CHOSEN, Reference, based, reference, several, styled_off, words
from filters.mathematics.tokens import spelled, tokens
from filters.mathematics.tree import Call, Node, Num
from filters.mathematics.values import Opinion, normal

REASONS = {
    "wrong_value": "is not equal to the reference answer",
    "wrong_type": "is another kind of answer than the reference",
    "wrong_unit": "is in another unit than the reference answer",
    "missing_unit": "lacks the unit of the reference answer",
    "unexpected_unit": "has a unit where the reference answer has none",
    "several_answers": "gives several answers where one was asked for",
    "not_understood": "is not understood as mathematics",
    "too_long": "is too long to be read",
    "too_deep": "is nested too deeply to be read",
    "too_large": "holds values too large to be worked out",
    "methods_disagree": "is equal by one method and not by another",
    "not_provable": "is neither proven equal nor seen to differ",
}
"""Every reason, and what it says of an answer; the last two are undecided."""


def equal(answer: str, reference_answer: str, spec: dict[str, Any] | None = None) -> Finding:
    """Whether an answer equals a reference: pass, fail with a reason, or undecided where methods disagree.

    detail: ``tier`` that decided, ``type`` of the reference, ``answer`` in a normal form that only equal answers share,
    ``methods`` with their opinions where more than exact arithmetic was needed, ``says`` on a fail. Raises UnusableKey
    where the reference cannot be used.
    """
    key = reference(reference_answer, spec)
    try:
        text = guards.plain(answer)
        opinion, form = judged(key, text)
    except Refused as error:
        said = answer if isinstance(answer, str) else repr(answer)
        return failed(error.reason, said, "text", key, why=str(error))
    except RecursionError:
        return failed("too_deep", answer, "text", key)
    detail: dict[str, Any] = {"tier": opinion.tier, "type": key.kind, "answer": form}
    if opinion.methods:
        detail["methods"] = opinion.methods
    if opinion.equal:
        return Finding.passed(**detail)
    if opinion.equal is None:
        return Finding.undecided(opinion.reason, **detail)
    return Finding.fail(opinion.reason or "wrong_value", says=says(text, opinion.reason or "wrong_value"), **detail)


def failed(reason: str, answer: str, tier: str, key: Reference, why: str = "") -> Finding:
    told = says(answer, reason)
    return Finding.fail(reason, says=f"{told}: {why}" if why else told, tier=tier, type=key.kind)


def says(answer: str, reason: str) -> str:
    shown = "".join(mark if mark.isprintable() else "?" for mark in answer[:60])
    return f"{shown or 'nothing'} {REASONS[reason]}"


def judged(key: Reference, text: str) -> tuple[Opinion, str]:
    """The opinion on a guarded answer, and its normal form. Raises Refused where it is not understood."""
    if key.kind == "choice" or (key.kind == "text" and key.letters):
        return chosen(key, text)
    if key.letters and (letter := CHOSEN.fullmatch(styled_off(text))) and (letter[2] or letter[4] or letter[1]):
        return chosen(key, text)
    if key.kind == "text" and key.node is None:
        return told(key, text)
    try:
        said, node = understood(text, key.spec.type not in ("set", "list", "tuple"), key.spec.base)
    except Refused:
        if text == key.text:
            return Opinion(True, "text"), text
        raise
    form = normal_form(said, node)
    if said == key.spelled and not key.spec.base and node == as_written(key):
        return Opinion(True, "text"), form or said
    assert key.node is not None
    return compare(key.node, node, key.spec, key.label, (key.text, text)), form or said


@lru_cache(512)
def read(text: str, commas: bool, base: int | None) -> tuple[str, Node] | Refused:
    try:
        found = tokens(text, commas)
        return spelled(found), parse(based(found, base) if base else found)
    except Refused as error:
        return error


def understood(text: str, commas: bool, base: int | None) -> tuple[str, Node]:
    """An answer as (spelled, tree), read once however many references it is held against. Raises Refused."""
    found = read(text, commas, base)
    if isinstance(found, Refused):
        raise Refused(found.reason, str(found))
    return found


def as_written(key: Reference) -> Node:
    """The reference read as an answer is: what is spelled alike may still be something else (``\\hat i`` and ``i``)."""
    return understood(key.text, key.spec.type not in ("set", "list", "tuple"), key.spec.base)[1]


def told(key: Reference, text: str) -> tuple[Opinion, str]:
    """A text: the same words, or the same signs."""
    bare = styled_off(text)
    form = words(bare)
    if key.words is not None and form == key.words:
        return Opinion(True, "text"), form
    try:
        alike = spelled(tokens(text)) == key.spelled
    except Refused:
        alike = False
    return Opinion(alike, "text", "" if alike else "wrong_value"), form


OPTION = re.compile(r"(?:the )?(?:option|choice|answer)(?: is)?:? +(?=\(?[A-Ja-j]\)?)", re.ASCII | re.IGNORECASE)
CHOSEN_AGAIN = re.compile(
    r"\([A-Za-z]\)|\b[B-HJ]\b|^A\b|\b[A-J]\s*(?:[.):]|$)"
    r"|\b(?i:or|and|not|wait|rather|actually|maybe|perhaps|but|unlikely|is (?:wrong|false|incorrect))\b",
    re.ASCII,
)
"""What may take a letter back, or name another, behind it."""


def chosen(key: Reference, text: str) -> tuple[Opinion, str]:
    """A choice: its letter, in brackets or not, with or without what it stands for."""
    bare = OPTION.sub("", styled_off(text))
    letters = several(bare)
    if not letters:
        match = CHOSEN.fullmatch(bare)
        rest = (match[2] or match[4] or "") if match else ""
        # A second letter in brackets behind the first is a second answer.
        if match is None or CHOSEN_AGAIN.search(rest):
            return Opinion(False, "text", "several_answers" if match else "not_understood"), words(bare)
        letters = frozenset((match[1] or match[3]).upper())
    if len(letters) > len(key.letters):
        return Opinion(False, "text", "several_answers"), "".join(sorted(letters))
    alike = letters == key.letters
    return Opinion(alike, "text", "" if alike else "wrong_value"), "".join(sorted(letters))


def normal_form(said: str, node: Node) -> str:
    """A text that only surely equal answers share: a canonical value where there is one, else the answer as spelled."""
    unit = quantity(node)
    if unit is not None and unit[2] != "%":
        value = normal(in_radians(Call("*", (unit[0], Num(unit[1])))))
        return f"{value} {unit[2]}" if value is not None else said
    if head(node) in ("set", "list", "or", "and", "pm"):
        parts = [normal(in_radians(one)) for one in items(node) or ()]
        if all(part is not None for part in parts):
            opening, closing = "{}" if head(node) == "set" else ("", "")
            return opening + ", ".join(sorted(part for part in parts if part is not None)) + closing
        return said
    if head(node) == "tuple" and isinstance(node, Call):
        parts = [normal(in_radians(one)) for one in node.args]
        return "(" + ", ".join(part for part in parts if part is not None) + ")" if None not in parts else said
    try:
        return normal(in_radians(node)) or said
    except RecursionError:
        return said
