"""A row of theirs as rows of the lake: a problem, an answer key, traces and somebody's opinions of them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from warehouse import forms, ids
from warehouse.cells import Unusable, answers_of, at, label
from warehouse.errors import BadInput
from warehouse.forms.form import TABLES, Entry, Form, Generation, Odd, Row
from warehouse.forms.turns import asked
from warehouse.importing.options import Options
from warehouse.text import storable

LABELS = ("correct", "is_correct")
"""Columns that are somebody's opinion in whatever form, where they hold true and false."""
KEPT = 20_000
"""Characters that other text of a row may have to be kept in the problem's metadata."""
FINISHED = {
    "eos": "stop", "eos_token": "stop", "end_turn": "stop", "stop_sequence": "stop",
    "max_tokens": "length", "max_length": "length", "max_new_tokens": "length",
}  # fmt: skip
"""Other people's words for why an answer ended."""
IDS = ("id", "uuid", "trace_id", "problem_id", "trace_ids")


@dataclass
class Found:
    """What a row gives."""

    form: str
    problem: dict[str, Any]
    """A row of ``problems``."""
    key: dict[str, Any] | None
    """A row of ``answer_keys``; with ``given``, whether the row named answers."""
    traces: list[dict[str, Any]]
    """Rows of ``traces`` as far as they can be said without the others, with ``asked`` and ``labels``."""
    row_id: str | None
    """How they call the row, where they do."""
    row_hash: str
    """Over what the row says; two rows of one name and one hash are one."""
    nulls: int = 0
    """Nulls among the row's generations."""
    mended: bool = False
    """Whether half characters were replaced."""


@dataclass
class Reader:
    """Turns rows into what they give."""

    source: str
    options: Options
    _known: dict[frozenset[str], Form | None] = field(default_factory=dict)

    def read(self, row: Row) -> Found:
        """Raises Odd for a row that is not understood."""
        options = self.options
        row = self.named(row)
        form = self.form(row)
        entry = form.read(row)
        labels = self.labels(row, form, entry)
        mend = Mend()
        messages = [{"role": one["role"], "content": mend(one["content"])} for one in entry.messages]
        prompt, conversation = asked(messages)
        if not prompt.strip():
            raise Odd("no_prompt", "prompt", prompt, "text")
        problem = ids.problem_id(self.source, prompt)
        key = self.key(row, form, entry, problem)
        how = ids.digest(messages)
        nulls = 0
        traces = []
        for place, one in enumerate(entry.generations):
            if one is None:
                nulls += 1
                continue
            said = [{"name": name, "right": opinions[place]} for name, opinions in labels.items()]
            said = [opinion for opinion in said if opinion["right"] is not None]
            traces.append(self.trace(row, one, mend(one.completion), problem, messages, how) | {"labels": said})
        if not traces:
            raise Odd("no_completion", "generations", entry.generations and None, "one generation that is not null")
        row_id = next((str(row[name]) for name in ("uuid", "id") if isinstance(row.get(name), str | int)), None)
        return Found(
            form.name,
            {
                "problem_id": problem,
                "source": self.source,
                "domain": options.domain or word(row, "domain"),
                "prompt": prompt,
                "messages": conversation,
                "language": options.language or word(row, "language"),
                "split": options.split,
                "licence": options.licence or word(row, "licence") or word(row, "license"),
                "metadata": self.metadata(row, form, row_id, mend, set(labels)),
            },
            key,
            traces,
            row_id,
            ids.digest(problem, how, [one["text_hash"] for one in traces], key and key["answers"]),
            nulls,
            mend.mended,
        )

    def named(self, row: Row) -> Row:
        """The row with its columns called as the form calls them."""
        if not self.options.columns:
            return row
        gone = {name for name in self.options.columns.values() if name in row}
        kept = {name: value for name, value in row.items() if name not in gone}
        found = {part: at(row, name) for part, name in self.options.columns.items()}
        return kept | {part: value for part, value in found.items() if value is not None}

    def form(self, row: Row) -> Form:
        if self.options.form != "auto":
            return forms.get(self.options.form)
        columns = frozenset(name for name, value in row.items() if value is not None)
        if columns not in self._known:
            self._known[columns] = forms.of(columns)
        form = self._known[columns] or forms.of(row.keys())  # which then says what is null
        if form is None:
            expected = "; or ".join(one.expects for one in forms.FORMS.values())
            there = ", ".join(sorted(columns)) or "none that is not null"
            raise Odd("no_form", "columns", there, f"{expected}; --column prompt=question names another")
        return form

    def labels(self, row: Row, form: Form, entry: Entry) -> dict[str, list[bool | None]]:
        """Opinions by column, one for each generation. Raises Odd."""
        found: dict[str, list[bool | None]] = {}
        count = len(entry.generations)
        for name in (*form.labels, *LABELS, *self.options.labels):
            value = at(row, name)
            if value is None or name in found or (name in LABELS and not is_opinion(value)):
                continue
            values = value if isinstance(value, list) else [value]
            if len(values) != count:
                raise Odd("labels", name, value, f"{count}, one a generation")
            try:
                found[name] = [label(name, one) for one in values]
            except BadInput as error:
                raise Odd("labels", name, value, "true or false, 1 or 0, correct or incorrect") from error
        return found

    def key(self, row: Row, form: Form, entry: Entry, problem: str) -> dict[str, Any] | None:
        """The answer key; None where nobody says what is right. Raises Odd."""
        said = entry.answers
        for column in ("answers", "answer"):
            said = row.get(column) if said is None else said
        try:
            answers = answers_of(said)
        except Unusable as error:
            raise Odd("answer", "answer", said, "text, a number, or a list of them") from error
        verifier = self.options.verifier or entry.verifier or form.verifier
        if not answers and verifier != "judge":  # a judge needs no references
            return None
        return {
            "key_id": ids.key_id(problem, answers, verifier, None),
            "problem_id": problem,
            "answers": list(answers),
            "verifier": verifier,
            "given": bool(answers),
        }

    def trace(
        self, row: Row, one: Generation, completion: str, problem: str, messages: list[dict[str, str]], how: str
    ) -> dict[str, Any]:
        finish = one.finish_reason or word(row, "finish_reason") or "stop"
        tokens = row.get("completion_tokens")
        return {
            "text_hash": ids.text_hash(completion),
            "problem_id": problem,
            "model": self.options.model or storable(str(one.model or row.get("model") or "unknown")),
            "messages": messages,
            "asked": how,
            "completion": completion,
            "finish_reason": FINISHED.get(finish, finish),
            "completion_tokens": tokens if type(tokens) is int and 0 <= tokens < 1 << 31 else None,
        }

    def metadata(self, row: Row, form: Form, row_id: str | None, mend: Callable[[str], str], labels: set[str]) -> str:
        """JSON of what else the row says in plain values, text up to KEPT characters; with their id of the row."""
        used = {*form.takes, *TABLES, *IDS, "finish_reason", *labels}
        kept: dict[str, Any] = {}
        for name, value in row.items():
            if name in used or value is None:
                continue
            if isinstance(value, str) and 0 < len(value) <= KEPT:
                kept[mend(name)] = mend(value)
            elif isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
                kept[mend(name)] = value
        if row_id is not None:
            kept["id"] = mend(row_id)
        return json.dumps(kept, ensure_ascii=False)


class Mend:
    """Makes texts storable, and remembers whether one was not."""

    def __init__(self) -> None:
        self.mended = False

    def __call__(self, text: str) -> str:
        whole: str = storable(text)
        self.mended = self.mended or whole != text
        return whole


def word(row: Row, column: str) -> str | None:
    """What a column says in a word, where it does."""
    found = row.get(column)
    return storable(found) if isinstance(found, str) and found.strip() else None


def is_opinion(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(one is None or isinstance(one, bool) for one in values)
