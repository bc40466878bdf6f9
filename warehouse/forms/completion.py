"""Prompt and completion: a question and an answer, or a list of answers, in columns of their own.

Each may be text or a list of turns, as TRL has it; Alpaca's ``instruction``, ``input`` and ``output`` are the same.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa

from warehouse.forms.form import ABOUT, Entry, Form, Generation, Odd, Row, drawn, first
from warehouse.forms.turns import inline, system_of, turns_of, with_system
from warehouse.lake.tables import message, name
from warehouse.records import Message

PROMPTS = ("prompt", "problem", "question", "instruction", "query")
COMPLETIONS = (
    "completion", "completions", "generation", "generations", "response", "responses", "output", "outputs", "solution",
)  # fmt: skip
THINKING = ("thinking", "reasoning_content")
SCHEMA = pa.schema([("prompt", pa.list_(message)), ("completion", pa.list_(message)), ("id", name), *ABOUT])


def read(row: Row) -> Entry:
    """Raises Odd."""
    prompt, said = first(row, PROMPTS, (str, list)), first(row, COMPLETIONS, (str, list))
    if prompt is None:
        raise Odd("no_prompt", "prompt", row.get("prompt"), f"text in one of {', '.join(PROMPTS)}")
    if said is None:
        raise Odd("no_completion", "completion", row.get("completion"), f"text in one of {', '.join(COMPLETIONS)}")
    thought = first(row, THINKING, str)
    listed = isinstance(said[1], list) and not turns(said[1])
    texts = said[1] if listed else [said[1]]
    if not texts:
        raise Odd("no_completion", said[0], texts, "text, or a list of texts")
    generations = [generation(one, said[0], thought[1] if thought and not listed else None) for one in texts]
    return Entry(with_system(system_of(row), question(row, *prompt)), generations, listed)


def question(row: Row, column: str, value: Any) -> list[Message]:
    if isinstance(value, list):
        messages = turns_of(value, column)
        if not messages:
            raise Odd("no_prompt", column, value, "text, or turns")
        return messages
    more = row.get("input") if column == "instruction" else None
    if isinstance(more, str) and more.strip():  # what Alpaca's instruction is about
        value = f"{value}\n\n{more}"
    return [{"role": "user", "content": value}]


def generation(said: Any, column: str, thought: str | None) -> Generation | None:
    if isinstance(said, list):
        messages = turns_of(said, column)
        if [one["role"] for one in messages] != ["assistant"]:
            raise Odd("no_completion", column, said, "one turn by the assistant")
        said = messages[0]["content"]
    if said is not None and not isinstance(said, str):
        raise Odd("not_text", column, said, "text")
    return None if said is None else Generation(inline(thought, said))


def turns(value: list[Any]) -> bool:
    """Whether a list is one chat, and not several answers."""
    return bool(value) and all(isinstance(one, dict) for one in value)


def table(rows: pa.Table) -> pa.Table:
    """One row a trace, both sides as turns, so that a system message and a longer chat have their place."""
    chats = pl.col("messages").list
    made = pl.DataFrame(rows).select(prompt=chats.slice(0, chats.len() - 1), completion=chats.tail(1))
    return drawn(rows, SCHEMA, id=rows["trace_id"], **{one: made[one].to_arrow() for one in made.columns})


FORM = Form(
    name="completion",
    recognises=lambda columns: not columns.isdisjoint(PROMPTS) and not columns.isdisjoint(COMPLETIONS),
    expects=f"a prompt ({', '.join(PROMPTS)}) with a completion ({', '.join(COMPLETIONS)})",
    read=read,
    takes=(*PROMPTS, "input", *COMPLETIONS, *THINKING, "system", "system_prompt", "id"),
    schema=SCHEMA,
    table=table,
)
