"""What a recipe may set of vLLM."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from generators.teachers import Teacher
from warehouse.errors import BadInput


class Options(BaseModel):
    """``models.NAME.options``: what is the machine's to decide. What shapes an answer is the request's."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tensor_parallel_size: PositiveInt = 1
    data_parallel_size: Literal[1] = 1
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of a device's memory for weights, keys and values; on a CPU a share of the machine's."""
    max_model_len: PositiveInt | None = None
    """Tokens of prompt and answer together; the checkpoint's context where it is None."""
    max_num_seqs: PositiveInt | None = None
    """Answers that are decoded at once."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] | None = None
    quantization: str | None = None
    enforce_eager: bool | None = None
    """No compiled graphs: loads sooner, decodes slower. A CPU's default."""
    kv_cache_dtype: str | None = None


def options_of(teacher: Teacher) -> Options:
    """Raises BadInput that names the option, what was found and what was expected."""
    name, known = teacher.name, ", ".join(Options.model_fields)
    if unknown := set(teacher.options) - set(Options.model_fields):
        raise BadInput(f"models.{name}: unknown {', '.join(sorted(unknown))}; expected {known}")
    try:
        return Options(**teacher.options)
    except ValidationError as error:
        found = error.errors()[0]
        option = found["loc"][0]
        if option == "data_parallel_size":
            raise BadInput(
                f"models.{name}.data_parallel_size: {found['input']!r}; the engine of this process is one replica. For "
                f"more, run vllm serve {teacher.path} --data-parallel-size {found['input']} and use the openai backend"
            ) from error
        raise BadInput(f"models.{name}.{option}: {found['input']!r}; {found['msg']}") from error
