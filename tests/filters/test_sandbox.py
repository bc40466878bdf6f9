"""The sandbox as a place to run things in; what it holds back is in test_escapes.py."""

import os
import subprocess
import sys
import threading
import uuid
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from boxes import EACH, FAULTS, SMALL, ran

from filters.sandbox import Limits, NoSandbox, Sandbox, SandboxBroken, in_force, probe, run, wait
from filters.sandbox import box as boxes
from filters.sandbox.box import free_uid


@pytest.mark.parametrize("protection", EACH)
def test_a_program_gets_its_input_and_its_output_is_read(protection):
    found = ran(
        protection, "import sys\nprint(sys.stdin.read().upper())\nprint('why', file=sys.stderr)\nsys.exit(3)", b"ab\n"
    )
    assert (found.stdout, found.stderr, found.status, found.signal, found.reason) == (
        b"AB\n\n",
        b"why\n",
        3,
        None,
        None,
    )
    assert 0 < found.processor_seconds < SMALL.seconds


@pytest.mark.parametrize("protection", EACH)
def test_a_command_finds_the_files_it_was_given(protection):
    files = {"poem": b"one\ntwo\n", "greet": b"#!/bin/sh\necho hello $1\n"}
    with Sandbox(protection, SMALL, files, trusted=True) as box:
        assert wait(box.command(["sh", "-c", "wc -l < $GIVEN/poem"]))[0].stdout.strip() == b"2"
        assert wait(box.command(["greet", "you"]))[0].stdout == b"hello you\n"
        assert wait(box.command(["sh", "-c", "rm -rf $GIVEN/poem; echo more >> $GIVEN/poem"]))[0].status != 0
        assert wait(box.command(["sh", "-c", "cat $GIVEN/poem"]))[0].stdout == b"one\ntwo\n"


def test_one_command_is_run_under_the_best_protection_there_is():
    found = run(["sort"], {}, b"b\na\n", SMALL)
    assert (found.stdout, found.status) == (b"a\nb\n", 0)


@pytest.mark.parametrize("protection", EACH)
def test_a_command_that_is_not_there_says_so(protection):
    with Sandbox(protection, SMALL) as box:
        (found,) = wait(box.command(["no-such-program"]))
    assert found.status == 126
    assert b"No such file" in found.stderr


@pytest.mark.parametrize("protection", EACH)
def test_a_signal_that_ends_a_program_is_told(protection):
    found = ran(protection, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert (found.status, found.signal) == (None, 11)


@pytest.mark.parametrize("protection", EACH)
def test_a_python_program_ends_as_it_would_alone(protection):
    program = """
import atexit, sys, threading, time
atexit.register(lambda: print("last"))
threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
def annotated(x: print("first", __name__, sys.argv)): pass
raise SystemExit("no")
"""
    found = ran(protection, program)
    assert found.stdout == b"first __main__ ['program.py']\nthread\nlast\n"
    assert (found.stderr, found.status) == (b"no\n", 1)


@pytest.mark.parametrize("protection", EACH)
@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("print(2)\nexit()", 0), ("print(2)\nquit(3)", 3), ("print(2)\nimport sys\nsys.exit('')", 1),
        ("file = open(1, 'w')\nprint(2, file=file)", 0),
        ("import io, sys\nsys.stdout = io.StringIO()\nsys.__stdout__.write('2\\n')", 0),
        ("import sys\nprint(2)\nsys.stdout.close()", 0),
        ("print(__builtins__.max(1, 2))", 0),
    ],
)  # fmt: skip
def test_a_python_program_finds_what_it_always_finds(protection, program, status):
    with Sandbox(protection, SMALL) as box:
        (found,) = wait(box.python(program))
    assert (found.stdout, found.status) == (b"2\n", status), found.stderr


@pytest.mark.parametrize("protection", EACH)
def test_what_is_read_by_the_name_of_a_device_is_the_input(protection):
    assert ran(protection, "print(open('/dev/stdin').read())", b"2").stdout == b"2\n"


@pytest.mark.parametrize("protection", EACH)
def test_it_works_where_many_files_are_open(protection):
    with ExitStack() as held:
        while (file := held.enter_context(open(os.devnull))).fileno() < 196:
            pass
        for _ in range(10):
            assert ran(protection, "print(1)", fresh=True).stdout == b"1\n"
            held.enter_context(open(os.devnull))
        assert file.fileno() >= 196


@pytest.mark.parametrize("protection", EACH)
def test_the_order_of_a_set_is_the_same_each_time(protection):
    assert len({ran(protection, "print(set('abcdefgh'))", fresh=fresh).stdout for fresh in (True, False)}) == 1


@pytest.mark.parametrize("protection", EACH)
def test_the_standard_library_is_all_there(protection):
    program = """
import asyncio, collections.abc, ctypes, decimal, encodings.idna, json.tool, sqlite3, xml.etree.ElementTree, zoneinfo
async def f(): return 7
print(asyncio.run(f()))
"""
    found = ran(protection, program)
    assert found.stdout == b"7\n", found.stderr


@pytest.mark.parametrize("protection", EACH)
def test_two_sandboxes_run_side_by_side_and_end_with_their_leader(protection):
    reads, writes = os.pipe()
    with Sandbox(protection, SMALL) as one, Sandbox(protection, SMALL) as other:
        first = one.python("import os\nprint(os.read(3, 10))", fds=(reads,))
        second = other.python("import os, time\nos.write(3, b'word')\ntime.sleep(60)", fds=(writes,))
        os.close(reads)
        os.close(writes)
        heard, stopped = wait(first, second, leader=first)
    assert heard.stdout == b"b'word'\n"
    assert stopped.reason == "stopped"


@pytest.mark.parametrize("protection", EACH)
def test_limits_are_those_of_each_run(protection):
    with Sandbox(protection, SMALL) as box:
        short = replace(SMALL, wall_seconds=0.3)
        assert wait(box.python("import time\ntime.sleep(5)", limits=short))[0].reason == "time_limit"
        assert wait(box.python("print(1)"))[0].stdout == b"1\n"
        little = replace(SMALL, output_bytes=10)
        assert wait(box.python("print('x' * 100)", limits=little))[0].reason == "output_limit"
        assert len(wait(box.python("print('x' * 100)"))[0].stdout) == 101


@pytest.mark.parametrize("protection", EACH)
def test_a_sandbox_leaves_nothing_behind(protection, monkeypatch):
    folder = Path("/var/tmp") / f"own-{uuid.uuid4().hex}"
    folder.mkdir(mode=0o755)
    monkeypatch.setattr(boxes.tempfile, "tempdir", str(folder))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(2):
        with Sandbox(protection, SMALL, {"poem": b"one"}) as box:
            wait(box.python("print(1)", result=True))
            process = box.process
        assert process.poll() is not None
    assert len(os.listdir("/proc/self/fd")) == before
    folder.rmdir()  # it is empty


@pytest.mark.parametrize("protection", EACH)
def test_sandboxes_work_in_threads(protection):
    found = {}

    def work(number):
        found[number] = ran(protection, f"print({number} * 2)", fresh=True).stdout

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"{number * 2}\n".encode() for number in range(4)}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("protection", EACH)
def test_it_works_for_a_user_who_is_not_root(protection):
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import sys, os\nsys.exit(sys.version_info < (3, 11))"], check=False).returncode:
        pytest.skip("needs a Python 3.11 that everybody may run")
    program = """
import os
from filters.sandbox import Limits, Sandbox, wait
with Sandbox(PROTECTION, Limits(seconds=2)) as box:
    (ran,) = wait(box.python("import os\\nprint(os.getuid())\\nprint(os.listdir('/home'))"))
    print(ran.stdout.decode().strip(), ran.status)
"""
    told = subprocess.run(
        [python, "-B", "-c", program.replace("PROTECTION", repr(protection))],
        user=12345, group=12345, extra_groups=[], capture_output=True, text=True, cwd="/", check=False,
        env={"PYTHONPATH": os.pathsep.join([*filter(None, sys.path[:1]), os.getcwd()])},
    )  # fmt: skip
    if "Permission denied" in told.stderr or "No module named 'filters'" in told.stderr:
        pytest.skip("another user cannot read this checkout")
    assert told.stdout == "12345 1\n", told.stderr


def test_root_s_sandboxes_are_of_different_users():
    assert len({free_uid() for _ in range(20)}) > 10
    assert all(70_000 <= free_uid() < 100_000 or free_uid() < 66_000 for _ in range(20))


# Which protection is in force


def test_a_protection_is_found_by_trying_it(monkeypatch):
    assert None in FAULTS.values(), FAULTS
    monkeypatch.delenv(probe.CHOICE, raising=False)
    assert in_force() == next(name for name, wrong in FAULTS.items() if wrong is None)


def test_a_protection_that_does_not_hold_is_not_in_force():
    assert "read a file that is none of its business" in probe.leak("rlimits")


def test_a_missing_bubblewrap_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setattr(probe.bubblewrap, "found", lambda: None)
    assert "apt install bubblewrap" in probe.fault.__wrapped__("bubblewrap")


def test_a_bubblewrap_that_may_not_make_namespaces_is_told_with_its_own_words(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(probe.bubblewrap, "found", lambda: str(refusing))
    assert "No permissions to create new namespace" in probe.fault.__wrapped__("bubblewrap")
    with pytest.raises(SandboxBroken, match="No permissions"), Sandbox("bubblewrap", Limits()) as box:
        wait(box.python("print(1)"))


def test_without_protection_nothing_is_run_unless_the_user_says_so(monkeypatch):
    monkeypatch.setattr(probe, "fault", lambda name: "not here")
    monkeypatch.delenv(probe.CHOICE, raising=False)
    with pytest.raises(NoSandbox, match="apt install bubblewrap"):
        run(["true"])
    monkeypatch.setenv(probe.UNSAFE, "1")
    assert in_force() == "rlimits"
    assert run(["echo", "1"]).stdout == b"1\n"


def test_where_there_is_no_linux_nothing_is_run_and_nothing_breaks():
    program = """
import os, sys
for name in ("fcntl", "resource"):
    sys.modules[name] = None
sys.platform = "darwin"
for name in ("memfd_create", "pidfd_open", "sched_setaffinity"):
    delattr(os, name)
os.environ["THOUGHTMILL_UNSAFE_CODE"] = "1"
from filters import Key
from filters.sandbox.probe import fault
from filters.verifiers.code import code
spec = {"kind": "stdin", "tests": [{"input": "", "output": "2"}]}
found = code("print(2)", Key("k", (), "code", spec))
print(found.reason, found.detail["says"], [fault(name) for name in ("bubblewrap", "landlock")], sep="; ")
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    needs = "programs are not run, since their sandbox needs Linux"
    assert told.stdout == f"no_sandbox; {needs}; ['needs Linux', 'needs Linux']\n", told.stderr


def test_a_protection_can_be_chosen_but_not_invented(monkeypatch):
    monkeypatch.setenv(probe.CHOICE, "hope")
    with pytest.raises(NoSandbox, match="expected one of bubblewrap, landlock"):
        in_force()
