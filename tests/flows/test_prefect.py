"""The command with Prefect's server, for real. Slow to start, so few."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from small import tables, toml

COMMAND = Path(sys.executable).with_name("thoughtmill")


@pytest.fixture
def home(tmp_path):
    (tmp_path / "small.toml").write_text("\n".join(f"{key} = {toml(value)}" for key, value in tables().items()))
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "COLUMNS": "150"}
    environment.pop("PREFECT_API_URL", None)
    return tmp_path, environment


def run(home):
    folder, environment = home
    return subprocess.run(
        [COMMAND, "run", "small.toml"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def wait_until_gone(processes):
    _, alive = psutil.wait_procs(processes, timeout=60)
    return not alive


def test_a_run_ends_with_figures_and_places_and_the_next_does_not_start_prefect(home):
    first = run(home)
    assert first.returncode == 0, first.stderr
    for word in (
        "The funnel",
        "Scores on held-out problems",
        "Time: ",
        "Release small",
        "Chart",
        "Catalog",
        "try next",
    ):
        assert word in first.stdout
    (home[0] / "lake" / "prefect.log").unlink()
    second = run(home)
    assert second.returncode == 0
    assert "nothing to do" in second.stderr
    assert not (home[0] / "lake" / "prefect.log").exists()


@pytest.mark.slow
def test_runs_that_are_the_first_on_a_machine_may_start_at_once(home):
    folder, environment = home
    runs = [
        subprocess.Popen(
            [COMMAND, "generate", "small.toml", "--lake", f"lake-{n}"],
            cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for n in range(3)
    ]  # fmt: skip
    told = [process.communicate()[1] for process in runs]
    assert [process.returncode for process in runs] == [0, 0, 0], told


def test_a_killed_run_leaves_no_server_behind(home):
    folder, environment = home
    process = subprocess.Popen(
        [COMMAND, "run", "small.toml"], cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stderr is not None
    for line in process.stderr:  # the first stage has begun: the server is up
        if b"to do" in line:
            break
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert wait_until_gone(children)


def test_an_interrupted_run_says_that_it_can_go_on_and_leaves_no_server_behind(home):
    folder, environment = home
    process = subprocess.Popen(
        [COMMAND, "run", "small.toml"], cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stderr is not None
    for line in process.stderr:
        if b"to do" in line:
            break
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    last = process.stderr.read().decode().splitlines()[-1]
    process.stderr.close()
    assert process.wait() == 130
    assert last == "thoughtmill: stopped; what was answered stays, the same command goes on from there"
    assert wait_until_gone(children)
    assert run(home).returncode == 0


@pytest.mark.slow
def test_a_run_that_fails_midway_exits_1_with_one_message(home):
    folder, _ = home
    (folder / "none.sql").write_text("SELECT trace_id FROM candidates WHERE false")
    text = (folder / "small.toml").read_text().replace('"select" = "accepted"', "").replace(
        'select = "accepted"', 'select = "none.sql"'
    )  # fmt: skip
    (folder / "small.toml").write_text(text)
    told = run(home)
    assert told.returncode == 1, told.stderr
    assert "selects none of" in told.stderr
    assert "Traceback" not in told.stderr
    assert "leaked" not in told.stderr
