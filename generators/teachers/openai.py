"""The openai backend: any server, or several, that speak OpenAI's chat completions (vLLM, SGLang, a hosted API).

Hundreds of requests are in flight at once, as many as each server has use for (``pace.py``). What may help is tried
again, after a pause and elsewhere if there is an elsewhere; what does not come to an answer becomes a failure.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, JsonValue, PositiveFloat, PositiveInt, ValidationError
from yarl import URL

from generators.teachers import BACKENDS, Teacher
from generators.teachers.endpoint import Endpoint, backoff
from generators.teachers.pace import Pace
from generators.teachers.reply import Reply, Trouble
from warehouse.errors import BadInput, ModelError
from warehouse.records import Complete, Completion, Failure, Request


class Price(BaseModel):
    """Money per million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(None, ge=0)

    def of(self, reply: Reply) -> float:
        cached = reply.cached_tokens if self.cached_input is not None else 0
        read = (reply.prompt_tokens or 0) - cached
        return (
            read * self.input + cached * (self.cached_input or 0) + (reply.completion_tokens or 0) * self.output
        ) / 1e6


class Options(BaseModel):
    """``models.NAME.options``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: tuple[str, ...] = Field(min_length=1)
    """Where the servers are, as in http://127.0.0.1:8000/v1."""
    served: str | None = None
    """The model's name over there; else its path."""
    api_key_env: str | None = None
    """The environment variable that holds the key."""
    concurrency: PositiveInt = 256
    """Requests in flight at one server, at most."""
    timeout: PositiveFloat = 600.0
    """Seconds for one answer."""
    attempts: PositiveInt = 6
    """How often a request is tried that errors, times out or comes back unusable."""
    patience: PositiveFloat = 600.0
    """Seconds that servers may be busy or away, without one answer, before what waits for them fails."""
    price: Price | None = None
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What a request calls the limit of its answer; some servers of OpenAI's newer models know only the second."""
    body: dict[str, JsonValue] = {}
    """What every request says besides: top_k, min_p, reasoning_effort, ... It shapes answers: other traces."""


OURS = {"model", "messages", "n", "seed", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stream",
        "add_generation_prompt", "continue_final_message"}  # fmt: skip
"""What a request says that is not for ``body`` to say."""


def options_of(teacher: Teacher) -> Options:
    """A model's options. Raises BadInput that names the field."""
    given = dict(teacher.options)
    if isinstance(given.get("url"), str):
        given["url"] = [given["url"]]
    try:
        options = Options.model_validate(given)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors()]
        expected = ", ".join(Options.model_fields)
        raise BadInput(f"models.{teacher.name}.options.{'; '.join(lines)} (options are {expected})") from error
    for field in sorted(OURS & options.body.keys()):
        raise BadInput(
            f"models.{teacher.name}.options.body.{field}: Thoughtmill sets that itself, from the stage and the model's "
            "served and limit_field; expected fields of the server's own, such as top_k"
        )
    for url in options.url:
        if not is_address(url):
            raise BadInput(
                f"models.{teacher.name}.options.url: {url!r}; expected http://HOST:PORT/v1, without user and password"
            )
    if options.api_key_env and not os.environ.get(options.api_key_env):
        raise BadInput(f"models.{teacher.name}.options.api_key_env: the environment has no {options.api_key_env}")
    return options


def is_address(url: str) -> bool:
    """Whether a URL names a server and a path, and nothing else."""
    try:
        found = URL(url)
    except ValueError:
        return False
    plain = not (found.user or found.password or found.query_string or found.fragment)
    return found.scheme in ("http", "https") and bool(found.host) and found.port != 0 and plain


@BACKENDS.register("openai")
def openai(teacher: Teacher) -> Complete:
    return Servers(teacher)


class Servers:
    """A ``Complete``. What is learnt of the servers, their pace and their health, is kept from call to call."""

    def __init__(self, teacher: Teacher) -> None:
        self.name = teacher.name
        self.options = options_of(teacher)
        self.turn = threading.Lock()
        self.held = 0.0
        key = os.environ[self.options.api_key_env].strip() if self.options.api_key_env else None
        self.endpoints = [
            Endpoint(
                url.rstrip("/"),
                self.options.served or teacher.path,
                key,
                Pace(self.options.concurrency),
                self.options.limit_field,
                self.options.body,
            )
            for url in self.options.url
        ]

    def __call__(self, requests: Sequence[Request]) -> Iterator[Completion | Failure]:
        """Answers and failures as they come. Raises ModelError when no server serves us at all."""
        if not requests:
            return
        with self.turn:  # calls from several threads take turns: the servers' pace and health are one
            exchange = Exchange(self, requests)
            try:
                yield from exchange.come()
            finally:
                self.held = exchange.loop.held


class Loop(asyncio.SelectorEventLoop):
    """An event loop that turns in the caller's thread, and only while the caller waits for answers.

    Its clock stands while it does not turn: that a caller takes its time makes no server slow and no answer late.
    """

    def __init__(self, held: float) -> None:
        super().__init__()
        self.held = held
        """Seconds in which callers had the answers and nobody listened to the servers."""

    def time(self) -> float:
        return time.monotonic() - self.held


def is_looping() -> bool:
    """Whether an event loop is running in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@contextmanager
def signals_after(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Stop a loop for a signal that has a handler, and call that when the loop stands.

    Most handlers raise, and what is raised in the middle of a loop may get lost in the destructors that it calls.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Callable[[int, FrameType | None], object]] = {}
    heard: list[int] = []

    def hear(number: int, _: object) -> None:
        heard.append(number)
        loop.call_soon_threadsafe(loop.stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        if callable(handler := signal.getsignal(number)):
            before[number] = handler
            signal.signal(number, hear)
    try:
        yield
    finally:
        for one, known in before.items():
            signal.signal(one, known)
    for one in heard:
        before[one](one, None)


@dataclass(slots=True)
class Job:
    """A request on its way to an answer."""

    request: Request
    max_tokens: int
    calls: int = 0
    attempts: int = 0
    """Calls that came to nothing; those to a server that was busy or away do not count."""
    last: Endpoint | None = None


class Exchange:
    """The requests of one call, and the servers they go to."""

    def __init__(self, servers: Servers, requests: Sequence[Request]) -> None:
        self.name, self.options, self.endpoints = servers.name, servers.options, servers.endpoints
        self.waiting = deque(Job(request, request.room) for request in requests)
        self.sleeping: list[tuple[float, int, Job]] = []
        self.order = itertools.count()
        self.running: set[asyncio.Task[None]] = set()
        self.came: list[Completion | Failure] = []
        """Not yet with the caller."""
        self.error: BaseException | None = None
        self.alarm: asyncio.TimerHandle | None = None
        self.loop = Loop(servers.held)

    def come(self) -> Iterator[Completion | Failure]:
        """What comes, to the last. While the caller has it the loop stands, so little is lost when the caller dies."""
        for endpoint in self.endpoints:
            endpoint.begin(self.loop.time())
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=sum(one.pace.most for one in self.endpoints), loop=self.loop),
            timeout=aiohttp.ClientTimeout(total=self.options.timeout, sock_connect=min(30.0, self.options.timeout)),
        )
        try:
            # What is in flight is paid for, so it is waited for even where every server has shut us out.
            while self.running or ((self.waiting or self.sleeping) and not self.shut_out()):
                self.dispatch(session)
                self.step()  # until something has come back, or a pause is over
                if self.error:  # beside Trouble: a mistake of ours
                    raise self.error
                came, self.came = self.came, []
                stood = time.monotonic()
                yield from came
                pause = time.monotonic() - stood
                self.loop.held += pause
                if pause > 1:  # servers may have hung up meanwhile: that is heard before connections are used again
                    self.loop.call_soon(self.loop.stop)
                    self.step()
            if self.waiting:
                raise ModelError(f"models.{self.name}: {'; '.join(one.shut or '' for one in self.endpoints)}")
        finally:
            try:
                gone = self.loop.create_task(self.let_go(session))
                gone.add_done_callback(self.stop)
                while not gone.done():
                    self.step()
            finally:
                self.loop.close()

    def step(self) -> None:
        """Turn the loop until it is stopped: here, or beside where another turns in this thread (a notebook's)."""
        if not is_looping():
            with signals_after(self.loop):
                self.loop.run_forever()
            return
        with ThreadPoolExecutor(1) as beside:
            try:
                beside.submit(self.loop.run_forever).result()
            finally:
                if self.loop.is_running():
                    self.loop.call_soon_threadsafe(self.loop.stop)

    def stop(self, _: object) -> None:
        self.loop.stop()

    async def let_go(self, session: aiohttp.ClientSession) -> None:
        """Of what is in flight."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        await session.close()
        await asyncio.sleep(0)  # the connections end in the loop's next turn

    def shut_out(self) -> bool:
        if all(endpoint.shut for endpoint in self.endpoints):
            self.waiting.extend(job for _, _, job in self.sleeping)
            self.sleeping.clear()
            return True
        return False

    def dispatch(self, session: aiohttp.ClientSession) -> None:
        """Give every server what it has room for."""
        now = self.loop.time()
        while self.sleeping and self.sleeping[0][0] <= now:
            self.waiting.append(heapq.heappop(self.sleeping)[2])
        while self.waiting and (endpoint := self.choose(self.waiting[0], now)):
            task = self.loop.create_task(self.ask(session, self.waiting.popleft(), endpoint, endpoint.enter(now)))
            self.running.add(task)
            task.add_done_callback(self.done)
        ends = [self.sleeping[0][0]] if self.sleeping else []
        if self.waiting:
            ends += [one.closed_until for one in self.endpoints if not one.shut and one.closed_until > now]
        if self.alarm:
            self.alarm.cancel()
        self.alarm = self.loop.call_at(min(ends), self.loop.stop) if ends else None

    def choose(self, job: Job, now: float) -> Endpoint | None:
        """The server with most room; another than the one that has just failed the job, where there is one."""
        open_ones = [endpoint for endpoint in self.endpoints if endpoint.room(now) > 0]
        return max(open_ones, key=lambda one: (one is not job.last, one.room(now)), default=None)

    def done(self, task: asyncio.Task[None]) -> None:
        self.running.discard(task)
        if not task.cancelled():
            self.error = self.error or task.exception()
        self.loop.stop()

    async def ask(self, session: aiohttp.ClientSession, job: Job, endpoint: Endpoint, entered: float) -> None:
        job.calls += 1
        outcome: Reply | Trouble
        try:
            outcome = await endpoint.ask(session, job.request, job.max_tokens)
        except Trouble as trouble:
            outcome = trouble
        finally:
            now = self.loop.time()
            seconds = endpoint.enter(now, -1) - entered
        endpoint.note(outcome, now)
        if isinstance(outcome, Reply):
            self.came.append(self.completion(job, outcome, endpoint, seconds))
        else:
            job.last = endpoint
            self.again(job, outcome, now)

    def again(self, job: Job, trouble: Trouble, now: float) -> None:
        """Another try, where it may help; else a failure."""
        if trouble.shut or trouble.busy or trouble.down:
            self.waiting.append(job)  # for another server, or for better times
        else:
            job.attempts += 1
            if trouble.lasting or job.attempts >= self.options.attempts:
                self.fail(job, trouble)
            elif trouble.room:
                job.max_tokens = min(job.max_tokens - 1, trouble.room)  # what the context leaves
                self.waiting.append(job)
            else:
                wait = backoff(job.attempts) if trouble.wait is None else min(trouble.wait, self.options.patience)
                heapq.heappush(self.sleeping, (now + wait, next(self.order), job))
        serving = [endpoint for endpoint in self.endpoints if not endpoint.shut]
        if serving and all(endpoint.hopeless(now, self.options.patience) for endpoint in serving):
            for one in (*self.waiting, *(job for _, _, job in self.sleeping)):
                self.fail(one, trouble)
            self.waiting.clear()
            self.sleeping.clear()

    def fail(self, job: Job, trouble: Trouble) -> None:
        self.came.append(Failure(job.request, trouble.reason, trouble.detail, job.calls))

    def completion(self, job: Job, reply: Reply, endpoint: Endpoint, seconds: float) -> Completion:
        price = self.options.price
        return Completion(
            request=job.request,
            text=job.request.prefix + reply.text,
            finish_reason=reply.finish_reason,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=seconds,
            engine=f"openai {endpoint.url}",
            cost=price.of(reply) if price else None,
        )
