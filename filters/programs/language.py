"""The languages of programs: which one a key asks for, which one a program is in, and how it is made to run."""

from __future__ import annotations

import re
from functools import lru_cache

from filters.sandbox import Job, Limits, Ran, Sandbox, wait
from filters.verify import UnusableKey

NAMES = {
    "python": "python", "python3": "python", "py": "python",
    "cpp": "cpp", "c++": "cpp", "cc": "cpp", "cpp17": "cpp", "c++17": "cpp",
}  # fmt: skip
SPOKEN = {"python": "Python", "cpp": "C++"}
INCLUDES = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"]", re.MULTILINE)
COMPILE = "g++ -O2 -std=c++17 -DONLINE_JUDGE -pipe -w -x c++ - -o program 1>&2 && cat program"
COMPILING = Limits(
    seconds=30, memory_mb=1536, stack_mb=256, output_bytes=64 << 20, error_bytes=4096, disk_mb=128, processes=32
)


class NotCompiled(Exception):
    """What the compiler did instead of a program."""

    def __init__(self, ran: Ran) -> None:
        super().__init__()
        self.ran = ran


def asked_for(spec: dict[str, object]) -> str:
    """python or cpp. Raises UnusableKey for what we cannot run."""
    said = spec.get("language") or "python"
    name = NAMES.get(str(said).strip().lower())
    if name is None:
        raise UnusableKey(f"language: expected {' or '.join(SPOKEN)}, found {said!r}")
    if name == "cpp" and spec.get("kind") != "stdin":
        raise UnusableKey(f"kind {spec.get('kind')!r}: a C++ program is tested by stdin only")
    return name


def of(program: str) -> str:
    """The language a program is in, by its looks: every C++ program that reads or writes includes something."""
    return "cpp" if INCLUDES.search(program) else "python"


@lru_cache(maxsize=1)
def compiled(program: str, protection: str) -> bytes:
    """The machine's form of a C++ program. Compiled in a sandbox: an include may name any file. Raises NotCompiled."""
    with Sandbox(protection, COMPILING, trusted=True) as box:
        (ran,) = wait(box.command(["sh", "-c", COMPILE], program.encode("utf-8", "replace")))
    if ran.status != 0 or ran.reason:
        raise NotCompiled(ran)
    return ran.stdout


def start(box: Sandbox, program: str, stdin: bytes, limits: Limits) -> Job:
    """Start a program in a sandbox, which holds it as ``program`` if it had to be compiled."""
    if "program" in box.files:
        return box.command(["program"], stdin, limits)
    return box.python(program, stdin, limits)
