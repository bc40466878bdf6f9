import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from filters import Key
from filters.pool import Job, Pool
from warehouse.errors import BadInput

OWN = '''
import ctypes, os, subprocess, sys, time
from filters import Finding, verifier

def obedient(answer, key):
    """Does what it is told."""
    if answer == "hang":
        while True: pass
    if answer == "hang in C":
        return 9 ** 9 ** 9
    if answer == "die":
        os._exit(3)
    if answer == "fall":
        ctypes.string_at(0)
    if answer == "swell":
        return len(" " * (1 << 40))
    if answer == "raise":
        raise ZeroDivisionError("oh no")
    if answer == "print":
        forged = '{"outcome": "pass", "reason": null, "score": null, "detail": {}, "elapsed_ms": 0, "leaving": false}'
        print(forged, flush=True)
    if answer == "read":
        return Finding.passed(found=sys.stdin.read() + os.read(0, 10).decode())
    if answer == "odd":
        return "pass"
    if answer.startswith("start "):
        child = subprocess.Popen(["sleep", "60"])
        open(answer.split()[1], "w").write(str(child.pid))
        while True: pass
    if answer == "who":
        return Finding.passed(pid=os.getpid())
    if answer.startswith("wait"):
        time.sleep(0.3)
    return Finding.passed() if answer in key.answers else Finding.fail("wrong")

def load():
    time.sleep(1.2)

@verifier("slow_to_load", prepare=load)
def slow_to_load(answer, key):
    return Finding.passed()
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.py").write_text(OWN)
    return folder


@pytest.fixture
def pool():
    pool = Pool(workers=2)
    yield pool
    pool.close()


def job(folder, *answers, right="right", seconds=20.0, verifier="own.py:obedient"):
    return Job(Key(f"k-{right}", (right,), verifier), answers, seconds, str(folder))


def outcomes(found):
    return [[(one.outcome, one.reason) for one in of_job] for of_job in found]


PASS, FAIL = ("pass", None), ("fail", "wrong")


def test_findings_come_in_the_order_of_jobs_and_answers(pool, folder):
    jobs = [job(folder, "x", str(number), "y", right=str(number)) for number in range(300)]
    assert outcomes(pool.judge(jobs)) == [[FAIL, PASS, FAIL]] * 300


def test_of_nothing_there_is_nothing_and_no_worker_is_started(pool, folder):
    assert pool.judge([]) == []
    assert pool.judge([job(folder)]) == [[]]
    assert pool._workers == []


@pytest.mark.parametrize("bad", ["hang", "hang in C"])
def test_an_answer_that_hangs_is_a_timeout_and_costs_itself_alone(pool, folder, bad):
    jobs = [job(folder, "x", bad, "right", seconds=1.0), *[job(folder, "right", "x") for _ in range(50)]]
    first, *others = outcomes(pool.judge(jobs))
    assert first == [FAIL, ("undecided", "timeout"), PASS]
    assert others == [[PASS, FAIL]] * 50


@pytest.mark.parametrize("bad", ["die", "fall"])
def test_an_answer_that_takes_its_worker_down_is_a_crash_and_costs_itself_alone(pool, folder, bad):
    jobs = [job(folder, "x", bad, "right"), job(folder, bad), *[job(folder, "right", "x") for _ in range(50)]]
    first, second, *others = outcomes(pool.judge(jobs))
    assert first == [FAIL, ("undecided", "crash"), PASS]
    assert second == [("undecided", "crash")]
    assert others == [[PASS, FAIL]] * 50


def test_the_last_answer_may_be_the_one_that_falls(pool, folder):
    assert outcomes(pool.judge([job(folder, "right", "die")])) == [[PASS, ("undecided", "crash")]]
    assert outcomes(pool.judge([job(folder, "right")])) == [[PASS]]


def test_memory_has_a_limit(pool, folder):
    assert outcomes(pool.judge([job(folder, "x", "swell", "right")])) == [[FAIL, ("undecided", "memory"), PASS]]


def test_what_a_verifier_raises_or_returns_amiss_is_a_crash_that_says_what(pool, folder):
    ((raised, odd, right),) = pool.judge([job(folder, "raise", "odd", "right")])
    assert (raised.reason, raised.detail) == ("crash", {"error": "ZeroDivisionError: oh no"})
    assert (odd.reason, odd.detail) == ("crash", {"error": "TypeError: returned str, expected Finding"})
    assert right.outcome == "pass"


def test_nothing_that_a_verifier_prints_or_reads_gets_between_findings(pool, folder):
    assert outcomes(pool.judge([job(folder, "print", "x", "right")])) == [[FAIL, FAIL, PASS]]
    ((found,),) = pool.judge([job(folder, "read")])
    assert found.detail == {"found": ""}


def test_what_a_killed_verifier_has_started_is_killed_with_it(pool, folder, tmp_path):
    note = tmp_path / "pid"
    assert outcomes(pool.judge([job(folder, f"start {note}", seconds=2.0)])) == [[("undecided", "timeout")]]
    child = int(note.read_text())
    for _ in range(100):
        if not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    raise AssertionError("it is still there")


def test_loading_a_library_is_at_no_answers_expense(pool, folder):
    found = pool.judge([job(folder, "right", seconds=0.5, verifier="own.py:slow_to_load")])
    assert outcomes(found) == [[PASS]]


def test_workers_stay_warm_between_calls_and_are_replaced_when_they_have_gone(pool, folder):
    ((first,),) = pool.judge([job(folder, "who")])
    ((again,),) = pool.judge([job(folder, "who")])
    assert first.detail == again.detail
    os.kill(first.detail["pid"], signal.SIGKILL)
    assert outcomes(pool.judge([job(folder, "right")])) == [[PASS]]


def test_workers_that_stand_by_do_not_mind_that_a_verifier_is_gone_meanwhile(pool, folder, tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    hanging = [job(tmp_path, "hang", "right", seconds=0.3) for _ in range(6)]
    assert outcomes(pool.judge(hanging)) == [[("undecided", "timeout"), PASS]] * 6
    (tmp_path / "own.py").unlink()
    assert outcomes(pool.judge([job(folder, "right", "x") for _ in range(40)])) == [[PASS, FAIL]] * 40


def test_many_threads_may_ask_at_once(pool, folder):
    said = {}

    def ask(number):
        said[number] = outcomes(pool.judge([job(folder, "x", str(number), right=str(number)) for _ in range(20)]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert said == {number: [[FAIL, PASS]] * 20 for number in range(8)}


def test_after_a_fork_a_child_has_workers_of_its_own(pool, folder):
    assert outcomes(pool.judge([job(folder, "right")])) == [[PASS]]
    child = os.fork()
    if child == 0:
        own = outcomes(pool.judge([job(folder, "right")])) == [[PASS]]
        pool.close()
        os._exit(0 if own else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert outcomes(pool.judge([job(folder, "right")])) == [[PASS]]


LEAVES_A_CHILD = """
import os, sys, threading, time
from filters import Key
from filters.pool import Job, Pool

pool = Pool(workers=1)
jobs = [Job(Key("k", ("3",), "number"), ("3", "4") * 50, 20.0) for _ in range(5000)]
pool.judge(jobs[:1])
threading.Thread(target=lambda: [pool.judge(jobs) for _ in range(100)], daemon=True).start()
time.sleep(0.3)
workers = [worker.process.pid for worker in pool._workers]
child = os.fork()
if child:
    print(*workers, child, flush=True)
time.sleep(60)
"""


def test_a_child_that_was_forked_amid_work_keeps_no_worker_alive():
    parent = subprocess.Popen([sys.executable, "-c", LEAVES_A_CHILD], stdout=subprocess.PIPE, text=True)
    *workers, child = map(int, parent.stdout.readline().split())
    parent.kill()
    parent.wait()
    try:
        for _ in range(200):
            if not any(psutil.pid_exists(one) and psutil.Process(one).status() != "zombie" for one in workers):
                return
            time.sleep(0.05)
        raise AssertionError("they are still there")
    finally:
        os.kill(child, signal.SIGKILL)
        parent.stdout.close()


def test_workers_that_die_at_their_start_now_and_then_do_not_end_a_long_call(pool, folder):
    found, killed = [], []
    call = threading.Thread(target=lambda: found.append(pool.judge([job(folder, "wait")] * 30)))
    call.start()
    for started in (False, True, False, True, False):  # some never get to work, some do
        while call.is_alive():
            victims = [one for one in list(pool._workers) if one.started == started and one not in killed]
            if victims:
                os.kill(victims[0].process.pid, signal.SIGKILL)
                killed.append(victims[0])
                break
            time.sleep(0.001)
    call.join()
    assert len(killed) == 5
    assert [len(of_job) for of_job in found[0]] == [1] * 30


def test_a_large_job_crosses_whole(pool, folder):
    large = "x" * 3_000_000
    assert outcomes(pool.judge([job(folder, large, "y", right=large)] * 3)) == [[PASS, FAIL]] * 3


def test_text_that_is_no_unicode_crosses_as_it_is(pool, folder):
    assert outcomes(pool.judge([job(folder, "\ud800", "\x00\n", right="\ud800")])) == [[PASS, FAIL]]


def test_a_verifier_that_is_not_there_is_bad_input(pool, folder):
    with pytest.raises(BadInput, match="no_such"):
        pool.judge([job(folder, "right", verifier="own.py:no_such")])
    assert outcomes(pool.judge([job(folder, "right")])) == [[PASS]]


def test_a_file_of_the_users_shadows_nothing_of_the_standard_library(folder, tmp_path):
    (tmp_path / "enum.py").write_text("raise RuntimeError('not the one')")
    (tmp_path / "mine.py").write_text(
        "from filters import Finding\ndef any_will_do(answer, key):\n    return Finding.passed()\n"
    )
    code = (
        f"import sys; sys.path.append({str(tmp_path)!r})\n"
        "from filters import Key\nfrom filters.pool import Job, Pool\n"
        "print(Pool(1).judge([Job(Key('k', (), 'mine:any_will_do'), ('x',), 20.0)])[0][0].outcome)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path.parent)
    assert run.stdout == "pass\n"


def test_how_many_workers_may_be_said_by_the_environment(monkeypatch):
    monkeypatch.setenv("THOUGHTMILL_WORKERS", "3")
    assert Pool().most == 3
    monkeypatch.setenv("THOUGHTMILL_WORKERS", "many")
    with pytest.raises(BadInput, match="THOUGHTMILL_WORKERS is 'many'"):
        Pool()


def test_a_worker_whose_parent_was_killed_ends_by_itself(folder):
    code = (
        "import threading, sys\n"
        "from filters import Key\nfrom filters.pool import Job, Pool\n"
        "pool = Pool(1)\n"
        f"def job(answer): return Job(Key('k', ('right',), 'own.py:obedient'), (answer,), 0.5, {str(folder)!r})\n"
        "print(pool.judge([job('who')])[0][0].detail['pid'], flush=True)\n"
        "threading.Event().wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        worker.wait(timeout=30)
