"""Prompt styles: how a problem is put to a model. Named, versioned files in styles/, or a file of the user's own.

A style is TOML: ``version``, an optional ``system`` message and a ``user`` message with ``{prompt}`` in it. The hash of
its content is part of every trace's id, so an edited style asks anew.

``[[examples]]``, each a ``prompt`` and the ``completion`` that is wanted, make it few-shot. They stand in the user's
message where that says ``{examples}``; or, with ``turns = true``, they are turns of the chat before the question. Text
is the safe way and turns have to be asked for: the chat templates of many thinking models (Qwen3's for one) drop the
thinking of every turn but the last, and the examples would show bare answers.

With ``{completion}`` in its user message a style is for rewriting: it shows a problem with a completion of it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse import ids
from warehouse.errors import BadInput
from warehouse.registry import find
from warehouse.text import response

SHIPPED = Path(__file__).parent / "styles"
FIELDS = {"version": int, "system": str, "user": str, "turns": bool, "examples": list}
NOUNS = {int: "a whole number", str: "a text", bool: "true or false", list: "[[examples]] with prompt and completion"}
EXAMPLE = "Problem:\n{prompt}\n\nSolution:\n{completion}"

Messages = tuple[tuple[str, str], ...]
"""(role, content) pairs."""


@dataclass(frozen=True)
class Style:
    """A way to ask."""

    name: str
    version: int
    user: str
    system: str | None = None
    examples: tuple[tuple[str, str], ...] = ()
    """(prompt, completion) pairs."""
    turns: bool = False

    @property
    def asked(self) -> str:
        """Hash of the style's content: what a trace id is made of."""
        # With examples also over the messages as they come out, so that another layout of the examples asks anew.
        return ids.digest(self.user, self.system, *((self.messages("{prompt}"),) if self.examples else ()))

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def rewrites(self) -> bool:
        """Whether it shows a completion along with the problem."""
        return "{completion}" in self.user

    def messages(self, prompt: str, completion: str = "") -> Messages:
        """The chat for one problem, or for one problem and a completion of it."""
        told = [("system", self.system)] if self.system else []
        if self.turns:
            for example, answer in self.examples:
                told += [("user", filled(self.user, prompt=example)), ("assistant", answer)]
        shown = "\n\n".join(filled(EXAMPLE, prompt=p, completion=c) for p, c in self.examples)
        return (*told, ("user", filled(self.user, prompt=prompt, completion=completion, examples=shown)))


def filled(template: str, **texts: str) -> str:
    """A template with its places filled, all at once: a text that holds ``{prompt}`` itself is left as it is."""
    return re.sub("{(" + "|".join(texts) + ")}", lambda place: texts[place[1]], template)


def load(name: str, folder: Path | None = None, rewrites: bool = False) -> Style:
    """A shipped style by name, or one from a .toml file; ``rewrites`` says which kind is wanted.

    Raises BadInput when it cannot be used.
    """
    path = find(name, folder) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    if not path.exists():
        raise BadInput(
            f"no prompt style {name!r}; expected {', '.join(sorted(f.stem for f in SHIPPED.glob('*.toml')))}"
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"prompt style {path}: {error}") from error
    if amiss := fault(content, rewrites):
        raise BadInput(f"prompt style {path}: {amiss}")
    examples = tuple((one["prompt"], one["completion"]) for one in content.get("examples", ()))
    return Style(
        path.stem,
        content.get("version", 1),
        content["user"],
        content.get("system"),
        examples,
        content.get("turns", False),
    )


def fault(content: dict[str, Any], rewrites: bool) -> str | None:
    """What is wrong with a style's TOML, by field; None when nothing is."""
    unknown = set(content) - set(FIELDS)
    if unknown:
        return f"unknown {', '.join(sorted(unknown))}; expected {', '.join(FIELDS)}"
    for field, value in content.items():
        if type(value) is not FIELDS[field]:
            return f"{field} is {value!r}; expected {NOUNS[FIELDS[field]]}"
    user = content.get("user", "")
    if "{prompt}" not in user:
        return "user must hold {prompt}"
    if rewrites and "{completion}" not in user:
        return "user must hold {completion}, the text that a rewrite stage has rewritten"
    if not rewrites and "{completion}" in user:
        return 'user holds {completion}, which only a rewrite stage fills; leave it out, or write do = "rewrite"'
    return fault_of_examples(content, user)


def fault_of_examples(content: dict[str, Any], user: str) -> str | None:
    """What is wrong with a style's examples and where they go."""
    examples, turns, shown = content.get("examples", []), content.get("turns", False), "{examples}" in user
    for number, one in enumerate(examples):
        if not isinstance(one, dict) or set(one) != {"prompt", "completion"}:
            found = ", ".join(one) if isinstance(one, dict) else repr(one)
            return f"examples[{number}] holds {found or 'nothing'}; expected prompt and completion"
        for field, value in one.items():
            if not isinstance(value, str) or not value.strip():
                return f"examples[{number}].{field} is {value!r}; expected a text"
        if not response(one["completion"]):
            return f"examples[{number}].completion ends in its thinking; expected an answer after </think>"
    if shown and not examples:
        return "user holds {examples}, but there are none; add [[examples]] with prompt and completion"
    if turns and not examples:
        return "turns is true, but there are no examples; add [[examples]] with prompt and completion"
    if turns and shown:
        return "user holds {examples} and turns is true; expected one of the two"
    if examples and not turns and not shown:
        return (
            "user must hold {examples} where they are to stand, or turns must be true (for a model whose chat template "
            "keeps the thinking of earlier turns)"
        )
    return None
