"""Prompt styles: how a problem is put to a model. Named, versioned files in styles/, or a file of the user's own.

A style is TOML: ``version``, an optional ``system`` message and a ``user`` message with ``{prompt}`` in it. The hash of
its content is part of every trace's id, so an edited style asks anew.

``[[examples]]``, each a ``prompt`` and the ``completion`` that is wanted, make it few-shot. They stand in the user's
message where that says ``{examples}``; or, with ``turns = true``, they are turns of the chat before the question. Text
is the safe way and turns have to be asked for: the chat templates of many thinking models (Qwen3's for one) drop the
thinking of every turn but the last, and the examples would show bare answers.

With ``{completion}`` in its user message a style is for rewriting: it shows a problem with a completion of it. With
``{steps}`` it is for revising: it shows an attempt, its steps numbered, to whoever is to say where it goes wrong. With
``{response}`` it is for judging: it shows what stands after the thinking and, where it says ``{references}``, the
answers that the answer key holds. Judges lean to what stands first, so such a style may hold a second text,
``swapped``, with the same parts in another order: every other vote is asked by that one.

``[template]`` is handed to the model's chat template: ``enable_thinking = false`` is how many switch thinking off.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from warehouse import ids
from warehouse.errors import BadInput
from warehouse.registry import find
from warehouse.text import response

SHIPPED = Path(__file__).parent / "styles"
FIELDS = {"version": int, "system": str, "user": str, "swapped": str, "turns": bool, "examples": list, "template": dict}
NOUNS = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    list: "[[examples]] with prompt and completion",
    dict: "a table",
}
OURS = {"conversation", "messages", "chat_template", "tools", "documents", "tokenize", "tokenizer_kwargs", "padding",
        "truncation", "max_length", "add_generation_prompt", "continue_final_message", "return_tensors", "return_dict",
        "return_assistant_tokens_mask"}  # fmt: skip
"""What ``[template]`` may not say: how a template is called is the backend's business (``apply_chat_template``)."""
EXAMPLE = "Problem:\n{prompt}\n\nSolution:\n{completion}"

Messages = tuple[tuple[str, str], ...]
"""(role, content) pairs."""
Use = Literal["ask", "rewrite", "judge", "revise"]
SHOWS = {"rewrite": "{completion}", "judge": "{response}", "revise": "{steps}"}
"""What a style for more than asking shows of a trace."""
STAGES = {"revise": "journey"}
"""The stages for uses that are not called like theirs."""
PLACE = re.compile("{(prompt|completion|response|references|steps|examples)}")


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
    template: dict[str, Any] = field(default_factory=dict)
    """Arguments of the chat template."""
    swapped: str | None = None
    """The user's message with its parts in another order, of a style for judging."""

    @property
    def asked(self) -> str:
        """Hash of the style's content: what a trace id is made of. What else it holds in another order is no part."""
        # With examples also over the messages as they come out, so that another layout of the examples asks anew.
        more = [self.messages("{prompt}")] if self.examples else []
        return ids.digest(self.user, self.system, *more, *([self.template] if self.template else []))

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def shows_references(self) -> bool:
        return "{references}" in self.user

    @property
    def other(self) -> Style | None:
        """The same style as it asks in the other order; None where it has none."""
        return replace(self, user=self.swapped, swapped=None) if self.swapped else None

    def of_vote(self, sample: int) -> Style:
        """The style as it asks for the vote of some index: odd ones in the other order, where there is one."""
        return (self.other if sample % 2 else None) or self

    def messages(
        self, prompt: str, completion: str = "", response: str = "", references: str = "", steps: str = ""
    ) -> Messages:
        """The chat for one problem, or for one problem and what has been written of it."""
        told = [("system", self.system)] if self.system else []
        if self.turns:
            for example, answer in self.examples:
                told += [("user", filled(self.user, prompt=example)), ("assistant", answer)]
        shown = "\n\n".join(filled(EXAMPLE, prompt=p, completion=c) for p, c in self.examples)
        texts = {
            "prompt": prompt,
            "completion": completion,
            "response": response,
            "references": references,
            "steps": steps,
        }
        return (*told, ("user", filled(self.user, **texts, examples=shown)))


def filled(template: str, **texts: str) -> str:
    """A template with its places filled, all at once: a text that holds ``{prompt}`` itself is left as it is."""
    return re.sub("{(" + "|".join(texts) + ")}", lambda place: texts[place[1]], template)


def load(name: str, folder: Path | None = None, use: Use = "ask") -> Style:
    """A shipped style by name, or one from a .toml file; ``use`` says what for.

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
    if amiss := fault(content, use):
        raise BadInput(f"prompt style {path}: {amiss}")
    examples = tuple((one["prompt"], one["completion"]) for one in content.get("examples", ()))
    return Style(
        path.stem,
        content.get("version", 1),
        content["user"],
        content.get("system"),
        examples,
        content.get("turns", False),
        content.get("template", {}),
        content.get("swapped"),
    )


def fault(content: dict[str, Any], use: Use) -> str | None:
    """What is wrong with a style's TOML, by field; None when nothing is."""
    unknown = set(content) - set(FIELDS)
    if unknown:
        return f"unknown {', '.join(sorted(unknown))}; expected {', '.join(FIELDS)}"
    for name, value in content.items():
        if type(value) is not FIELDS[name]:
            return f"{name} is {value!r}; expected {NOUNS[FIELDS[name]]}"
    told = content.get("template", {})
    if taken := OURS & set(told):
        return f"template holds {', '.join(sorted(taken))}, which only a backend says; expected the template's own"
    for name, value in told.items():
        if not isinstance(value, str | int | float | list | dict):
            return f"template.{name} is {value!r}; expected a text, a number, true or false, a list or a table"
    user = content.get("user", "")
    if "{prompt}" not in user:
        return "user must hold {prompt}"
    for other, shown in SHOWS.items():
        if use == other and shown not in user:
            return f"user must hold {shown}, what a {STAGES.get(use, use)} stage shows of a trace"
        if use != other and shown in user:
            stage = STAGES.get(other, other)
            return f'user holds {shown}, which only a {stage} stage fills; leave it out, or write do = "{stage}"'
    if use != "judge" and "{references}" in user:
        return "user holds {references}, which only a judge stage fills; leave it out"
    if "swapped" in content and (amiss := fault_of_swapped(user, content["swapped"], use)):
        return amiss
    if use != "ask" and content.get("turns"):
        return f"turns is true, but an example has no {SHOWS[use]}; write the examples out in user"
    return fault_of_examples(content, user)


def fault_of_swapped(user: str, swapped: str, use: Use) -> str | None:
    """What is wrong with the text of a style that is to hold the parts of ``user`` in another order."""
    if use != "judge":
        return 'swapped is there, which only a judge stage asks by; leave it out, or write do = "judge"'
    here, there = PLACE.findall(user), PLACE.findall(swapped)
    if lost := [part for part in dict.fromkeys(here) if part not in there]:
        return f"swapped must hold what user holds: {', '.join(f'{{{part}}}' for part in lost)} is missing"
    if more := [part for part in dict.fromkeys(there) if part not in here]:
        return (
            f"swapped holds {', '.join(f'{{{part}}}' for part in more)}, which user does not; expected the same parts"
        )
    if list(dict.fromkeys(here)) == list(dict.fromkeys(there)):
        return f"swapped holds its parts in the order of user ({', '.join(dict.fromkeys(here))}); expected another"
    return None


def fault_of_examples(content: dict[str, Any], user: str) -> str | None:
    """What is wrong with a style's examples and where they go."""
    examples, turns, shown = content.get("examples", []), content.get("turns", False), "{examples}" in user
    for number, one in enumerate(examples):
        if not isinstance(one, dict) or set(one) != {"prompt", "completion"}:
            found = ", ".join(one) if isinstance(one, dict) else repr(one)
            return f"examples[{number}] holds {found or 'nothing'}; expected prompt and completion"
        for name, value in one.items():
            if not isinstance(value, str) or not value.strip():
                return f"examples[{number}].{name} is {value!r}; expected a text"
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
