"""The stages of a recipe and all that can be set of each; the work itself is in flows/stages/."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from flows.recipe.parts import Name, Part, Share


class Drawn(Part):
    """What every stage may set that draws texts from a model."""

    n: PositiveInt = 1
    temperature: Annotated[float, Field(ge=0)] = 1.0
    top_p: Share = 1.0
    max_tokens: PositiveInt = 512
    domains: tuple[str, ...] = ()
    """Only problems of these domains; of all when none is named."""
    shard: PositiveInt = 256
    """Problems whose samples are generated and committed together."""
    tolerate: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of requests that may fail for good. With more the run stops there; with fewer it goes on, and exits 1."""


class Sampled(Drawn):
    """The same with a style of its own to ask in."""

    style: str = "plain"


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


class Value(Drawn):
    """What the steps of traces are worth: how often a model that goes on from there comes to a right answer."""

    do: Literal["value"]
    model: str
    """Who goes on."""
    n: PositiveInt = 8
    """Rollouts of a step."""
    max_tokens: PositiveInt = 512
    """Of what is new in a rollout."""
    shard: PositiveInt = 64
    """Traces whose steps are looked at together."""
    method: Literal["every", "first_error"] = "first_error"
    """Every step, or only those that a binary search for the first wrong one comes by."""
    of: Literal["wrong", "right", "both"] = "wrong"
    """Traces by their answers."""
    per_problem: PositiveInt = 1
    """Traces of a problem: of wrong ones, of right ones."""
    kinds: tuple[Literal["sample", "rewrite", "cold_start", "journey", "shortcut"], ...] = Field(
        ("sample",), min_length=1
    )


class Journey(Drawn):
    """Make journeys of attempts that went wrong, and what they are compared with."""

    do: Literal["journey"]
    builder: str = "stitched"
    per_problem: PositiveInt = 1
    """Attempts of a problem that journeys are made of."""
    of: tuple[str, ...] = ()
    """For a builder that takes journeys: the builders whose it takes; those of all others when none is named."""
    model: str | None = None
    """Whom the builder asks, where it asks anybody."""
    writers: tuple[str, ...] = ()
    """Whose attempts are taken: the model's own, or everybody's where the builder asks nobody, if nobody is named."""
    critic: str | None = None
    """Whom it asks for criticism; the same when none is named."""
    style: str | None = None
    """How it asks for a remark; each builder has a way of its own."""
    n: PositiveInt = 4
    """Answers to each request."""
    shard: PositiveInt = 1024
    """Attempts that are worked on and committed together."""
    settings: dict[str, Any] = {}
    """The builder's own: docs/journeys.md."""


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
    """What is written: what is taught; every candidate with its verdicts; journeys beside their controls."""
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
    batch_tokens: PositiveInt | None = None
    """Target tokens of a batch, on average, instead of its rows."""
    max_tokens: PositiveInt = 512
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    optimizer: Literal["adamw", "muon"] = "adamw"
    seed: int = 0
    seeds: tuple[int, ...] = ()
    """Instead of one student several, PRODUCES-SEED each, which differ in their seeds alone."""
    mask: tuple[Literal["start", "wrong", "turn", "right"], ...] = ()
    """Stretches of journeys that are read and not learned, by the labels of their spans."""
    tokens: PositiveInt | None = None
    """Target tokens of the training set: rows are taken in the release's order until they have so many, so that sets
    can be made equal."""

    @model_validator(mode="after")
    def start_is_clear(self) -> Train:
        if self.method == "sft" and not self.model:
            raise ValueError('method = "sft" needs a model to start from')
        if self.method == "scratch" and self.model:
            raise ValueError('method = "scratch" starts from nothing; leave model out')
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: one of them stands there twice; expected different ones")
        return self

    @property
    def students(self) -> tuple[Train, ...]:
        """The stage for each student that it trains."""
        named = [{"produces": f"{self.produces}-{seed}", "seed": seed, "seeds": ()} for seed in self.seeds]
        return tuple(self.model_copy(update=one) for one in named) or (self,)


class Evaluate(Sampled):
    """Sample the models on the held-out problems and score them."""

    do: Literal["evaluate"]
    name: Name = "held-out"
    """What the examination is called in reports."""
    models: tuple[str, ...] = Field(min_length=1)
    """A train stage with ``seeds`` may be named by what it produces: all of its students."""
    ks: tuple[PositiveInt, ...] = (4, 8)
    limit: PositiveInt | None = None
    """Problems at most, drawn by their ids."""
    after: str | None = None
    """Who begins for them: a model whose answers know where they go wrong, as the solver ``slip`` does. The models go
    on from the end of its first wrong step; what they score is how often they recover."""


Stage = Annotated[
    Generate | Verify | Judge | Rewrite | Value | Journey | Deduplicate | Decontaminate | Release | Train | Evaluate,
    Field(discriminator="do"),
]
STAGES = tuple("generate verify judge rewrite value journey deduplicate decontaminate release train evaluate".split())
