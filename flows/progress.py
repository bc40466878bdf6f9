"""Progress a person can follow: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

PLAIN_EVERY = 10.0
"""Seconds between plain lines."""


class Progress:
    """Counts what is done and what of it was accepted. Writes to standard error, so that answers stay clean."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False)
        self.quiet = quiet
        self.label, self.total, self.done = "", 0, 0
        self.accepted, self.judged, self.failed = 0, 0, 0
        self.began = self.last = 0.0
        self._bars: Bars | None = None

    def __reduce__(self) -> tuple[type[Progress], tuple[bool]]:
        return Progress, (True,)  # to another process nothing goes along: there it counts in silence

    def counted(self) -> dict[str, int]:
        """What was done so far, as ``advance`` takes it."""
        return {"count": self.done, "accepted": self.accepted, "judged": self.judged, "failed": self.failed}

    def say(self, line: str) -> None:
        if not self.quiet:
            self.console.print(line)

    @contextmanager
    def stage(self, label: str, total: int) -> Iterator[None]:
        """A stage of ``total`` items, from its first to its last."""
        self.label, self.total, self.done, self.accepted, self.judged, self.failed = label, total, 0, 0, 0, 0
        self.began = self.last = time.monotonic()
        if self.quiet or not sys.stderr.isatty():
            self.say(f"{label}: {total:,} to do")
            yield
            self.say(f"{label}: done in {time.monotonic() - self.began:.1f} s{self.acceptance()}")
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bars(*columns, TimeRemainingColumn(), TextColumn("{task.fields[note]}"), console=self.console) as bars:
            self._bars = bars
            self._task = bars.add_task(label, total=total, note="")
            yield
            bars.update(self._task, completed=total)
        self._bars = None

    def advance(
        self, count: int, accepted: int | None = None, judged: int = 0, failed: int = 0, note: str = ""
    ) -> None:
        """``count`` more items are done, ``failed`` of them in vain; of ``judged``, ``accepted`` were accepted."""
        self.done += count
        self.failed += failed
        if accepted is not None:
            self.accepted += accepted
            self.judged += judged
        if self._bars is not None:
            self._bars.update(self._task, completed=self.done, note=note or self.acceptance(", ").lstrip(", "))
        elif time.monotonic() - self.last >= PLAIN_EVERY:
            self.last = time.monotonic()
            spent = self.last - self.began
            left = f", {spent / self.done * (self.total - self.done):.0f} s left" if self.done else ""
            self.say(f"{self.label}: {self.done:,}/{self.total:,}{self.acceptance()}{left}{' ' + note if note else ''}")

    def acceptance(self, lead: str = ", ") -> str:
        accepted = f"{lead}{self.accepted / self.judged:.0%} accepted" if self.judged else ""
        return accepted + (f"{lead}{self.failed:,} failed" if self.failed else "")
