"""A job: one thing that runs in a sandbox. Whatever is read of a program is read here, up to a limit."""

from __future__ import annotations

import os
import selectors
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from filters.sandbox.limits import Limits, Ran

if TYPE_CHECKING:
    from filters.sandbox.box import Sandbox

STARTING = 60.0
"""Seconds that a sandbox may take to start."""
ENDING = 10.0
"""Seconds that a warden may take to sweep up."""


class Job:
    """Something that is running, and what has been heard of it."""

    def __init__(self, box: Sandbox, limits: Limits, pipes: dict[str, int]) -> None:
        self.box, self.limits, self.pipes = box, limits, pipes
        self.heard = {name: bytearray() for name in ("stdout", "stderr", "result")}
        self.thrown_away = 0
        self.since = time.monotonic()
        self.stopping: float | None = None
        self.reason: str | None = None
        self.report: dict[str, Any] | None = None

    @property
    def due(self) -> float:
        """When something has to have happened: that it ends, or that it has been ended, or that there is a sandbox."""
        if self.stopping is not None:
            return self.stopping + ENDING
        return self.since + (self.limits.clock if self.box.greeted else STARTING)

    def stop(self, reason: str) -> None:
        """Have the warden end it; its report follows."""
        if self.stopping is None and self.report is None:
            self.stopping, self.reason = time.monotonic(), reason
            with suppress(OSError):
                self.box.control.send(b"{}")

    def hear(self, name: str) -> bool:
        """Read what there is; returns whether there may be more."""
        try:
            piece = os.read(self.pipes[name], 1 << 16)
        except BlockingIOError:
            return False
        if not piece:
            os.close(self.pipes.pop(name))
            return False
        kept = self.heard[name]
        most = self.limits.error_bytes if name == "stderr" else self.limits.output_bytes
        room = most - len(kept)
        kept += piece[: max(room, 0)]
        if len(piece) > room:
            self.thrown_away += len(piece) - max(room, 0)
            if name != "stderr" or self.thrown_away > self.limits.output_bytes:
                self.stop("output_limit")
                self.reason = self.reason or "output_limit"
        return True

    def finish(self) -> Ran:
        """What it did, once the warden has reported."""
        for name in list(self.pipes):
            while name in self.pipes and len(self.heard[name]) <= self.limits.output_bytes and self.hear(name):
                pass
            if name in self.pipes:
                os.close(self.pipes.pop(name))
        assert self.report is not None
        status, used = self.report["status"], self.report["processor"]
        by_signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        reason = self.reason or self.report["why"]
        if reason is None and (used > self.limits.seconds or by_signal == signal.SIGXCPU):
            reason = "time_limit"
        if (
            self.reason == "time_limit"
            and used < self.limits.seconds
            and self.report["waited"] > self.report["seconds"] / 2
        ):
            reason = "starved"
        if reason is None and by_signal == signal.SIGXFSZ:
            reason = "disk_limit"
        return Ran(
            status=None if by_signal else os.waitstatus_to_exitcode(status),
            signal=by_signal,
            stdout=bytes(self.heard["stdout"]),
            stderr=bytes(self.heard["stderr"]),
            result=bytes(self.heard["result"]),
            seconds=self.report["seconds"],
            processor_seconds=used,
            reason=reason,
        )


def wait(*jobs: Job, leader: Job | None = None) -> list[Ran]:
    """Run jobs of different sandboxes to their ends. When the ``leader`` ends, the others are ended too.

    Raises SandboxBroken where a sandbox does not last; the others are then closed as well.
    """
    open_jobs = list(jobs)
    try:
        while open_jobs:
            listen(open_jobs)
            for job in [one for one in open_jobs if one.report is not None]:
                open_jobs.remove(job)
                if job is leader:
                    for other in open_jobs:
                        other.stop("stopped")
    except BaseException:
        for job in jobs:
            job.box.close()
        raise
    finally:
        done = [job.finish() for job in jobs if job.report is not None]
        for job in jobs:
            for fd in job.pipes.values():
                os.close(fd)
            job.pipes.clear()
            if job.report is not None and not job.report["clean"]:
                job.box.close()
    return done


def listen(jobs: list[Job]) -> None:
    """Read whatever comes next of several jobs, and end those whose time is up."""
    with selectors.DefaultSelector() as selector:
        for job in jobs:
            selector.register(job.box.control, selectors.EVENT_READ, (job, None))
            for name, fd in job.pipes.items():
                selector.register(fd, selectors.EVENT_READ, (job, name))
        ready = selector.select(max(0.0, min(job.due for job in jobs) - time.monotonic()))
    for event, _ in ready:
        job, name = event.data
        if name is not None:
            job.hear(name)
        elif (report := job.box.listen()) is not None:
            job.report = report
        else:
            job.since = time.monotonic()  # its time runs from when there was a sandbox to run in
    for job in jobs:
        if job.report is None and time.monotonic() > job.due:
            if not job.box.greeted:
                raise job.box.broken("it did not start")
            if job.stopping is not None:
                raise job.box.broken("it did not end what it was told to end")
            job.stop("time_limit")
