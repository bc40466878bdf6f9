"""The corpus of hand-picked cases (tests/filters/corpus/), read into what the production road takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from filters import Key

FOLDER = Path(__file__).parents[1] / "filters" / "corpus"
THOUGHT = "<think>\nLet me think.\n</think>\n\n"


@dataclass(frozen=True)
class Case:
    """One line of the corpus; one that says ``*`` is a case for each verifier."""

    place: str
    """file:line"""
    about: str
    """equal, near miss, extraction, hack, bomb, injection, junk, empty"""
    expected: str
    """pass, fail, undecided; ``no pass`` for either of the last two; ``any`` for all but a crash"""
    reason: str | None = None
    completion: str | None = None
    key: Key | None = None
    form: str = "auto"
    check: str | None = None
    row: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        asked = self.check or (self.key.verifier if self.key else "")
        return f"{self.place}-{asked}"

    def holds(self, outcome: str, reason: str | None) -> bool:
        allowed = {"no pass": ("fail", "undecided"), "any": ("pass", "fail", "undecided")}
        right = outcome in allowed.get(self.expected, (self.expected,))
        return right and reason != "crash" and self.reason in (None, reason)


def text(said: Any) -> str | None:
    """A text, or parts of one: ``["<think>", ["(", 100000]]`` repeats the bracket."""
    if said is None or isinstance(said, str):
        return said
    return "".join(part if isinstance(part, str) else part[0] * part[1] for part in said)


def lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line:
            yield f"{path.stem}:{number}", json.loads(line)


@dataclass(frozen=True)
class Usual:
    """What a verifier is asked the cases for all verifiers with."""

    key: Key
    right: str | None
    """Its right answer; None where no answer can be right."""
    every: int
    """It is asked every so many of them, where each is dear; but all injections."""


@cache
def usual() -> dict[str, Usual]:
    """By verifier."""
    found = {}
    for _, line in lines(FOLDER / "keys.jsonl"):
        name = line["verifier"]
        key = Key(f"usual-{name}", tuple(line["answers"]), name, line.get("spec", {}))
        found[name] = Usual(key, line.get("right"), line.get("every", 1))
    return found


def cases() -> list[Case]:
    """Every case of the corpus."""
    return [
        case for path in sorted(FOLDER.glob("*.jsonl")) if path.stem != "keys" for place, line in lines(path)
        for case in of_line(place, line)
    ]  # fmt: skip


def of_line(place: str, line: dict[str, Any]) -> Iterator[Case]:
    common = {"place": place, "about": line["about"], "expected": line["expected"], "reason": line.get("reason")}
    if "check" in line:
        row = {name: text(said) if name == "completion" else said for name, said in line["row"].items()}
        key = line.get("key")
        made = Key(place, tuple(key["answers"]), key["verifier"], key.get("spec", {})) if key else None
        yield Case(**common, check=line["check"], row=row, key=made, settings=line.get("settings", {}))
        return
    completion = text(line.get("completion"))
    if "answer" in line:
        completion = f"{THOUGHT}<answer>{text(line['answer'])}</answer>"
    form = line.get("form", "auto")
    if line["verifier"] != "*":
        name, spec = line["verifier"], line.get("spec", {})
        said = json.dumps([line["answers"], name, spec], sort_keys=True)
        yield Case(**common, completion=completion, form=form, key=Key(said, tuple(line["answers"]), name, spec))
        return
    number = int(place.rpartition(":")[2])
    for one in usual().values():
        if line["about"] == "injection" or number % one.every == 0:
            # All answers of one key go to one worker, one after the other; four keys keep more of them busy.
            key = replace(one.key, key_id=f"{one.key.key_id}-{number // one.every % 4}")
            yield Case(**common, completion=completion, form=form, key=key)
