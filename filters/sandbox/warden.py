"""The warden: the first process inside the sandbox. It starts what it is told to, watches it, and sweeps up after it.

It is our own code, stands alone (the standard library is all there is inside) and is started by box.py as
``python -c SOURCE FD``. Over that socket come jobs with the file descriptors a program gets, and back go reports. It
decides nothing and knows nothing worth stealing: what a program printed goes straight to the outside, and what it
should have printed stays there.

A Python program is not started but forked off: the child leaves the loop below and becomes the program, which saves it
the start of an interpreter.
"""

from __future__ import annotations

import _sitebuiltins
import array
import atexit
import builtins
import ctypes
import gc
import json
import marshal
import math
import os
import resource
import select
import signal
import socket
import sys
import time
import types
from contextlib import suppress
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
SET_PDEATHSIG, SET_DUMPABLE, SET_SECCOMP, SET_NO_NEW_PRIVS = 1, 4, 22, 38
PREFIX_FD = 200
"""Where the interpreter's folder stays open, in case its path cannot be walked under the other uid."""
MOST_FDS = 8
RIGHTS_OF_FILES = 0x8017
"""execute, write, read, truncate, ioctl: what Landlock can grant on a file that is no folder."""


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def checked(found: int, what: str) -> int:
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return found


def prctl(option: int, value: int) -> None:
    zero = ctypes.c_ulong(0)
    checked(LIBC.prctl(option, ctypes.c_ulong(value), zero, zero, zero), f"prctl {option}")


def ruleset(orders: dict[str, Any]) -> int | None:
    """Landlock's rules as a file descriptor: {path: rights} on top of nothing at all. None where it is not wanted."""
    if orders["landlock"] is None:
        return None
    handled = orders["landlock"]["handled"]
    attributes = b"".join(number.to_bytes(8, sys.byteorder) for number in handled)
    made = checked(LIBC.syscall(444, attributes, len(attributes), 0), "landlock_create_ruleset")
    for path, rights in orders["landlock"]["rules"].items():
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        if not os.path.isdir(path):
            rights &= RIGHTS_OF_FILES
        rule = (rights & handled[0]).to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
        checked(LIBC.syscall(445, made, 1, rule, 0), f"landlock_add_rule {path}")
        os.close(place)
    return made


def drop(uid: int) -> None:
    """Become another user, who may do nothing. The interpreter's folder is kept open where he could not reach it."""
    home = os.open(sys.base_prefix, os.O_PATH)
    os.dup2(home, PREFIX_FD, inheritable=False)
    os.close(home)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if os.access(os.__file__, os.R_OK):
        os.close(PREFIX_FD)
        return
    held = f"/proc/self/fd/{PREFIX_FD}"
    for paths in [sys.path, *(list_of for one in sys.modules.values() if (list_of := getattr(one, "__path__", None)))]:
        paths[:] = [path.replace(sys.base_prefix, held, 1) for path in paths]
    sys.path_importer_cache.clear()


def receive(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """A message and its file descriptors; None at the end."""
    room = socket.CMSG_SPACE(MOST_FDS * 4)
    text, ancillary, _, _ = control.recvmsg(1 << 18, room)
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return (json.loads(text), list(fds)) if text else None


def confine(orders: dict[str, Any], job: dict[str, Any], rules: int | None) -> None:
    """The limits and the laws, in the child, for good."""
    limits = job["limits"]
    seconds = math.ceil(limits["seconds"])
    most = {
        resource.RLIMIT_CORE: (1, 1),  # 0 would still wake a handler of crashes that the machine has; 1 does not
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_AS: (limits["address_bytes"],) * 2,
        resource.RLIMIT_STACK: (limits["stack_bytes"],) * 2,
        resource.RLIMIT_FSIZE: (limits["disk_bytes"],) * 2,
        resource.RLIMIT_NOFILE: (64, 64),
        resource.RLIMIT_NPROC: (limits["processes"],) * 2,
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
        resource.RLIMIT_SIGPENDING: (256, 256),
    }
    for kind, (soft, hard) in most.items():
        above = resource.getrlimit(kind)[1]
        if above != resource.RLIM_INFINITY:
            soft, hard = min(soft, above), min(hard, above)
        resource.setrlimit(kind, (soft, hard))
    prctl(SET_NO_NEW_PRIVS, 1)
    if rules is not None:
        checked(LIBC.syscall(446, rules, 0), "landlock_restrict_self")
    code = bytes.fromhex(orders["filter"] if job["trusted"] else orders["strict"])
    if code:
        own = orders["own"].to_bytes(4, sys.byteorder)
        code = code.replace(own, os.getpid().to_bytes(4, sys.byteorder))
        program = Program(len(code) // 8, code)
        checked(LIBC.prctl(SET_SECCOMP, 2, ctypes.byref(program), 0, 0), "seccomp")


def arrange(fds: list[int]) -> None:
    """Put the program's file descriptors at 0, 1, 2, ... and close all others."""
    high = [os.dup2(fd, 100 + number, inheritable=False) for number, fd in enumerate(fds)]
    for number, fd in enumerate(high):
        os.dup2(fd, number)
    os.closerange(len(fds), PREFIX_FD)
    os.closerange(PREFIX_FD + 1, 1 << 12)


def become(
    orders: dict[str, Any], job: dict[str, Any], fds: list[int], rules: int | None
) -> str | bytes | types.CodeType:
    """In the child: give up all that is the warden's. Returns the program if it is Python's, else does not return."""
    source = b""
    if job["python"]:
        fd = fds.pop()
        while piece := os.read(fd, 1 << 20):
            source += piece
    os.setsid()
    prctl(SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != job["warden"]:
        os._exit(1)
    if rules is not None:
        fds = [*fds, rules]
    arrange(fds)
    os.chdir(orders["folder"])
    if rules is not None:
        rules = len(fds) - 1
        os.set_inheritable(rules, False)
    for one in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(one, signal.SIG_IGN if job["python"] else signal.SIG_DFL)
    confine(orders, job, rules)
    if rules is not None:
        os.close(rules)
    if not job["python"]:
        os.execvpe(job["command"][0], job["command"], os.environ)
    return marshal.loads(source) if job["compiled"] else source


def used_by(pid: int) -> tuple[int, float]:
    """Bytes of memory that a process has to itself, and seconds of processor time, those of its ended children too."""
    with open(f"/proc/{pid}/statm", "rb") as file:
        _, pages, shared, *_ = file.read().split()
    with open(f"/proc/{pid}/stat", "rb") as file:
        ticks = file.read().rpartition(b")")[2].split()[11:15]
    return (int(pages) - int(shared)) * PAGE, sum(map(int, ticks)) / TICKS


def waited(pid: int) -> float:
    """Seconds that a process wanted the processor and did not get it, as far as the kernel keeps account: that of its
    threads which waited most, for many leave all work to one with a larger stack."""
    most = 0.0
    with suppress(OSError, ValueError, IndexError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
                most = max(most, int(file.read().split()[1]) / 1e9)
    return most


def exceeded(orders: dict[str, Any], job: dict[str, Any], child: int) -> str | None:
    """The limit that what is running has gone beyond, if any: all its processes together."""
    alone = orders["alone"]
    memory, processor = 0, 0.0
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()] if alone else [child]:
        if pid != os.getpid():
            with suppress(OSError, ValueError):  # it may have ended
                some, time_of_it = used_by(pid)
                memory, processor = memory + some, processor + time_of_it
    if memory > job["limits"]["memory_bytes"]:
        return "memory_limit"
    if processor > job["limits"]["seconds"]:
        return "time_limit"
    if alone:
        held = os.statvfs(orders["folder"])
        if held.f_files - held.f_ffree > job["limits"]["files"]:
            return "disk_limit"
    return None


def sweep(alone: bool, child: int) -> tuple[int, float]:
    """Kill all that the job has started; returns how the child ended and what it used."""
    ended = (0, 0.0)
    living = True
    while True:
        with suppress(ProcessLookupError, PermissionError):
            if alone:
                os.kill(-1, signal.SIGKILL)  # every process of this namespace, ours excepted
            else:
                os.killpg(child, signal.SIGKILL)
        if living and not alone:  # it may not have made its group yet
            os.kill(child, signal.SIGKILL)
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return ended
        if pid == child:
            ended, living = (status, usage.ru_utime + usage.ru_stime), False


def untouched(orders: dict[str, Any], first: int) -> bool:
    """Whether nobody has changed the folder, so that the next job finds a fresh one. No program can set this time."""
    try:
        return not os.listdir(orders["folder"]) and os.stat(orders["folder"]).st_ctime_ns == first
    except OSError:
        return False


def watch(control: socket.socket, orders: dict[str, Any], job: dict[str, Any], child: int) -> dict[str, Any]:
    """Wait for the child, or until it goes beyond a limit or we are told to stop; returns the report."""
    began = time.monotonic()
    why = None
    ends = os.pidfd_open(child)
    poller = select.poll()
    poller.register(ends, select.POLLIN)
    poller.register(control, select.POLLIN)
    while why is None:
        ready = dict(poller.poll(20))
        if ends in ready:
            break
        why = "stopped" if control.fileno() in ready else exceeded(orders, job, child)
    waiting = waited(child)
    if why == "stopped":
        receive(control)
    os.close(ends)
    status, used = sweep(orders["alone"], child)
    return {"status": status, "processor": used, "seconds": time.monotonic() - began, "waited": waiting, "why": why}


def main() -> str | bytes | types.CodeType | None:
    """Serve jobs until the socket closes. In a child that is to be a Python program: returns it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    control = socket.socket(fileno=os.dup(int(sys.argv[1])))  # low, where nothing below puts another in its place
    os.close(int(sys.argv[1]))
    hello = receive(control)
    if hello is None:
        return None
    orders, _ = hello
    try:
        sys.path[:] = [path for path in sys.path if path]
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        rules = ruleset(orders)
        if orders["uid"] is not None:
            drop(orders["uid"])
        prctl(SET_PDEATHSIG, signal.SIGKILL)  # a change of user has reset it
        prctl(SET_DUMPABLE, 0)  # nobody of the same user looks into this process
        first = os.stat(orders["folder"]).st_ctime_ns
    except OSError as error:
        control.send(json.dumps({"broken": str(error)}).encode())
        return None
    control.send(b"{}")
    gc.freeze()  # what is here now stays shared between the processes to come
    while (message := receive(control)) is not None:
        job, fds = message
        if not job:  # told to stop what had already ended
            continue
        job["warden"] = os.getpid()
        child = os.fork()
        if child == 0:
            control.close()
            try:
                return become(orders, job, fds, rules)
            except BaseException as error:  # noqa: BLE001 - a child must never go back to the loop
                os.write(2, f"sandbox: {error}\n".encode())
                os._exit(126)
        for fd in fds:
            os.close(fd)
        report = watch(control, orders, job, child)
        report["clean"] = untouched(orders, first)
        control.send(json.dumps(report).encode())
    return None


source = main()
if source is None:
    os._exit(0)
sys.argv = ["program.py"]
for number, (name, how) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
    errors = "backslashreplace" if name == "stderr" else "surrogateescape"
    stream = open(number, how, 1 if name == "stderr" else -1, "utf-8", errors, closefd=False)  # noqa: SIM115
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)
printed = sys.stdout
sys.set_int_max_str_digits(0)
for name in ("exit", "quit"):  # of the module site, which is left out
    setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))
module = sys.modules["__main__"] = types.ModuleType("__main__")
module.__dict__.update(__builtins__=builtins, __file__="program.py")
status: object = 0
try:
    code = source if isinstance(source, types.CodeType) else compile(source, "program.py", "exec", dont_inherit=True)
    exec(code, module.__dict__)
except SystemExit as error:
    status = 0 if error.code is None else error.code
except BaseException as error:  # noqa: BLE001 - as the interpreter does it
    status = 1
    sys.excepthook(type(error), error, error.__traceback__ and error.__traceback__.tb_next)
# What the interpreter does at its end, without taking itself apart, which takes longer than most programs.
if "threading" in sys.modules:
    sys.modules["threading"]._shutdown()
atexit._run_exitfuncs()
for name in [name for name in module.__dict__ if name != "__builtins__"]:
    module.__dict__[name] = None  # a file that was never closed writes out what it holds
if not isinstance(status, int):
    print(status, file=sys.stderr)
    status = 1
for said in (printed, sys.stdout):  # it may have put another in its place
    if said is not None and not getattr(said, "closed", False):
        try:
            said.flush()
        except Exception:  # noqa: BLE001 - as the interpreter does it
            status = status or 120
os._exit(status & 255)
