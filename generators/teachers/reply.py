"""What a server that speaks OpenAI's chat completions answers, and what its refusals mean for trying again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

# How vLLM, SGLang and OpenAI word a request that is too long: the context, and the prompt's part of it.
CONTEXT = re.compile(r"context length (?:is|of)(?: only)? (\d+)|context length \((\d+)\)", re.IGNORECASE)
PROMPT = re.compile(r"(\d+) (?:input tokens|tokens from the input|in the messages|in the prompt|tokens in the prompt)")
TOO_LONG = re.compile(r"context.{0,20}length|context_length_exceeded|too long|maximum.{0,20}tokens", re.IGNORECASE)
FILTERED = re.compile(r"content.?(filter|policy|management)|moderation|flagged", re.IGNORECASE)


@dataclass
class Reply:
    text: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int


@dataclass
class Trouble(Exception):
    """A call that gave no answer, and what it says about trying again."""

    reason: str
    detail: str
    lasting: bool = False
    """Asking again would not help."""
    busy: bool = False
    """The server had too much: not the request's fault."""
    down: bool = False
    """Nobody there."""
    shut: bool = False
    """The server does not serve us at all: a wrong key, an unknown model, no credit."""
    wait: float | None = None
    """Seconds to wait: what the server asks for, or 0 where waiting changes nothing."""
    room: int | None = None
    """Tokens that an answer may have, where that was the trouble."""


def read(content: bytes, thinking: bool = False) -> Reply:
    """The reply in the body of a 200; ``thinking``, when it goes on with what has begun to think.

    Raises Trouble for a body that holds no answer.
    """
    try:
        told = json.loads(content)
        choice = told["choices"][0] if told["choices"] else {"message": {}}
        message, finish = choice["message"], str(choice.get("finish_reason"))
        text = inline(message, thinking)
        text.encode()  # a lone half of a surrogate pair is no text
        usage = told.get("usage") or {}
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        reply = Reply(text, finish, usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)
        refused = finish == "content_filter" or message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        if status := hidden_status(content):
            raise refusal(status, content) from error
        detail = f"not a chat completion ({type(error).__name__}): {content[:200]!r}"
        raise Trouble("garbled", detail, wait=0) from error
    if refused:
        raise Trouble("refused", f"finish_reason {finish}: {message.get('refusal') or ''}", lasting=True)
    if not text.strip():
        # All of its tokens went to thinking that is not shown: so they would again.
        hidden = finish == "length"
        raise Trouble("empty", f"{len(told['choices'])} choices, finish_reason {finish}", lasting=hidden, wait=0)
    if finish not in ("stop", "length"):
        raise Trouble("garbled", f"finish_reason {finish!r}; expected stop or length", wait=0)
    return reply


def inline(message: dict[str, Any], thinking: bool = False) -> str:
    """The raw text of an answer: reasoning that came in a field of its own goes back to where it was written."""
    content = message.get("content") or ""
    thought = message.get("reasoning") or message.get("reasoning_content")  # vLLM and OpenRouter; SGLang, DeepSeek
    if not thought or "</think>" in content:
        # Some templates open the thinking themselves: the model's own text has only its end.
        opened = thinking or "<think>" in content or "</think>" not in content
        return content if opened else f"<think>\n{content.lstrip()}"
    # Without content it was cut off while still thinking.
    whole = f"{thought.rstrip()}\n</think>\n\n{content.lstrip()}" if content else thought
    return whole if thinking else f"<think>\n{whole.lstrip()}"


def hidden_status(content: bytes) -> int | None:
    """The status of an error that came as a 200; None when it is no error either."""
    try:
        error = json.loads(content)["error"]
        code = int(error.get("code") or 500)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return code if 400 <= code < 600 else 500


def refusal(status: int, content: bytes, retry_after: str | None = None, max_tokens: int = 1) -> Trouble:
    """What a status other than 200 means."""
    text = content[:4000].decode("utf-8", "replace").strip()
    detail = f"{status}: {text[:500]}"
    if status in (401, 402, 404) or (status == 429 and "insufficient_quota" in text):
        return Trouble("rejected", detail, shut=True)
    if status in (429, 503):
        return Trouble("rate_limited", detail, busy=True, wait=seconds_of(retry_after))
    if status in (408, 409, 425) or status >= 500:
        return Trouble("server_error", detail, wait=seconds_of(retry_after))
    if TOO_LONG.search(text):
        return too_long(text, detail, max_tokens)
    return Trouble("refused" if FILTERED.search(text) else "rejected", detail, lasting=True)


def too_long(text: str, detail: str, max_tokens: int) -> Trouble:
    """What to make of a request that the context has no room for: a shorter answer, where the prompt leaves room."""
    context, prompt = CONTEXT.search(text), PROMPT.search(text)
    if not context or not prompt or "at least" in text:
        # How long the prompt is it does not say: half of the answer then, until that fits or the attempts are used up.
        return Trouble("limit_too_high", detail, lasting=max_tokens < 2, room=max_tokens // 2 or None)
    room = int(context[1] or context[2]) - int(prompt[1])
    if room <= 0:
        return Trouble("prompt_too_long", detail, lasting=True)
    return Trouble("limit_too_high", detail, room=room)


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After, in seconds or as a date (RFC 9110, 10.2.3); None when it says nothing."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
