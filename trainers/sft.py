"""Supervised fine-tuning of a student on chat rows, with TRL.

The loss covers the assistant's last message, thinking included, and nothing else. Stretches of it may be left out by
the spans that are stored with the row, such as the wrong path of a journey: they are read and not learned. A row that
does not fit the context is dropped and counted, never cut: a cut chain of thought has lost its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from warehouse.hardware import bfloat16_is_fast

Messages = list[dict[str, str]]
Span = dict[str, Any]
"""``label``, ``start`` and ``end``: half-open character offsets into the content of the last message."""
Row = tuple[Messages, Sequence[Span]]
"""A chat and the spans of its last message."""
Progress = Callable[[dict[str, float]], None]


class TrainingError(Exception):
    """Training cannot start or cannot go on; the message names the remedy."""


@dataclass(frozen=True)
class SFTSettings:
    """What a recipe's train stage may set."""

    learning_rate: float = 5e-4
    epochs: float = 3.0
    batch_size: int = 32
    batch_tokens: int | None = None
    """Target tokens of a batch, on average, instead of its rows: sets of as many tokens then take as many steps,
    however long their rows are."""
    max_tokens: int = 512
    warmup: float = 0.05
    weight_decay: float = 0.01
    precision: str = "auto"
    optimizer: str = "adamw"
    seed: int = 0
    mask: tuple[str, ...] = ()
    """Labels of the spans that the loss leaves out."""
    tokens: int | None = None
    """Target tokens of the set: rows are taken in their order until they have so many. None takes all rows."""


class Rendered(NamedTuple):
    """A chat in tokens: two lists of equal length, and how many of them are the last message's."""

    input_ids: list[int]
    labels: list[int]
    """-100 where nothing is learned."""
    target_tokens: int
    """Left out of the loss or not."""

    @property
    def learned_tokens(self) -> int:
        return sum(label != -100 for label in self.labels)


def render(tokenizer: Any, messages: Messages, left_out: Sequence[Span] = ()) -> Rendered:
    """Token ids of a chat and its labels, -100 outside the last message and in every token that overlaps a span which
    is left out.

    Raises TrainingError when the chat template does not keep the last message whole: many stock templates drop what
    stands before ``</think>``, which is the very thing to be learned. And when the text of a span is not in the
    rendered chat where the span says, or the tokenizer does not tell where its tokens stand.
    """
    from jinja2 import TemplateError

    try:
        prompt = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, tokenize=False)
        whole = tokenizer.apply_chat_template(messages, tokenize=False)
    except TemplateError as error:
        raise TrainingError(f"the chat template refuses the messages: {error}") from error
    content = messages[-1]["content"]
    if not whole.startswith(prompt) or content.strip() not in whole[len(prompt) :]:
        raise TrainingError(
            "the chat template does not render the answer as it was written after the prompt (does it strip the "
            "thinking?); give the model a template that keeps message content as it is"
        )
    target = whole[len(prompt) :]
    prompt_ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    if left_out and not tokenizer.is_fast:
        raise TrainingError("mask: the tokenizer does not tell where its tokens stand; expected a fast one")
    encoded = tokenizer(target, add_special_tokens=False, return_offsets_mapping=bool(left_out))
    labels = list(encoded["input_ids"])
    if left_out:
        stretches = placed(left_out, content, target)
        for place, (start, end) in enumerate(covered(encoded["offset_mapping"])):
            if any(start < until and begin < end for begin, until in stretches):
                labels[place] = -100
    return Rendered(prompt_ids + encoded["input_ids"], [-100] * len(prompt_ids) + labels, len(labels))


def placed(spans: Sequence[Span], content: str, target: str) -> list[tuple[int, int]]:
    """Where spans of a message stand in its rendering, which may lack the blanks around it, as (start, end).

    Raises TrainingError for a span whose text does not stand there."""
    shift = target.find(content)
    if shift < 0:
        shift = target.index(content.strip()) - (len(content) - len(content.lstrip()))
    found = []
    for span in spans:
        start, end = span["start"], span["end"]
        said = content[start:end] if 0 <= start < end <= len(content) else None
        begin = start + shift
        if said is None or begin < 0 or target[begin : end + shift] != said:
            raise TrainingError(
                f"the span {span['label']}, {start} to {end}, is not in the rendered chat as it was written (a message "
                f"of {len(content)} characters; does the template strip it?); leave its label out of mask, or give the "
                "model a template that keeps message content as it is"
            )
        found.append((begin, end + shift))
    return found


def covered(offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of a text each token stands for, as (start, end): some tokenizers leave the blank that a token begins with
    out of its offsets, so that it is counted to where the token before it ended."""
    found, reached = [], 0
    for start, end in offsets:
        found.append((min(start, reached), end))
        reached = max(reached, end)
    return found


def batch_size(rows: Sequence[Rendered], settings: SFTSettings) -> int:
    """Rows of a batch."""
    if not settings.batch_tokens:
        return settings.batch_size
    each = sum(one.target_tokens for one in rows) / len(rows)
    return max(1, round(settings.batch_tokens / each))


def train(rows: Iterable[Row], model_path: Path, out: Path, settings: SFTSettings, progress: Progress) -> dict:
    """Train the checkpoint at ``model_path`` on rows, write the result to ``out``, return what happened.

    Returns counts and final loss: rows, dropped_too_long, dropped_masked (nothing of them was left to learn), per epoch
    tokens, target_tokens (those of the last messages) and learned_tokens (those of them that the loss covers); steps,
    loss, seconds.
    Raises TrainingError for an unusable template, spans that are not in the chat, no usable row, fewer target tokens
    than settings want, or a loss that is not a number.
    """
    import math

    import torch
    from datasets import Dataset
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from trainers.muon import Muon

    tokenizer = AutoTokenizer.from_pretrained(model_path)
    if tokenizer.chat_template is None:
        raise TrainingError(f"{model_path} has no chat template; add a chat_template.jinja")
    context = getattr(AutoConfig.from_pretrained(model_path), "max_position_embeddings", None)
    longest = min(settings.max_tokens, context or settings.max_tokens)
    kept: list[Rendered] = []
    dropped = emptied = 0
    wanted, targets = settings.tokens or math.inf, 0
    for messages, spans in rows:
        rendered = render(tokenizer, messages, [span for span in spans if span["label"] in settings.mask])
        if len(rendered.input_ids) > longest:
            dropped += 1
        elif not rendered.learned_tokens:
            emptied += 1
        else:
            kept.append(rendered)
            targets += rendered.target_tokens
        if targets >= wanted:
            break
    if not kept:
        raise TrainingError(
            f"no row fits into {longest} tokens ({dropped} were longer); raise max_tokens (the context is {context})"
            if dropped or not emptied
            else f"mask leaves nothing to learn of any row ({emptied} are covered by {', '.join(settings.mask)})"
        )
    if settings.tokens and targets < wanted:
        raise TrainingError(
            f"tokens is {settings.tokens:,}, but the rows have {targets:,} target tokens; lower it or release more"
        )

    class Report(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: dict | None = None, **_: Any) -> None:
            if logs and "loss" in logs:
                if not math.isfinite(float(logs["loss"])):
                    raise TrainingError(f"the loss is {logs['loss']} at step {state.global_step}; lower learning_rate")
                progress({"step": state.global_step, "steps": state.max_steps, "loss": float(logs["loss"])})

    on_gpu = torch.cuda.is_available()
    native = bfloat16_is_fast("cuda" if on_gpu else "cpu")
    fast = settings.precision == "bfloat16" or (settings.precision == "auto" and native)
    model = AutoModelForCausalLM.from_pretrained(
        model_path,
        dtype=torch.float32,
        # On a CPU the fused attention's backward pass takes longer than all matrix products together.
        attn_implementation="sdpa" if on_gpu else "eager",
    )
    optimizer = None  # the trainer's own AdamW
    if settings.optimizer == "muon":
        model.to(torch.device("cuda" if on_gpu else "cpu"))  # type: ignore[arg-type]
        optimizer = Muon(model, settings.learning_rate, settings.weight_decay)
    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        optimizers=(optimizer, None),
        train_dataset=Dataset.from_list([{"input_ids": one.input_ids, "labels": one.labels} for one in kept]),
        args=SFTConfig(
            output_dir=str(out / "trainer"),
            per_device_train_batch_size=batch_size(kept, settings),
            learning_rate=settings.learning_rate,
            num_train_epochs=settings.epochs,
            lr_scheduler_type="cosine",
            warmup_steps=settings.warmup,
            weight_decay=settings.weight_decay,
            max_grad_norm=1.0,
            adam_beta2=0.95,
            max_length=None,
            bf16=fast,
            use_cpu=not on_gpu,
            train_sampling_strategy="group_by_length",
            gradient_checkpointing=False,
            dataset_kwargs={"skip_prepare_dataset": True},
            save_strategy="no",
            report_to="none",
            logging_steps=10,
            logging_nan_inf_filter=False,  # it would report a mean of earlier losses in place of one that is no number
            disable_tqdm=True,
            seed=settings.seed,
            dataloader_pin_memory=False,
        ),
        callbacks=[Report()],
    )
    trainer.remove_callback(PrinterCallback)
    result = trainer.train()
    if not math.isfinite(result.training_loss):
        raise TrainingError(f"the loss is {result.training_loss}; lower learning_rate")
    trained: Any = trainer.model
    trained.to(torch.bfloat16 if fast else torch.float32).save_pretrained(out)
    tokenizer.save_pretrained(out)
    return {
        "rows": len(kept),
        "dropped_too_long": dropped,
        "dropped_masked": emptied,
        "tokens": sum(len(one.input_ids) for one in kept),
        "target_tokens": targets,
        "learned_tokens": sum(one.learned_tokens for one in kept),
        "steps": result.global_step,
        "loss": round(result.training_loss, 4),
        "seconds": round(result.metrics["train_runtime"], 1),
        "settings": asdict(settings),
    }
