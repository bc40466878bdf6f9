"""``journey``: is it one? A path that was really walked, really wrong, and turned without being told the answer.

Its parts are those of its stored spans (``wrong``, ``turn``, ``right``). They are held against the texts of its
parents, its problem's answer key and, where one came with the problem, a reference solution. Whether its own answer is
right, and whether its form and language are in order, the other checks say of it as of any trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filters.answers import DEADLINE, findings
from filters.checks.turns import untrue
from filters.extraction import final_answer
from filters.finding import Finding, check
from filters.scripts import RANGES
from filters.verify import Key
from warehouse.text import thinking

UNSPACED = RANGES["Han"] + RANGES["Kana"]
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
"""Where a script writes no spaces, every letter is a word."""
TOKEN = re.compile(r"\w+|[^\w\s]")
LONGEST = 500
"""Characters of a reference answer up to which it is looked for in a turn; a longer one is a solution."""
REWORDED = "smooth"
"""The strategy whose journeys say what their parents say in words of their own."""


@dataclass(frozen=True)
class Stretch:
    """A part of a journey: of its completion from ``start`` to before ``end``."""

    label: str
    start: int
    end: int
    text: str


@check(
    "journey",
    version=1,
    needs_key=True,
    kind="journey",
    together=True,
    reasons=(
        "no_wrong_stretch",
        "no_turn",
        "too_many_turns",
        "mostly_wrong",
        "not_the_parents",
        "false_turn",
        "leaks_reference",
        "copies_reference",
        "wrong_is_right",
        "no_original",
    ),
    run=30,
    at_most=8,
    share=0.9,
    deadline=DEADLINE,
    form="auto",
)
def journey(traces: Sequence[dict[str, Any]], keys: Sequence[Key | None], settings: dict[str, Any]) -> list[Finding]:
    """``at_most`` turns, at most a ``share`` of the thinking in wrong stretches, and no ``run`` of so many words in
    common with a reference solution after the first turn. ``deadline`` and ``form`` are those of the check ``answer``,
    by whose verifiers the answer of the first parent is judged; what they cannot decide is undecided here too.

    A row has, beside its columns of traces, ``original`` (the text of its first parent, the wrong one), and where they
    are known ``ancestors`` (those of all its parents) and ``solution`` (the problem's).
    """
    found = [fault(trace, key, settings) for trace, key in zip(traces, keys, strict=True)]
    left = [place for place, one in enumerate(found) if one.outcome == "pass"]  # a verifier takes long
    folder = settings.get("folder")
    verified = findings(
        [traces[place]["original"] for place in left],
        [keys[place] for place in left],
        deadline=settings["deadline"],
        form=settings["form"],
        folder=Path(folder) if folder else None,
    )
    for place, one in zip(left, verified, strict=True):
        if one.outcome == "undecided":
            found[place] = replace(one, detail=one.detail | {"of": "the wrong parent"})
        elif one.outcome == "pass":
            found[place] = Finding.fail("wrong_is_right", says=f"{one.detail.get('extracted')} is right")
    return found


def fault(trace: dict[str, Any], key: Key | None, settings: dict[str, Any]) -> Finding:
    """The first thing that is wrong with a journey, as far as its texts tell."""
    text, parts = trace["completion"], stretches(trace)
    wrong = [part for part in parts if part.label == "wrong"]
    if not wrong:
        return Finding.fail("no_wrong_stretch")
    turns = [part for part in parts if part.label == "turn"]
    if not any(turn.start >= wrong[0].end for turn in turns):
        return Finding.fail("no_turn")
    thought = len(thinking(text) or text)
    share = round(sum(len(part.text) for part in wrong) / thought, 4)
    detail: dict[str, Any] = {"turns": len(turns), "wrong": share}
    if len(turns) > settings["at_most"]:
        return Finding.fail("too_many_turns", **detail)
    if share > settings["share"]:
        return Finding.fail("mostly_wrong", **detail)
    if trace.get("original") is None:
        return Finding.undecided("no_original")
    if trace.get("strategy") != REWORDED and (strange := not_walked(trace, parts, wrong)):
        return Finding.fail("not_the_parents", start=strange.start, says=strange.text[:80])
    asked = "\n".join(message["content"] or "" for message in trace.get("messages") or ())
    for turn in turns:
        if says := untrue(turn.text, asked, text[: turn.start]):
            return Finding.fail("false_turn", start=turn.start, says=says)
        if told := leaked(turn.text, key, asked + "\n" + text[: turn.start]):
            return Finding.fail("leaks_reference", start=turn.start, says=told[:80])
    first = turns[0].start
    corrections = [part.text for part in parts if part.label == "right" and part.start >= first]
    if run := copied(corrections, solutions(trace, key), asked + "\n" + text[:first], settings["run"]):
        return Finding.fail("copies_reference", says=run[:200])
    return Finding.passed(**detail)


def stretches(trace: dict[str, Any]) -> list[Stretch]:
    """The parts that hold something, in order; a span that lies outside the text holds nothing."""
    text = trace["completion"]
    parts = [
        Stretch(span["label"], span["start"], span["end"], text[span["start"] : span["end"]])
        for span in trace.get("spans") or ()
        if 0 <= span["start"] < span["end"] <= len(text)
    ]
    return sorted((part for part in parts if part.text.strip()), key=lambda part: (part.start, part.end))


def not_walked(trace: dict[str, Any], parts: Sequence[Stretch], wrong: Sequence[Stretch]) -> Stretch | None:
    """The first of the start and the wrong stretches that no parent says. The start and the first wrong stretch are
    those of the first parent, one after the other. Letter by letter, but for the blanks between words."""
    original, at = squeezed(trace["original"]), 0
    for part in parts:
        if part.label == "turn" or part.start > wrong[0].start:
            break
        if (found := original.find(squeezed(part.text), at)) < 0:
            return part
        at = found + len(squeezed(part.text))
    ancestors = [original, *(squeezed(text) for text in trace.get("ancestors") or () if text)]
    # Where nobody knows the others, only the first parent's can be told.
    others = wrong[1:] if trace.get("ancestors") else []
    return next((part for part in others if not any(squeezed(part.text) in text for text in ancestors)), None)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def leaked(turn: str, key: Key | None, before: str) -> str | None:
    """A reference answer that a turn holds and neither the problem nor the text before it does."""
    for answer in key.answers if key else ():
        for short in (answer, *(final_answer(answer).answers if "\\boxed" in answer else ())):
            if short.strip() and len(short) <= LONGEST:
                holds = as_a_whole(short)
                if holds.search(turn) and not holds.search(before):
                    return short
    return None


def as_a_whole(answer: str) -> re.Pattern[str]:
    """Finds an answer however it is spaced, and not within a longer word or number."""
    said = r"\s*".join(re.escape(token) for token in TOKEN.findall(answer))
    return re.compile(rf"(?<![A-Za-z0-9_])(?<!\d[.,]){said}(?![A-Za-z0-9_])(?![.,]\d)", re.IGNORECASE)


def solutions(trace: dict[str, Any], key: Key | None) -> Iterator[str]:
    """Texts that show how the problem is solved: what came with it, and what its key holds."""
    if trace.get("solution"):
        yield trace["solution"]
    if key:
        yield from key.answers
        yield from (value for value in key.spec.values() if isinstance(value, str))


def copied(corrections: Sequence[str], references: Iterator[str], before: str, size: int) -> str | None:
    """A run of so many words that a correction and a reference have in common, where the text before has it not."""
    theirs = {run for text in references for run in runs(text, size)}
    if not theirs:
        return None
    shared = theirs & {run for text in corrections for run in runs(text, size)}
    shared -= set(runs(before, size))
    return " ".join(min(shared)) if shared else None


def runs(text: str, size: int) -> Iterator[tuple[str, ...]]:
    """Every run of so many words, case and marks aside."""
    words = WORD.findall(text.lower())
    return (tuple(words[at : at + size]) for at in range(len(words) - size + 1))
