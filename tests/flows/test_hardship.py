"""The nano recipe under hardship, whole and with its real models: make test-slow."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml
from small import tables, toml

from warehouse.lake import Lake

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("thoughtmill")
SAMPLES = "SELECT trace_id, model FROM traces WHERE kind = 'sample' AND model = 'teacher' ORDER BY 1"
TASTE = ("--limit", "60", "--set", "train.epochs=1", "--set", "generate.shard=15")


@pytest.fixture
def environment(tmp_path):
    clean = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "OMP_WAIT_POLICY": "PASSIVE"}
    clean.pop("PREFECT_API_URL", None)
    return clean


def nano(lake, environment, *more):
    return subprocess.Popen(
        [COMMAND, "run", "nano.toml", "--lake", lake, *TASTE, *more],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def assert_sound(lake):
    (row,) = lake.sql(
        """SELECT (SELECT count(*) - count(DISTINCT trace_id) FROM traces) AS repeated,
            (SELECT count(*) FROM (SELECT unnest(parents) AS trace_id FROM traces) p
                ANTI JOIN traces USING (trace_id)) AS orphans"""
    ).to_dicts()
    assert row == {"repeated": 0, "orphans": 0}


def test_ten_kills_end_as_an_undisturbed_run_does(tmp_path, environment):
    began = time.monotonic()
    assert nano(tmp_path / "calm", environment).wait() == 0
    whole = time.monotonic() - began
    calm, dice = Lake(tmp_path / "calm"), random.Random()
    family, seen, moments = [], {}, []
    path = tmp_path / "lake-0"
    while len(moments) < 10:
        process = nano(path, environment)
        moment = dice.uniform(0.05, 0.2) * whole  # so that ten of them fall all along the road
        time.sleep(moment)
        if process.poll() is None:
            family += psutil.Process(process.pid).children(recursive=True)
            os.kill(process.pid, signal.SIGKILL)
            moments.append(round(moment, 1))
        assert process.wait() in (0, -signal.SIGKILL)
        if (path / "lake.json").exists():
            seen |= dict(Lake(path).sql("SELECT trace_id, created_at FROM traces").rows())
        if process.returncode == 0 or len(moments) == 10:
            assert nano(path, environment).wait() == 0
            assert_sound(Lake(path))
            assert Lake(path).sql(SAMPLES).equals(calm.sql(SAMPLES))
            # What was committed before a kill is what stands now: nothing was generated again.
            now = dict(Lake(path).sql("SELECT trace_id, created_at FROM traces").rows())
            assert seen.items() <= now.items()
            print(f"\n{len(seen)} of {len(now)} traces stood at the last kill")
            path, seen = tmp_path / f"lake-{len(moments)}", {}
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    print(f"an undisturbed run takes {whole:.0f} s; killed after {moments} s")


def test_two_runs_at_once_and_more_samples_generate_each_trace_once(tmp_path, environment):
    both = [nano(tmp_path / "lake", environment) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    lake = Lake(tmp_path / "lake")
    assert_sound(lake)
    before = lake.sql("SELECT trace_id, created_at FROM traces WHERE kind = 'sample' AND model = 'teacher'")
    assert nano(tmp_path / "lake", environment, "--set", "generate.n=6").wait() == 0
    assert_sound(lake)
    after = lake.sql("SELECT trace_id, created_at FROM traces WHERE kind = 'sample' AND model = 'teacher'")
    assert before.join(after, on=["trace_id", "created_at"]).height == before.height
    assert after.height - before.height == 3 * 60 * 2


def test_a_scheduled_run_appears_and_finishes(tmp_path, environment):
    """A server, a deployment and a worker, each a process of its own."""
    prefect = Path(sys.executable).with_name("prefect")
    port = 4300 + os.getpid() % 500
    environment = environment | {
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PATH": f"{prefect.parent}:{os.environ['PATH']}",
    }
    recipe = tmp_path / "small.toml"
    recipe.write_text("\n".join(f"{key} = {toml(value)}" for key, value in tables().items()))
    deployment = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    (nightly,) = deployment["deployments"]
    nightly["schedules"][0]["cron"] = "* * * * *"
    nightly["parameters"] = {"recipe": str(recipe), "lake": str(tmp_path / "lake")}
    (tmp_path / "prefect.yaml").write_text(yaml.safe_dump(deployment))
    server = subprocess.Popen([prefect, "server", "start", "--port", str(port)], env=environment, **quiet())
    worker = None
    try:
        until(180, lambda: call(prefect, environment, "work-pool", "create", "mill", "--type", "process"))
        assert call(prefect, environment, "--no-prompt", "deploy", "--all", "--prefect-file", tmp_path / "prefect.yaml")
        worker = subprocess.Popen([prefect, "worker", "start", "--pool", "mill"], cwd=ROOT, env=environment, **quiet())

        def finished():
            told = subprocess.run(
                [prefect, "flow-run", "ls", "--state", "COMPLETED", "-o", "json"],
                env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            return told.returncode == 0 and bool(json.loads(told.stdout or "[]"))

        until(400, finished)
        events = Lake(tmp_path / "lake").sql("SELECT event FROM runs ORDER BY created_at")["event"].to_list()
        assert events[-1] == "finished"
    finally:
        for process in filter(None, (worker, server)):
            for one in [*psutil.Process(process.pid).children(recursive=True), process]:
                one.terminate()
            process.wait(60)


def quiet():
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def call(prefect, environment, *arguments):
    return (
        subprocess.run([prefect, *map(str, arguments)], cwd=ROOT, env=environment, check=False, **quiet()).returncode
        == 0
    )


def until(seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(2)
