"""Recipes: one TOML file that says everything a run needs, as one frozen pydantic model."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    field_validator,
    model_validator,
)

from warehouse import ids
from warehouse.errors import RecipeError

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


class Sampled(Part):
    """What every stage that samples from a model may set."""

    n: PositiveInt = 1
    temperature: Annotated[float, Field(ge=0)] = 1.0
    top_p: Share = 1.0
    max_tokens: PositiveInt = 512
    style: str = "plain"
    domains: tuple[str, ...] = ()
    """Only problems of these domains; of all when none is named."""
    shard: PositiveInt = 256
    """Problems whose samples are generated and committed together."""
    tolerate: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of requests that may fail for good. With more the run stops there; with fewer it goes on, and exits 1."""


class Budget(Part):
    """What a stage may spend in all, over all runs; sampling stops at whichever is spent first."""

    tokens: PositiveInt | None = None
    """Completion tokens."""
    device_seconds: Annotated[float, Field(gt=0)] | None = None
    cost: Annotated[float, Field(gt=0)] | None = None
    """Money, where the model has a price."""


class Generate(Sampled):
    """n completions of every training problem; with ``accept``, as many as it takes, at most n."""

    do: Literal["generate"]
    model: str
    n: PositiveInt = 4
    accept: PositiveInt | None = None
    """Accepted traces that a problem is to have."""
    budget: Budget | None = None
    min_acceptance: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Acceptance over the last hundred traces below which sampling stops."""
    kind: Literal["sample", "cold_start", "knowledge"] = "sample"

    truncated: Literal["keep", "continue", "again"] = "keep"
    """What to do, when max_tokens is raised, with answers that a lower limit had cut."""

    @property
    def in_rounds(self) -> bool:
        """Whether what is asked next hangs on what came so far."""
        return bool(self.accept or self.budget or self.min_acceptance)

    @model_validator(mode="after")
    def targets_can_be_met(self) -> Generate:
        if self.accept and self.accept > self.n:
            raise ValueError(f"accept is {self.accept}, but a problem gets {self.n} samples at most; raise n")
        if self.budget and self.budget.tokens and self.budget.tokens < self.max_tokens:
            raise ValueError(
                f"budget.tokens is {self.budget.tokens}, less than the {self.max_tokens} that one answer may take; "
                "raise it or lower max_tokens"
            )
        return self


class Verify(Part):
    """Ask checks about every trace of the recipe's problems."""

    do: Literal["verify"]
    checks: tuple[str, ...] = Field(min_length=1)
    settings: dict[str, dict[str, Any]] = {}
    again: bool = False
    """Ask once more, in each run, what was left undecided for a reason that may have passed: a timeout, a crash."""


class Judge(Sampled):
    """A model judges answers to the training problems where no rule decides: where the verifier is ``judge``."""

    do: Literal["judge"]
    model: str
    style: str = "judge"
    n: PositiveInt = 1
    """Votes; most of them decide."""
    shard: PositiveInt = 256
    """Traces that are judged and committed together."""
    kinds: tuple[Literal["sample", "rewrite", "knowledge", "cold_start"], ...] = ("sample", "rewrite", "knowledge")


class Rewrite(Sampled):
    """A model rewrites traces of the training problems. A rewriting that is accepted takes its original's place."""

    do: Literal["rewrite"]
    model: str
    style: str = "reformat"
    shard: PositiveInt = 256
    """Traces that are rewritten and committed together."""
    select: str = "accepted"
    """Which traces, by a policy's name or a .sql file: those that every check of the recipe has passed."""
    kinds: tuple[str, ...] = ("sample",)

    @field_validator("kinds")
    @classmethod
    def only_originals(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if "rewrite" in kinds:
            raise ValueError("kinds: a rewriting is not rewritten; name the kinds of its originals")
        return kinds


class Journey(Part):
    """Build journeys and their shortcuts from wrong and right traces."""

    do: Literal["journey"]
    builder: str = "stitched"
    per_problem: PositiveInt = 1


class Deduplicate(Part):
    """Find what resembles what among the training problems and their traces. What is kept is the release's choice."""

    do: Literal["deduplicate"]
    of: tuple[Literal["prompt", "completion"], ...] = Field(("prompt", "completion"), min_length=1)
    threshold: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    """Jaccard similarity of two texts' sets of n-grams of words from which they resemble each other."""
    ngram: Annotated[int, Field(ge=1, le=32)] = 5
    """Words in an n-gram; characters, where a script has no blanks."""
    hashes: Annotated[int, Field(ge=32, le=1024)] = 128
    """Slots of a sketch: with more, fewer pairs at the threshold are missed."""
    crowd: Annotated[int, Field(ge=2, le=1024)] = 64
    """Texts that look alike up to which each is compared with each; of more, all with a few of them."""
    kinds: tuple[str, ...] = ("sample", "rewrite", "journey", "knowledge")
    """Of traces."""


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


class Decontaminate(Part):
    """Look for the benchmarks' questions in the training problems."""

    do: Literal["decontaminate"]
    benchmarks: tuple[str, ...] = ()
    """All of the recipe's when none is named."""
    ngram: Annotated[int, Field(ge=8)] = 13
    """Words in a row that a problem may not share with a question."""
    coverage: Share = 0.5
    """Share of a question that runs of eight shared words may not reach."""
    fuzzy: Annotated[float, Field(ge=0, le=1)] = 0.75
    """Likeness to a question that a problem may not reach; 0 leaves this method out."""
    common: Share = 0.005
    """Share of the problems in which a run of eight words is boilerplate."""


class Quotas(Part):
    """Rows at most, by name; what is not named goes in whole."""

    domain: dict[str, PositiveInt] = {}
    source: dict[str, PositiveInt] = {}
    language: dict[str, PositiveInt] = {}


class Release(Part):
    """Select traces by policies and write them as a dataset."""

    do: Literal["release"]
    name: Name | None = None
    select: tuple[str, ...] = Field(("accepted",), min_length=1)
    """Policies, by name or as .sql files, one after the other: each chooses among what the one before it left."""
    settings: dict[str, dict[str, bool | int | float | str]] = {}
    """Of policies, by their name."""
    kinds: tuple[str, ...] = ("sample", "rewrite", "journey", "knowledge")
    models: tuple[str, ...] = ()
    style: str | None = None
    """Prompt style that the rows are asked in; without one each is asked as its writer was, a rewriting as the writer
    of its original."""
    quotas: Quotas = Quotas()
    """Drawn by ``seed``; domains first, then sources, then languages."""
    seed: int = 0
    validation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the problems that are kept apart, as the split validation."""
    configs: tuple[Literal["default", "raw", "journey"], ...] = ("default", "raw", "journey")
    """What is written: what is taught; every candidate with its verdicts; journeys beside their shortcuts."""
    forms: tuple[str, ...] = ()
    """Other people's forms that it is written in as well."""

    @field_validator("select", mode="before")
    @classmethod
    def one_or_several(cls, select: Any) -> Any:
        return (select,) if isinstance(select, str) else select

    @model_validator(mode="after")
    def settings_have_their_policy(self) -> Release:
        if unknown := sorted(set(self.settings) - set(self.select)):
            raise ValueError(
                f"settings: {', '.join(unknown)} is no policy of this release; expected one of {', '.join(self.select)}"
            )
        if "default" not in self.configs:
            raise ValueError("configs: a release without default teaches nothing; expected default among them")
        return self


class Train(Part):
    """Train a student on a release: from another model (sft) or from nothing (scratch)."""

    do: Literal["train"]
    method: Literal["sft", "scratch"] = "sft"
    model: str | None = None
    produces: Name
    release: str | None = None
    vocabulary: tuple[str, ...] = ()
    architecture: dict[str, PositiveInt] = {}
    learning_rate: Annotated[float, Field(gt=0)] = 5e-4
    epochs: Annotated[float, Field(gt=0)] = 3.0
    batch_size: PositiveInt = 32
    max_tokens: PositiveInt = 512
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    optimizer: Literal["adamw", "muon"] = "adamw"
    seed: int = 0

    @model_validator(mode="after")
    def start_is_clear(self) -> Train:
        if self.method == "sft" and not self.model:
            raise ValueError('method = "sft" needs a model to start from')
        if self.method == "scratch" and self.model:
            raise ValueError('method = "scratch" starts from nothing; leave model out')
        return self


class Evaluate(Sampled):
    """Sample the models on the held-out problems and score them."""

    do: Literal["evaluate"]
    models: tuple[str, ...] = Field(min_length=1)
    ks: tuple[PositiveInt, ...] = (4, 8)


Stage = Annotated[
    Generate | Verify | Judge | Rewrite | Journey | Deduplicate | Decontaminate | Release | Train | Evaluate,
    Field(discriminator="do"),
]
STAGES = tuple("generate verify judge rewrite journey deduplicate decontaminate release train evaluate".split())

StageKind = TypeVar("StageKind", bound=Part)


class Recipe(Part):
    """Everything a run needs. ``folder`` is where its relative paths start."""

    name: Name
    models: dict[Name, Model] = {}
    problems: tuple[Problems, ...] = Field(min_length=1)
    benchmarks: dict[Name, Benchmark] = {}
    stages: tuple[Stage, ...] = Field(min_length=1)
    folder: str | None = None

    @model_validator(mode="before")
    @classmethod
    def no_secrets(cls, data: Any) -> Any:
        for path, value in leaves(data):
            if SECRET_VALUE.search(str(value)) or (SECRET_KEY.search(path) and value and not path.endswith("_env")):
                raise ValueError(
                    f"{path} looks like a literal secret; put it in an environment variable and name that instead, "
                    f'as in {path.rpartition(".")[2].removesuffix("_env")}_env = "MY_VARIABLE"'
                )
        return data

    @model_validator(mode="after")
    def names_are_known(self) -> Recipe:
        known = set(self.models)
        for number, stage in enumerate(self.stages):
            asked = getattr(stage, "models", None) or tuple(filter(None, [getattr(stage, "model", None)]))
            for name in asked:
                if name not in known and stage.do != "release":
                    expected = ", ".join(sorted(known)) or "none is named yet"
                    raise ValueError(f"stages[{number}] ({stage.do}): no model named {name!r}; expected {expected}")
            if isinstance(stage, Rewrite | Judge) and self.model_behind(stage.model).backend == "solver":
                raise ValueError(f"stages[{number}] ({stage.do}): {stage.model!r} is a solver, which reads no prompt")
            if isinstance(stage, Verify) and "judged" in stage.checks and not self.judge:
                raise ValueError(f'stages[{number}] (verify): judged is what a judge says; add a stage, do = "judge"')
            if isinstance(stage, Judge) and stage.model not in self.models:
                raise ValueError(f"stages[{number}] (judge): {stage.model!r} is made here; expected one of [models]")
            deduplicated = any(isinstance(one, Deduplicate) for one in self.stages[:number])
            if isinstance(stage, Release) and "unique" in stage.select and not deduplicated:
                raise ValueError(
                    f"stages[{number}] (release): unique needs to know what resembles what; add a stage before it, "
                    'do = "deduplicate"'
                )
            if isinstance(stage, Deduplicate | Decontaminate) and len(self.stages_of(type(stage))) > 1:
                raise ValueError(f"stages[{number}] ({stage.do}): one {stage.do} stage is enough; expected one")
            if isinstance(stage, Judge) and stage is not self.judge:
                raise ValueError(f"stages[{number}] (judge): one judge stage is enough; expected one in a recipe")
            if isinstance(stage, Train):
                if stage.model and (backend := self.model_behind(stage.model).backend) in ("openai", "solver"):
                    raise ValueError(
                        f"stages[{number}] (train): {stage.model!r} has no weights to train (backend {backend}); "
                        "expected a model of transformers or vllm"
                    )
                if stage.produces in known:
                    raise ValueError(f"stages[{number}].produces: {stage.produces!r} is taken by another model")
                known.add(stage.produces)
                before = [one for one in self.stages[:number] if isinstance(one, Release)]
                names = [one.name or self.name for one in before]
                for name in (*filter(None, [stage.release]), *stage.vocabulary):
                    if name not in names:
                        raise ValueError(f"stages[{number}] (train): no release {name!r} before it; expected {names}")
                if not before:
                    raise ValueError(f"stages[{number}] (train): no release stage comes before it; add one")
            if isinstance(stage, Evaluate) and not any(entry.split == "test" for entry in self.problems):
                raise ValueError(
                    f'stages[{number}] (evaluate): no held-out problems; add a [[problems]] entry with split = "test"'
                )
            if isinstance(stage, Decontaminate):
                known_here = ", ".join(sorted(self.benchmarks)) or "none is named yet; add [benchmarks.NAME]"
                for name in stage.benchmarks or ([] if self.benchmarks else ["any"]):
                    if name not in self.benchmarks:
                        raise ValueError(
                            f"stages[{number}] (decontaminate): no benchmark named {name!r}; expected {known_here}"
                        )
        for name, one in self.benchmarks.items():
            if one.problems and not any(entry.split == one.problems for entry in self.problems):
                raise ValueError(
                    f'benchmarks.{name}: no held-out problems; add a [[problems]] entry with split = "{one.problems}"'
                )
        for number, entry in enumerate(self.problems):
            if entry.verifier == "judge" and not self.judge:
                raise ValueError(f'problems[{number}].verifier is judge, but there is none; add a stage, do = "judge"')
        return self

    def stages_of(self, kind: type[StageKind]) -> list[StageKind]:
        """The stages of one kind, in order."""
        return [stage for stage in self.stages if isinstance(stage, kind)]

    @property
    def judge(self) -> Judge | None:
        """The recipe's judge stage."""
        return next((stage for stage in self.stages if isinstance(stage, Judge)), None)

    def model_behind(self, name: str) -> Model:
        """How to run a model: one that a train stage produces runs like the one it started from."""
        starts = {stage.produces: stage.model for stage in self.stages if isinstance(stage, Train)}
        if name in self.models:
            return self.models[name]
        start = starts[name]
        return self.model_behind(start) if start else Model(path=name)

    @property
    def hash(self) -> str:
        """Names what a run makes, wherever it is made."""
        how: Any = {"folder": True, "models": {"__all__": {"resources"}}, "stages": {"__all__": {"again"}}}
        return ids.digest(self.model_dump(mode="json", exclude=how))

    @property
    def base(self) -> Path | None:
        return Path(self.folder) if self.folder else None

    @property
    def again(self) -> bool:
        """Whether what was left undecided is asked again."""
        return any(isinstance(stage, Verify) and stage.again for stage in self.stages)

    def asking_again(self) -> Recipe:
        """The same recipe, which asks again what was left undecided. Raises RecipeError without a verify stage."""
        if not any(isinstance(stage, Verify) for stage in self.stages):
            raise RecipeError(f"{self.name} has no verify stage, which is what asks again; add one")
        stages = tuple(s.model_copy(update={"again": True}) if isinstance(s, Verify) else s for s in self.stages)
        return self.model_copy(update={"stages": stages})

    def limited(self, count: int) -> Recipe:
        """The same recipe over at most ``count`` problems of each entry: a taste."""
        fewer = tuple(p.model_copy(update={"count": min(p.count or count, count)}) for p in self.problems)
        return self.model_copy(update={"problems": fewer})


SECRET_VALUE = re.compile(r"\b(hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{12,})")
SECRET_KEY = re.compile(r"(api_?key|secret|password|passwd|access_?token|auth_?token|hf_?token)(_env)?$", re.IGNORECASE)


def leaves(data: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every (dotted path, value) of nested tables."""
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in leaves(value, f"{path}.{key}" if path else str(key))]
    if isinstance(data, list | tuple):
        return [leaf for number, value in enumerate(data) for leaf in leaves(value, f"{path}[{number}]")]
    return [(path, data)]
