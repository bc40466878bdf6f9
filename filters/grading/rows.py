"""What a row of somebody's file asks: which texts are to be judged, by which answer key, against which label."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any

from filters.extraction import final_answer
from filters.verify import VERIFIERS, Key
from warehouse import ids
from warehouse.cells import Unusable, answers_of, at, label, shown
from warehouse.errors import BadInput
from warehouse.text import storable


@dataclass(frozen=True)
class Columns:
    """Which column holds what. ``struct.field`` reaches into one that has fields."""

    response: str = "response"
    answer: str = "answer"
    verifier: str = "verifier"
    spec: str = "spec"

    @classmethod
    def of(cls, named: dict[str, str]) -> Columns:
        """Raises BadInput for a part that no row has."""
        known = [one.name for one in fields(cls)]
        if unknown := sorted(set(named) - set(known)):
            raise BadInput(f"columns: unknown {', '.join(unknown)}; expected {', '.join(known)}")
        return cls(**named)


@dataclass(frozen=True)
class Asked:
    """One row: the texts to judge, and the key they share."""

    texts: list[str | None]
    listed: bool
    """Whether the row holds a list of responses; else it holds one, or none."""
    key: Key | None
    labels: list[bool | None]
    """What somebody else thinks of each text; None where nobody said."""
    fault: str = ""
    """Why the key cannot be used, where that is so of its form already."""


@dataclass
class Reader:
    """Turns rows into what they ask. Keys are made once for neighbouring rows that share them."""

    columns: Columns
    verifier: str
    spec: dict[str, Any] = field(default_factory=dict)
    against: str | None = None
    answer_form: str | None = None
    """How the answer stands in right answers that are whole solutions, one of extraction.FORMS; None: they are not."""
    _last: tuple[Any, Key | None, str] = (None, None, "")

    @property
    def wanted(self) -> list[str]:
        """The columns to be read, in full."""
        named = [getattr(self.columns, one.name) for one in fields(self.columns)]
        named += [self.against] if self.against else []
        return list(dict.fromkeys([*named, *(name.partition(".")[0] for name in named)]))

    def ask(self, row: dict[str, Any]) -> Asked:
        """Raises BadInput that says column, found and expected; the caller says which row."""
        response = at(row, self.columns.response)
        listed = isinstance(response, list)
        texts = response if listed else [response]
        for text in texts:
            if not (text is None or isinstance(text, str)):
                raise BadInput(f"{self.columns.response}: {shown(text)}; expected text, or a list of texts")
        labels: list[bool | None] = [None] * len(texts)
        if self.against:
            found = at(row, self.against)
            if response is not None or not isinstance(found, list):  # of no list of responses there may be no labels
                labels = self.labels(found, len(texts), listed)
        key, fault = self.key(row)
        return Asked([storable(text) for text in texts], listed, key, labels, fault)

    def key(self, row: dict[str, Any]) -> tuple[Key | None, str]:
        """The key of a row, or None and why it cannot be used, where it was meant to be one."""
        columns = self.columns
        verifier = self.named(at(row, columns.verifier))
        answer, spec = at(row, columns.answer), at(row, columns.spec)
        try:
            same = repr((answer, verifier, spec))
            if self._last[0] == same:
                return self._last[1:]
            found: tuple[Key | None, str] = (self.made(self.answers(answer), verifier, spec_of(spec)), "")
        except Unusable as error:
            found = (None, str(error))
        except RecursionError:
            return None, "the answer key is nested too deeply"
        self._last = (same, *found)
        return found

    def answers(self, value: Any) -> tuple[str, ...]:
        """The reference answers. Raises Unusable."""
        texts = answers_of(value)
        if self.answer_form is None:
            return texts
        finals = [final_answer(text, self.answer_form) for text in texts]
        for text, final in zip(texts, finals, strict=True):
            if len(final.answers) != 1:
                found = "several answers" if final.answers else "no answer"
                raise Unusable(f"{found} in the form {self.answer_form} in {shown(text)}")
        return tuple(final.answers[0] for final in finals)

    def made(self, answers: tuple[str, ...], verifier: str, own: dict[str, Any]) -> Key | None:
        if not answers and not own:
            return None
        spec = self.spec | own
        return Key(ids.key_id("", answers, verifier, json.dumps(spec, sort_keys=True)), answers, verifier, spec)

    def named(self, verifier: Any) -> str:
        if verifier is None or verifier in ("", self.verifier):
            return self.verifier
        if not isinstance(verifier, str):
            raise BadInput(f"{self.columns.verifier}: {shown(verifier)}; expected the name of a verifier")
        if verifier not in VERIFIERS.parts:
            # A file of data may not name code to be loaded; the command may.
            raise BadInput(
                f"{self.columns.verifier}: no verifier called {verifier!r}; a row may name one of "
                f"{', '.join(sorted(VERIFIERS.parts))}"
            )
        return verifier

    def labels(self, found: Any, count: int, listed: bool) -> list[bool | None]:
        assert self.against
        if not listed:
            return [label(self.against, found)]
        if found is None:
            return [None] * count
        if not isinstance(found, list) or len(found) != count:
            raise BadInput(f"{self.against}: {shown(found)}; expected a list of {count} labels, one a response")
        return [label(self.against, one) for one in found]


def spec_of(value: Any) -> dict[str, Any]:
    """What else a verifier needs to know: an object, or its JSON text; nulls say nothing. Raises Unusable."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else None
        except (ValueError, RecursionError) as error:
            raise Unusable(f"the spec is no JSON: {error}") from error
    if isinstance(value, list) and value and all(isinstance(one, tuple) and len(one) == 2 for one in value):
        value = dict(value)  # Parquet's maps
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise Unusable(f"the spec is {shown(value)}; expected an object")
    said = {str(name): storable(one) for name, one in value.items() if one is not None}
    try:
        json.dumps(said)  # it has to reach a worker
    except (TypeError, ValueError) as error:
        raise Unusable(f"the spec is no JSON: {error}") from error
    return said
