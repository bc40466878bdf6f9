"""Shards out on a Ray cluster, as Prefect tasks: sent together, gathered as they finish.

What takes long goes out: sampling, judging, training. What is one short look at the whole lake stays with the flow. Ray
sends a shard again, elsewhere, when its node dies; what the dead one had answered stands in the shard's journal, and
the next commits that and asks for the rest. Lake and recipe have to lie where all nodes see them, under one path.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from importlib.util import find_spec
from platform import node
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from flows.kept import KEPT
from flows.mill import DoShards, work
from flows.progress import Progress
from flows.recipe.parts import Resources
from flows.recipe.stages import Journey, Train, Value
from flows.run import Run, Shard
from warehouse.errors import BadInput, RunFailed
from warehouse.lake.marker import is_lake
from warehouse.records import Request

HANDED_ON = ("PREFECT_API_URL", "PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_TO_API_ENABLED", "THOUGHTMILL_WORKERS")
"""Of the flow's environment, to every worker process."""
AGAIN = 3
"""How often a shard is sent again after its node, or its process, has died."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WHERE = re.compile(r"ray://(?P<host>[^/\s]+):\d+")


def check(on: str, api: str | None) -> None:
    """Whether a run can go there at all. Raises BadInput."""
    if on != "ray" and not WHERE.fullmatch(on):
        raise BadInput(f"--on {on}: expected ray (RAY_ADDRESS, or this machine), or ray://HOST:10001")
    away = WHERE.fullmatch(on)
    if away and away["host"].strip("[]") not in LOOPBACK and not api:
        raise BadInput(f"--on {on}: {UNREACHABLE}")
    if not find_spec("prefect_ray"):
        raise BadInput(f'--on {on} needs Ray, which is not installed here: pip install "thoughtmill[ray]"')


UNREACHABLE = (
    "the cluster's nodes must reach Prefect's server; run `prefect server start --host 0.0.0.0` where they can, and "
    "set PREFECT_API_URL to it, as in http://THIS_HOST:4200/api"
)


@contextmanager
def cluster(on: str, there: Any, here: DoShards) -> Iterator[DoShards]:
    """A way to do shards: on the cluster each as the task ``there``, and what stays with the flow as ``here`` does it.

    For use inside a flow. Raises BadInput, RunFailed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from prefect.settings import PREFECT_API_URL
    from prefect_ray import RayTaskRunner

    api = PREFECT_API_URL.value()
    check(on, api)
    if not api:
        raise BadInput(f"--on {on}: PREFECT_API_URL is not set; {UNREACHABLE}")
    handed = {name: os.environ[name] for name in HANDED_ON if name in os.environ} | {"PREFECT_API_URL": api}
    handed.setdefault("THOUGHTMILL_WORKERS", "1")  # a node runs many shards at once, each with its own
    runner = RayTaskRunner(
        None if on == "ray" else on,
        {
            "runtime_env": {"env_vars": handed},
            "log_to_driver": False,  # errors come home by themselves; the rest is in Ray's own logs
            "logging_level": "ERROR",
            "include_dashboard": False,
        },
    )
    knock(on)
    heard = signal.getsignal(signal.SIGTERM)
    try:
        runner.__enter__()
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise RunFailed(f"--on {on}: {(str(error).strip() or repr(error)).splitlines()[0]}") from error
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, heard)  # Ray has put its own there
        if urlsplit(api).hostname in LOOPBACK and elsewhere():
            raise BadInput(f"--on {on}: Prefect's server is at {api}, which other machines cannot reach; {UNREACHABLE}")
        yield partial(send, runner, there, here)
    except SystemError as error:  # what Ctrl-C becomes inside Ray's C code
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise
    finally:
        runner.__exit__(None, None, None)


def knock(on: str) -> None:
    """Raises RunFailed when nobody is at home: Ray itself would try for minutes."""
    address = os.environ.get("RAY_ADDRESS", "") if on == "ray" else on
    place = urlsplit(address if "://" in address else f"ray://{address}")
    if place.hostname and place.port:
        try:
            socket.create_connection((place.hostname, place.port), timeout=10).close()
        except OSError as error:
            raise RunFailed(f"--on {on}: nothing answers at {address}: {error}") from error


def elsewhere() -> set[str]:
    """Addresses of the cluster's other machines."""
    import ray

    there = {one["NodeManagerAddress"] for one in ray.nodes() if one["Alive"]}
    return there - {ray.util.get_node_ip_address(), *LOOPBACK}


def send(
    runner: Any, there: Any, here: DoShards, run: Run, verb: str, stage: Any, shards: list[Shard]
) -> Iterator[dict[str, int]]:
    """Some shards of one stage, on the cluster where that pays: the counts of each as it is done."""
    import ray
    from prefect_ray.context import remote_options

    out = [shard for shard in shards if goes_out(stage, shard)]
    yield from here(run, verb, stage, [shard for shard in shards if not goes_out(stage, shard)])
    home = ray.put(run)  # once, not with every shard
    waiting, flying = deque(out), dict[Any, Shard]()
    landed = SimpleQueue[Any]()  # waiting for Ray itself would turn Ctrl-C into a SystemError
    told = False
    try:
        while waiting or flying:
            while waiting:
                wants = resources_of(run, stage, waiting[0])
                room = room_for(wants)
                if not room and not told:
                    run.progress.say(
                        f"{verb}: the cluster has no {wants.num_gpus:g} GPUs and {wants.num_cpus:g} CPUs for a shard "
                        "now; waiting for a node that has"
                    )
                    told = True
                if len(flying) >= (wants.at_once or 2 * max(1, room)):
                    break
                shard = waiting.popleft()
                # GPU tasks would end their process after each shard, and the loaded model with it.
                with remote_options(num_cpus=wants.num_cpus, num_gpus=wants.num_gpus, max_retries=AGAIN, max_calls=0):
                    parcel = {"run": home, "verb": verb, "stage": stage, "shard": ray.put(shard)}
                    future = runner.submit(there, parcel)
                flying[future] = shard
                future.add_done_callback(landed.put)
            future = landed.get()
            shard = flying.pop(future)
            try:
                counts, progress = future.result()
            except ray.exceptions.RayError as error:
                raise RunFailed(f"{verb}: the cluster gave up on {shard.name}: {str(error).strip()}") from error
            run.progress.advance(**progress)
            yield counts
    finally:
        for future in flying:
            with suppress(Exception):  # on the way out of an error
                ray.cancel(future.wrapped_future, force=True)


def goes_out(stage: Any, shard: Shard) -> bool:
    """Not what is one query over the lake, nor training from nothing, which no model asks resources for."""
    if isinstance(stage, Train):
        return stage.model is not None
    rows = isinstance(shard.content, list) and shard.name.startswith("verdicts-")
    return rows or model_of(stage, shard) is not None


def model_of(stage: Any, shard: Shard) -> str | None:
    """The model that a shard asks, by its name in the recipe."""
    if isinstance(stage, Value | Journey):  # which know only on the way what they ask
        return stage.model
    first = shard.content[0] if isinstance(shard.content, list) and shard.content else None
    return first.model if isinstance(first, Request) else None


def resources_of(run: Run, stage: Any, shard: Shard) -> Resources:
    model = stage.model if isinstance(stage, Train) else model_of(stage, shard)
    return run.recipe.model_behind(model).resources if model else Resources()


def room_for(wants: Resources) -> int:
    """How many such shards the cluster as it is now can do at once."""
    import ray

    has = ray.cluster_resources()
    pairs = ((has.get("GPU", 0), wants.num_gpus), (has.get("CPU", 0), wants.num_cpus))
    return min([int(there // asked) for there, asked in pairs if asked] or [1])


def arrived(run: Run, verb: str, stage: Any, shard: Shard) -> tuple[dict[str, int], dict[str, int]]:
    """One shard, in a worker process: its counts, and its progress. Raises BadInput where the node sees no lake."""
    if not is_lake(str(run.lake)):
        raise BadInput(f"{node()} does not see the lake at {run.lake}; all nodes need it, under the same path")
    run.progress = Progress(quiet=True)  # anew when it is tried again
    model = model_of(stage, shard)
    with KEPT.lent(run, model) if model or isinstance(stage, Train) else nullcontext():
        return work(run, verb, stage, shard), run.progress.counted()
