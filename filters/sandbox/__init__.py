"""The sandbox: where programs are run that nobody has read.

    from filters.sandbox import Limits, run

    ran = run(["sh", "-c", "wc -l < $GIVEN/poem"], {"poem": b"one\\ntwo\\n"}, b"", Limits(seconds=1))
    ran.stdout, ran.status, ran.reason

What is protected how: docs/sandbox.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from filters.sandbox.box import Sandbox
from filters.sandbox.job import Job, wait
from filters.sandbox.limits import Limits, NoSandbox, Ran, SandboxBroken
from filters.sandbox.probe import in_force

__all__ = ["Job", "Limits", "NoSandbox", "Ran", "Sandbox", "SandboxBroken", "in_force", "run", "wait"]


def run(
    command: Sequence[str],
    files: dict[str, bytes] | None = None,
    stdin: bytes = b"",
    limits: Limits = Limits(),
    trusted: bool = False,
) -> Ran:
    """Run one command in a sandbox of its own, under the best protection there is.

    ``files`` lie in the folder $GIVEN, read-only. Raises NoSandbox where there is no protection, SandboxBroken where it
    does not last.
    """
    with Sandbox(in_force(), limits, files, trusted) as box:
        return wait(box.command(command, stdin))[0]
