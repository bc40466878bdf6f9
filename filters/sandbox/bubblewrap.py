"""The command line of bubblewrap: a file system of our making, and namespaces of its own for everything else.

What is there: the folders of interpreter and compiler (read-only), four devices, a /proc of its own processes, files
that were given (read-only), and /tmp, the only place to write to, in memory and of limited size. What is not there:
everything else, so no home, no network, no environment, no other process.

As root the program gets a user id of its own on this machine, which root's namespaces are not in need of; other users
get a user namespace, in which they are alone.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from filters.sandbox.landlock import DEVICES, system_folders
from filters.sandbox.limits import MEGABYTE

FOLDER, GIVEN = "/tmp", "/given"


def found() -> str | None:
    """The program, if it is installed."""
    return shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin")


def prefix(bwrap: str, root: bool, disk_mb: int, given: dict[str, int]) -> list[str]:
    """The command that a command in the sandbox begins with. ``given``: file descriptors of files, by their names."""
    command = [bwrap, "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"]
    if root:  # all but the user namespace; the warden gives up the user with the only rights that it is left
        command += [f"--unshare-{kind}" for kind in ("ipc", "pid", "net", "uts", "cgroup-try")]
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-all"]
    command += ["--hostname", "sandbox"]
    places = system_folders()
    for folder in sorted({str(folder) for place in places for folder in list(Path(place).parents)[:-1]} - set(places)):
        if not folder.startswith("/usr"):
            command += ["--perms", "0755", "--dir", folder]  # or it would be as closed as root's home is
    for place in places:
        if os.path.islink(place) and "/" not in os.readlink(place).strip("/").removeprefix("usr/"):
            command += ["--symlink", os.readlink(place), place]
        else:
            command += ["--ro-bind", place, place]
    command += ["--proc", "/proc", "--perms", "0755", "--size", str(MEGABYTE), "--tmpfs", "/dev"]
    for device in DEVICES:
        command += ["--dev-bind", device, device]
    command += ["--symlink", FOLDER, "/dev/shm", "--symlink", "/proc/self/fd", "/dev/fd"]
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        command += ["--symlink", f"/proc/self/fd/{number}", f"/dev/{name}"]
    command += ["--remount-ro", "/dev", "--perms", "1777", "--size", str(disk_mb * MEGABYTE), "--tmpfs", FOLDER]
    for name, fd in given.items():
        command += ["--perms", "0555", "--ro-bind-data", str(fd), f"{GIVEN}/{name}"]
    return [*command, "--chdir", FOLDER, "--remount-ro", "/"]
