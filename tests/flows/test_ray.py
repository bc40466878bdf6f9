"""Runs on a real Ray cluster of two nodes on this machine: make test-ray."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from small import equations, tables, toml

from flows.recipe.file import check
from warehouse.lake import Lake

pytestmark = pytest.mark.ray

COMMAND = Path(sys.executable).with_name("thoughtmill")
IDS = "SELECT kind, model, trace_id FROM traces ORDER BY ALL"
NODE = {"num_cpus": 1, "num_gpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
SLOW = """
import json, os, time
from pathlib import Path
import ray
from generators.teachers import BACKENDS
from warehouse.records import Completion

def note(**what):
    what["node"] = ray.get_runtime_context().get_node_id()
    what |= {"pid": os.getpid(), "gpu": os.environ["CUDA_VISIBLE_DEVICES"]}
    with (Path(__file__).parent / "notes.jsonl").open("a") as file:
        file.write(json.dumps(what) + "\\n")

@BACKENDS.register("slow")
def slow(teacher):
    def complete(requests):
        note(did="load") if not complete.loaded else None
        complete.loaded = True
        for request in requests:
            note(did="ask", trace=request.trace_id)
            time.sleep(0.2)
            yield Completion(request, "<think>\\nhm\\n</think>\\n\\n7", "stop", 1, 3, 0.2, "slow")
    complete.loaded = False
    return complete
"""


@pytest.fixture(scope="module")
def head():
    """The first node of a cluster."""
    from ray.cluster_utils import Cluster

    before = os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(initialize_head=True, head_node_args=NODE)
    processes = psutil.Process().children(recursive=True)
    yield cluster
    cluster.shutdown()
    os.environ["RAY_USAGE_STATS_ENABLED"] = before
    assert gone(processes)


@pytest.fixture
def second(head):
    """Its second node, for the length of a test."""
    node = head.add_node(**NODE)
    yield node
    if node in head.worker_nodes:
        head.remove_node(node)


@pytest.fixture
def start(tmp_path, head, second):
    """The command, on the cluster."""
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "RAY_ADDRESS": head.address}
    environment.pop("PREFECT_API_URL", None)

    def command(given, *more):
        (tmp_path / "recipe.toml").write_text("\n".join(f"{key} = {toml(value)}" for key, value in given.items()))
        return subprocess.Popen(
            [COMMAND, "run", "recipe.toml", "--lake", "far", "--on", "ray", *more],
            cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return command


def gone(processes, within=60):
    _, alive = psutil.wait_procs(processes, timeout=within)
    return not alive


def finished(process):
    _, told = process.communicate()
    assert process.returncode == 0, told
    return told


def notes(folder, did):
    file = folder / "notes.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [one for one in map(json.loads, lines) if one["did"] == did]


def slow_recipe(folder):
    (folder / "mine.py").write_text(SLOW)
    model = {"backend": "mine.py:slow", "path": "nano-base", "resources": {"num_gpus": 1}}
    generate = {"do": "generate", "model": "slow", "n": 4, "shard": 2}
    return tables(
        models={"slow": model}, problems=[equations(24)], stages=[generate, {"do": "verify", "checks": ["format"]}]
    )


def test_two_nodes_give_the_same_traces_and_the_same_release_as_one_machine(start, turn, tmp_path):
    told = finished(start(tables()))
    assert "generate traces: done in" in told
    assert "11% accepted" in told  # progress came home from where the work was
    near, far = turn(check(tables(), "x")).lake, Lake(tmp_path / "far")
    assert far.sql(IDS).equals(near.sql(IDS))
    assert [p.name for p in (far.path / "releases").iterdir()] == [p.name for p in (near.path / "releases").iterdir()]
    assert "nothing to do" in finished(start(tables()))


def test_a_real_model_answers_learns_and_is_examined_out_there(start, turn, tiny_model, tmp_path):
    generate = {"do": "generate", "model": "tiny", "n": 2, "shard": 4, "max_tokens": 16}
    stages = [
        {"do": "generate", "model": "search", "n": 1},
        generate,
        {"do": "verify", "checks": ["answer", "format"]},
        {"do": "release", "models": ["search"]},
        {"do": "train", "model": "tiny", "produces": "student", "epochs": 1, "batch_size": 4},
        {"do": "evaluate", "models": ["tiny", "student"], "n": 2, "ks": [2], "max_tokens": 16},
    ]
    models = {"tiny": {"path": str(tiny_model)}, "search": {"backend": "solver", "path": "search"}}
    given = tables(models=models, stages=stages)
    finished(start(given))
    near, far = turn(check(given, "x")).lake, Lake(tmp_path / "far")
    assert far.sql(IDS).equals(near.sql(IDS))
    assert Counter(far.sql(IDS)["model"]) == {"search": 12, "tiny": 24 + 12, "student": 12}


def test_a_node_killed_midway_costs_only_its_shards_in_flight(start, second, tmp_path):
    process = start(slow_recipe(tmp_path))
    while sum(one["node"] == second.node_id for one in notes(tmp_path, "ask")) < 11:  # in its second shard
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    raylet = second.all_processes["raylet"][0].process
    machine = [psutil.Process(raylet.pid), *psutil.Process(raylet.pid).children(recursive=True)]
    for one in machine:  # as a power cut would
        one.kill()
    raylet.wait()
    assert gone(machine)
    finished(process)
    asked = Counter(one["trace"] for one in notes(tmp_path, "ask"))
    traces = Lake(tmp_path / "far").sql("SELECT trace_id, created_at FROM traces")
    assert traces.height == traces["trace_id"].n_unique() == len(asked) == 24 * 4
    print(f"\n{asked.total()} questions for {len(asked)} answers")
    # Only what the dead node was at is asked again: the rest of its shard stood in the journal.
    assert asked.total() <= len(asked) + 1
    assert not any((tmp_path / "far" / "_journal").iterdir())
    assert not Lake(tmp_path / "far").sql("FROM traces ANTI JOIN verdicts USING (trace_id)").height


def test_a_process_keeps_its_model_from_shard_to_shard_and_holds_a_gpu_of_its_own(start, head, second, tmp_path):
    finished(start(slow_recipe(tmp_path)))
    loads = notes(tmp_path, "load")
    assert {one["node"] for one in loads} == {head.head_node.node_id, second.node_id}
    assert len(loads) == len({one["pid"] for one in loads}) == 2
    assert {one["gpu"] for one in notes(tmp_path, "ask")} == {"0"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_process_on_the_cluster(start, tmp_path, how):
    process = start(slow_recipe(tmp_path))
    while len(notes(tmp_path, "ask")) < 4:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    family += [psutil.Process(pid) for pid in {one["pid"] for one in notes(tmp_path, "load")}]
    process.send_signal(how)
    _, told = process.communicate()
    assert process.returncode == (130 if how == signal.SIGTERM else -how)
    assert gone(family), [one.cmdline() for one in family if one.is_running()]
    if how == signal.SIGTERM:
        assert "the same command goes on from there" in told


def test_a_shard_that_fails_out_there_ends_the_run_with_one_message(start, tmp_path):
    given = slow_recipe(tmp_path)
    broken = SLOW.replace("import ray", "from warehouse.errors import RunFailed").replace(
        "import json", "import ray, json"
    )
    (tmp_path / "mine.py").write_text(broken.replace("time.sleep(0.2)", "raise RunFailed('the mill stone broke')"))
    process = start(given)
    _, told = process.communicate()
    assert process.returncode == 1
    assert told.splitlines()[-1] == "thoughtmill: the mill stone broke"
    assert "Traceback" not in told
