"""Rewards: any check that needs no more than a completion and its key, as a reward function of reinforcement learning.

The signature is that of TRL's GRPOTrainer, ``f(prompts, completions, completion_ids, **columns)``, so that flows can
hand one to a trainer as it is::

    rewards = [reward("answer"), reward("format"), reward("language", {"of": "thinking"})]
    GRPOTrainer(..., reward_funcs=rewards)

A reward is the finding's score, else 1.0 for a pass and 0.0 for a fail. None is no opinion: what is undecided (a
timeout, an unusable key, a text without words) tells nothing about the completion and must not be learned as a wrong
answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from filters.finding import Finding
from filters.verdicts import ask
from filters.verify import Key
from warehouse import ids
from warehouse.errors import BadInput
from warehouse.text import CLOSE, OPEN

Said = str | Sequence[Mapping[str, Any]] | None
"""A completion: a text, or the messages of a chat."""


class Reward(Protocol):
    """``__name__`` is the check's, under which a trainer logs it."""

    __name__: str

    def __call__(
        self,
        completions: Sequence[Said],
        prompts: Sequence[Any] | None = None,
        completion_ids: Sequence[Sequence[int]] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        """(n,) completions -> (n,) rewards in [0, 1] or None, in order. Columns are lists of n; anything else that a
        trainer passes along is ignored."""
        ...


def reward(
    name: str, settings: dict[str, Any] | None = None, folder: Path | None = None, max_tokens: int | None = None
) -> Reward:
    """The reward function of a check, shipped or the user's own (``path.py:name``), with a recipe's settings.

    What a check reads of a trace it finds in the columns: ``kind``, ``finish_reason``, ``language``, and for a keyed
    check ``answers`` (a list, or one text), ``verifier``, ``spec`` (JSON or a dictionary) and, where there is one,
    ``key_id``. With ``max_tokens`` a completion of that many tokens was cut, and a shorter one ended by itself. Safe to
    call from several threads.
    Raises BadInput for an unknown check or setting, and for a check that has to ask the lake or a model.
    """
    (asked,) = ask([name], {name: settings or {}}, folder)
    if not asked.by_row:
        raise BadInput(f"check {name} is no reward: it asks the lake or a model, and knows nothing of a new completion")

    def score(
        completions: Sequence[Said],
        prompts: Sequence[Any] | None = None,
        completion_ids: Sequence[Sequence[int]] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        lists = {key: column for key, column in columns.items() if is_column(column, len(completions))}
        rows = []
        for place, said in enumerate(completions):
            row = {key: column[place] for key, column in lists.items()} | {"completion": text_of(said)}
            row = {"completion_tokens": None, "finish_reason": None} | row
            if completion_ids is not None:
                row["completion_tokens"] = len(completion_ids[place])
                if max_tokens is not None:
                    row["finish_reason"] = "length" if len(completion_ids[place]) >= max_tokens else "stop"
            rows.append(row)
        places = [
            place
            for place, row in enumerate(rows)
            if row["completion"] is not None and asked.check.concerns(row.get("kind"), row.get("verifier"))
        ]
        keys = [key_of(rows[place]) for place in places]
        found = asked.check.opinions([rows[place] for place in places], keys, asked.settings)
        rewards: list[float | None] = [None] * len(completions)
        for place, finding in zip(places, found, strict=True):
            rewards[place] = worth(finding)
        return rewards

    score.__name__ = asked.check.name
    return cast(Reward, score)


def worth(finding: Finding) -> float | None:
    """What a finding is worth, in [0, 1]; None where it is undecided."""
    if finding.outcome == "undecided":
        return None
    if finding.score is None:
        return 1.0 if finding.outcome == "pass" else 0.0
    return min(1.0, max(0.0, finding.score))


def is_column(value: Any, size: int) -> bool:
    """Whether it has a value for each completion: trainers pass their state and loggers along with the columns."""
    return isinstance(value, Sequence) and not isinstance(value, str) and len(value) == size


def text_of(said: Said) -> str | None:
    """The raw text of a completion; of a chat what the assistant said, thinking inline as traces have it."""
    if said is None or isinstance(said, str):
        return said
    return "\n".join(inline(message) for message in said if message.get("role", "assistant") == "assistant")


def inline(message: Mapping[str, Any]) -> str:
    """A message's text, with the thinking that a chat template's parser took out put back."""
    content = message.get("content") or ""
    if not isinstance(content, str):  # parts, some of which may be pictures
        content = "".join(part.get("text") or "" for part in content)
    thought = message.get("reasoning_content") or message.get("thinking") or ""
    if not thought:
        return content
    return f"{OPEN}\n{thought}\n{CLOSE}\n\n{content}" if content else f"{OPEN}\n{thought}"


def key_of(row: Mapping[str, Any]) -> Key | None:
    """The answer key that a row's columns hold; None without ``answers`` or ``verifier``. Raises BadInput."""
    answers, name, told = row.get("answers"), row.get("verifier"), row.get("spec") or {}
    if answers is None or name is None:
        return None
    try:
        spec = json.loads(told) if isinstance(told, str) else told
        spec = {field: value for field, value in spec.items() if value is not None}  # Arrow's structs have all fields
    except (ValueError, AttributeError) as error:
        raise BadInput(f"column spec: found {str(told)[:80]!r}; expected a JSON object or a dictionary") from error
    answers = (answers,) if isinstance(answers, str) else tuple(answers)
    return Key(row.get("key_id") or "k" + ids.digest(answers, name, spec), answers, name, spec)
