"""The vLLM teacher: vLLM's offline engine in this process (arXiv:2309.06180).

Requests stand in the engine's own continuous batch, each with its own seed. Samples of one prompt share what was read
of it: prefix caching, which vLLM has on for every model where it is sound. The text is kept whole, thinking and special
tokens inline, so no reasoning parser has a part in it: splitting the thinking from the answer is for the filters, which
do it alike for every backend. Log-probabilities are not asked for: they cost a fifth of the speed of a small model.

One process is one replica of a model, split over ``tensor_parallel_size`` devices. From two devices on they have worker
processes, which end with this one even where it is killed. For replicas side by side, serve them (``vllm serve MODEL
--data-parallel-size N``) and ask the server.
"""

from __future__ import annotations

import gc
import logging
import os
import time
import warnings
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from generators.teachers import BACKENDS, Teacher
from generators.teachers.chat import Chat, Prompt
from generators.teachers.vllm_options import options_of
from warehouse.errors import ModelError, RunFailed
from warehouse.hardware import bfloat16_is_fast
from warehouse.records import Completion, Failure, Request

INSTALL = 'pip install "thoughtmill[train,vllm]" (on a machine without a GPU, see the README)'

ENVIRONMENT = {
    # The engine in this process: nothing to orphan when a run is killed, and no copy of each answer between processes.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}
"""What vLLM is told before it is loaded, where the user's environment does not say otherwise."""

LOADING_CHANGES = ("LD_PRELOAD", "LOCAL_WORLD_SIZE")
"""Variables that loading sets for its own workers; left standing they would reach a trainer, or a child process."""

CPU_CACHE = 4 << 30
"""Bytes of memory at most that hold keys and values on a CPU, where nothing else is said."""


@BACKENDS.register("vllm")
class VLLM:
    """A ``Complete`` over vLLM. Raises BadInput for options that vLLM would not take.

    It loads when first asked and again after ``close``. One engine is loaded at a time: each takes most of a device's
    memory, and vLLM's state of a process is one.
    """

    loaded: ClassVar[VLLM | None] = None

    def __init__(self, teacher: Teacher) -> None:
        self.teacher, self.options = teacher, options_of(teacher)
        self.llm: Any = None
        self.engine: Any = None
        self.underway: Generator[Completion | Failure] | None = None

    def __call__(self, requests: Sequence[Request]) -> Iterator[Completion | Failure]:
        if not requests:
            return
        if self.engine is None:
            self.load()
        if self.underway:  # a call that was left midway: its answers must not come into this one
            self.underway.close()
        self.underway = self.answer(self.chat.prompts(requests))
        yield from self.underway

    def load(self) -> None:
        """Raises ModelError when vLLM is missing or the model does not load."""
        vllm = imported()
        if VLLM.loaded:
            VLLM.loaded.close()
        path = f"models.{self.teacher.name}: {self.teacher.path}"
        try:
            with undisturbed():
                llm = vllm.LLM(
                    self.teacher.path,
                    generation_config="vllm",  # not the checkpoint's sampling; its end tokens count all the same
                    use_tqdm_on_load=False,
                    **self.settings(),
                )
        except Exception as error:  # files, settings, memory, C++: vLLM has no one class for what a model can lack
            tidy()
            raise ModelError(f"{path} does not load with vLLM: {told(error)}") from error
        self.llm, self.engine, VLLM.loaded = llm, llm.llm_engine, self
        config = self.engine.vllm_config
        self.context: int = config.model_config.max_model_len
        self.seats: int = config.scheduler_config.max_num_seqs
        self.version = f"vllm {vllm.__version__}"
        try:
            self.chat = Chat(self.teacher, llm.get_tokenizer())
        except ModelError:
            self.close()
            raise

    def settings(self) -> dict[str, Any]:
        """The options that were given, and on a CPU what works there."""
        from vllm.platforms import current_platform

        given = self.options.model_dump(exclude_none=True)
        if not current_platform.is_cpu():
            return given
        # Chunked prefill rewinds the random numbers of a request with a seed, which a CPU's generator cannot do: vLLM
        # 0.32 ends with "CPU Generator does not use offset" when a step has no room for the whole of a prompt.
        defaults: dict[str, Any] = {"enforce_eager": True, "enable_chunked_prefill": False}
        defaults["dtype"] = "bfloat16" if bfloat16_is_fast("cpu") else "float32"
        if "gpu_memory_utilization" not in given and "VLLM_CPU_KVCACHE_SPACE" not in os.environ:
            import psutil  # vLLM brings it

            defaults["kv_cache_memory_bytes"] = min(CPU_CACHE, psutil.virtual_memory().available // 8)
        return defaults | given

    def answer(self, prompts: Sequence[Prompt]) -> Generator[Completion | Failure]:
        """Each answer as it finishes.

        Its ``seconds`` are its share of every step it took part in. The engine gets no more than it decodes at once,
        so that waiting is not counted, and little has to be aborted when the caller stops.
        """
        waiting, seated = deque(enumerate(prompts)), dict[str, tuple[Prompt, float]]()
        clock = 0.0  # seconds of one seat's share so far
        try:
            while waiting or seated:
                while waiting and len(seated) < self.seats:
                    number, prompt = waiting.popleft()
                    if failure := self.add(str(number), prompt):
                        yield failure
                    else:
                        seated[str(number)] = (prompt, clock)
                began = time.perf_counter()
                outputs = self.step() if seated else []
                clock += (time.perf_counter() - began) / max(1, len(seated))
                for output in outputs:
                    prompt, since = seated.pop(output.request_id)
                    yield self.completion(prompt, output.outputs[0], clock - since)
        finally:
            if seated and self.engine is not None:
                self.engine.abort_request(list(seated))

    def add(self, name: str, prompt: Prompt) -> Failure | None:
        """Seat a request, or say why it gets no answer."""
        from vllm import SamplingParams
        from vllm.exceptions import VLLMClientError
        from vllm.inputs.engine import tokens_input
        from vllm.sampling_params import RequestOutputKind

        request, room = prompt.request, self.context - len(prompt.ids)
        if room < 1:
            detail = f"{len(prompt.ids)} tokens of prompt; the context holds {self.context}, one of them for the answer"
            return Failure(request, "prompt_too_long", detail)
        bad = (ValueError, TypeError, VLLMClientError)
        try:
            with self.steering(about_the_request=bad):
                params = SamplingParams(
                    temperature=request.temperature,
                    top_p=request.top_p,
                    max_tokens=min(request.room, room),
                    seed=request.seed,
                    detokenize=False,  # decoded once, at the end
                    output_kind=RequestOutputKind.FINAL_ONLY,
                )
                self.engine.add_request(name, tokens_input(prompt.ids), params)
        except bad as error:
            return Failure(request, "rejected", told(error))
        return None

    def step(self) -> list[Any]:
        """What has finished after one more step of the engine."""
        with self.steering():
            return [output for output in self.engine.step() if output.finished]

    @contextmanager
    def steering(self, about_the_request: tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """Raises RunFailed when the engine cannot go on. One that is stopped in midstep cannot either: it is let go."""
        try:
            yield
        except about_the_request:
            raise
        except BaseException as error:
            self.discard()
            if not isinstance(error, Exception):
                raise
            remedy = "; lower options.gpu_memory_utilization or options.max_num_seqs" if "memory" in str(error) else ""
            raise RunFailed(f"models.{self.teacher.name}: vLLM's engine stopped: {told(error)}{remedy}") from error

    def completion(self, prompt: Prompt, output: Any, seconds: float) -> Completion | Failure:
        if output.finish_reason not in ("stop", "length"):
            return Failure(prompt.request, "server_error", f"vLLM ended the answer: {output.finish_reason}")
        tokens = list(output.token_ids)
        return Completion(
            request=prompt.request,
            text=self.chat.text(prompt.lead, tokens, output.finish_reason),
            finish_reason=output.finish_reason,
            prompt_tokens=len(prompt.ids),
            completion_tokens=len(tokens),
            seconds=seconds,
            engine=self.version,
        )

    def close(self) -> None:
        """Give the device's memory back; what is underway ends."""
        if self.underway:
            self.underway.close()
        self.discard()

    def discard(self) -> None:
        """Shut the engine down, in whatever state it is."""
        self.underway = None
        if self.engine is None:
            return
        engine, self.llm, self.engine, VLLM.loaded = self.engine, None, None, None
        engine.engine_core.shutdown()
        del engine
        tidy()


def told(error: Exception) -> str:
    """An error in one line; the name of its class often says more than its words."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def imported() -> Any:
    """The vllm module, quiet and in this process. Raises ModelError that says what to install."""
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    try:
        import vllm
    except ModuleNotFoundError as error:
        raise ModelError(f"the vllm backend needs {error.name}, which is not installed here: {INSTALL}") from error
    except Exception as error:  # a build for another PyTorch ends in whatever its C++ threw
        raise ModelError(f"vLLM is installed but does not load: {error}; {INSTALL}") from error
    return vllm


@contextmanager
def undisturbed() -> Iterator[None]:
    """Take back what loading changes in this process beside the engine."""
    import torch

    threads, before = torch.set_num_threads, {name: os.environ.get(name) for name in LOADING_CHANGES}
    logging.getLogger("torch._library.triton").setLevel(logging.ERROR)  # that a CPU has no Triton is no news
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            yield
    finally:
        torch.set_num_threads = threads  # on a CPU it is made to do nothing
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def tidy() -> None:
    """Free what nothing refers to any more: a failed load and a closed engine leave cycles, and groups of processes."""
    import torch
    from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

    cleanup_dist_env_and_memory()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
