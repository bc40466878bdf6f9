"""A DuckDB that keeps to its memory: what does not fit goes to files beside the lake."""

from __future__ import annotations

import atexit
import os
import shutil
import time
import weakref
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import duckdb

from warehouse.errors import BadInput
from warehouse.lake.place import Place
from warehouse.lake.sql import quoted

MEMORY = "2GB"
"""For one DuckDB, where THOUGHTMILL_MEMORY does not say. It is what sorting, joining and grouping may hold; what is
read and handed on comes on top, some hundred MB for text."""
USUAL = "SET TimeZone = 'UTC'; SET python_enable_replacements = false; SET arrow_large_buffer_size = false"
"""What a DuckDB goes back to before the next one asks it. (A table that is not there must not be looked for among our
variables.)"""


class Duck:
    """A DuckDB over the lake's files: in memory, or in a new file. Raises BadInput for a THOUGHTMILL_MEMORY that is no
    amount."""

    def __init__(self, place: Place, attach: Path | None = None) -> None:
        self.attach = attach
        self.pid = os.getpid()
        self.memory = allowed()
        # Each its own: two processes would overwrite each other's files. DuckDB makes it when it is needed.
        beside = place.path if os.access(place.path, os.W_OK) else Path(gettempdir())
        self.spill = beside / f"_spill-{self.pid}-{uuid4().hex[:8]}"
        self.root = duckdb.connect(str(attach) if attach else ":memory:")
        try:
            self.root.execute(f"SET memory_limit = {quoted(self.memory)}")
        except duckdb.Error as error:
            raise BadInput(f"THOUGHTMILL_MEMORY is {self.memory!r}; expected an amount such as 4GB") from error
        self.root.execute(f"SET temp_directory = {quoted(self.spill)}")
        if place.remote:
            from warehouse.lake.bucket import readable

            self.root.register_filesystem(readable(place))
            self.root.execute("SET external_file_cache_spill = false")
        else:  # the system has files in its own cache already
            self.root.execute("SET enable_external_file_cache = false")
        self.views: Hashable = None
        """The versions of the tables that its views are of."""
        self.marks: str | None = None
        """What it makes ``marks`` of, where it has them."""
        self.spoiled = False
        """Whether its settings or what is in it may not be what others expect."""
        self._made = 0

    def renew(self, db: duckdb.DuckDBPyConnection, views: Hashable) -> bool:
        """Take a connection to where the views are; returns whether they are still to be made, there being none or
        some of other versions."""
        same = self.views == views
        if self.attach:  # everything is to be in the file
            return not same
        if not same:
            self.root.execute(f"ATTACH ':memory:' AS lake{self._made + 1}")
            if self._made:
                self.root.execute(f"DETACH lake{self._made}")
            self._made, self.views, self.marks = self._made + 1, views, None
        db.execute(f"USE lake{self._made}")
        return not same

    def fit(self) -> bool:
        """Whether it may be asked again: not where another size is asked for, nor when it holds files."""
        return not self.spoiled and self.memory == allowed() and not self.spill.exists()

    def close(self) -> None:
        """After a fork it is left as it is: the threads that it would wait for are the parent's."""
        if self.pid == os.getpid():
            self.root.close()
        else:
            LEFT.append(self)


def allowed() -> str:
    """The memory that a DuckDB may take."""
    return os.environ.get("THOUGHTMILL_MEMORY") or MEMORY


class Ducks:
    """The DuckDBs of a lake, each for one asker at a time. Opening one and making its views takes longer than most
    questions do, so one that is given back is kept for the next: one with ``marks`` and one without, so that nobody
    finds them only because of who asked before."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.idle: dict[bool, deque[Duck]] = {False: deque(maxlen=1), True: deque(maxlen=1)}
        EVERY.add(self)

    @contextmanager
    def lent(self, marks: bool = False, attach: Path | None = None) -> Iterator[Duck]:
        """One over memory, or over a new file, which is not kept; nor is one that failed."""
        duck = (None if attach else self._taken(marks)) or Duck(self.place, attach)
        kept = False
        try:
            yield duck
            kept = not attach and duck.pid == os.getpid() and duck.fit() and not self.idle[marks]
        finally:
            if kept:
                self.idle[marks].append(duck)
            else:
                duck.close()

    def _taken(self, marks: bool) -> Duck | None:
        try:
            duck = self.idle[marks].pop()
        except IndexError:  # or another thread was faster
            return None
        if duck.fit():
            return duck
        duck.close()
        return None

    def clear(self) -> None:
        for idle in self.idle.values():
            while idle:
                idle.pop().close()


EVERY: weakref.WeakSet[Ducks] = weakref.WeakSet()
LEFT: list[Duck] = []
"""In a forked child: what the parent had open."""


def clear_all() -> None:
    for ducks in EVERY:
        ducks.clear()


os.register_at_fork(after_in_child=clear_all)
atexit.register(clear_all)  # a DuckDB that outlives Python makes it complain


def sweep(place: Place, hours: float) -> None:
    """Remove what killed processes left of their spilling."""
    for folder in place.path.glob("_spill-*"):
        if time.time() - folder.stat().st_mtime > hours * 3600:
            shutil.rmtree(folder, ignore_errors=True)
