"""Which protection is in force on this machine, found out by trying it on a program that wants out."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from filters.sandbox import bubblewrap, landlock, seccomp
from filters.sandbox.box import Sandbox
from filters.sandbox.job import wait
from filters.sandbox.limits import Limits, NoSandbox, SandboxBroken

PROTECTIONS = ("bubblewrap", "landlock")
"""The best one first."""
CHOICE, UNSAFE = "THOUGHTMILL_SANDBOX", "THOUGHTMILL_UNSAFE_CODE"
ESCAPES = """
import json, os, socket, threading
secret, parent = {secret!r}, {parent}
done = []
def tried(what, way):
    try:
        way()
        done.append(what)
    except OSError:
        pass
tried("read a file that is none of its business", lambda: open(secret).read())
tried("write beside it", lambda: open(secret + ".new", "w").close())
tried("open a socket", lambda: socket.socket().close())
if os.path.basename(os.environ["HOME"]) != "tmp":
    tried("send a signal to who started it", lambda: os.kill(parent, 0))
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
print(json.dumps(done))
"""


@cache
def fault(protection: str) -> str | None:
    """Why a protection is not in force here; None when it is. Tried once in each process."""
    if sys.platform != "linux":
        return "needs Linux"
    if sys.version_info < (3, 9) or not hasattr(os, "pidfd_open"):
        return "needs Linux 5.3"
    if protection == "bubblewrap" and bubblewrap.found() is None:
        return "bwrap is not installed; apt install bubblewrap"
    if protection == "landlock" and not landlock.version():
        return "this kernel has no Landlock, or does not let us use it"
    if protection == "landlock" and not seccomp.supported():
        return f"system calls of {os.uname().machine} are not known here"
    try:
        return leak(protection)
    except (SandboxBroken, OSError) as error:
        return str(error)


def leak(protection: str) -> str | None:
    """What a program can do in it that it should not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        secret = Path(folder) / "secret"
        secret.write_text("secret")
        program = ESCAPES.format(secret=str(secret), parent=os.getpid())
        with Sandbox(protection, Limits(seconds=5, wall_seconds=30)) as box:
            (ran,) = wait(box.python(program))
    if ran.status != 0:
        return f"a program does not run in it: {ran.reason or ran.stderr.decode('utf-8', 'replace')[-300:].strip()}"
    did = json.loads(ran.stdout)
    return f"does not hold: a program could {', '.join(did)}" if did else None


def in_force() -> str:
    """The best protection here, by name; rlimits, which is none, where the user says so. Raises NoSandbox."""
    if sys.platform != "linux":
        raise NoSandbox("programs are not run, since their sandbox needs Linux")
    chosen = os.environ.get(CHOICE)
    if chosen and chosen not in PROTECTIONS:
        raise NoSandbox(f"{CHOICE}={chosen}: expected one of {', '.join(PROTECTIONS)}")
    faults = {name: fault(name) for name in ([chosen] if chosen else PROTECTIONS)}
    for name, wrong in faults.items():
        if wrong is None:
            return name
    if os.environ.get(UNSAFE) == "1":
        return "rlimits"
    told = "; ".join(f"{name}: {wrong}" for name, wrong in faults.items())
    raise NoSandbox(
        f"programs are not run, since nothing here would protect the machine from them ({told}). Install bubblewrap "
        f"(apt install bubblewrap), or run them all the same with {UNSAFE}=1, in a machine that you can lose"
    )


def compiler() -> str | None:
    """The C++ compiler, where a program in the sandbox finds it."""
    return shutil.which("g++", path="/usr/local/bin:/usr/bin:/bin")
