"""``thoughtmill grade``: the command, its ends, and what a kill leaves; tests/filters/test_grading.py has the rest."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COMMAND = Path(sys.executable).with_name("thoughtmill")
SLOWLY = """
import time
from filters import Finding, verifier
from filters.verifiers.number import number

@verifier("slowly")
def slowly(answer, key):
    time.sleep(0.01)
    return number(answer, key)
"""


def thoughtmill(*arguments, cwd=None):
    return subprocess.run([COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def answers(tmp_path):
    """A file of 600 different answers, and a verifier that takes its time over each."""
    rows = [
        {"n": n, "response": f"<think>{n}</think>\\boxed{{{n}}}", "answer": str(n - n % 3 // 2), "ok": n % 3 < 2}
        for n in range(600)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "answers.parquet")
    (tmp_path / "slowly.py").write_text(SLOWLY)
    return tmp_path


def test_it_prints_what_came_of_it_and_how_it_compares(answers):
    told = thoughtmill(
        "grade", "answers.parquet", "--out", "graded.parquet", "--verifier", "number", "--against", "ok", cwd=answers
    )
    assert told.returncode == 0, told.stderr
    for line in (
        "│ pass      │       400 │ 66.7% │",
        "│ fail    │ wrong_value │       200 │",
        "│ exact      │       600 │",
    ):
        assert line in told.stdout
    assert "Agreement: 100.00%  [99.36%, 100.00%] of 600" in told.stdout
    assert "Rows: 600 in graded.parquet" in told.stdout
    assert "grade answers.parquet: 600 to do" in told.stderr
    assert pl.read_parquet(answers / "graded.parquet")["outcome"].value_counts(sort=True).rows() == [
        ("pass", 400),
        ("fail", 200),
    ]


def test_it_prints_what_the_page_shows(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "grading.md").read_text(encoding="utf-8")
    section = page.partition("## Against somebody's labels")[2].partition("\n## ")[0]
    (rows,) = re.findall(r"```jsonl\n(.*?)```", section, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
    (tmp_path / "answers.jsonl").write_text(rows, encoding="utf-8")
    told = thoughtmill("grade", "answers.jsonl", "--out", "graded.jsonl", "--against", "correct", cwd=tmp_path)
    assert [line for line in shown.splitlines() if line.strip() not in told.stdout] == []


def test_for_programs_it_is_json_and_nothing_else(answers):
    told = thoughtmill(
        "grade", "answers.parquet", "--out", "g.jsonl", "--verifier", "number", "--format", "json", cwd=answers
    )
    assert json.loads(told.stdout)["outcomes"] == {"pass": 400, "fail": 200, "undecided": 0}
    assert told.stderr == ""
    assert len((answers / "g.jsonl").read_text().splitlines()) == 600


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--column", "generation"],
            "--column generation: expected a part and the name of its column, like response=g",
        ),
        (["--column", "response=generation"], "answers.parquet has 'n', 'response', 'answer', 'ok' and no column 'gen"),
        (["--spec", "{"], "--spec {: no JSON"),
        (["--against", "label"], "no column 'label' to compare with"),
    ],
)
def test_bad_input_is_one_message_and_exit_2(answers, options, message):
    told = thoughtmill("grade", "answers.parquet", "--out", "graded.parquet", *options, cwd=answers)
    assert told.returncode == 2
    assert message in told.stderr
    assert "Traceback" not in told.stderr
    assert not (answers / "graded.parquet").exists()


@pytest.fixture
def begun(answers):
    """The command, running, with its first part on disk."""
    command = [COMMAND, "grade", "answers.parquet", "--out", "graded.parquet", "--verifier", "slowly.py:slowly"]
    run = subprocess.Popen(command, cwd=answers, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(answers.glob(".graded.parquet.grading/*.parquet")):
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    yield run
    run.kill()
    run.communicate()


def finished(answers):
    """The same command again, to its end; the rows it gives, and how many of them it judged."""
    command = (
        "grade",
        "answers.parquet",
        "--out",
        "graded.parquet",
        "--verifier",
        "slowly.py:slowly",
        "--format",
        "json",
    )
    told = thoughtmill(*command, cwd=answers)
    assert told.returncode == 0, told.stderr
    return pl.read_parquet(answers / "graded.parquet").drop("elapsed_ms"), json.loads(told.stdout)["judged_now"]


def test_killed_and_run_again_it_goes_on_and_gives_the_same_rows(answers, begun):
    workers = psutil.Process(begun.pid).children(recursive=True)
    assert workers
    os.kill(begun.pid, signal.SIGKILL)
    begun.wait()
    assert not (answers / "graded.parquet").exists()
    found, judged = finished(answers)
    assert 0 < judged < 600
    thoughtmill("grade", "answers.parquet", "--out", "whole.parquet", "--verifier", "number", cwd=answers)
    assert found.equals(pl.read_parquet(answers / "whole.parquet").drop("elapsed_ms"))
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    assert list(answers.glob(".*")) == []


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_says_so_and_goes_on_when_run_again(answers, begun, word):
    workers = psutil.Process(begun.pid).children(recursive=True)
    begun.send_signal(word)
    _, said = begun.communicate()
    assert begun.returncode == 130
    assert "thoughtmill: stopped; what was judged stays, the same command goes on from there" in said
    assert "Traceback" not in said
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    found, judged = finished(answers)
    assert 0 < judged < 600
    assert found["outcome"].to_list() == ["pass" if n % 3 < 2 else "fail" for n in range(600)]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes; yields it and what gives it more."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", place], capture_output=True)

    if not sys.platform.startswith("linux") or mount("size=2m").returncode:
        pytest.skip("only root may mount")
    yield place, lambda: mount("remount", "size=64m")
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_ends_the_command_and_it_says_so(answers, small_disk):
    disk, more = small_disk
    lines = (json.dumps({"response": "so " * 2000 + f"\\boxed{{{n}}}", "answer": n}) for n in range(800))
    (answers / "long.jsonl").write_text("\n".join(lines))
    command = ("grade", "long.jsonl", "--out", disk / "graded.jsonl", "--verifier", "number", "--format", "json")
    told = thoughtmill(*command, cwd=answers)
    assert told.returncode == 1
    assert "thoughtmill: No space left on device" in told.stderr
    assert "what was judged stays in" in told.stderr
    assert [path.name for path in disk.iterdir()] == [".graded.jsonl.grading"]
    more()
    told = json.loads(thoughtmill(*command, cwd=answers).stdout)
    assert (told["judged_now"], told["outcomes"]["pass"]) == (0, 800)


PEAK = """
import resource, sys
from filters.grading import grade
grade(sys.argv[1], sys.argv[1] + ".out.parquet", "number", workers=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    def peak(rows):
        """Megabytes at most, over a file of one row group."""
        said = [f"<think>{n:>2000}</think>\\boxed{{{n % 50}}}" for n in range(rows)]
        table = pa.table({"response": said, "answer": [str(n % 40) for n in range(rows)]})
        pq.write_table(table, tmp_path / f"{rows}.parquet", row_group_size=rows, compression="zstd")
        del said, table
        told = subprocess.run(
            [sys.executable, "-c", PEAK, tmp_path / f"{rows}.parquet"], capture_output=True, check=True
        )
        return int(told.stdout)

    # A hundred thousand rows hold 200 MB of text; what is gathered at a time is bounded at a sixth of that.
    assert peak(100_000) - peak(25_000) < 60
