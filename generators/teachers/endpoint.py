"""One server that speaks OpenAI's chat completions: what it is asked, what it answers, and how it is doing."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from generators.teachers.pace import Pace
from warehouse.records import Request

LIMITS = re.compile(
    r"maximum context length is (\d+) tokens.*?(\d+) (?:input tokens|in the messages|in the prompt)", re.S
)
"""How vLLM and OpenAI word a request that is too long: the context, and the prompt's part of it."""
TOO_LONG = re.compile(r"context.{0,20}length|context_length_exceeded|too long|maximum.{0,20}tokens", re.I)

FILTERED = re.compile(r"content.?(filter|policy|management)|moderation|flagged", re.I)


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
    """Seconds that the server asks for."""
    room: int | None = None
    """Tokens that an answer may have, where that was the trouble."""


@dataclass
class Reply:
    text: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int


SICK = 8
"""Errors in a row after which a server is left alone for a while, but for one request at a time."""


@dataclass
class Endpoint:
    """A server's address, its pace and its health. Times are on the monotonic clock."""

    url: str
    served: str
    """The name of the model over there."""
    key: str | None
    pace: Pace
    in_flight: int = 0
    closed_until: float = 0.0
    """A pause that the server asked for, or one before looking whether it is back."""
    trouble_since: float | None = None
    """Since when it has been busy, away or sick, without one answer."""
    shut: str | None = None
    """Why it does not serve us at all."""
    answers: int = 0
    errors: int = 0
    """In a row."""
    pauses: int = 0
    """In a row."""
    shared: float = 0.0
    """Seconds of this server, each divided by the requests that were in flight then."""
    counted: float = 0.0

    def __post_init__(self) -> None:
        # Looked up once; aiohttp's trust_env would do it in a thread for each request.
        address = urlsplit(self.url)
        direct = proxy_bypass(address.hostname or "")
        self.proxy = None if direct else getproxies().get(address.scheme)

    def room(self, now: float) -> int:
        """How many more requests it may get."""
        if self.shut or now < self.closed_until:
            return 0
        # In trouble, one request looks whether the server is back before the others follow.
        return (1 if self.trouble_since else self.pace.limit) - self.in_flight

    def enter(self, now: float, requests: int = 1) -> float:
        """A request comes (or, with -1, goes); the difference of what this returns is its share of the server."""
        if self.in_flight:
            self.shared += (now - self.counted) / self.in_flight
        self.counted = now
        self.in_flight += requests
        return self.shared

    def note(self, outcome: Reply | Trouble, now: float) -> None:
        """Learn from a call."""
        if isinstance(outcome, Reply):
            self.answers += 1
            self.errors, self.pauses, self.trouble_since = 0, 0, None
            self.pace.answered(outcome.completion_tokens or 1, self.in_flight + 1, now)
        elif outcome.shut:
            self.shut = outcome.detail
        elif not outcome.lasting and outcome.room is None:
            self.errors += 1
            if outcome.reason == "timeout" or outcome.busy:
                self.pace.refused(now)
            if outcome.busy or outcome.down or self.errors >= SICK:
                self.trouble_since = self.trouble_since or now
                if outcome.wait is not None:
                    self.closed_until = max(self.closed_until, now + outcome.wait)
                elif now >= self.closed_until:  # what was in flight beside it says the same, not more
                    self.pauses += 1
                    self.closed_until = now + backoff(self.pauses, most=10.0)

    def hopeless(self, now: float, patience: float) -> bool:
        """Whether it has been in trouble, or will be closed, for longer than that many seconds."""
        in_trouble = self.trouble_since is not None and now - self.trouble_since > patience
        return bool(self.shut) or in_trouble or self.closed_until - now > patience

    async def ask(self, session: aiohttp.ClientSession, request: Request, max_tokens: int) -> Reply:
        """One call. Raises Trouble."""
        body: dict[str, Any] = {
            "model": self.served,
            "messages": [{"role": role, "content": content} for role, content in request.messages],
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
            "max_tokens": max_tokens,
        }
        if request.prefix:  # vLLM and SGLang go on with the last message when they are told so
            body["messages"].append({"role": "assistant", "content": request.prefix})
            body |= {"add_generation_prompt": False, "continue_final_message": True}
        # The id helps whoever reads the server's log.
        headers = {"X-Request-Id": request.trace_id}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            async with session.post(
                f"{self.url}/chat/completions", json=body, headers=headers, proxy=self.proxy
            ) as response:
                content = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Trouble("unreachable", str(error), down=True) from error
        except TimeoutError as error:
            raise Trouble("timeout", f"no answer within {session.timeout.total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Trouble("disconnected", f"{type(error).__name__}: {error}") from error
        if response.status != 200:
            raise self.refusal(response.status, content, response.headers.get("Retry-After"))
        return read(content)

    def refusal(self, status: int, content: bytes, retry_after: str | None) -> Trouble:
        """What a status other than 200 means."""
        text = content[:4000].decode("utf-8", "replace").strip()
        if self.key:
            text = text.replace(self.key, "***")
        detail = f"{self.url} answers {status}: {text[:500]}"
        unknown_here = status == 403 and not self.answers  # later on, 403 is about what was asked
        if status in (401, 402, 404) or unknown_here or (status == 429 and "insufficient_quota" in text):
            return Trouble("rejected", detail, shut=True)
        if status in (429, 503):
            return Trouble("rate_limited", detail, busy=True, wait=seconds_of(retry_after))
        if status in (408, 409, 425) or status >= 500:
            return Trouble("server_error", detail, wait=seconds_of(retry_after))
        if found := LIMITS.search(text):
            room = int(found[1]) - int(found[2])
            return Trouble("prompt_too_long", detail, lasting=room <= 0, room=room if room > 0 else None)
        reasons = {"prompt_too_long": TOO_LONG, "refused": FILTERED}
        reason = next((reason for reason, words in reasons.items() if words.search(text)), "rejected")
        return Trouble(reason, detail, lasting=True)


def read(content: bytes) -> Reply:
    """A reply from the body of a 200. Raises Trouble for one that holds no answer."""
    try:
        told = json.loads(content)
        choice = told["choices"][0] if told["choices"] else {"message": {}}
        message, finish = choice["message"], str(choice.get("finish_reason"))
        text = inline(message)
        text.encode()  # a lone half of a surrogate pair is no text
        usage = told.get("usage") or {}
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        reply = Reply(text, finish, usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)
        refused = finish == "content_filter" or message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Trouble(
            "garbled", f"not a chat completion ({type(error).__name__}): {content[:200]!r}", wait=0
        ) from error
    if refused:
        raise Trouble("refused", f"finish_reason {finish}: {message.get('refusal') or ''}", lasting=True)
    if not text.strip():
        raise Trouble("empty", f"{len(told['choices'])} choices, finish_reason {finish}", wait=0)
    if finish not in ("stop", "length"):
        raise Trouble("garbled", f"finish_reason {finish!r}; expected stop or length", wait=0)
    return reply


def inline(message: dict[str, Any]) -> str:
    """The raw text of an answer: reasoning that came in a field of its own goes back to where it was written."""
    content = message.get("content") or ""
    thought = message.get("reasoning") or message.get("reasoning_content")  # vLLM and OpenRouter; SGLang, DeepSeek
    if not thought or "</think>" in content:
        return content
    # Cut off while still thinking, it never came to an answer.
    return f"<think>\n{thought.strip()}\n</think>\n\n{content.lstrip()}" if content else f"<think>\n{thought.lstrip()}"


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


def backoff(attempt: int, least: float = 0.25, most: float = 60.0) -> float:
    """Seconds before attempt ``attempt`` + 1: exponential, with full jitter lest the many come back at once."""
    return random.uniform(0, min(most, least * 2**attempt))
