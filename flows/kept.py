"""A loaded model, kept by a worker process of a cluster from one shard to the next."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flows.run import Run

LINGER = 10.0
"""Seconds that a model stays loaded without a shard. Another process that is given the device meanwhile tries again for
as long as that."""


class Kept:
    """One model at a time: its process stands for one place on one device."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.key: Any = None
        self.timer: threading.Timer | None = None
        self.at_work = threading.RLock()

    @contextmanager
    def lent(self, run: Run, model: str | None) -> Iterator[None]:
        """Have a run use what is loaded of a model; anything else goes first. None: everything goes."""
        key = (model, run.weights(model).id, run.recipe.model_behind(model).model_dump_json()) if model else None
        with self.at_work:
            if self.timer:
                self.timer.cancel()
            if self.key != key:
                self.let_go()
            if self.run:
                run.take_over(self.run)
            self.run, self.key = run, key
            try:
                yield
            finally:
                self.timer = threading.Timer(LINGER, self.let_go_when_idle, [run])
                self.timer.daemon = True
                self.timer.start()

    def let_go_when_idle(self, last: Run) -> None:
        with self.at_work:
            if self.run is last:
                self.let_go()

    def let_go(self) -> None:
        """Give the memory back, the device's too."""
        if self.run is None:
            return
        self.run.release_models()
        self.run = self.key = None
        gc.collect()
        if torch := sys.modules.get("torch"):
            torch.cuda.empty_cache()


KEPT = Kept()
"""This process's."""
