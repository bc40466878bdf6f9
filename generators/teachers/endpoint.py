"""One server that speaks OpenAI's chat completions: what it is asked, and how it is doing."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from generators.teachers.pace import Pace
from generators.teachers.reply import Reply, Trouble, read, refusal
from warehouse.records import Request

log = logging.getLogger(__name__)

SICK = 8
"""Errors in a row after which a server is left alone for a while, but for one request at a time."""
MOST = 64 << 20
"""Bytes of a response; no answer is that long, and memory would end before a server gone mad does."""
STALE = 60.0
"""Seconds after which trouble is forgotten."""
SILENT = 30.0
"""Seconds of trouble without one answer after which a warning says so."""


@dataclass
class Endpoint:
    """A server's address, its pace and its health. Times are on the loop's clock."""

    url: str
    served: str
    """The name of the model over there."""
    key: str | None
    pace: Pace
    limit_field: str = "max_tokens"
    body: dict[str, Any] = field(default_factory=dict)
    """What every request says besides."""
    in_flight: int = 0
    closed_until: float = 0.0
    """A pause that the server asked for, or one before looking whether it is back."""
    trouble_since: float | None = None
    """Since when it has been busy, away or sick, without one answer."""
    told: bool = False
    """Whether a warning has said so."""
    shut: str | None = None
    """Why it does not serve us at all."""
    answers: int = 0
    last: float = 0.0
    """When it was last heard of."""
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
        self.last = now
        if isinstance(outcome, Reply):
            self.answers += 1
            if self.told:
                self.told = False
                log.warning("%s answers again", self.url)
            self.errors, self.pauses, self.trouble_since = 0, 0, None
            self.pace.answered(outcome.completion_tokens or 1, self.in_flight + 1, now)
        elif outcome.shut:
            if not self.shut:  # what was in flight beside it says the same
                log.warning("nothing more is asked of a server: %s", outcome.detail)
            self.shut = outcome.detail
        elif outcome.lasting or outcome.room is not None:
            self.errors, self.pauses, self.trouble_since = 0, 0, None  # it is the request: the server is well
        else:
            self.errors += 1
            full = (outcome.busy or outcome.reason == "timeout") and self.pace.refused(now)
            if (outcome.busy and (full or outcome.wait)) or outcome.down or self.errors >= SICK:
                self.trouble_since = self.trouble_since or now
                if outcome.wait:
                    self.closed_until = max(self.closed_until, now + outcome.wait)
                elif now >= self.closed_until:  # what was in flight beside it says the same, not more
                    self.pauses += 1
                    self.closed_until = now + backoff(self.pauses, most=10.0)
            if self.trouble_since is not None and now - self.trouble_since > SILENT and not self.told:
                self.told = True
                log.warning("no answer for %.0f s, trying on: %s", now - self.trouble_since, outcome.detail)

    def hopeless(self, now: float, patience: float) -> bool:
        """Whether it has been in trouble, or will be closed, for longer than that many seconds.

        Not while a request is with it: a long answer may be on its way.
        """
        in_trouble = self.trouble_since is not None and now - self.trouble_since > patience
        return not self.in_flight and (in_trouble or self.closed_until - now > patience)

    def begin(self, now: float) -> None:
        """Requests come again; what was long ago says nothing of today, and what an interrupted call asked is gone."""
        self.in_flight = 0
        if now - self.last > STALE:
            self.errors, self.pauses, self.trouble_since = 0, 0, None

    async def ask(self, session: aiohttp.ClientSession, request: Request, max_tokens: int) -> Reply:
        """One call. Raises Trouble."""
        body: dict[str, Any] = self.body | {
            "model": self.served,
            "messages": [{"role": role, "content": content} for role, content in request.messages],
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
            self.limit_field: max_tokens,
        }
        if request.template:  # vLLM and SGLang hand it to the chat template
            body["chat_template_kwargs"] = {**body.get("chat_template_kwargs", {}), **request.template}
        if request.prefix:  # vLLM and SGLang go on with the last message when they are told so
            body["messages"].append({"role": "assistant", "content": request.prefix})
            body |= {"add_generation_prompt": False, "continue_final_message": True}
        # The id helps whoever reads the server's log.
        headers = {"X-Request-Id": request.trace_id}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            async with session.post(
                f"{self.url}/chat/completions", json=body, headers=headers, proxy=self.proxy, allow_redirects=False
            ) as response:
                content = bytearray()
                while part := await response.content.readany():
                    content += part
                    if len(content) > MOST:
                        raise Trouble("garbled", f"{self.url} answers more than {MOST >> 20} MB", wait=0)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Trouble("unreachable", f"{self.url}: {error}", down=True) from error
        except TimeoutError as error:
            raise Trouble("timeout", f"{self.url}: no answer within {session.timeout.total:g} s") from error
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise Trouble("disconnected", f"{self.url}: {type(error).__name__}: {error}") from error
        try:
            if response.status == 200:
                return read(bytes(content), bool(request.prefix))
            raise refusal(response.status, bytes(content), response.headers.get("Retry-After"), max_tokens)
        except Trouble as trouble:
            if place := response.headers.get("Location"):
                trouble.shut, trouble.detail = True, f"moved to {place}; put that in url"
            elif response.status == 403 and not self.answers:
                trouble.shut = True  # before any answer it is about us; later on, about what was asked
            elif response.status == 404 and self.answers:  # a proxy, before a server that starts anew
                trouble.reason, trouble.shut, trouble.down = "unreachable", False, True
            told = trouble.detail.replace(self.key, "***") if self.key else trouble.detail
            trouble.detail = f"{self.url} answers {told}"
            raise


def backoff(attempt: int, least: float = 0.25, most: float = 60.0) -> float:
    """Seconds before attempt ``attempt`` + 1: exponential, with full jitter lest the many come back at once."""
    return random.uniform(0, min(most, least * 2**attempt))
