"""Who is told how it goes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Watch(Protocol):
    """Who is told how it goes; flows.progress.Progress is one."""

    def say(self, line: str) -> None: ...
    def stage(self, label: str, total: int) -> AbstractContextManager[None]: ...
    def advance(
        self, count: int, accepted: int | None = None, judged: int = 0, failed: int = 0, note: str = ""
    ) -> None: ...


class Nobody:
    """Is told nothing."""

    def say(self, line: str) -> None: ...
    def stage(self, label: str, total: int) -> AbstractContextManager[None]:
        return nullcontext()

    def advance(
        self, count: int, accepted: int | None = None, judged: int = 0, failed: int = 0, note: str = ""
    ) -> None: ...
