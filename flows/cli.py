"""The command: what flows/commands/ registers, and exit codes. Bad input is 2, a failed run 1, a stopped one 130."""

from __future__ import annotations

import os
import sys

# Each registers its own, in the order of --help.
# isort: off
from flows.commands import app, running, release, asking, grading, importing, lake  # noqa: F401

# isort: on
from warehouse.errors import BadInput, RunFailed, Stopped


def main() -> None:
    """Run the command; each error is one clear message."""
    try:
        app(standalone_mode=True)
        return
    except BadInput as error:
        status, message = 2, str(error)
    except Stopped as error:
        status, message = 130, str(error)
    except RunFailed as error:
        status, message = 1, str(error)
    except BrokenPipeError:
        os._exit(0)
    except OSError as error:
        status = 1
        message = f"{error.strerror or error}{': ' + str(error.filename) if error.filename else ''}"
    # Out here the error is gone, and with it what its frames held: libraries would tell at the exit that it leaked.
    print(f"thoughtmill: {message}", file=sys.stderr)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
