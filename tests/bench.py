"""Speed, as ratios within one run: python -m tests.bench (make bench).

Each figure is the median over interleaved pairs, so that a machine whose speed drifts does not decide.
"""

from __future__ import annotations

import asyncio
import platform
import random
import re
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
import polars as pl
import psutil

from filters.checks import get
from filters.pool import cores
from flows.mill import grind
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from warehouse.lake import Lake
from warehouse.records import Request
from warehouse.weights import SHIPPED

sys.path.insert(0, str(Path(__file__).parent / "support"))
from stand_in import stand_in

PAIRS = 5
ROOT = Path(__file__).parents[1]


def hardware() -> str:
    """What the figures were taken on."""
    told = Path("/proc/cpuinfo")
    names = [line for line in told.read_text().splitlines() if line.startswith("model name")] if told.exists() else []
    model = names[0].partition(":")[2].strip() if names else platform.machine()
    return f"{cores()} cores of {model}, Python {platform.python_version()}"


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(name: str, ours: Callable[[], object], other: Callable[[], object], against: str) -> None:
    """Print how many times faster ours is."""
    ours(), other()
    ratios = []
    for _ in range(PAIRS):
        a, b = timed(ours), timed(other)
        ratios.append(b / a)
    print(f"{name}: {statistics.median(ratios):.2f} times {against} (from {min(ratios):.2f} to {max(ratios):.2f})")


def marks(folder: Path, traces: int = 100_000) -> None:
    """The marts: a question to the kept mart against the same question to the tables."""
    lake = Lake(folder / "lake", create=True)
    ids = [f"t{number:020d}" for number in range(traces)]
    lake.commit(
        "problems", [{"problem_id": f"p{n}", "source": f"s{n % 7}", "split": "train"} for n in range(traces // 4)]
    )
    lake.commit(
        "traces",
        pl.DataFrame(
            {
                "trace_id": ids,
                "problem_id": [f"p{n // 4}" for n in range(traces)],
                "kind": "sample",
                "model": "m",
                "sampling": "{}",
                "completion": ["<think>" + "so " * 200 + "</think> 4"] * traces,
            }
        ),
    )
    lake.commit(
        "verdicts",
        pl.DataFrame(
            {
                "trace_id": ids,
                "problem_id": [f"p{n // 4}" for n in range(traces)],
                "check_name": "answer",
                "version": 1,
                "settings_hash": "x",
                "outcome": ["pass" if n % 3 else "fail" for n in range(traces)],
            }
        ),
    )
    question = "SELECT source, avg(correct::INT) FROM {} GROUP BY source"
    query = (Path(__file__).parents[1] / "warehouse" / "lake" / "marks.sql").read_text()

    def from_tables() -> object:
        with lake.connect(marks=False) as db:
            return db.execute(question.format(f"({query})")).fetchall()

    compare(f"pass rate per source over {traces:,} traces", lambda: lake.sql(question.format("marks")), from_tables,
            "the same question without the marks mart")  # fmt: skip


def countdown(puzzles: int) -> list[Request]:
    """Four requests for each puzzle."""
    import reasoning_gym as gym

    numbers = {"min_numbers": 3, "max_numbers": 3, "max_value": 25, "min_target": 10, "max_target": 99}
    return [
        Request(str(n), (("user", p["question"].strip()),), "m", "w", "plain@1", "a", sample, 0.8, max_tokens=256)
        for n, p in enumerate(gym.create_dataset("countdown", size=puzzles, seed=9, **numbers))
        for sample in range(4)
    ]


def decoding() -> None:
    """The embedded teacher: rows that come and go against the plain batches of ``generate``."""
    from generators.teachers import Teacher
    from generators.teachers.transformers import Answer, Generator

    requests = countdown(64)
    generator = Generator(Teacher("teacher", str(SHIPPED / "nano-teacher"), "w"), None, None)

    def finish(decode: Callable[[deque[Answer], int], Iterator[Answer]]) -> None:
        list(decode(deque(generator.prepare(requests)), 128))

    compare(
        f"{len(requests)} countdown answers, 128 at once",
        lambda: finish(generator.in_slots),
        lambda: finish(generator.in_batches),
        "generate's fixed batches",
    )


def decoding_with_vllm() -> None:
    """The vLLM teacher against vLLM's own loop over the same prompts on the same engine."""
    from generators.teachers import Teacher, complete_with

    complete: Any = complete_with("vllm", Teacher("teacher", str(SHIPPED / "nano-teacher"), "w"))
    requests = countdown(256)
    made = sum(completion.completion_tokens for completion in complete(requests))

    from vllm import SamplingParams

    tokenizer = complete.llm.get_tokenizer()
    prompts = tokenizer.apply_chat_template(
        [[{"role": "user", "content": request.messages[0][1]}] for request in requests],
        add_generation_prompt=True,
        tokenize=False,
    )
    params = [SamplingParams(temperature=0.8, max_tokens=256, seed=request.seed) for request in requests]
    compare(
        f"{len(requests)} countdown answers, {made:,} tokens, {complete.seats} at once",
        lambda: list(complete(requests)),
        lambda: complete.llm.generate(prompts, params, use_tqdm=False),
        "LLM.generate",
    )


def serving() -> None:
    """The openai backend against a bare asyncio client, both asking a server that answers at once."""
    from generators.teachers import Teacher, complete_with

    def requests(count: int) -> list[Request]:
        text = "What is the sum of all that was said so far, and of what is still to come? " * 4
        return [Request(str(n), (("user", text),), "m", "w", "plain@1", "a", max_tokens=64) for n in range(count)]

    asked = requests(4000)
    with stand_in() as server:
        options = {"url": server.url, "concurrency": 64}
        complete = complete_with("openai", Teacher("m", "m", "w", options))
        compare(
            f"{len(asked):,} requests, {options['concurrency']} in flight",
            lambda: sum(1 for _ in complete(asked)),
            lambda: asyncio.run(bare(server.url, asked, 64)),
            "a bare asyncio client",
        )
        memory, at = psutil.Process().memory_info, {}
        many = requests(100_000)
        for number, _ in enumerate(complete(many), start=1):
            if number in (10_000, 100_000):
                at[number] = memory().rss / 1e6
        print(f"memory after 10,000 and 100,000 requests: {at[10_000]:.0f} and {at[100_000]:.0f} MB")


async def bare(url: str, requests: list[Request], at_once: int) -> None:
    """As little as a client can do: ask, read the text and the counts."""
    waiting = iter(requests)

    async def work(session: aiohttp.ClientSession) -> None:
        for request in waiting:
            messages = [{"role": role, "content": content} for role, content in request.messages]
            body = {"model": "m", "messages": messages, "max_tokens": 64, "seed": request.seed, "temperature": 1.0}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                told = await response.json()
            assert told["choices"][0]["message"]["content"]
            assert told["usage"]

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(work(session) for _ in range(at_once)))


def generating(folder: Path, traces: int = 4000) -> None:
    """What the generate flow takes beside the model: few and many shards of a model that takes no time."""
    (folder / "instant.py").write_text(INSTANT)
    rows = pl.DataFrame({"prompt": [f"What is {n} + {n}?" for n in range(traces)], "answers": "4"})
    rows.write_ndjson(folder / "sums.jsonl")

    def turn(shards: int) -> float:
        recipe = check(
            {
                "name": "bench",
                "folder": str(folder),
                "models": {"m": {"backend": "instant.py:instant", "path": str(SHIPPED / "nano-teacher")}},
                "problems": [{"source": "file", "path": "sums.jsonl", "verifier": "text"}],
                "stages": [
                    {"do": "generate", "model": "m", "n": 1, "shard": traces // shards},
                    {"do": "verify", "checks": ["answer", "format"]},
                ],
            },
            "bench",
        )
        with tempfile.TemporaryDirectory() as lake:
            run = Run(recipe, Lake(Path(lake) / "lake", create=True), Progress(quiet=True))
            run.examine()
            grind(run, until="problems")
            return timed(partial(grind, run, until="generate"))

    turn(2)
    pairs = [(turn(2), turn(20)) for _ in range(PAIRS)]
    shard = statistics.median((many - few) / 18 for few, many in pairs)
    trace = statistics.median((few - 2 * shard) / traces for few, _ in pairs)
    print(f"the generate flow beside the model: {1000 * shard:.0f} ms a shard, {1000 * trace:.2f} ms a trace (judged)")


INSTANT = """
from warehouse.records import Completion

def instant(teacher):
    def complete(requests):
        for request in requests:
            yield Completion(request, "<think>\\nso\\n</think>\\n\\n4", "stop", 10, 10, 0.0, "instant")
    return complete
"""


def forming(size: int = 32_000, traces: int = 20) -> None:
    """The checks of form on long traces: English words in a random order, so that nothing is met twice."""
    words = sorted(
        set(
            re.findall(
                r"[a-z]{2,}", "".join(page.read_text() for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
            )
        )
    )
    for name in ("format", "truncated", "language", "repetition", "length", "arithmetic"):
        rates = []
        for turn in range(PAIRS):
            draw = random.Random(f"{name} {turn}")
            rows = []
            for _ in range(traces):
                said = "".join(f"{' '.join(draw.choices(words, k=12))}. " for _ in range(size // 60))
                rows.append({"completion": f"<think>{said[: size - 30]}</think>It is 4.", "language": "en"})
            asked = get(name)
            took = timed(partial(asked.opinions, rows, [None] * traces, asked.defaults))
            rates.append(traces / took)
        print(f"{name}: {statistics.median(rates):,.0f} traces of {size:,} characters a second")


if __name__ == "__main__":
    print(f"{hardware()}, medians of {PAIRS} interleaved pairs")
    with tempfile.TemporaryDirectory() as folder:
        marks(Path(folder))
        generating(Path(folder))
    forming()
    serving()
    decoding()
    if find_spec("vllm"):
        decoding_with_vllm()
