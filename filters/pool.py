"""The pool: answers are judged in processes of their own, which can be killed, so that none costs more than itself.

A verifier reads what a model wrote, and somebody will write what makes it hang, swell or fall. Worker processes are
kept warm; each answer has a deadline, counted from when its worker turned to it; past that the worker is killed and the
answer is undecided, ``timeout``. Only strings cross (filters/worker.py). A worker that dies takes one answer with it,
and the rest of its work goes to another. It works from any thread, after a fork, and inside a trainer: no signal, no
event loop and no fork is in it.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from filters.finding import Finding
from filters.verify import Key
from warehouse.errors import BadInput, RunFailed

PROGRAM = Path(__file__).with_name("worker.py")
MEMORY = 4 << 30
"""Bytes of address space of a worker."""
LOADING = 120.0
"""Seconds that a worker may take to start, or to load what a verifier needs."""
AHEAD = 32
"""Jobs that lie ready at a worker, so that it need not wait for the next."""
TRIES = 3
"""Workers that may fail to start, one after the other."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """Different answers to one problem, to be judged by its key."""

    key: Key
    answers: tuple[str, ...]
    seconds: float
    """That each answer may take."""
    folder: str | None = None
    """Where a verifier of the user's own is looked for first."""

    def line(self, since: int) -> bytes:
        key = {
            "key_id": self.key.key_id,
            "answers": self.key.answers,
            "verifier": self.key.verifier,
            "spec": self.key.spec,
        }
        job = {"key": key, "answers": self.answers[since:], "seconds": self.seconds, "folder": self.folder}
        return json.dumps(job).encode() + b"\n"


class Pool:
    """Worker processes that judge answers: ``workers`` at most, or as many as there are cores."""

    def __init__(self, workers: int | None = None, memory: int = MEMORY) -> None:
        self.most = workers or cores()
        self.memory = memory
        self._workers: list[Worker] = []
        self._dying: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        POOLS.append(self)

    def judge(self, jobs: Sequence[Job]) -> list[list[Finding]]:
        """A finding for each answer of each job, in their order. Raises RunFailed when no worker can be started."""
        # One caller at a time has all workers: they would share the same cores otherwise.
        with self._lock:
            try:
                return Turn(self, jobs).findings()
            except BaseException:
                self._end()  # what its workers were at is nobody's concern any more
                raise

    def close(self) -> None:
        """End the workers; the next call starts new ones."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        for worker in self._workers:
            worker.kill()
        for process in (*self._dying, *(worker.process for worker in self._workers)):
            process.wait()
        self._workers.clear()
        self._dying.clear()

    def _forget(self) -> None:
        """After a fork: the workers are the parent's, and must see the end of their input when it ends."""
        self._lock = threading.Lock()
        for worker in self._workers:
            worker.hang_up()
        self._workers, self._dying = [], []


POOLS: list[Pool] = []


@cache
def shared(workers: int | None = None) -> Pool:
    """The pool that everything in this process uses, so that workers stay warm."""
    return Pool(workers)


@atexit.register
def _close_all() -> None:
    for pool in POOLS:
        pool._end()


def _forget_all() -> None:
    for pool in POOLS:
        pool._forget()


os.register_at_fork(after_in_child=_forget_all)


def cores() -> int:
    """That this process may use; THOUGHTMILL_WORKERS, where it shares them with others of its kind."""
    if said := os.environ.get("THOUGHTMILL_WORKERS"):
        if not said.isdecimal() or int(said) < 1:
            raise BadInput(f"THOUGHTMILL_WORKERS is {said!r}; expected a whole number of processes, 1 or more")
        return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Place:
    """A job on its way: which it is, and how many of its answers are judged."""

    number: int
    done: int = 0
    crashed: bool = False
    """Whether a worker has died over the next answer: once may be chance, or the hand of the system."""


class Worker:
    """One process and its pipe."""

    def __init__(self, memory: int, warming: bytes = b"") -> None:
        self.process = subprocess.Popen(
            # -P: neither this folder nor the one that the command is called in is a place for modules.
            [sys.executable, "-P", str(PROGRAM), str(memory), json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | dict.fromkeys(THREADS, "1"),
            start_new_session=True,  # Ctrl-C is for the parent, and what a verifier starts is killed with it
        )
        assert self.process.stdin
        assert self.process.stdout
        self.sends, self.hears = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.sends, False)
        os.set_blocking(self.hears, False)
        self.queue: deque[Place] = deque()
        self.unsent = bytearray(warming)
        self.unread = b""
        self.loading = True
        self.started = False
        self.leaving = False
        self.since = time.monotonic()

    def send(self) -> None:
        """Write what the pipe takes."""
        with suppress(BlockingIOError, BrokenPipeError):  # one that has died is noticed by its silence
            while self.unsent:
                del self.unsent[: os.write(self.sends, self.unsent[:65536])]
            return
        if self.process.poll() is not None:
            self.unsent.clear()

    def hear(self) -> tuple[list[dict[str, Any]], bool]:
        """The messages that have come, and whether the process is gone."""
        gone = False
        with suppress(BlockingIOError):
            while not gone:
                came = os.read(self.hears, 65536)
                self.unread += came
                gone = not came
        *lines, self.unread = self.unread.split(b"\n")
        return [json.loads(line) for line in lines], gone

    def kill(self) -> None:
        """End the process and all that it started, without waiting until they are gone."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.hang_up()

    def hang_up(self) -> None:
        """Close this end of the pipes."""
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


@dataclass
class Turn:
    """One call of the pool: jobs out, findings in."""

    pool: Pool
    jobs: Sequence[Job]
    found: list[list[Finding]] = field(default_factory=list)
    waiting: deque[Place] = field(default_factory=deque)
    never_started: int = 0
    warming: bytes = b""
    """Once a worker has been killed: what has others load the same, ahead of their need."""

    def findings(self) -> list[list[Finding]]:
        self.found = [[] for _ in self.jobs]
        self.waiting = deque(Place(number) for number, job in enumerate(self.jobs) if job.answers)
        workers = self.pool._workers
        # One may have died, or been killed by somebody else, while there was nothing to do.
        for worker in [one for one in workers if one.process.poll() is not None]:
            self.retire(worker)
        while self.waiting or any(worker.queue for worker in workers):
            self.hand_out()
            self.listen()
        return self.found

    def hand_out(self) -> None:
        """Give each worker what it is to do next, and start workers as long as there is more to do than they have."""
        workers, most = self.pool._workers, self.pool.most
        self.pool._dying = [process for process in self.pool._dying if process.poll() is None]
        while len(workers) < min(most, len(self.waiting) + sum(bool(one.queue) for one in workers)):
            workers.append(Worker(self.pool.memory))
        # Where there are answers that hang, as many again stand by, so that each costs its deadline and no more.
        while self.warming and self.waiting and len(workers) < 2 * most:
            workers.append(Worker(self.pool.memory, self.warming))
        # Towards the end one at a time, so that no worker is left with all that remains.
        ahead = max(1, min(AHEAD, len(self.waiting) // (4 * most)))
        for worker in sorted(workers, key=lambda one: (not one.queue, one.loading))[:most]:
            lines = []
            while self.waiting and len(worker.queue) < ahead:
                place = self.waiting.popleft()
                if not worker.queue:
                    worker.since = time.monotonic()
                worker.queue.append(place)
                lines.append(self.jobs[place.number].line(place.done))
            worker.unsent += b"".join(lines)
            worker.send()

    def listen(self) -> None:
        """Wait until a worker says something or its time is up."""
        workers = list(self.pool._workers)
        now = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for worker in workers:
                selector.register(worker.hears, selectors.EVENT_READ, worker)
                if worker.unsent:
                    selector.register(worker.sends, selectors.EVENT_WRITE, worker)
            selector.select(max(0.0, min(self.due(worker) for worker in workers) - now))
        for worker in workers:
            # What has been said is heard before the clock is looked at: that we were slow to listen is not its fault.
            messages, gone = worker.hear()
            for message in messages:
                gone = self.take(worker, message) or gone
            worker.send()
            if gone:
                self.lost(worker)
            elif time.monotonic() > self.due(worker) and not messages:
                self.overdue(worker)

    def due(self, worker: Worker) -> float:
        """When a worker is killed, if nothing is heard of it."""
        if worker.loading:
            return worker.since + LOADING
        if not worker.queue:
            return time.monotonic() + LOADING
        return worker.since + self.jobs[worker.queue[0].number].seconds

    def take(self, worker: Worker, message: dict[str, Any]) -> bool:
        """Note what a worker says; returns whether it leaves."""
        worker.since = time.monotonic()
        if "loading" in message:
            worker.loading, worker.started = message["loading"], True
            self.never_started = 0
            return False
        if "bad_input" in message:
            raise BadInput(message["bad_input"])
        worker.leaving = message.pop("leaving")
        self.note(worker, Finding(**message))
        return worker.leaving

    def note(self, worker: Worker, finding: Finding) -> None:
        """The finding of the answer that a worker is at."""
        place = worker.queue[0]
        self.judged(place, finding)
        if place.done == len(self.jobs[place.number].answers):
            worker.queue.popleft()

    def judged(self, place: Place, finding: Finding) -> None:
        self.found[place.number].append(finding)
        place.done += 1
        place.crashed = False

    def overdue(self, worker: Worker) -> None:
        """Kill a worker whose time is up."""
        if worker.loading:
            self.lost(worker)
            return
        job = self.jobs[worker.queue[0].number]
        self.note(worker, Finding("undecided", "timeout", None, {"seconds": job.seconds}, 1000 * job.seconds))
        self.retire(worker)
        self.warming = Job(Key("", (), job.key.verifier), (), job.seconds, job.folder).line(0)

    def lost(self, worker: Worker) -> None:
        """A worker is gone that nobody has killed: it had done enough, or fell over an answer."""
        at, started, left = bool(worker.queue), worker.started, worker.leaving
        place = worker.queue[0] if at else None
        self.retire(worker)
        status = worker.process.wait()
        if not started:
            self.never_started += 1
            if self.never_started == TRIES:
                raise RunFailed(f"no worker can be started ({ending(status)}); try: python {PROGRAM} {MEMORY}")
        elif place and not left and not place.crashed:
            place.crashed = True
        elif place and not left:
            self.judged(place, Finding.undecided("crash", error=f"the worker died twice: {ending(status)}"))
            if place.done == len(self.jobs[place.number].answers):
                self.waiting.remove(place)

    def retire(self, worker: Worker) -> None:
        """Take a worker out; what it had not judged goes to others first."""
        self.pool._workers.remove(worker)
        self.pool._dying.append(worker.process)
        self.waiting.extendleft(reversed(worker.queue))
        worker.queue.clear()
        worker.kill()


def ending(status: int) -> str:
    """A process's exit status, for people."""
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
