"""The embedded teacher: a Hugging Face causal language model in this process.

Answers are decoded in a batch whose rows come and go (``slots.py``), so one long answer does not keep the others
waiting. A model whose cache does not allow that is batched by its own ``generate``.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from generators.teachers import BACKENDS, Teacher
from generators.teachers.chat import Chat
from warehouse.errors import BadInput, ModelError
from warehouse.hardware import bfloat16_is_fast
from warehouse.records import Complete, Completion, Failure, Request

OPTIONS = {"batch_size": 256, "device": None, "dtype": None}


@dataclass
class Answer:
    """An answer on its way."""

    request: Request
    prompt: list[int]
    lead: str = ""
    """What there is of the answer already."""
    first: list[int] = field(default_factory=list)
    """What its first token may be; anything, where none is named."""
    tokens: list[int] = field(default_factory=list)
    seconds: float = 0.0
    finish_reason: str | None = None

    def __post_init__(self) -> None:
        # Its own source of chance: in slots, what is sampled beside it matters to rounding only.
        self.chance = random.Random(self.request.seed)

    @property
    def last(self) -> int:
        return self.tokens[-1] if self.tokens else self.prompt[-1]

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.tokens)

    @property
    def allowed(self) -> list[int]:
        """What its next token may be; anything, where none is named."""
        return [] if self.tokens else self.first

    @property
    def sampling(self) -> tuple[float, float]:
        return self.request.temperature, self.request.top_p


@BACKENDS.register("transformers")
def transformers(teacher: Teacher) -> Complete:
    unknown = set(teacher.options) - set(OPTIONS)
    if unknown:
        raise BadInput(f"models.{teacher.name}: unknown {', '.join(sorted(unknown))}; expected {', '.join(OPTIONS)}")
    options = {**OPTIONS, **teacher.options}
    if type(options["batch_size"]) is not int or options["batch_size"] < 1:
        raise BadInput(f"models.{teacher.name}.batch_size: {options['batch_size']!r}; expected a number from 1")
    loaded: list[Generator] = []

    def complete(requests: Sequence[Request]) -> Iterator[Completion | Failure]:
        if not requests:
            return
        if not loaded:
            loaded.append(Generator(teacher, options["device"], options["dtype"]))
        yield from loaded[0].answer(loaded[0].prepare(requests), options["batch_size"])

    return complete


class Generator:
    """A loaded model and its tokenizer."""

    def __init__(self, teacher: Teacher, device: str | None, dtype: str | None) -> None:
        import torch
        import transformers as hf
        from safetensors import SafetensorError

        from generators.teachers.healing import Healing

        self.name = teacher.name
        if dtype not in (None, "auto") and not isinstance(getattr(torch, str(dtype), None), torch.dtype):
            raise ModelError(f"models.{teacher.name}.dtype: no type {dtype!r}; expected bfloat16, float16 or float32")
        try:
            self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
            torch.empty(0, device=self.device)
        except (RuntimeError, AssertionError) as error:
            raise ModelError(f"models.{teacher.name}.device: {device!r} cannot be used here: {error}") from error
        try:
            self.tokenizer: Any = hf.AutoTokenizer.from_pretrained(teacher.path, padding_side="left")
            self.model: Any = hf.AutoModelForCausalLM.from_pretrained(
                teacher.path,
                dtype=dtype or ("bfloat16" if bfloat16_is_fast(self.device.type) else "float32"),
                # On a CPU the plain attention decodes faster than the fused one that a model prefers.
                attn_implementation=None if self.device.type == "cuda" else "eager",
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelError(f"models.{teacher.name}: {teacher.path} does not load: {error}") from error
        self.model.to(self.device)  # type: ignore[arg-type]  # a wrapper that mypy cannot read
        self.model.eval()
        self.chat = Chat(teacher, self.tokenizer)
        self.healing = Healing(self.tokenizer)
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        ends = self.model.generation_config.eos_token_id
        ends = [*(ends if isinstance(ends, list) else [ends]), self.tokenizer.eos_token_id]
        self.ends = {end for end in ends if end is not None}
        # What a checkpoint wishes besides (penalties, beams) would go unrecorded: sampling is the request's.
        self.model.generation_config = hf.GenerationConfig()
        config = self.model.config.get_text_config(decoder=True)
        self.context = getattr(config, "max_position_embeddings", None) or 1 << 30
        self.engine = f"transformers {hf.__version__}"

    def prepare(self, requests: Sequence[Request]) -> list[Answer]:
        answers = [Answer(prompt.request, *self.healing.heal(prompt)) for prompt in self.chat.prompts(requests)]
        # Prompts of like length side by side: less padding. Equal ones, too: they can be read once.
        return sorted(answers, key=lambda answer: (len(answer.prompt), answer.prompt))

    def answer(self, answers: list[Answer], batch_size: int) -> Iterator[Completion | Failure]:
        """Completions of all answers, as they finish; failures where a prompt leaves no room for one."""
        import torch

        from generators.teachers.slots import has_slots

        waiting = deque[Answer]()
        for answer in answers:
            if len(answer.prompt) < self.context:
                waiting.append(answer)
            else:
                detail = f"{len(answer.prompt)} tokens of prompt, {self.context} of context"
                yield Failure(answer.request, "prompt_too_long", detail)
        decode = self.in_slots if has_slots(self.model) else self.in_batches
        try:
            for answer in decode(waiting, batch_size):
                yield self.completion(answer)
        except FloatingPointError as error:
            raise ModelError(f'models.{self.name}: {error}; set options.dtype = "float32" or "bfloat16"') from error
        except torch.OutOfMemoryError as error:
            raise ModelError(f"models.{self.name}: {error}; lower options.batch_size ({batch_size})") from error

    def in_slots(self, waiting: deque[Answer], batch_size: int) -> Iterator[Answer]:
        """Answers as they finish; every now and then others take the rows of those that have."""
        from generators.teachers.slots import Slots

        rows: list[Answer | None] = [None] * min(batch_size, len(waiting))
        slots = Slots(self.model, len(rows))
        while waiting or any(rows):
            began = time.perf_counter()
            free = [row for row, answer in enumerate(rows) if answer is None]
            if waiting and len(free) * 8 >= len(rows):
                came = {row: waiting.popleft() for row in free[: len(waiting)]}
                slots.fill(list(came), [answer.prompt for answer in came.values()])
                rows = [came.get(row, answer) for row, answer in enumerate(rows)]
            elif len(free) * 4 > len(rows):
                kept = [row for row, answer in enumerate(rows) if answer]
                slots.keep(kept)
                rows = [rows[row] for row in kept]
            self.step(slots, rows)
            going = [answer for answer in rows if answer]
            took = (time.perf_counter() - began) / len(going)
            for answer in going:
                answer.seconds += took
            rows = [None if answer is None or answer.finish_reason else answer for answer in rows]
            yield from (answer for answer in going if answer.finish_reason)

    def step(self, slots: Any, rows: list[Answer | None]) -> None:
        """One more token for each answer."""
        import torch

        from generators.teachers.healing import only
        from generators.teachers.sampling import draw

        logits = slots.step([row.last if row else 0 for row in rows], [row.length - 1 if row else 0 for row in rows])
        logits = only(logits, [row.allowed if row else [] for row in rows])
        ways = [(*row.sampling, row.chance.random()) if row else (1.0, 1.0, 0.0) for row in rows]
        device = "cpu" if self.device.type == "mps" else self.device  # Apple's has no double precision
        temperature, top_p, points = torch.tensor(ways, dtype=torch.float64, device=device).unbind(dim=1)
        for answer, token in zip(rows, draw(logits.to(device), temperature, top_p, points).tolist(), strict=True):
            if answer:
                self.add(answer, token)

    def add(self, answer: Answer, token: int) -> None:
        answer.tokens.append(token)
        if token in self.ends:
            answer.finish_reason = "stop"
        elif len(answer.tokens) == answer.request.room or answer.length == self.context:
            answer.finish_reason = "length"

    def in_batches(self, waiting: deque[Answer], batch_size: int) -> Iterator[Answer]:
        """Answers in fixed batches, each sampled in one way."""
        queue = sorted(waiting, key=attrgetter("sampling"))
        for _, group in groupby(queue, key=attrgetter("sampling")):
            alike = list(group)
            for start in range(0, len(alike), batch_size):
                batch = alike[start : start + batch_size]
                began = time.perf_counter()
                self.generate(batch)
                total = sum(len(answer.tokens) for answer in batch)
                took = time.perf_counter() - began
                for answer in batch:
                    answer.seconds = took * len(answer.tokens) / total
                yield from batch

    def generate(self, batch: list[Answer]) -> None:
        """Answers to their end by the model's own ``generate``, left-padded; the longest prompt sets the room."""
        import torch
        from transformers import GenerationConfig

        from generators.teachers.healing import only

        request = batch[0].request
        inputs = self.tokenizer.pad({"input_ids": [answer.prompt for answer in batch]}, return_tensors="pt")
        width = inputs["input_ids"].shape[1]
        first = [answer.allowed for answer in batch]

        def heal(tokens: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
            return only(logits, first) if tokens.shape[1] == width else logits

        torch.manual_seed(request.seed)
        with torch.inference_mode():
            output = self.model.generate(
                **inputs.to(self.device),
                logits_processor=[heal] if any(first) else None,
                generation_config=GenerationConfig(
                    max_new_tokens=min(max(answer.request.room for answer in batch), self.context - width),
                    do_sample=request.temperature > 0,
                    temperature=request.temperature or None,
                    top_p=request.top_p,
                    top_k=0,
                    pad_token_id=self.tokenizer.pad_token_id,
                    eos_token_id=sorted(self.ends),
                ),
            )
        for answer, tokens in zip(batch, output[:, width:].tolist(), strict=True):
            for token in tokens:
                if answer.finish_reason is None:
                    self.add(answer, token)
            answer.finish_reason = answer.finish_reason or "length"

    def completion(self, answer: Answer) -> Completion:
        assert answer.finish_reason is not None
        return Completion(
            request=answer.request,
            text=self.chat.text(answer.lead, answer.tokens, answer.finish_reason),
            finish_reason=answer.finish_reason,
            prompt_tokens=len(answer.prompt),
            completion_tokens=len(answer.tokens),
            seconds=answer.seconds,
            engine=self.engine,
        )
