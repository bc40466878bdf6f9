"""Turns of a conversation, as datasets write them: role and content, or from and value."""

from __future__ import annotations

from typing import Any

import polars as pl

from warehouse.forms.form import Entry, Generation, Odd, Row
from warehouse.records import Message

ROLES = {
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant", "bard": "assistant",
    "model": "assistant", "function_call": "assistant",
    "system": "system", "developer": "system",
    "tool": "tool", "function": "tool", "observation": "tool", "function_response": "tool",
}  # fmt: skip
"""Who is who: ours are user, assistant, system and tool."""
SHAREGPT = {"user": "human", "assistant": "gpt", "system": "system", "tool": "tool"}
THOUGHT = ("reasoning_content", "reasoning", "thinking")
"""Where a turn may keep its thinking apart."""


def turns_of(value: Any, column: str, listed: str = "turns with role and content, or from and value") -> list[Message]:
    """A list of turns as messages. Raises Odd."""
    if not isinstance(value, list):
        raise Odd("not_text", column, value, f"a list of {listed}")
    said = []
    for place, turn in enumerate(value):
        where = f"{column}[{place}]"
        if not isinstance(turn, dict):
            raise Odd("not_text", where, turn, listed)
        role = turn.get("role") if turn.get("role") is not None else turn.get("from")
        if not isinstance(role, str) or role.lower() not in ROLES:
            raise Odd("unknown_role", f"{where}.role", role, f"one of {', '.join(ROLES)}")
        content = turn.get("content") if turn.get("content") is not None else turn.get("value")
        if not isinstance(content, str):
            raise Odd("not_text", f"{where}.content", content, "text")
        if ROLES[role.lower()] == "assistant":
            content = inline(next((turn[name] for name in THOUGHT if isinstance(turn.get(name), str)), None), content)
        said.append({"role": ROLES[role.lower()], "content": content})
    return said


def chat(value: Any, column: str, system: Any = None) -> Entry:
    """A conversation that ends with an answer by the assistant. Raises Odd."""
    messages = with_system(system, turns_of(value, column))
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        last = messages[-1] if messages else None
        raise Odd("no_completion", column, last, "a question and then, last of all, an answer by the assistant")
    return Entry(messages[:-1], [Generation(messages[-1]["content"])])


def with_system(system: Any, messages: list[Message]) -> list[Message]:
    """The messages, after a system message that stands in a column of its own."""
    if not isinstance(system, str) or not system.strip() or (messages and messages[0]["role"] == "system"):
        return messages
    return [{"role": "system", "content": system}, *messages]


def inline(thought: str | None, content: str) -> str:
    """An answer with its thinking put back to where it was written."""
    if not thought or not thought.strip() or "</think>" in content:
        return content
    return f"<think>\n{thought.strip()}\n</think>\n\n{content.lstrip()}"


def asked(messages: list[Message]) -> tuple[str, list[Message] | None]:
    """The problem's prompt, and the conversation where the problem is one.

    A single question is its text. Of a longer conversation the whole is asked, so the whole of it is the prompt: two
    that end with the same words are two problems.
    """
    spoken = [message for message in messages if message["role"] != "system"]
    if len(spoken) <= 1:
        return (spoken or messages)[-1]["content"], None
    return "\n\n".join(f"{message['role']}: {message['content']}" for message in spoken), messages


def renamed(messages: str = "messages") -> pl.Expr:
    """A column of messages with from and value instead of role and content, as ShareGPT calls them."""
    turn = pl.element().struct
    return pl.col(messages).list.eval(
        pl.struct(turn.field("role").replace(SHAREGPT).alias("from"), turn.field("content").alias("value"))
    )


def system_of(row: Row) -> Any:
    return row.get("system") if row.get("system") is not None else row.get("system_prompt")
