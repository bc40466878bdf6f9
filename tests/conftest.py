"""What the tests share: an empty lake, and a model small enough to be made on the spot."""

from __future__ import annotations

import os

# Two threads that spin for each other are slower than one; and no test may reach for the network.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["DO_NOT_TRACK"] = "1"

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from object_store import s3_server
from serving import vllm_serve

from warehouse.lake import Lake
from warehouse.weights import SHIPPED


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", create=True)


@pytest.fixture(scope="session")
def object_store() -> Iterator[dict[str, str]]:
    """The environment variables that lead to a local S3 server."""
    with s3_server() as variables:
        yield variables


@pytest.fixture
def bucket(object_store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A prefix of its own in the server's bucket, with the environment that leads there."""
    for name, value in object_store.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("THOUGHTMILL_WORK", str(tmp_path / "work"))
    return f"s3://bucket/{uuid4().hex}"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real Qwen3 checkpoint of some fifty thousand random weights, with tokenizer and chat template."""
    from trainers.scratch import Architecture, create

    shape = Architecture(vocabulary=1400, hidden=16, layers=1, heads=2, kv_heads=1, intermediate=32, context=128)
    texts = ["<think>\nI need 10. Try 3 + 7 = 10 yes!\n</think>\n\n(3 + 7)", "Solve for x: 3*x + 4 = 10"] * 4
    return create(texts, tmp_path_factory.mktemp("model") / "tiny", shape)


@pytest.fixture(scope="session")
def vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a real vLLM server that answers for nano-teacher as "model". For tests marked ``vllm``."""
    with vllm_serve(SHIPPED / "nano-teacher", tmp_path_factory.mktemp("serve") / "log.txt") as url:
        yield url
