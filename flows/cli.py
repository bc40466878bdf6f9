"""The command: what flows/commands/ registers, and exit codes. Bad input is 2, a failed run 1, a stopped one 130."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

# Each registers its own, in the order of --help.
# isort: off
from flows.commands import app, running, release, asking, grading, importing, lake  # noqa: F401

# isort: on
from warehouse.errors import BadInput, RunFailed, Stopped


def main() -> None:
    """Run the command; each error is one clear message."""
    try:
        app(standalone_mode=True)
    except BadInput as error:
        leave(2, str(error))
    except Stopped as error:
        leave(130, str(error))
    except RunFailed as error:
        leave(1, str(error))
    except BrokenPipeError:
        os._exit(0)
    except OSError as error:
        leave(1, f"{error.strerror or error}{': ' + str(error.filename) if error.filename else ''}")


def leave(status: int, message: str) -> NoReturn:
    print(f"thoughtmill: {message}", file=sys.stderr)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
