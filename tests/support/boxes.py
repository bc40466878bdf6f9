"""The protections of the sandbox that this machine has, for tests that run once under each."""

import atexit
import time

import psutil
import pytest

from filters.sandbox import Limits, Sandbox, wait
from filters.sandbox.probe import PROTECTIONS, fault

FAULTS = {name: fault(name) for name in PROTECTIONS}
EACH = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            FAULTS[name] is not None and None in FAULTS.values(), reason=f"{name}: {FAULTS[name]}"
        ),
    )
    for name in PROTECTIONS
]
"""Where one is missing its tests are skipped and say why. Where all are, they are run, and fail."""
SMALL = Limits(seconds=4, wall_seconds=12, memory_mb=256, disk_mb=16, files=500, processes=40)


WARM = {name: Sandbox(name, SMALL) for name in PROTECTIONS}
"""Each is opened by the first that needs it, and left if anything was written in it or it broke."""
for one in WARM.values():
    atexit.register(one.close)


def ran(protection, program, stdin=b"", limits=SMALL, fresh=False):
    """What became of one Python program; ``fresh``: in a sandbox that is started for it."""
    if fresh:
        with Sandbox(protection, limits) as box:
            return wait(box.python(program, stdin))[0]
    return wait(WARM[protection].python(program, stdin, limits))[0]


def processes_called(name):
    """Living processes of this machine with a name, after those that are dying have had some time to."""
    for _ in range(50):
        found = [one for one in psutil.process_iter(["name", "status"])
                 if one.info["name"] == name and one.info["status"] != psutil.STATUS_ZOMBIE]  # fmt: skip
        if not found:
            break
        time.sleep(0.1)
    return found
