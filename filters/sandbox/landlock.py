"""Landlock: which files a process may touch, by the kernel, without namespaces. For where bubblewrap cannot be had.

Together with the strict filter of seccomp.py. Each program is on its own there: it may start threads but no processes,
and has no place to write to at all.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

EXECUTE, WRITE, READ, LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
READING = EXECUTE | READ | LIST
ALL_RIGHTS = (0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF)
"""What versions 1 to 5 of Landlock can rule over, among files; later ones the same as 5."""
DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")
"""Not /dev/zero: what is mapped of it is memory that no process is charged with."""


def version() -> int:
    """Of the kernel's Landlock; 0 where it has none or does not let us."""
    if sys.platform != "linux":
        return 0
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def system_folders() -> list[str]:
    """Where interpreter, compiler and their libraries lie, and nothing else: what a program may read."""
    here = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/alternatives"]
    here.append("/nix/store")
    for prefix in {sys.base_prefix, sys.base_exec_prefix, str(Path(interpreter()).parents[1])}:
        if not prefix.startswith("/usr/") and prefix not in ("/usr", "/"):
            here += [f"{prefix}/{folder}" for folder in ("bin", "lib", "lib64")]
    return [place for place in dict.fromkeys(here) if os.path.exists(place)]


def interpreter() -> str:
    """The Python that runs us, outside of its virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def rules(folder: str, given: str | None, writable: bool) -> dict[str, Any]:
    """What warden.py makes the ruleset of: the rights that are ruled over, and those on each path."""
    abi = version()
    files = ALL_RIGHTS[min(abi, 5) - 1]
    handled = [files]
    if abi >= 4:
        handled.append(0b11)  # binding and connecting by TCP, which the filter refuses anyway
    if abi >= 6:
        handled.append(0b11)  # abstract sockets and signals stay inside
    allowed = dict.fromkeys(system_folders(), READING)
    allowed |= dict.fromkeys(DEVICES, READ | WRITE)
    allowed[folder] = files if writable else READ | LIST
    if given:
        allowed[given] = READING
    return {"handled": handled, "rules": allowed}
