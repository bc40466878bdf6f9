"""The final answer of a completion: only what stands after ``</think>``, and only in a form that was agreed on.

A completion that gives several different final answers is not read for the one that suits: all of them are its answer,
and it is right only if each of them is (filters/answers.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from warehouse.text import BLANK, CLOSE, OPEN

MOST = 8
"""Different final answers that are still looked at."""


@dataclass(frozen=True)
class Final:
    """What a completion gives as its answer."""

    answers: tuple[str, ...] = ()
    """Different ones, in their order; none when there is no answer."""
    form: str | None = None
    """How it was found, a name of FORMS; None where a verifier looks for answers of its own kind."""
    span: tuple[int, int] | None = None
    """Where the last one stands, as character offsets into the completion."""
    why: str | None = None
    """Why there is none: unclosed_think, nothing_said, unclosed, empty, no_form."""


Place = tuple[str, int, int]
"""A text, and where it begins and ends."""


def final_answer(completion: str, form: str = "auto", lines: bool = False) -> Final:
    """The final answer, looked for in one of FORMS; with ``lines`` it may have several of them, as a board has."""
    said, start = said_of(completion)
    if said is None:
        return Final(why="unclosed_think")
    if not said:
        return Final(why="nothing_said")
    name, places = FORMS[form](said)
    if lines and name == "whole":
        places = [(said, 0, len(said))]
    if isinstance(places, str):
        return Final(form=name, why=places)
    different: dict[str, Place] = {}
    for place in places:
        different.setdefault(" ".join(place[0].strip("$").split()), place)
    _, begin, end = places[-1]
    return Final(tuple(text for text, _, _ in different.values()), name, (start + begin, start + end))


def said_of(completion: str) -> tuple[str | None, int]:
    """What stands after the thinking (as warehouse.text.response says) and where it begins; None if it never ended."""
    _, _, tail = completion.rpartition(CLOSE)
    if OPEN in tail:  # thinking that begins again is thinking too
        return None, 0
    said = tail.lstrip(BLANK)
    return said.rstrip(BLANK), len(completion) - len(said)


Found = tuple[str, "list[Place] | str"]
"""(name of the form, its places, or why there is none)."""


def auto(said: str) -> Found:
    """<answer> tags, else boxes, else the whole response if that is one line: never something out of prose.

    Boxes beside tags are answers too: who gives one in each form has given two.
    """
    tagged = tags(said)[1]
    if tagged == "no_form":
        found = boxed(said)
        return whole(said) if found[1] == "no_form" else found
    if isinstance(tagged, str):
        return "tags", tagged
    beside = boxed(TAGGED.sub(lambda stretch: " " * len(stretch[0]), said))[1]
    if isinstance(beside, str):
        return "tags", beside if beside == "unclosed" else tagged
    return "tags", sorted(tagged + beside, key=lambda place: place[1])


TAGGED = re.compile("<answer>.*?</answer>", re.DOTALL)


def tags(said: str) -> Found:
    """What <answer> tags hold, or the boxes in it."""
    places: list[Place] = []
    begin = None
    for mark in re.finditer("</?answer>", said):
        if mark[0] == "<answer>":
            if begin is not None:  # one that never closes may have said something else
                return "tags", "unclosed"
            begin = mark.end()
        elif begin is not None:
            places.append(trimmed(said, begin, mark.start()))
            begin = None
    if begin is not None:
        return "tags", "unclosed"
    if not places:
        return "tags", "no_form"
    if not places[-1][0]:
        return "tags", "empty"
    inner = [box for _, begin, end in places for box in boxes_in(said, begin, end)]
    return "tags", inner or [place for place in places if place[0]]


BRACES = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{|\\.|[{}]", re.DOTALL)


def boxed(said: str) -> Found:
    """What the outermost balanced ``\\boxed{}`` or ``\\fbox{}`` hold."""
    if not re.search(r"\\(?:boxed|fbox)\b", said):
        return "boxed", "no_form"
    places: list[Place] = []
    opened: list[int | None] = []  # where the content of a box begins; None for any other brace
    outer = 0
    for mark in BRACES.finditer(said):
        if mark[0] == "{":
            opened.append(None)
        elif mark[0] == "}":
            begin = opened.pop() if opened else None
            if begin is not None:
                outer -= 1
                if outer == 0:
                    places.append(trimmed(said, begin, mark.start()))
        elif mark[0].endswith("{") and mark[0] != "\\{":
            opened.append(mark.end())
            outer += 1
    if outer or not places:  # one that never closes may have said something else
        return "boxed", "unclosed"
    if not places[-1][0]:
        return "boxed", "empty"
    return "boxed", [unwrapped(place) for place in places if place[0]]


def boxes_in(said: str, begin: int, end: int) -> list[Place]:
    """The boxes of a stretch, if it has any."""
    found = boxed(said[begin:end])[1]
    return [] if isinstance(found, str) else [(text, begin + at, begin + to) for text, at, to in found]


def unwrapped(place: Place) -> Place:
    """A box in a box, and nothing else, is that box."""
    text, begin, end = place
    while (match := re.match(r"\\(?:boxed|fbox)\s{0,3}\{", text)) and text.endswith("}"):
        inner = trimmed(text, match.end(), len(text) - 1)
        text, begin, end = inner[0], begin + inner[1], begin + inner[2]
    return text, begin, end


def whole(said: str) -> Found:
    """The whole response, if it is one line."""
    return "whole", [(said, 0, len(said))] if "\n" not in said else "no_form"


def last_line(said: str) -> Found:
    """The last line, for prompts that ask for the answer there."""
    begin = said.rfind("\n") + 1
    return "last_line", [trimmed(said, begin, len(said))]


MARKED = re.compile(r"^[ \t#>*_-]{0,12}(?:(?:final )?answer[ \t*_]{0,4}[:=]|####)[ \t*_]{0,4}(.*)$", re.I | re.M)


def marked(said: str) -> Found:
    """What follows ``Answer:`` or ``####`` at the beginning of a line, for prompts that ask for it."""
    places = [trimmed(said, *mark.span(1), more="*_") for mark in MARKED.finditer(said)]
    if not places:
        return "marked", "no_form"
    return "marked", [place for place in places if place[0]] or "empty"


NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]{0,40}(?:\.\d{1,40})?(?:/\d{1,40})?(?![\w])", re.ASCII)


def last_number(said: str) -> Found:
    """The last number of the response, wherever it stands: only for prompts that ask for nothing else."""
    last = None
    for last in NUMBER.finditer(said):  # noqa: B007 - the last one is wanted
        pass
    return "last_number", [trimmed(said, *last.span(), more=",")] if last else "no_form"


def trimmed(said: str, begin: int, end: int, more: str = "") -> Place:
    """A stretch without the blanks around it."""
    text = said[begin:end]
    begin += len(text) - len(text.lstrip(BLANK + more))
    text = text.strip(BLANK + more)
    return text, begin, begin + len(text)


FORMS: dict[str, Callable[[str], Found]] = {
    part.__name__: part for part in (auto, tags, boxed, whole, last_line, marked, last_number)
}


LANGUAGES = ("", "python", "python3", "py", "cpp", "c++", "cc", "cxx", "c++17", "cpp17")
"""What stands behind a fence of a program; a verifier tells by its looks which language it is in."""


def last_program(completion: str) -> str | None:
    """The last fenced block of Python or C++ in the answer, in <answer> tags or not; else what those tags hold.

    None when thinking never ended, or when there is neither a closed block nor tags. Nothing is run.
    """
    said, _ = said_of(completion)
    if not said:
        return None
    tagged = tags(said)[1]
    text = said if isinstance(tagged, str) else tagged[-1][0]
    found, language = None if isinstance(tagged, str) else text, None
    block: list[str] = []
    for line in text.split("\n"):  # line by line: a pattern could be made to take for ever
        mark = line.strip()
        if language is None and mark.startswith("```"):
            language, block = mark[3:].strip().lower(), []
        elif language is not None and mark == "```":
            found, language = ("\n".join(block) if language in LANGUAGES else found), None
        else:
            block.append(line)
    return found if found and found.strip() else None
