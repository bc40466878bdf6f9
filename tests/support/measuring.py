"""What a command takes: seconds of the clock and of processors, and the most memory that its processes hold."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Taken:
    seconds: float
    busy: float
    """Seconds of processors, all processes together: what a machine that others use as well does not change."""
    peak: int
    """Bytes resident, all processes together; looked at twenty times a second."""
    told: str
    """What the command printed."""


def memory(process: psutil.Process) -> int:
    """Bytes that a process and those it started hold."""
    held = 0
    try:
        for one in (process, *process.children(recursive=True)):
            held += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return held


def busy() -> float:
    """Seconds of processors that the commands so far have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(*arguments: str) -> Taken:
    """Run ``python -m ...`` and watch it. Raises CalledProcessError where it fails."""
    began, before, peak = time.perf_counter(), busy(), 0
    with subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True) as run:
        process = psutil.Process(run.pid)
        while run.poll() is None:
            peak = max(peak, memory(process))
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        assert run.stdout
        told = run.stdout.read()
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, run.args, told)
    return Taken(seconds, busy() - before, peak, told)
