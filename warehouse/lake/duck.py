"""A DuckDB that keeps to its memory: what does not fit goes to files beside the lake."""

from __future__ import annotations

import atexit
import os
import shutil
import time
import weakref
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import duckdb

from warehouse.errors import BadInput
from warehouse.lake.place import Place
from warehouse.lake.sql import quoted

MEMORY = "2GB"
"""For one connection, where THOUGHTMILL_MEMORY does not say. It is what sorting, joining and grouping may hold; what is
read and handed on comes on top, some hundred MB for text."""
KEPT = 2
"""DuckDBs of a lake that stay open."""
USUAL = "SET TimeZone = 'UTC'; SET python_enable_replacements = false; SET arrow_large_buffer_size = false"
"""What a DuckDB goes back to before the next one asks it. (A table that is not there must not be looked for among our
variables.)"""


class Duck:
    """A DuckDB over the lake's files: in memory, or in a new file. Raises BadInput for a THOUGHTMILL_MEMORY that is no
    amount."""

    def __init__(self, place: Place, attach: Path | None = None) -> None:
        self.memory = os.environ.get("THOUGHTMILL_MEMORY") or MEMORY
        # Each its own: two processes would overwrite each other's files. DuckDB makes it when it is needed.
        self.spill = place.path / f"_spill-{os.getpid()}-{uuid4().hex[:8]}"
        self.root = duckdb.connect(str(attach) if attach else ":memory:")
        try:
            self.root.execute(f"SET memory_limit = {quoted(self.memory)}")
        except duckdb.Error as error:
            raise BadInput(f"THOUGHTMILL_MEMORY is {self.memory!r}; expected an amount such as 4GB") from error
        self.root.execute(f"SET temp_directory = {quoted(self.spill)}")
        if not place.remote:  # the system has files in its own cache already
            self.root.execute("SET enable_external_file_cache = false")
        if place.remote:
            from warehouse.lake.bucket import readable

            self.root.register_filesystem(readable(place))
        self.attach = attach
        self.views: Hashable = None
        """The versions of the tables that its views are of."""
        self.marked = False
        """Whether there are those over marks, too."""
        self._made = 0

    def renew(self, db: duckdb.DuckDBPyConnection, views: Hashable) -> bool:
        """Take a connection to where the views are; returns whether they are still to be made, there being none or
        some of other versions."""
        old = self.views == views
        if self.attach:  # everything is to be in the file
            return not old
        if not old:
            self.root.execute(f"ATTACH ':memory:' AS lake{self._made + 1}")
            if self._made:
                self.root.execute(f"DETACH lake{self._made}")
            self._made, self.views, self.marked = self._made + 1, views, False
        db.execute(f"USE lake{self._made}")
        return not old

    def fit(self) -> bool:
        """Whether it may be asked again: not where another size is asked for, nor when it holds files."""
        return self.memory == (os.environ.get("THOUGHTMILL_MEMORY") or MEMORY) and not self.spill.exists()


class Ducks:
    """The DuckDBs of a lake, each for one asker at a time. Opening one and making its views takes longer than most
    questions do, so one that is given back is kept for the next."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.idle: deque[Duck] = deque(maxlen=KEPT)
        EVERY.add(self)

    @contextmanager
    def lent(self, attach: Path | None = None, alone: bool = False) -> Iterator[Duck]:
        """One over memory, or over a new file. ``alone``: it is not kept, for its settings or what is in it will not be
        what others expect. Nor is one that failed."""
        alone = alone or attach is not None
        duck = None
        while not alone and self.idle and duck is None:
            with suppress(IndexError):  # another thread took it
                duck = one if (one := self.idle.pop()).fit() else None
        duck = duck or Duck(self.place, attach)
        yield duck
        if not alone and duck.fit():
            self.idle.append(duck)


EVERY: weakref.WeakSet[Ducks] = weakref.WeakSet()
LEFT: list[deque[Duck]] = []
"""A forked child's: what the parent had open has no threads here, and must neither be asked nor closed."""


def _leave_all() -> None:
    for ducks in EVERY:
        LEFT.append(ducks.idle)
        ducks.idle = deque(maxlen=KEPT)


def _close_all() -> None:
    for ducks in EVERY:
        ducks.idle.clear()


os.register_at_fork(after_in_child=_leave_all)
atexit.register(_close_all)  # a DuckDB that outlives Python makes it complain


def sweep(place: Place, hours: float) -> None:
    """Remove what killed processes left of their spilling."""
    for folder in place.path.glob("_spill-*"):
        if time.time() - folder.stat().st_mtime > hours * 3600:
            shutil.rmtree(folder, ignore_errors=True)
