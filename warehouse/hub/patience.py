"""How long a Hub is waited for that fails, hangs or asks for a pause, and what its refusals mean.

The client of huggingface_hub has no time limits of its own; it tries some calls five times more and others not at all.
Here every request has a limit, every step is tried again with growing pauses, and after so many seconds of trouble it
is over, with a message that says what happened and what to do.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from warehouse.errors import BadInput, RunFailed

QUIET = 60.0
"""Seconds without a byte after which one request is given up (and tried again)."""
LONGEST = 30.0
"""Seconds between two tries at most, unless the Hub asks for more."""
BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Statuses that tell of trouble over there."""
TAKEN = (409, 412)
"""Somebody else changes the same repository right now: look again, and try again."""
STAYS = "what has arrived stays, the same command goes on from there"
Answer = TypeVar("Answer")


class GaveUp(RunFailed):
    """The limit is reached. A kind of its own, so that no library that tries again takes it for passing trouble."""


@dataclass
class Patience:
    """One publisher's line to the Hub, and how it is doing. Times are on the monotonic clock."""

    seconds: float
    """Of trouble, without a useful answer, that are borne."""
    say: Callable[[str], None]
    token: str | None = None
    """What must not be printed."""
    arrived: int = 0
    """Files that the Hub has taken."""
    trouble: float | None = None
    """Since when there is nothing but trouble."""
    last: str = "the Hub does not answer"
    """What it did last."""
    waiting: set[tuple[str, str]] = field(default_factory=set)
    """Requests that nothing has come back for, by method and address."""

    @property
    def quiet(self) -> float:
        return min(QUIET, self.seconds)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Put limits on every request that huggingface_hub makes, until the end of the block."""
        from huggingface_hub import close_session, set_client_factory
        from huggingface_hub.utils._http import default_client_factory  # the only name for what was in force before

        def client() -> Any:
            made = default_client_factory()
            hooks = made.event_hooks
            made.event_hooks = {
                "request": [*hooks["request"], self.asking],
                "response": [*hooks["response"], self.hearing],
            }
            return made

        set_client_factory(client)
        try:
            yield
        finally:
            set_client_factory(default_client_factory)
            close_session()

    def asking(self, request: Any) -> None:
        """Before each request: limit it. One that is asked again although nothing came back tells of trouble."""
        now = time.monotonic()
        key = (request.method, str(request.url))
        if key in self.waiting:
            self.trouble = self.trouble or now
        self.waiting.add(key)
        if self.trouble is not None and now - self.trouble > self.seconds:
            raise GaveUp(f"{self.last}, for {now - self.trouble:.0f} s")
        # Not as a setting of the client: some calls say for themselves that they would wait for ever.
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write"), self.quiet) | {"pool": None}

    def hearing(self, response: Any) -> None:
        """After each answer."""
        asked = response.request
        self.waiting.discard((asked.method, str(asked.url)))
        if response.status_code not in BUSY:
            self.trouble = None
            self.arrived += asked.method == "PUT" and response.status_code < 300
            return
        self.trouble = self.trouble or time.monotonic()
        self.last = f"the Hub answers {response.status_code}"
        pause = pause_asked(response)
        if pause and pause > self.seconds:
            raise GaveUp(f"{self.last} and asks to come back in {pause:.0f} s")

    def steady(self, step: str, call: Callable[[], Answer]) -> Answer:
        """Call until it answers; ``step`` says what for. The limit counts anew after each file that has arrived.

        Raises RunFailed where that is in vain, and BadInput where a setting of this machine is at fault.
        """
        import httpx2

        since: float | None = None
        tries = 0
        while True:
            arrived = self.arrived
            try:
                return call()
            except (
                httpx2.HTTPError,
                httpx2.InvalidURL,
                OSError,
                ValueError,
                LookupError,
                RuntimeError,
                GaveUp,
            ) as error:
                cause = cause_of(error)
                told = self.told(cause)
                # A proxy's page of trouble is no JSON, and some calls read an answer before they look at its status.
                if not passing(cause) and not (isinstance(cause, json.JSONDecodeError) and self.trouble):
                    raise failure(step, cause, told) from error
                now = time.monotonic()
                if since is None or self.arrived > arrived:
                    since, tries = self.trouble or now, 0
                tries += 1
                pause = pause_asked(getattr(cause, "response", None))
                pause = pause or random.uniform(0.5, 1) * min(LONGEST, 2.0 ** (tries - 2))
                if now + pause - since > self.seconds:
                    raise failure(step, cause, f"{told}, for {now - since:.0f} s and {tries} tries") from error
                self.say(f"{step}: {told}; once more in {pause:.0f} s")
                time.sleep(pause)

    def told(self, error: BaseException) -> str:
        """An error in words, without the token."""
        import httpx2
        from huggingface_hub import constants
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

        hub = constants.ENDPOINT
        if isinstance(error, GaveUp):
            words = str(error)
        elif isinstance(error, OfflineModeIsEnabled):
            words = "HF_HUB_OFFLINE is set; unset it to publish"
        elif isinstance(error, HfHubHTTPError):
            words = refusal(error.response.status_code, error.server_message or "")
        elif isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
            words = f"HF_ENDPOINT is {hub!r}; expected an address such as https://huggingface.co"
        elif isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            words = f"{hub} cannot be reached ({first_line(error)}); is the network up, and HF_ENDPOINT right?"
        elif isinstance(error, httpx2.TimeoutException):
            words = f"{hub} does not answer within {self.quiet:.0f} s"
        elif isinstance(error, httpx2.TransportError):
            words = f"the connection to {hub} broke ({first_line(error)})"
        elif isinstance(error, ValueError | LookupError):
            words = f"what {hub} answers is not understood ({first_line(error)})"
        else:
            words = first_line(error)
        return words.replace(self.token, "***") if self.token else words


WHOSE = "the token (HF_TOKEN, or what `hf auth login` left)"


def refusal(status: int, said: str) -> str:
    """A status in words, with what to do about it."""
    words = " ".join(said.split())[:300]
    told = f"the Hub answers {status}{': ' + words if words else ''}"
    if status == 401:
        return f"{told}; it does not know {WHOSE}: is it whole, and not revoked?"
    if status == 403:
        return (
            f"{told}; {WHOSE} may not write there: it needs the role write, or as a fine-grained one write access to "
            "that organisation's repositories"
        )
    return told


def passing(error: BaseException) -> bool:
    """Whether it may be otherwise in a while."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (*BUSY, *TAKEN)
    if isinstance(error, GaveUp | OfflineModeIsEnabled | httpx2.UnsupportedProtocol):
        return False
    # The last three: what the Rust client of Xet raises, which has hooks for nobody.
    return isinstance(error, httpx2.TransportError | ConnectionError | TimeoutError | RuntimeError)


def failure(step: str, cause: BaseException, told: str) -> Exception:
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(cause, OfflineModeIsEnabled | httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return BadInput(told)
    return RunFailed(f"{step}: {told}; {STAYS}")


def cause_of(error: BaseException) -> BaseException:
    """What is behind an error that the client has wrapped in one of its own."""
    from huggingface_hub.errors import LocalEntryNotFoundError

    while isinstance(error, RuntimeError | LocalEntryNotFoundError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def pause_asked(response: Any) -> float | None:
    """Seconds that an answer asks to wait, by Retry-After or by what is left of a rate limit's window."""
    if response is None:
        return None
    from huggingface_hub.utils import parse_ratelimit_headers

    limit = parse_ratelimit_headers(response.headers)
    if response.status_code == 429 and limit is not None and limit.remaining == 0:
        return limit.reset_in_seconds + 1.0
    after = response.headers.get("Retry-After", "")
    return float(after) if after.isdigit() else None


def first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
