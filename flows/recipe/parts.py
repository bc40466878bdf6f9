"""What a recipe names beside its stages: models, problems, benchmarks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Share = Annotated[float, Field(gt=0, le=1)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Resources(Part):
    """What one shard of a model takes of a cluster while it is at work; on one machine it says nothing."""

    num_gpus: Annotated[float, Field(ge=0)] = 0
    """Of the node that the shard goes to; less than one shares a GPU."""
    num_cpus: Annotated[float, Field(ge=0)] = 1
    at_once: PositiveInt | None = None
    """Shards in flight at most; else as many as the cluster has room for, and as many again waiting."""


class Model(Part):
    """A model by name: which backend speaks for which weights."""

    backend: str = "transformers"
    path: str
    revision: str | None = None
    options: dict[str, Any] = {}
    resources: Resources = Resources()


class Problems(Part):
    """Where problems come from; see generators/sources/."""

    source: str
    count: PositiveInt | None = None
    split: Literal["train", "test"] = "train"
    seed: int = 0
    path: str | None = None
    columns: dict[str, str] = {}
    config: dict[str, Any] = {}
    verifier: str | None = None
    licence: str | None = None
    language: str = "en"
    domain: str | None = None


class Benchmark(Part):
    """What students are examined on, and must not be taught: see flows/benchmarks.py."""

    path: str | None = None
    """A Hub dataset, a local folder of that form, or a .jsonl, .json, .parquet or .csv file."""
    split: str = "test"
    """Of a dataset."""
    config: dict[str, Any] = {}
    """What ``datasets.load_dataset`` takes beside."""
    columns: dict[Literal["question", "id"], str] = {}
    """Which column holds the question (``question``), and which names an item (``id``, or else the row's number)."""
    problems: Literal["test"] | None = None
    """Instead of a path: the recipe's own held-out problems."""

    @model_validator(mode="after")
    def comes_from_one_place(self) -> Benchmark:
        if (self.path is None) == (self.problems is None):
            raise ValueError('expected either path or problems = "test"')
        return self
