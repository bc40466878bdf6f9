"""The escape suite: programs that want out, or want the machine for themselves, under each protection.

Every bomb is bounded, so that it harms nothing where its containment fails. Where the two protections contain a case in
different ways, the test says so: under Landlock a program cannot start processes at all and has no place to write to,
but it may see names and sizes of files, and how many processes there are.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import uuid
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from boxes import EACH, SMALL, processes_called, ran

from filters.sandbox import Sandbox, wait

pytestmark = pytest.mark.parametrize("protection", EACH)

TRY = """
import ctypes, json, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(way):
    "What a way out gave, or None where it was barred."
    try:
        return way()
    except OSError:
        return None
"""
"""What the programs below begin with."""


def tried(protection, program, limits=SMALL, fresh=False, **values):
    """The output of a program after TRY, with values put in by name."""
    named = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    found = ran(protection, TRY + named + textwrap.dedent(program), limits=limits, fresh=fresh)
    assert found.stdout or found.reason or found.status, found
    return found


@pytest.fixture
def marker():
    """A name for a program's processes, by which they would be found if they stayed."""
    name = f"esc{uuid.uuid4().hex[:11]}"
    yield name
    assert processes_called(name) == []


@pytest.fixture
def secret(tmp_path):
    """A file that everybody might read, in a home that everybody might enter."""
    place = Path("/var/tmp") / f"home-{uuid.uuid4().hex}"
    place.mkdir(mode=0o755)
    file = place / "key"
    file.write_text("the secret of the house")
    file.chmod(0o644)
    yield file
    shutil.rmtree(place)


# Processes


def test_a_fork_bomb_stops_at_a_few_processes_and_leaves_none(protection, marker):
    found = tried(
        protection,
        """
        libc.prctl(15, marker.encode())
        born = 0
        for _ in range(300):
            if (child := attempt(os.fork)) is None:
                break
            if child == 0:
                os.execvp("sleep", ["sleep", "20"])
            born += 1
        print(born)
        """,
        marker=marker,
    )
    most = {"bubblewrap": SMALL.processes, "landlock": 1}[protection]
    assert found.status == 0
    assert int(found.stdout) < most


def test_a_bomb_of_doubling_processes_is_swept_up(protection, marker):
    found = tried(
        protection,
        """
        libc.prctl(15, marker.encode())
        for _ in range(9):
            attempt(os.fork)
        signal.pause()
        """,
        limits=replace(SMALL, wall_seconds=1, memory_mb=1024),  # of what they share each is charged with all
        marker=marker,
    )
    assert found.reason == "time_limit"


def test_threads_are_limited(protection):
    found = tried(
        protection,
        """
        import threading, time
        threading.stack_size(65536)
        born = 0
        try:
            while born < 2000:
                threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
                born += 1
        except RuntimeError:
            pass
        print(born, flush=True)
        os._exit(0)
        """,
    )
    assert int(found.stdout) < 500


def test_a_daemon_does_not_outlive_its_program(protection, marker):
    found = tried(
        protection,
        """
        libc.prctl(15, marker.encode())
        if attempt(os.fork) == 0:
            os.setsid()
            if os.fork() == 0:
                for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                    attempt(lambda: signal.signal(number, signal.SIG_IGN))
                for _ in range(60):
                    __import__("time").sleep(1)
            os._exit(0)
        print("gone")
        """,
        marker=marker,
    )
    assert found.stdout == b"gone\n"


def test_a_program_dies_with_the_process_that_asked_for_it(protection, marker, secret):
    program = "\n".join([
        "import ctypes, time",
        f"ctypes.CDLL(None).prctl(15, {marker.encode()!r})",
        "print('started', flush=True)",
        "time.sleep(60)",
    ])  # fmt: skip
    asks = f"""
import os, sys, time
sys.path[:0] = {sys.path!r}
from filters.sandbox import Limits, Sandbox
job = Sandbox({protection!r}, Limits(seconds=60)).python({program!r})
os.set_blocking(job.pipes["stdout"], True)
print(os.read(job.pipes["stdout"], 100).decode(), flush=True)
time.sleep(60)
"""
    # Killed as it is, it cannot tidy up; so its folder goes with that of the fixture.
    environment = os.environ | {"TMPDIR": str(secret.parent)}
    with subprocess.Popen([sys.executable, "-c", asks], stdout=subprocess.PIPE, env=environment) as asking:
        assert asking.stdout.readline() == b"started\n"
        asking.send_signal(signal.SIGKILL)


def test_signals_reach_neither_the_warden_nor_anybody_outside(protection):
    program = """
        import os, signal, sys
        reached = []
        for target in (os.getppid(), 1):
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSTOP, signal.SIGKILL):
                try:
                    os.kill(target, number)
                except OSError:
                    pass
        for target in OUTSIDE:
            try:
                os.kill(target, 0)
                reached.append(target)
            except OSError:
                pass
        print(reached, flush=True)
    """
    # Without a namespace of processes, 1 and the parent are the machine's own: there the filter has to hold.
    outside = [os.getpid()]
    with Sandbox(protection, SMALL) as box:
        (found,) = wait(box.python(textwrap.dedent(program).replace("OUTSIDE", repr(outside))))
        assert (found.status, found.stdout) == (0, b"[]\n")
        (again,) = wait(box.python("print('still here')"))
        assert again.stdout == b"still here\n"


def test_killing_all_kills_nobody_else(protection):
    bystander = subprocess.Popen(["sleep", "30"])
    with Sandbox(protection, SMALL) as box:
        (found,) = wait(box.python(TRY + "attempt(lambda: os.kill(-1, 9))\nattempt(lambda: os.killpg(0, 0))\nprint(1)"))
        assert found.stdout == b"1\n"
        assert wait(box.python("print(2)"))[0].stdout == b"2\n"
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_nobody_is_traced_or_read(protection):
    found = tried(
        protection,
        """
        found = []
        for target in (os.getppid(), 1, outside):
            found.append(libc.ptrace(16, target, 0, 0))
            here = ctypes.create_string_buffer(8)
            vector = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8)
            found.append(libc.process_vm_readv(target, vector, 1, vector, 1, 0))
            for name in ("mem", "environ", "maps", "root/etc/hostname", "cwd/.", "fd/0"):
                found.append(attempt(lambda: open(f"/proc/{target}/{name}", "rb").read(1)) or -1)
            found.append(attempt(lambda: os.listdir(f"/proc/{target}/root")) or -1)
        print(set(found))
        """,
        outside=os.getpid(),
    )
    assert found.stdout == b"{-1}\n"


# Memory, disk and time


@pytest.mark.parametrize("step", [1 << 20, 1 << 26, 1 << 30])
def test_a_memory_bomb_is_stopped(protection, step):
    program = f"""
        held = []
        for _ in range({(1 << 31) // step}):
            held.append(b"x" * {step})
        print(len(held))
        """
    found = tried(protection, program)
    assert found.stdout == b""
    assert found.reason == "memory_limit" or b"MemoryError" in found.stderr


def test_memory_is_counted_over_all_processes(protection, marker):
    found = tried(
        protection,
        """
        libc.prctl(15, marker.encode())
        for _ in range(6):
            if (child := attempt(os.fork)) is None:
                print("alone")
                break
            if child == 0:
                held = b"x" * (150 << 20)
                signal.pause()
        else:
            signal.pause()
        """,
        marker=marker,
    )
    if protection == "bubblewrap":
        assert found.reason == "memory_limit"
    else:
        assert found.stdout == b"alone\n"


def test_processor_time_is_counted_over_all_processes(protection, marker):
    found = tried(
        protection,
        """
        libc.prctl(15, marker.encode())
        for _ in range(4):
            attempt(os.fork)
        while True:
            pass
        """,
        limits=replace(SMALL, seconds=0.5, wall_seconds=60),
        marker=marker,
    )
    assert found.reason == "time_limit"


def test_memory_outside_of_the_address_space_is_not_to_be_had(protection):
    found = tried(
        protection,
        """
        import mmap
        print(attempt(lambda: os.memfd_create("x")), libc.shmget(0, 1 << 20, 0o600), libc.mq_open(b"/x", 66, 384, 0))
        print(attempt(lambda: mmap.mmap(-1, 4096)), attempt(lambda: os.open("/dev/zero", os.O_RDWR)),
              attempt(lambda: mmap.mmap(-1, 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)),
              len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)))
        """,
    )
    assert found.stdout == b"None -1 -1\nNone None None 4096\n"


def test_a_disk_is_not_filled(protection):
    found = tried(
        protection,
        """
        written = 0
        for number in range(20):
            try:
                with open(f"file{number}", "wb", buffering=0) as file:
                    for _ in range(10):
                        written += file.write(b"x" * (1 << 20))
            except OSError:
                pass
        print(written >> 20)
        """,
    )
    assert int(found.stdout) <= {"bubblewrap": SMALL.disk_mb, "landlock": 0}[protection]


def test_a_disk_is_not_filled_with_empty_files(protection):
    found = tried(
        protection,
        """
        for number in range(100_000):
            if attempt(lambda: open(f"f{number}", "w").close() or True) is None:
                print("refused")
                break
        else:
            signal.pause()
        """,
    )
    if protection == "bubblewrap":
        assert found.reason == "disk_limit"
    else:
        assert found.stdout == b"refused\n"


def test_time_runs_out_for_a_program_that_ignores_all_signals(protection, marker):
    found = tried(
        protection,
        """
        libc.prctl(15, marker.encode())
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            attempt(lambda: signal.signal(number, signal.SIG_IGN))
        while True:
            pass
        """,
        limits=replace(SMALL, seconds=0.5, wall_seconds=60),
        marker=marker,
    )
    assert found.reason == "time_limit"


def test_time_runs_out_for_a_program_that_waits(protection):
    found = tried(protection, "signal.pause()", limits=replace(SMALL, wall_seconds=0.5))
    assert found.reason == "time_limit"


@pytest.mark.parametrize("stream", [1, 2])
def test_endless_output_is_cut_off(protection, stream):
    limits = replace(SMALL, output_bytes=100_000)
    found = tried(protection, f"while True:\n    os.write({stream}, b'x' * 10_000)", limits=limits)
    assert found.reason == "output_limit"
    assert len(found.stdout) <= 100_000
    assert len(found.stderr) <= SMALL.error_bytes


@pytest.mark.parametrize("read", ["sys.stdin.buffer.read()", "b''"])
def test_a_flood_of_input_blocks_nobody(protection, read):
    found = ran(protection, f"import sys\nprint(len({read}))", b"x" * (32 << 20))
    assert found.stdout in (b"33554432\n", b"0\n")


def test_endless_recursion_ends_the_program_alone(protection):
    program = """
        sys.setrecursionlimit(1 << 30)
        class Deep:
            def __repr__(self):
                return repr(self)
        repr(Deep())
        """
    with Sandbox(protection, SMALL) as box:
        (found,) = wait(box.python(TRY + textwrap.dedent(program)))
        assert found.status != 0
        assert wait(box.python("print(2)"))[0].stdout == b"2\n"


# Files and the network


def test_the_environment_is_empty_of_ours(protection, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "the secret of the house")
    found = tried(
        protection,
        """
        seen = [repr(dict(os.environ))]
        others = [name for name in attempt(lambda: os.listdir("/proc")) or [] if name.isdigit()]
        for pid in [*others, "self", str(outside)]:
            seen.append(repr(attempt(lambda: open(f"/proc/{pid}/environ", "rb").read())))
        print(*seen)
        """,
        outside=os.getpid(),
        fresh=True,
    )
    assert b"PATH" in found.stdout
    assert b"secret" not in found.stdout


def test_a_home_cannot_be_read(protection, secret):
    found = tried(
        protection,
        """
        print([attempt(lambda: open(path).read()) for path in (secret, f"/proc/self/root{secret}", f"//{secret}",
               f"/proc/1/root{secret}", f"/proc/self/cwd/../../../../..{secret}", f"/usr/..{secret}")],
              [attempt(lambda: os.listdir(path)) for path in (os.path.dirname(secret), "/var/tmp", "/home")])
        """,
        secret=str(secret),
    )
    assert found.stdout == b"[None, None, None, None, None, None] [None, None, None]\n"


def test_nobody_is_told_what_others_write(protection):
    found = tried(protection, "print(libc.inotify_add_watch(libc.inotify_init1(0), b'/tmp', 0x100))")
    assert found.stdout == b"-1\n"


def test_links_do_not_lead_out(protection, secret):
    found = tried(
        protection,
        """
        attempt(lambda: os.symlink(secret, "link"))
        attempt(lambda: os.symlink("/", "root"))
        attempt(lambda: os.link(secret, "hard"))
        attempt(lambda: os.link(secret, "/dev/shm/hard"))
        print([attempt(lambda: open(path).read()) for path in ("link", f"root{secret}", "hard", "/dev/shm/hard")])
        """,
        secret=str(secret),
    )
    assert found.stdout == b"[None, None, None, None]\n"


def test_nothing_is_written_outside(protection, secret):
    stray = f"stray-{uuid.uuid4().hex}"
    places = [str(secret.parent), "/tmp", "/var/tmp", "/dev/shm", "/dev", "/usr", "/etc", "/", str(Path.cwd())]
    tried(
        protection,
        """
        for place in places:
            attempt(lambda: open(os.path.join(place, stray), "w").close())
            attempt(lambda: os.mkdir(os.path.join(place, stray + "d")))
        attempt(lambda: open(secret, "a").write("more"))
        attempt(lambda: os.truncate(secret, 0))
        attempt(lambda: os.unlink(secret))
        attempt(lambda: os.rename(secret, secret + "2"))
        attempt(lambda: os.chmod(secret, 0))
        attempt(lambda: os.utime(secret, (0, 0)))
        attempt(lambda: os.setxattr(secret, "user.x", b"1"))
        print(1)
        """,
        places=places,
        stray=stray,
        secret=str(secret),
    )
    assert [place for place in places if (Path(place) / stray).exists() or (Path(place) / f"{stray}d").exists()] == []
    assert secret.read_text() == "the secret of the house"
    assert (secret.stat().st_mode & 0o777, secret.stat().st_mtime > 0) == (0o644, True)


def test_a_later_program_finds_nothing_of_an_earlier_one(protection):
    with Sandbox(protection, SMALL) as box:
        wait(box.python(TRY + "attempt(lambda: open('note', 'w').write('7'))\nattempt(lambda: os.chmod('.', 0))"))
        (found,) = wait(box.python("import os\nprint(os.listdir('.'), oct(os.stat('.').st_mode & 0o777))"))
        mode = {"bubblewrap": "0o777", "landlock": "0o755"}[protection]
        assert found.stdout.decode() == f"[] {mode}\n"


def test_a_folder_is_fresh_where_traces_were_removed(protection):
    program = """
        attempt(lambda: open("note", "w").close())
        attempt(lambda: os.unlink("note"))
        attempt(lambda: os.utime(".", (7, 7)))
        """
    with Sandbox(protection, SMALL) as box:
        wait(box.python(TRY + textwrap.dedent(program)))
        assert wait(box.python("import os\nprint(os.stat('.').st_mtime < 1e9)"))[0].stdout == b"False\n"
        first = box.process
        wait(box.python("1"))
        assert box.process is first


def test_the_network_is_not_there(protection):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        found = tried(
            protection,
            """
            import socket
            print([attempt(way) for way in (
                lambda: socket.create_connection(("127.0.0.1", port), 2),
                lambda: socket.socket(socket.AF_UNIX),
                lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
                lambda: socket.getaddrinfo("example.org", 80),
                lambda: socket.create_server(("127.0.0.1", 0)),
            )])
            """,
            port=server.getsockname()[1],
        )
        assert found.stdout == b"[None, None, None, None, None]\n"
        with pytest.raises(TimeoutError):
            server.accept()


def test_no_datagram_reaches_a_socket_that_has_a_name(protection, secret):
    names = [str(secret.parent / "socket"), f"\0{uuid.uuid4().hex}"]
    with ExitStack() as held:
        hears = [held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) for _ in names]
        for one, name in zip(hears, names, strict=True):
            one.bind(name)
            one.setblocking(False)
        os.chmod(names[0], 0o777)
        found = tried(
            protection,
            """
            import socket
            for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
                for name in names:
                    attempt(lambda: socket.socketpair(socket.AF_UNIX, kind)[0].sendto(b"x", name))
            print([attempt(lambda: socket.socketpair(family)) for family in (socket.AF_INET, 30)])
            """,
            names=names,
        )
        assert found.stdout == b"[None, None]\n"
        for one in hears:
            with pytest.raises(BlockingIOError):
                one.recv(10)


def test_the_warden_keeps_its_turn_on_the_processor(protection):
    program = """
        ways = (lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19), lambda: os.setpriority(os.PRIO_USER, 0, 19),
                lambda: os.sched_setaffinity(os.getppid(), {0}) or True,
                lambda: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)) or True)
        print([attempt(way) for way in ways])
        """
    with Sandbox(protection, SMALL) as box:
        assert wait(box.python(TRY + textwrap.dedent(program)))[0].stdout == b"[None, None, None, None]\n"
        (found,) = wait(
            box.python("import os\nprint(os.getpriority(0, 0), os.sched_getaffinity(0), os.sched_getscheduler(0))")
        )
    assert found.stdout.decode() == f"{os.getpriority(0, 0)} {os.sched_getaffinity(0)} {os.sched_getscheduler(0)}\n"


def test_no_file_descriptor_of_ours_is_inherited(protection, secret):
    with secret.open() as file:
        os.set_inheritable(file.fileno(), True)
        found = tried(
            protection,
            """
            import stat
            read = []
            for fd in range(3, 1024):
                if attempt(lambda: os.fstat(fd)) is None:
                    continue
                read.append(attempt(lambda: os.read(fd, 100)))
                read += [attempt(lambda: os.open(path, os.O_RDONLY, dir_fd=fd))
                         for path in ("../" * 20 + secret[1:], "..", "../..", "../" * 20)]
            print(set(read) - {None}, stat.S_ISREG(os.fstat(0).st_mode))
            """,
            secret=str(secret),
            fresh=True,
        )
    assert found.stdout == b"set() True\n"


def test_the_input_cannot_be_written_to(protection):
    program = """
        import pathlib
        anew = pathlib.Path("/proc/self/fd/0")
        ways = (lambda: os.write(0, b"x"), lambda: os.ftruncate(0, 0), lambda: anew.write_bytes(b"x"),
                lambda: os.truncate(anew, 1 << 20), lambda: anew.open("ab", buffering=0).write(b"x"))
        print([attempt(way) for way in ways])
        """
    found = ran(protection, TRY + textwrap.dedent(program), b"in")
    assert found.stdout == b"[None, None, None, None, None]\n"


def test_what_a_kernel_lets_anybody_do_is_refused(protection):
    calls = {"mount": 165, "unshare": 272, "setns": 308, "bpf": 321, "io_uring_setup": 425, "keyctl": 250,
             "add_key": 248, "userfaultfd": 323, "perf_event_open": 298, "open_by_handle_at": 304, "fsopen": 430,
             "kexec_load": 246, "pidfd_getfd": 438, "pivot_root": 155, "clone3": 435,
             "process_vm_writev": 311}  # fmt: skip
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    found = tried(
        protection,
        """
        allowed = []
        for name, number in calls.items():
            given = (0x10000000, 0) if name == "unshare" else (0, 0)
            answer = libc.syscall(number, *map(ctypes.c_long, (*given, 0, 0, 0, 0)))
            if answer != -1 or ctypes.get_errno() not in (1, 38):
                allowed.append((name, ctypes.get_errno()))
        print(allowed, libc.prctl(38, 0, 0, 0, 0), os.getuid() == 0)
        """,
        calls=calls,
    )
    assert found.stdout == b"[] -1 False\n" if os.getuid() == 0 else found.stdout.startswith(b"[] -1")


def test_a_program_gains_nothing_from_a_file_that_changes_users(protection):
    found = tried(
        protection,
        """
        import glob
        privileged = [path for path in glob.glob("/usr/bin/*") if os.stat(path).st_mode & 0o4000]
        for path in privileged[:1]:
            os.execv("/bin/sh", ["sh", "-c", "exec 2>&1; grep NoNewPrivs /proc/self/status || echo barred"])
        print("NoNewPrivs: 1")
        """,
    )
    assert b"barred" in found.stdout or b"1" in found.stdout
