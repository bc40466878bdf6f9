"""The embedded teacher: a Hugging Face causal language model in this process.

Prompts are batched and left-padded. A batch is generated in waves: when half of its answers have ended, those leave,
waiting ones take their places, and the rest go on from where they were; so one long answer does not keep a whole batch
computing.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from generators.teachers import BACKENDS, Teacher
from warehouse.errors import BadInput, ModelError
from warehouse.hardware import bfloat16_is_fast
from warehouse.records import Complete, Completion, Request

OPENED = re.compile(r"<think>\s*\Z")
OPTIONS = {"batch_size": 256, "device": None, "dtype": None}


@dataclass
class Answer:
    """An answer on its way."""

    request: Request
    prompt: list[int]
    lead: str = ""
    """What the chat template has already written of the answer."""
    tokens: list[int] = field(default_factory=list)
    seconds: float = 0.0
    finish_reason: str | None = None

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

    def complete(requests: Sequence[Request]) -> Iterator[Completion]:
        if not requests:
            return
        if not loaded:
            loaded.append(Generator(teacher, options["device"], options["dtype"]))
        # A batch is sampled in one way. Prompts of like length share one: less padding.
        queue = sorted(loaded[0].prepare(requests), key=lambda answer: (*answer.sampling, len(answer.prompt)))
        for _, alike in groupby(queue, key=lambda answer: answer.sampling):
            yield from loaded[0].answer(deque(alike), options["batch_size"])

    return complete


class Generator:
    """A loaded model and its tokenizer."""

    def __init__(self, teacher: Teacher, device: str | None, dtype: str | None) -> None:
        import torch
        import transformers as hf
        from safetensors import SafetensorError

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
                dtype=dtype or ("bfloat16" if bfloat16_is_fast() else "float32"),
                # On a CPU the plain attention decodes faster than the fused one.
                attn_implementation="sdpa" if self.device.type == "cuda" else "eager",
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelError(f"models.{teacher.name}: {teacher.path} does not load: {error}") from error
        self.model.to(self.device)  # type: ignore[arg-type]  # a wrapper that mypy cannot read
        self.model.eval()
        if self.tokenizer.chat_template is None:
            raise ModelError(f"models.{teacher.name}: {teacher.path} has no chat template; add a chat_template.jinja")
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        ends = self.model.generation_config.eos_token_id
        self.ends = set(ends if isinstance(ends, list) else [ends]) | {self.tokenizer.eos_token_id}
        self.context = getattr(self.model.config, "max_position_embeddings", None) or 1 << 30
        # Models with a cache of their own kind (state spaces, say) keep it.
        self.grows = self.model._supports_default_dynamic_cache()  # type: ignore[misc]  # a class method
        self.engine = f"transformers {hf.__version__}"

    def prepare(self, requests: Sequence[Request]) -> list[Answer]:
        from jinja2 import TemplateError

        try:
            texts = [
                self.tokenizer.apply_chat_template(
                    [{"role": role, "content": content} for role, content in request.messages],
                    add_generation_prompt=True,
                    tokenize=False,
                )
                for request in requests
            ]
        except TemplateError as error:  # some templates refuse a system message
            raise ModelError(f"models.{self.name}: its chat template refuses the messages: {error}") from error
        ids = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        # Some templates open the thinking themselves; the trace has to hold it all the same.
        leads = [OPENED.search(text) for text in texts]
        return [
            Answer(request, prompt, lead[0] if lead else "")
            for request, prompt, lead in zip(requests, ids, leads, strict=True)
        ]

    def answer(self, waiting: deque[Answer], batch_size: int) -> Iterator[Completion]:
        """Completions of all that wait, as they finish. They are all sampled in the same way.

        A prompt that fills the context leaves no room for an answer: an empty one, cut for length.
        """
        import torch

        torch.manual_seed(waiting[0].request.seed)
        active: list[Answer] = []
        while waiting or active:
            while waiting and len(active) < batch_size:
                answer = waiting.popleft()
                if len(answer.prompt) < self.context:
                    active.append(answer)
                else:
                    answer.finish_reason = "length"
                    yield self.completion(answer)
            if not active:
                return
            self.wave(active)
            for answer in active:
                if answer.finish_reason:
                    yield self.completion(answer)
            active = [answer for answer in active if not answer.finish_reason]

    def wave(self, answers: list[Answer]) -> None:
        """Generate for all answers until half of them have ended or the token limit is reached."""
        import torch
        from transformers import GenerationConfig, StoppingCriteriaList

        from generators.teachers.cache import fresh_cache

        ends = torch.tensor(sorted(end for end in self.ends if end is not None), device=self.device)
        sampling = answers[0].request
        rows = [answer.prompt + answer.tokens for answer in answers]
        inputs = self.tokenizer.pad({"input_ids": rows}, padding=True, return_tensors="pt").to(self.device)
        width = inputs["input_ids"].shape[1]
        room = min(
            min(answer.request.max_tokens - len(answer.tokens) for answer in answers),
            self.context - max(map(len, rows)),
        )

        def half_done(ids: Any, scores: Any, **_: Any) -> Any:
            ended = torch.isin(ids[:, width:], ends).any(dim=1)
            stop = len(answers) > 8 and int(ended.sum()) * 2 >= len(answers)
            return torch.full((len(answers),), stop, device=ids.device, dtype=torch.bool)

        began = time.perf_counter()
        with torch.inference_mode():
            output = self.model.generate(
                **inputs,
                **({"past_key_values": fresh_cache(self.model.config)} if self.grows else {}),
                generation_config=GenerationConfig(
                    max_new_tokens=room,
                    do_sample=sampling.temperature > 0,
                    temperature=sampling.temperature or None,
                    top_p=sampling.top_p,
                    top_k=0,
                    pad_token_id=self.tokenizer.pad_token_id,
                    eos_token_id=ends.tolist(),
                ),
                stopping_criteria=StoppingCriteriaList([half_done]),
            )
        seconds = time.perf_counter() - began
        fresh = [self.until_end(row) for row in output[:, width:].tolist()]
        total = sum(len(tokens) for tokens, _ in fresh) or 1
        for answer, (tokens, ended) in zip(answers, fresh, strict=True):
            answer.tokens += tokens
            answer.seconds += seconds * len(tokens) / total
            if ended:
                answer.finish_reason = "stop"
            elif len(answer.tokens) >= answer.request.max_tokens or len(answer.prompt + answer.tokens) >= self.context:
                answer.finish_reason = "length"

    def until_end(self, tokens: list[int]) -> tuple[list[int], bool]:
        for position, token in enumerate(tokens):
            if token in self.ends:
                return tokens[: position + 1], True
        return tokens, False

    def completion(self, answer: Answer) -> Completion:
        assert answer.finish_reason is not None
        text = answer.tokens[:-1] if answer.finish_reason == "stop" else answer.tokens
        return Completion(
            request=answer.request,
            text=answer.lead + self.tokenizer.decode(text, skip_special_tokens=False),
            finish_reason=answer.finish_reason,
            prompt_tokens=len(answer.prompt),
            completion_tokens=len(answer.tokens),
            seconds=answer.seconds,
            engine=self.engine,
        )
