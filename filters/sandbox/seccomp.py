"""System calls a program may not make, as a filter for the kernel (classic BPF, as seccomp(2) takes it).

A list of what is refused, not of what is allowed: every C library and Python would need another list of the latter. It
holds what reaches beyond the process (other processes, the network, mounts, keys, kernel facilities with a history).
Refused calls fail with EPERM, so a program sees an error and not a mystery.
"""

from __future__ import annotations

import errno
import platform
import struct
from functools import cache

NUMBERS: dict[str, dict[str, int]] = {
    "x86_64": {
        "accept": 43, "accept4": 288, "acct": 163, "add_key": 248, "adjtimex": 159, "bind": 49, "bpf": 321, "chmod": 90,
        "chown": 92, "chroot": 161, "clock_adjtime": 305, "clock_settime": 227, "clone": 56, "connect": 42,
        "delete_module": 176, "fanotify_init": 300, "fchmod": 91, "fchmodat": 268, "fchown": 93, "fchownat": 260,
        "fcntl": 72, "finit_module": 313, "fork": 57, "fremovexattr": 199, "fsetxattr": 190, "futimesat": 261,
        "init_module": 175, "inotify_add_watch": 254, "io_setup": 206, "ioctl": 16, "ioperm": 173, "iopl": 172,
        "ioprio_set": 251, "kcmp": 312, "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250, "kill": 62,
        "lchown": 94, "listen": 50, "lookup_dcookie": 212, "lremovexattr": 198, "lsetxattr": 189, "memfd_create": 319,
        "migrate_pages": 256, "mknod": 133, "mknodat": 259, "mmap": 9, "mount": 165, "move_pages": 279, "mq_open": 240,
        "msgget": 68, "name_to_handle_at": 303, "nfsservctl": 180, "open_by_handle_at": 304, "perf_event_open": 298,
        "personality": 135, "pivot_root": 155, "prctl": 157, "prlimit64": 302, "process_vm_readv": 310,
        "process_vm_writev": 311, "ptrace": 101, "quotactl": 179, "reboot": 169, "removexattr": 197, "request_key": 249,
        "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "sched_setaffinity": 203, "sched_setattr": 314,
        "sched_setparam": 142, "sched_setscheduler": 144, "semget": 64, "setdomainname": 171, "sethostname": 170,
        "setns": 308, "setpgid": 109, "setpriority": 141, "setsid": 112, "settimeofday": 164, "setxattr": 188,
        "shmget": 29, "socket": 41, "socketpair": 53, "swapoff": 168, "swapon": 167, "syslog": 103, "tgkill": 234,
        "tkill": 200, "truncate": 76, "umount2": 166, "unshare": 272, "userfaultfd": 323, "utime": 132,
        "utimensat": 280, "utimes": 235, "vfork": 58, "vhangup": 153, "vmsplice": 278,
    },
    "aarch64": {
        "accept": 202, "accept4": 242, "acct": 89, "add_key": 217, "adjtimex": 171, "bind": 200, "bpf": 280,
        "chroot": 51, "clock_adjtime": 266, "clock_settime": 112, "clone": 220, "connect": 203, "delete_module": 106,
        "fanotify_init": 262, "fchmod": 52, "fchmodat": 53, "fchown": 55, "fchownat": 54, "fcntl": 25,
        "finit_module": 273, "fremovexattr": 16, "fsetxattr": 7, "init_module": 105, "inotify_add_watch": 27,
        "io_setup": 0, "ioctl": 29, "ioprio_set": 30, "kcmp": 272, "kexec_file_load": 294, "kexec_load": 104,
        "keyctl": 219, "kill": 129, "listen": 201, "lookup_dcookie": 18, "lremovexattr": 15, "lsetxattr": 6,
        "memfd_create": 279, "migrate_pages": 238, "mknodat": 33, "mmap": 222, "mount": 40, "move_pages": 239,
        "mq_open": 180, "msgget": 186, "name_to_handle_at": 264, "nfsservctl": 42, "open_by_handle_at": 265,
        "perf_event_open": 241, "personality": 92, "pivot_root": 41, "prctl": 167, "prlimit64": 261,
        "process_vm_readv": 270, "process_vm_writev": 271, "ptrace": 117, "quotactl": 60, "reboot": 142,
        "removexattr": 14, "request_key": 218, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240,
        "sched_setaffinity": 122, "sched_setattr": 274, "sched_setparam": 118, "sched_setscheduler": 119, "semget": 190,
        "setdomainname": 162, "sethostname": 161, "setns": 268, "setpgid": 154, "setpriority": 140, "setsid": 157,
        "settimeofday": 170, "setxattr": 5, "shmget": 194, "socket": 198, "socketpair": 199, "swapoff": 225,
        "swapon": 224, "syslog": 116, "tgkill": 131, "tkill": 130, "truncate": 45, "umount2": 39, "unshare": 97,
        "userfaultfd": 282, "utimensat": 88, "vhangup": 58, "vmsplice": 75,
    },
}  # fmt: skip
"""As in Linux's unistd.h; calls that an architecture does not have are left out."""
COMMON = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
    "quotactl_fd": 443, "memfd_secret": 447, "process_mrelease": 448, "fchmodat2": 452, "setxattrat": 463,
    "removexattrat": 466, "open_tree_attr": 467, "file_setattr": 469,
}  # fmt: skip
"""Newer calls, the same everywhere."""
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

OUTSIDE = (
    "acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module", "fanotify_init",
    "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "inotify_add_watch", "io_setup",
    "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "ioprio_set", "kcmp", "kexec_file_load",
    "kexec_load", "keyctl", "lookup_dcookie", "memfd_create", "memfd_secret", "migrate_pages", "mknod", "mknodat",
    "mount", "mount_setattr", "move_mount", "move_pages", "mq_open", "msgget", "name_to_handle_at", "nfsservctl",
    "open_by_handle_at", "open_tree", "open_tree_attr", "perf_event_open", "personality", "pidfd_getfd", "pidfd_open",
    "pidfd_send_signal", "pivot_root", "process_madvise", "process_mrelease", "process_vm_readv", "process_vm_writev",
    "ptrace", "quotactl", "quotactl_fd", "reboot", "request_key", "sched_setaffinity", "sched_setattr",
    "sched_setparam", "sched_setscheduler", "semget", "setdomainname", "sethostname", "setns", "setpriority",
    "settimeofday", "shmget", "socket", "accept", "accept4", "bind", "connect", "listen", "swapoff", "swapon", "syslog",
    "umount2", "unshare", "userfaultfd", "vhangup", "vmsplice",
)  # fmt: skip
"""Refused to every program: sockets too, so that not even a name can be asked for."""
NAMESPACES = 0x7E020080
"""The flags of clone(2) that make namespaces."""
THREAD = 0x00010000
OWNERS = {"fcntl": (8, 10, 15), "ioctl": (0x8901, 0x8902, 0x5412)}
"""Commands that have the kernel send signals to others, or typing into their terminal: F_SETOWN, F_SETSIG, F_SETOWN_EX,
FIOSETOWN, SIOCSPGRP, TIOCSTI."""
UNIX, DATAGRAMS = 1, 0b10
"""Of socketpair, which asyncio needs. A datagram could be sent to any socket whose name is known, paired or not."""
SHARED_ANONYMOUS, HUGE_PAGES = 0x21, 0x40000
"""Of mmap: memory that outlasts its mapping, and memory out of a pool, neither of which any process is charged with."""
METADATA = (
    "chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "file_setattr", "fremovexattr",
    "fsetxattr", "futimesat", "lchown", "lremovexattr", "lsetxattr", "removexattr", "removexattrat", "setxattr",
    "setxattrat", "truncate", "utime", "utimensat", "utimes",
)  # fmt: skip
"""Changes to files that Landlock does not mind."""
OTHERS = ("rt_sigqueueinfo", "rt_tgsigqueueinfo", "setpgid", "setsid")
SIGNALS = ("kill", "tkill", "tgkill")
OWN = 0x5EC0FFEE
"""Stands for the program's own process id, which is put in where the filter is installed."""

LOAD, JUMP_EQUAL, JUMP_ANY, RETURN = 0x20, 0x15, 0x45, 0x06
AND = 0x54
JUMP_ALL = -1
"""No operation of the kernel's, but two."""
ALLOW, KILL = 0x7FFF0000, 0x80000000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16


def refusal(number: int) -> int:
    return 0x00050000 | number


class Filter:
    """A filter that is being written. Arguments are looked at by their lower half, as the kernel does with these."""

    def __init__(self, machine: str) -> None:
        self.numbers = NUMBERS[machine] | COMMON
        self.code = [
            self.step(LOAD, ARCHITECTURE),
            self.step(JUMP_EQUAL, ARCHITECTURES[machine], 1, 0),
            self.step(RETURN, KILL),
            self.step(LOAD, NUMBER),
        ]
        if machine == "x86_64":  # the x32 calls are the same ones by other numbers
            self.code += [self.step(0x35, 0x40000000, 0, 1), self.step(RETURN, refusal(errno.EPERM))]

    @staticmethod
    def step(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", operation, if_true, if_false, value)

    def refuse(self, name: str, error: int = errno.EPERM) -> None:
        if name in self.numbers:
            self.code += [self.step(JUMP_EQUAL, self.numbers[name], 0, 1), self.step(RETURN, refusal(error))]

    def refuse_where(self, name: str, argument: int, *tests: tuple[int, int, bool]) -> None:
        """Refuse a call where one of the tests (operation, value, what it has to give) on an argument holds."""
        if name not in self.numbers:
            return
        body = []
        for operation, value, wanted in tests:
            body.append(self.step(LOAD, ARGUMENTS + 8 * argument))
            if operation == JUMP_ALL:
                body.append(self.step(AND, value))
                operation = JUMP_EQUAL
            body += [
                self.step(operation, value, 0 if wanted else 1, 1 if wanted else 0),
                self.step(RETURN, refusal(errno.EPERM)),
            ]
        body.append(self.step(LOAD, NUMBER))  # for what is asked next
        self.code += [self.step(JUMP_EQUAL, self.numbers[name], 0, len(body)), *body]

    def bytes(self) -> bytes:
        return b"".join((*self.code, self.step(RETURN, ALLOW)))


def supported() -> bool:
    """Whether the calls of this machine's architecture are known here."""
    return platform.system() == "Linux" and platform.machine() in ARCHITECTURES


@cache
def base() -> bytes:
    """For every program: nothing of OUTSIDE, no namespaces, no limits of other processes."""
    written = common()
    written.refuse_where("clone", 0, (JUMP_ANY, NAMESPACES, True))
    return written.bytes()


@cache
def strict() -> bytes:
    """For a program that is not alone in its process namespace: no processes, no signals to others, no metadata."""
    written = common()
    written.refuse_where("clone", 0, (JUMP_ANY, NAMESPACES, True), (JUMP_ANY, THREAD, False))
    for name in ("fork", "vfork", *METADATA, *OTHERS):
        written.refuse(name)
    for name in SIGNALS:
        written.refuse_where(name, 0, (JUMP_EQUAL, OWN, False))
    written.refuse_where("prctl", 0, (JUMP_EQUAL, 1, True))  # PR_SET_PDEATHSIG: it dies with its warden
    return written.bytes()


def common() -> Filter:
    written = Filter(platform.machine())
    for name in OUTSIDE:
        written.refuse(name)
    written.refuse("clone3", errno.ENOSYS)  # its flags lie in memory, out of sight; all fall back to clone
    written.refuse_where("prlimit64", 0, (JUMP_EQUAL, 0, False))
    written.refuse_where("socketpair", 0, (JUMP_EQUAL, UNIX, False))
    written.refuse_where("socketpair", 1, (JUMP_ANY, DATAGRAMS, True))
    written.refuse_where("mmap", 3, (JUMP_ALL, SHARED_ANONYMOUS, True), (JUMP_ANY, HUGE_PAGES, True))
    for name, commands in OWNERS.items():
        written.refuse_where(name, 1, *((JUMP_EQUAL, command, True) for command in commands))
    return written
