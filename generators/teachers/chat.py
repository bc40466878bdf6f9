"""What a language model is shown and what it said: the part of a backend that is the tokenizer's."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generators.teachers import Teacher
from warehouse.errors import ModelError
from warehouse.records import Request

OPENED = re.compile(r"<think>\s*\Z")


@dataclass(frozen=True)
class Prompt:
    """A request as the model reads it."""

    request: Request
    ids: list[int]
    lead: str = ""
    """What stands of the answer already: written by the chat template, or the request's prefix."""


class Chat:
    """A model's tokenizer with its chat template."""

    def __init__(self, teacher: Teacher, tokenizer: Any) -> None:
        """Raises ModelError when there is no chat template."""
        self.teacher, self.tokenizer = teacher, tokenizer
        if tokenizer.chat_template is None:
            raise ModelError(f"models.{teacher.name}: {teacher.path} has no chat template; add a chat_template.jinja")

    def prompts(self, requests: Sequence[Request]) -> list[Prompt]:
        """Each request's prompt, in their order. Raises ModelError when the template refuses the messages."""
        from jinja2 import TemplateError

        shown: dict[tuple[Any, ...], str] = {}  # samples of one problem are shown the same
        try:
            for request in {show(request): request for request in requests}.values():
                shown[show(request)] = self.tokenizer.apply_chat_template(
                    [{"role": role, "content": content} for role, content in request.messages],
                    add_generation_prompt=True,
                    tokenize=False,
                    **request.template,
                )
        except TemplateError as error:  # some templates refuse a system message
            name = self.teacher.name
            raise ModelError(f"models.{name}: its chat template refuses the messages: {error}") from error
        # The template has written the special tokens that the model wants.
        tokens = self.tokenizer(list(shown.values()), add_special_tokens=False)["input_ids"] if shown else []
        ids = dict(zip(shown, tokens, strict=True))
        # Some templates open the thinking themselves; the trace has to hold it all the same.
        leads = {key: found[0] for key, text in shown.items() if (found := OPENED.search(text))}

        def prompt(request: Request) -> Prompt:
            key = show(request)
            lead = leads.get(key, "")
            if not request.prefix:
                return Prompt(request, ids[key], lead)
            so_far = shown[key] + request.prefix.removeprefix(lead)
            return Prompt(request, self.tokenizer(so_far, add_special_tokens=False)["input_ids"], request.prefix)

        return [prompt(request) for request in requests]

    def text(self, lead: str, tokens: Sequence[int], finish_reason: str) -> str:
        """An answer as it is kept: what led it, and all that was said but the end token."""
        said = tokens[:-1] if finish_reason == "stop" else tokens
        return lead + str(self.tokenizer.decode(said, skip_special_tokens=False))


def show(request: Request) -> tuple[Any, ...]:
    """What decides how a request is shown to a model."""
    return request.messages, json.dumps(request.template, sort_keys=True)
