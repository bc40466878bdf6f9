"""A sandbox: a warden behind the best protection there is, which runs one thing after the other.

What was written into its folder is never seen by the next thing that runs: a sandbox that was touched is left and made
anew.
"""

from __future__ import annotations

import json
import marshal
import os
import platform
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import CodeType
from typing import Any

from filters.sandbox import bubblewrap, landlock, seccomp
from filters.sandbox.job import Job
from filters.sandbox.limits import MEGABYTE, Limits, SandboxBroken

WARDEN = Path(__file__).with_name("warden.py")
SLACK_MB = 256
"""Address space beyond the memory limit: libraries, and what the allocator of each thread sets aside."""
UIDS = (70_000, 100_000)
"""User ids that no distribution hands out; each sandbox that root starts takes one."""


class Sandbox:
    """A place to run programs in, one after the other.

    ``protection`` is bubblewrap, landlock or rlimits (which is none). ``files`` lie read-only in the folder that $GIVEN
    names, which is also on the PATH. ``trusted`` is for compilers: they may start processes and write to their folder
    under Landlock too. Raises SandboxBroken when it does not start.
    """

    def __init__(
        self, protection: str, limits: Limits, files: dict[str, bytes] | None = None, trusted: bool = False
    ) -> None:
        self.protection, self.limits, self.files, self.trusted = protection, limits, files or {}, trusted
        self.process: subprocess.Popen[bytes] | None = None
        self.folder: Path | None = None
        self.said: int | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def python(
        self,
        source: str | CodeType,
        stdin: bytes = b"",
        limits: Limits | None = None,
        fds: Sequence[int] = (),
        result: bool = False,
    ) -> Job:
        """Start a Python program, compiled or not. At 3 it finds the result pipe, if it has one, and then ``fds``."""
        compiled = isinstance(source, CodeType)
        text = marshal.dumps(source) if isinstance(source, CodeType) else source.encode("utf-8", "surrogatepass")
        return self.start({"python": True, "compiled": compiled}, stdin, limits, fds, result, text)

    def command(self, command: Sequence[str], stdin: bytes = b"", limits: Limits | None = None) -> Job:
        """Start a program by its command line."""
        return self.start({"python": False, "command": list(command)}, stdin, limits)

    def start(
        self,
        job: dict[str, Any],
        stdin: bytes = b"",
        limits: Limits | None = None,
        fds: Sequence[int] = (),
        result: bool = False,
        source: bytes | None = None,
    ) -> Job:
        if self.process is None:
            self.open()
        limits = limits or self.limits
        ours: dict[str, int] = {}
        theirs = [held(stdin)]
        for name in ("stdout", "stderr", "result") if result else ("stdout", "stderr"):
            ours[name], end = os.pipe()
            os.set_blocking(ours[name], False)
            theirs.append(end)
        lent = [*theirs, *fds]
        if source is not None:
            theirs.append(held(source))
            lent.append(theirs[-1])
        job |= {"limits": self.numbers(limits), "trusted": self.trusted or self.protection == "bubblewrap"}
        made = Job(self, limits, ours)
        try:
            socket.send_fds(self.control, [json.dumps(job).encode()], lent)
        except OSError as error:
            raise self.broken(str(error)) from error
        finally:
            for fd in theirs:
                os.close(fd)
        return made

    def numbers(self, limits: Limits) -> dict[str, float]:
        processes = limits.processes
        if os.geteuid() != 0 and not (self.protection == "bubblewrap" and counted_apart()):
            processes += tasks_of(os.geteuid())  # the kernel counts all that this user runs
        return {
            "seconds": limits.seconds,
            "address_bytes": (limits.memory_mb + SLACK_MB) * MEGABYTE,
            "memory_bytes": limits.memory_mb * MEGABYTE,
            "stack_bytes": limits.stack_mb * MEGABYTE,
            "disk_bytes": limits.disk_mb * MEGABYTE,
            "files": limits.files,
            "processes": processes,
        }

    def open(self) -> None:
        """Start the warden. What it has to say about that is heard before its first report."""
        uid = free_uid() if os.geteuid() == 0 and self.protection != "rlimits" else None
        bwrap = bubblewrap.found()
        with ExitStack() as borrowed:
            self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            borrowed.callback(theirs.close)
            self.said = os.memfd_create("said")
            self.greeted = False
            lent = [theirs.fileno()]
            outer: list[str] = []
            if self.protection == "bubblewrap":
                if bwrap is None:
                    raise SandboxBroken("bwrap is not installed")
                files = {name: held(content) for name, content in self.files.items()}
                for fd in files.values():
                    borrowed.callback(os.close, fd)
                    lent.append(fd)
                outer = bubblewrap.prefix(bwrap, uid is not None, self.limits.disk_mb, files)
                work, given = bubblewrap.FOLDER, bubblewrap.GIVEN
            else:
                self.folder = self.make_folder(uid)
                work, given = str(self.folder / "work"), str(self.folder / "given")
            environment = {
                "PATH": f"{given}:/usr/local/bin:/usr/bin:/bin",
                "GIVEN": given,
                "HOME": work,
                "TMPDIR": work,
                "LANG": "C.UTF-8",
                "PYTHONHASHSEED": "0",  # the order of a set is the same each time
            }
            if outer:
                outer += [part for name, value in environment.items() for part in ("--setenv", name, value)]
                outer.append("--")
            python = [landlock.interpreter(), "-s", "-S", "-B", "-P", "-c", WARDEN.read_text("utf-8")]
            try:
                self.process = subprocess.Popen(
                    [*outer, *python, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self.said,
                    env=environment,
                    cwd="/",
                    pass_fds=lent,
                )
                self.control.send(json.dumps(self.orders(uid, work, given)).encode())
            except OSError as error:
                raise self.broken(str(error)) from error

    def orders(self, uid: int | None, work: str, given: str) -> dict[str, Any]:
        """What the warden has to know: who to become, and the laws for what it starts."""
        filtered = self.protection != "rlimits" and seccomp.supported()
        return {
            "uid": uid,
            "folder": work,
            "alone": self.protection == "bubblewrap",
            "filter": seccomp.base().hex() if filtered else "",
            "strict": seccomp.strict().hex() if filtered else "",
            "own": seccomp.OWN,
            "landlock": landlock.rules(work, given, self.trusted) if self.protection == "landlock" else None,
        }

    def make_folder(self, uid: int | None) -> Path:
        """Where the given files and the working folder lie without a mount namespace."""
        places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
        open_to_all = [place for place in places if uid is None or walkable(place)]
        if not open_to_all:
            raise SandboxBroken(f"no temporary folder that another user can reach: {', '.join(map(str, places))}")
        folder = Path(tempfile.mkdtemp(prefix="thoughtmill-", dir=open_to_all[0]))
        folder.chmod(0o755)
        for name in ("work", "given"):
            (folder / name).mkdir()
        if uid is not None:
            os.chown(folder / "work", uid, uid)
        for name, content in self.files.items():
            (folder / "given" / name).write_bytes(content)
            (folder / "given" / name).chmod(0o555)
        return folder

    def listen(self) -> dict[str, Any] | None:
        """The warden's next message; None where there is none but a greeting."""
        try:
            message = self.control.recv(1 << 16)
        except OSError as error:
            raise self.broken(str(error)) from error
        if not message:
            raise self.broken("it ended")
        told: dict[str, Any] = json.loads(message)
        if "broken" in told:
            raise self.broken(told["broken"])
        if not self.greeted:
            self.greeted = True
            return None
        return told

    def broken(self, what: str) -> SandboxBroken:
        """An error with what the sandbox itself has printed."""
        said = self.close()
        return SandboxBroken(f"{self.protection}: {' '.join(said.split()) or what}"[:500])

    def close(self) -> str:
        """Kill the warden and with it all that it has started; returns what the sandbox itself has printed."""
        process, self.process = self.process, None
        folder, self.folder = self.folder, None
        if process is not None:
            self.control.close()  # which it takes for the end, and sweeps up
            try:
                process.wait(1.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        if self.said is None:
            return ""
        self.control.close()
        said, fd, self.said = os.pread(self.said, 2000, 0), self.said, None
        os.close(fd)
        return said.decode("utf-8", "replace")


def held(content: bytes) -> int:
    """A file descriptor to read a content from, without a file on any disk."""
    import fcntl  # which not every system has; there no program is run, but verdicts are given

    fd = os.memfd_create("given", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(fd), "wb") as file:
        file.write(content)
    # Nobody writes to it any more, not even who opens it anew by way of /proc.
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    reading = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
    os.close(fd)
    return reading


def walkable(folder: Path) -> bool:
    """Whether everybody can reach what lies in a folder."""
    try:
        return all(place.stat().st_mode & 0o001 for place in (folder, *folder.resolve().parents))
    except OSError:
        return False


def free_uid() -> int:
    """A user id for one sandbox: of UIDS, or the last ones that there are where root itself is in a user namespace."""
    low, high = UIDS
    with suppress(OSError, ValueError):
        mapped = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
        end = max(inside + count for inside, _, count in mapped)
        if end < high:
            low, high = max(1, end - 4000), end
    return random.SystemRandom().randrange(low, high)


def counted_apart() -> bool:
    """Whether the kernel counts the processes of each user namespace apart, as it does since Linux 5.14."""
    with suppress(ValueError):
        major, minor = platform.release().split(".")[:2]
        return (int(major), int(minor)) >= (5, 14)
    return False


def tasks_of(uid: int) -> int:
    """Processes and threads that a user runs."""
    count = 0
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                if place.stat().st_uid == uid:
                    count += len(os.listdir(place / "task"))
    return count
