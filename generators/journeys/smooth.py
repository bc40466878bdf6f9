"""Smooth journeys: one that was put together of pieces is told again by a model, in one voice.

Kept is a telling that leaves nothing out: every number and sign of the wrong stretches and of the right ones, in their
order, and between them something that speaks of what the turn spoke of. Where a stretch begins and ends in the new text
is read off that, so the spans are known and not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from generators.journeys import Attempt, Declined, Journey, Means, builder
from generators.journeys.rows import Row
from generators.journeys.weaving import Spans
from warehouse.records import Completion
from warehouse.text import CLOSE, OPEN, response

FACT = re.compile(r"\d+(?:[.,]\d+)*|[-+*/=<>^×·÷±≤≥≠≈√]|\\[A-Za-z]+")
"""What has to be said again as it was: numbers, signs, and the commands of formulas."""
WORD = re.compile(rf"{FACT.pattern}|[\u3400-\u9fff]|[^\W\d_\u3400-\u9fff]+")
"""Words, and the characters of a script that has no blanks."""
SPOKEN = 0.5
"""Share of a turn's facts that the new turn has to speak of; its words are its own."""


@builder("smooth", version=1, takes="journey", style="smooth")
def smooth(attempts: Sequence[Attempt], means: Means) -> Iterator[Journey | Declined]:
    by_journey = {one.journey["trace_id"]: one for one in attempts if one.journey}
    requests = [
        means.remark(one, "smooth", (trace,), sample, completion=one.journey["completion"])
        for trace, one in by_journey.items()
        if one.journey
        for sample in range(means.n)
    ]
    candidates: dict[str, list[Journey]] = {trace: [] for trace in by_journey}
    for came in means.complete(requests):
        one = by_journey[came.request.parents[0]]
        if not isinstance(came, Completion) or not one.journey:
            continue
        told = came.text[max(0, came.text.rfind(OPEN, 0, came.text.rfind(CLOSE))) :]  # after thoughts of the teller's
        if spans := told_again(one.journey, told):
            parents = (one.wrong["trace_id"], one.journey["trace_id"], came.request.trace_id)
            candidates[came.request.parents[0]].append(Journey(one, told, spans, parents))
    rows = {id(journey): smooth.row(journey) for found in candidates.values() for journey in found}
    good = means.accepted(list(rows.values()))
    for trace, found in candidates.items():
        taken = next((journey for journey in found if rows[id(journey)]["trace_id"] in good), None)
        yield taken or Declined(by_journey[trace], f"{means.n} tellings, {len(found)} of them whole, none accepted")


def told_again(journey: Row, text: str) -> Spans | None:
    """The spans of a new telling of a journey; None where it leaves out or changes what has to be kept."""
    end = text.rfind("</think>")
    begin = text.find("<think>")
    if begin < 0 or end < 0 or response(text) != response(journey["completion"]):
        return None
    begin += len("<think>")
    new = [(found[0], found.start(), found.end()) for found in WORD.finditer(text, begin, end)]
    place, spans = 0, []
    stretches = [(span["label"], journey["completion"][span["start"] : span["end"]]) for span in journey["spans"]]
    for number, (label, said) in enumerate(stretches):
        if label == "turn":
            continue
        # Words as well as facts, so that two stretches without a number are told apart.
        words = WORD.findall(said)
        found = first_place(words, [word for word, *_ in new], place)
        if found is None:
            return None
        first, last = found
        if number and stretches[number - 1][0] == "turn":
            turn = FACT.findall(stretches[number - 1][1])
            between = [word for word, *_ in new[place:first]]
            if not between or sum(word in between for word in turn) < SPOKEN * len(turn):
                return None
            spans.append(("turn", new[place][1], new[first - 1][2]))
        elif first != place:  # something between two stretches that belong together
            return None
        spans.append((label, new[first][1], new[last][2]))
        place = last + 1
    if place != len(new):
        return None
    return tuple((label, start, closed(text, stop, end)) for label, start, stop in spans)


def first_place(words: Sequence[str], new: Sequence[str], place: int) -> tuple[int, int] | None:
    """The first and last place, from ``place`` on, where a stretch is told: all its facts in their order, and no other
    fact among them, and most of its words. None where it is not."""
    if not words:
        return None
    facts = [word for word in words if FACT.fullmatch(word)]
    told_facts = [at for at in range(place, len(new)) if FACT.fullmatch(new[at])]
    passed = 0
    for first in range(place, len(new)):
        while passed < len(told_facts) and told_facts[passed] < first:
            passed += 1
        # Words are compared only where the facts agree: that takes long.
        here = told_facts[passed : passed + len(facts)]
        if new[first] != words[0] or [new[at] for at in here] != facts:
            continue
        matched = SequenceMatcher(None, words, new[first : first + 2 * len(words)], autojunk=False)
        blocks = [block for block in matched.get_matching_blocks() if block.size]
        last = first + blocks[-1].b + blocks[-1].size - 1
        told = new[first : last + 1]
        if facts == [word for word in told if FACT.fullmatch(word)] and matched.ratio() > SPOKEN:
            return first, last
    return None


def closed(text: str, stop: int, end: int) -> int:
    """The end of a stretch with the marks that close it."""
    while stop < end and not text[stop].isspace() and not text[stop].isalnum():
        stop += 1
    return stop
