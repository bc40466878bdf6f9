"""Errors that are answers: each message names what was found, what was expected and what to change."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class BadInput(Exception):
    """Something the user wrote cannot be used as it is. The command prints the message and exits 2."""


class RunFailed(Exception):
    """A run had to stop midway; everything committed so far stays. The command prints the message and exits 1."""


class Stopped(RunFailed):
    """Somebody stopped the run, by Ctrl-C or a scheduler's SIGTERM. The command prints the message and exits 130."""


class Incomplete(RunFailed):
    """A run went to its end, but some requests got no answer; the table failures has them."""


class RecipeError(BadInput):
    """A recipe cannot be read or does not make sense."""


class LakeError(BadInput):
    """The lake is missing, of a newer schema, or not a lake."""


class SourceError(BadInput):
    """A problem source or a trace file cannot be read as described."""


class ModelError(BadInput):
    """A model is not where the recipe says, or cannot be loaded."""


def plain(error: Exception, path: Path) -> Exception:
    """The OSError behind an error that a library has worded its own way (a full disk, say); else the error itself."""
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EIO):
        if os.strerror(number) in str(error):
            return OSError(number, os.strerror(number), str(path))
    return error
