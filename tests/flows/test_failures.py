"""Requests that get no answer: kept with their reason, asked again by the next run, and never the end of the job."""

import json
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from small import in_process
from stand_in import stand_in

from flows import shortfall
from flows.recipe.file import check
from warehouse.errors import RunFailed
from warehouse.journal import whole_rows
from warehouse.lake import Lake

STAGES = [
    {"do": "generate", "model": "ada", "n": 2, "shard": 100},
    {"do": "verify", "checks": ["answer", "format"]},
    {"do": "release", "select": "all"},
]


@pytest.fixture(scope="module")
def process():
    with stand_in() as server:
        yield server


@pytest.fixture
def server(process):
    """A server that behaves, until it is told otherwise."""
    process.calm()
    return process


@pytest.fixture
def asking(tmp_path):
    """A recipe that asks servers about sums, in a file of prompts."""

    def recipe(urls, count=60, odd=(), stages=STAGES, **options):
        prompts = [f"What is {n} + {n}?" for n in range(count - len(odd))] + list(odd)
        rows = [json.dumps({"prompt": prompt, "answers": "4"}) for prompt in prompts]
        (tmp_path / "sums.jsonl").write_text("\n".join(rows))
        options = {"url": urls, "attempts": 3, "patience": 2.0, "timeout": 10.0} | options
        tables = {
            "name": "sums",
            "folder": str(tmp_path),
            "models": {"ada": {"backend": "openai", "path": "ada", "options": options}},
            "problems": [{"source": "file", "path": "sums.jsonl", "verifier": "text"}],
            "stages": stages,
        }
        return check(tables, "sums.toml")

    return recipe


def counts(lake):
    (row,) = lake.sql(
        """SELECT (SELECT count(*) FROM traces) AS traces, (SELECT count(DISTINCT trace_id) FROM traces) AS ids,
            (SELECT count(DISTINCT trace_id) FROM failures) AS failed"""
    ).to_dicts()
    return row


def nobody():
    """The address of a server that is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


def test_a_poisoned_prompt_among_a_thousand_costs_itself_only(server, asking, turn):
    run = turn(asking([server.url], 1000, odd=["poison"], attempts=1))
    assert counts(run.lake) == {"traces": 1998, "ids": 1998, "failed": 2}
    assert shortfall.told(shortfall.of_run(run)) == "2 requests got no answer (rejected 2)"
    assert run.lake.sql("SELECT count(*) AS n FROM selections WHERE kept")["n"].item() == 1998
    assert "not welcome" in run.lake.sql("SELECT detail FROM failures")["detail"][0]


def test_a_dead_server_of_three_costs_nothing(server, asking, turn):
    with stand_in() as second:
        run = turn(asking([nobody(), server.url, second.url], 200))
    assert counts(run.lake) == {"traces": 400, "ids": 400, "failed": 0}


def test_what_failed_is_asked_again_by_the_next_run_and_what_was_answered_is_not(server, asking, turn):
    stages = [{**STAGES[0], "tolerate": 1.0}, *STAGES[1:]]
    server.behave(error=0.5)
    run = turn(asking([server.url], stages=stages, attempts=1))
    lost = counts(run.lake)["failed"]
    assert lost > 0
    assert shortfall.of_run(run) == {"server_error": lost}
    server.behave(error=0.0)
    asked = sum(server.counts()["asked"].values())
    run = turn(asking([server.url], stages=stages))
    assert sum(server.counts()["asked"].values()) - asked == lost
    assert counts(run.lake)["traces"] == 120
    assert not shortfall.of_run(run)


def test_a_prompt_too_long_is_not_asked_again(server, asking, turn):
    for _ in range(2):
        run = turn(asking([server.url], 60, odd=["endless"]))
        assert shortfall.of_run(run) == {"prompt_too_long": 2}
    assert max(server.counts()["asked"].values()) == 1


def test_more_failures_than_the_recipe_tolerates_end_the_run_and_say_what_is_wrong(server, asking, turn, tmp_path):
    server.behave(error=1.0)
    with pytest.raises(RunFailed, match=r"server_error.*more than the recipe tolerates \(10%\).*something broke"):
        turn(asking([server.url], attempts=1))
    server.behave(error=0.0)
    assert counts(turn(asking([server.url])).lake)["traces"] == 120


def test_what_every_request_says_besides_makes_other_traces_and_the_name_of_the_limit_none(server, asking, turn):
    turn(asking([server.url]))
    run = turn(asking([server.url], limit_field="max_completion_tokens"))
    assert counts(run.lake)["traces"] == sum(server.counts()["asked"].values()) == 120
    for _ in range(2):
        run = turn(asking([server.url], body={"top_k": 20}))
    assert counts(run.lake) == {"traces": 240, "ids": 240, "failed": 0}
    assert sum(server.counts()["asked"].values()) == 240


def kill_and_finish(start, server, kills, within=0.6):
    """Kill runs at random moments of their work, then let one finish; returns how many were killed."""
    dice, killed = random.Random(), 0
    while killed < kills:
        before = sum(server.counts()["asked"].values())
        process = psutil.Process(start().pid)
        while process.is_running() and process.status() != "zombie":
            if sum(server.counts()["asked"].values()) > before:
                time.sleep(dice.uniform(0, within))
                break
            time.sleep(0.01)
        if not process.is_running() or process.status() == "zombie":
            break
        process.kill()
        process.wait()
        killed += 1
        print(f"kill {killed} of {kills}", flush=True)
    psutil.Process(start().pid).wait()
    return killed


def assert_nothing_wasted(lake, server, planned, killed, in_flight):
    """Every planned trace is there once or has failed for a reason; nothing journaled was asked for again."""
    row = counts(lake)
    assert row["traces"] == row["ids"]
    unanswered = lake.sql("SELECT DISTINCT trace_id, reason FROM failures ANTI JOIN traces USING (trace_id)")
    assert row["traces"] + unanswered["trace_id"].n_unique() == planned
    assert unanswered["reason"].null_count() == 0
    answered = server.counts()["answered"]
    repeats = sum(times - 1 for times in answered.values() if times > 1)
    print(f"\n{killed} kills, {repeats} of {row['traces']} answers asked for again")
    assert repeats <= killed * in_flight


def faulty(server):
    server.behave(busy=0.05, error=0.05, reset=0.03, half=0.03, empty=0.02, blank=0.02, several=0.05, delay=0.15)


@pytest.mark.slow
def test_kills_of_the_generate_function_lose_nothing(server, asking, tmp_path):
    faulty(server)
    recipe = asking([server.url], 100, stages=[{**STAGES[0], "n": 4, "tolerate": 1.0, "shard": 30}], concurrency=8)
    killed = kill_and_finish(lambda: in_process(recipe, tmp_path / "lake"), server, 4)
    assert_nothing_wasted(Lake(tmp_path / "lake"), server, 400, killed, 8)


@pytest.mark.slow
def test_two_hundred_kills_of_the_generate_function_lose_nothing(server, asking, tmp_path):
    faulty(server)
    recipe = asking([server.url], 1000, stages=[{**STAGES[0], "n": 8, "tolerate": 1.0, "shard": 100}], concurrency=8)
    killed = kill_and_finish(lambda: in_process(recipe, tmp_path / "lake"), server, 200)
    assert killed == 200
    assert_nothing_wasted(Lake(tmp_path / "lake"), server, 8000, killed, 8)


@pytest.fixture
def command(server, asking, tmp_path):
    """The command that runs a recipe of sixty prompts, one of them poisoned."""
    asking([server.url], odd=["poison"])  # writes the prompts
    file = tmp_path / "sums.toml"
    file.write_text(
        f"""name = "sums"
        models.ada = {{ backend = "openai", path = "ada", options = {{ url = "{server.url}", concurrency = 8 }} }}
        problems = [{{ source = "file", path = "sums.jsonl", verifier = "text" }}]
        stages = [{{ do = "generate", model = "ada", n = 2, tolerate = 0.5, shard = 30 }}]
        """
    )
    return [Path(sys.executable).with_name("thoughtmill"), "run", file, "--lake", tmp_path / "lake"]


@pytest.mark.slow
def test_ten_kills_of_the_flow_lose_nothing(command, server, asking, tmp_path):
    asking([server.url], 400, odd=["poison", "endless"])
    faulty(server)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    killed = kill_and_finish(lambda: subprocess.Popen([*command, "--set", "generate.n=8"], **quiet), server, 10, 4.0)
    assert killed == 10
    assert_nothing_wasted(Lake(tmp_path / "lake"), server, 3200, killed, 8)


def test_the_command_says_that_a_run_is_incomplete_and_exits_1(command, server):
    for _ in range(2):  # the second run has only what failed to ask
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert told.returncode == 1
        assert "sums is incomplete: 2 requests got no answer (rejected 2)" in told.stderr
        assert "The funnel" in told.stdout
    assert sum(server.counts()["asked"].values()) == 118 + 2 * 2


def test_a_run_that_is_told_to_terminate_keeps_what_came(command, server, tmp_path):
    server.behave(delay=0.5)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and sum(server.counts()["answered"].values()) < 16:
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in told
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    server.behave(delay=0.0)
    subprocess.run(command, capture_output=True, check=False)
    answered = server.counts()["answered"].values()
    assert sum(times > 0 for times in answered) == 118
    assert sum(answered) <= 118 + 8


@pytest.fixture
def small_disk(tmp_path):
    """Where the lake will be, a file system of four megabytes; yields what gives it more."""
    place = tmp_path / "lake"
    place.mkdir()

    def mount(*options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", place], capture_output=True)

    if not sys.platform.startswith("linux") or mount("size=4m").returncode:
        pytest.skip("only root may mount")
    yield lambda: mount("remount", "size=64m")
    subprocess.run(["umount", "--lazy", place], check=True)


def what_was_written(lake):
    (journal,) = (lake / "_journal").glob("*.jsonl")
    return {row["trace_id"] for row in whole_rows(journal)}


def assert_only_the_rest_was_asked(server, written, lake):
    asked = server.counts()["asked"]
    assert written
    assert not written & asked.keys()
    assert len(asked) + len(written) == 400
    assert counts(Lake(lake)) == {"traces": 400, "ids": 400, "failed": 0}


LONG = [f"What is {n} + {n}? {'so ' * 7000}" for n in range(200)]


def test_a_full_disk_ends_the_run_and_what_was_written_is_not_asked_again(small_disk, server, asking, turn, tmp_path):
    recipe = asking([server.url], 200, odd=LONG, stages=[{**STAGES[0], "shard": 400}])
    with pytest.raises(OSError, match="No space left on device"):
        turn(recipe)
    small_disk()
    written = what_was_written(tmp_path / "lake")
    server.behave(forget=True)
    turn(recipe)
    assert_only_the_rest_was_asked(server, written, tmp_path / "lake")


@pytest.mark.slow
def test_a_full_disk_ends_the_command_and_it_says_so(small_disk, command, server, asking, tmp_path):
    asking([server.url], 200, odd=LONG)
    command += ["--set", "generate.shard=400"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "thoughtmill: No space left on device" in told.stderr
    small_disk()
    written = what_was_written(tmp_path / "lake")
    server.behave(forget=True)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert_only_the_rest_was_asked(server, written, tmp_path / "lake")
