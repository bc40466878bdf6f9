"""Speed, as ratios within one run: python -m tests.bench (make bench).

Each figure is the median over interleaved pairs, so that a machine whose speed drifts does not decide.
"""

from __future__ import annotations

import platform
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.lake import Lake
from warehouse.records import Request
from warehouse.weights import SHIPPED

PAIRS = 5


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
    query = (Path(__file__).parents[1] / "warehouse" / "marks.sql").read_text()

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


if __name__ == "__main__":
    print(f"{platform.machine()}, Python {platform.python_version()}, medians of {PAIRS} interleaved pairs")
    with tempfile.TemporaryDirectory() as folder:
        marks(Path(folder))
    decoding()
    if find_spec("vllm"):
        decoding_with_vllm()
