"""Who works on a shard right now, so that two runs of one recipe share the work instead of doing it twice.

A claim is a file lock: the operating system drops it when its holder dies, however it dies. It saves work only;
that no row is written twice is the commit's business. Between machines it holds as far as the file system they share
locks for all of them (NFS does from Linux 2.6.12 on, others by a mount option); without that, overlapping work is done
twice and committed once.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # no file locks on Windows: overlapping runs may then do the same shard twice
    fcntl = None  # type: ignore[assignment]


@contextmanager
def claim(lake: Path, shard: str, wait: bool = False) -> Iterator[bool]:
    """Yields whether the shard is ours. With ``wait``, until it is."""
    if fcntl is None:
        yield True
        return
    folder = lake / "_claims"
    folder.mkdir(exist_ok=True)
    with (folder / shard).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def building(lake: Path, folder: Path, resumed: bool = False) -> Iterator[Path]:
    """Yields a draft that becomes ``folder`` at the end: whole or not at all, and one process at a time.

    What a killed process left of its draft is cleared away or, where the work can be ``resumed``, taken up, after an
    error too. A folder that stands already stays as it is.
    """
    draft = folder.with_name(f".{folder.name}")
    with claim(lake, folder.name, wait=True):
        if not resumed:
            shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            if not folder.exists():
                draft.rename(folder)
        finally:
            if not resumed or folder.exists():
                shutil.rmtree(draft, ignore_errors=True)
