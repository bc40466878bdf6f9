"""What a program in the sandbox may use, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.errors import BadInput

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Ceilings of one run. Beyond any of them everything the run started is killed."""

    seconds: float = 10.0
    """Of processor time: a busy machine does not make a program wrong."""
    wall_seconds: float | None = None
    """Of clock time; None: three times as long and three seconds more."""
    memory_mb: int = 512
    """Of all its processes together. Watched; each process alone also has a hard limit a little above."""
    stack_mb: int = 64
    output_bytes: int = MEGABYTE
    """Of standard output, and of what it hands back as a result. We stop reading there."""
    error_bytes: int = 16_384
    """Of standard error that are kept; more is thrown away while reading, up to ``output_bytes``."""
    disk_mb: int = 64
    """Of its folder, the only place it may write to."""
    files: int = 2_000
    """That it may make in that folder."""
    processes: int = 64
    """Processes and threads at a time."""

    @property
    def clock(self) -> float:
        return self.wall_seconds if self.wall_seconds is not None else 3 * self.seconds + 3


@dataclass(frozen=True)
class Ran:
    """What a run did."""

    status: int | None
    """Its exit status; None where a signal ended it."""
    signal: int | None
    stdout: bytes
    stderr: bytes
    result: bytes
    """What it wrote to its result pipe, where it was given one."""
    seconds: float
    """Of clock time."""
    processor_seconds: float
    reason: str | None = None
    """The limit that ended it: time_limit, memory_limit, output_limit, disk_limit; starved where its clock ran out
    while others had the processor; stopped where we ended it for another reason; None where it ended by itself."""


class SandboxBroken(Exception):
    """The sandbox itself did not start or did not last: nobody's answer is at fault."""


class NoSandbox(BadInput):
    """No protection is in force on this machine, so nothing is run. The message says what to do."""
