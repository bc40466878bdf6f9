"""Supervised fine-tuning of a student on chat rows, with TRL.

The loss covers the assistant's last message, thinking included, and nothing else. A row that does not fit the
context is dropped and counted, never cut: a cut chain of thought has lost its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from warehouse.hardware import bfloat16_is_fast

Messages = list[dict[str, str]]
Progress = Callable[[dict[str, float]], None]


class TrainingError(Exception):
    """Training cannot start or cannot go on; the message names the remedy."""


@dataclass(frozen=True)
class SFTSettings:
    """What a recipe's train stage may set."""

    learning_rate: float = 5e-4
    epochs: float = 3.0
    batch_size: int = 32
    max_tokens: int = 512
    warmup: float = 0.05
    weight_decay: float = 0.01
    precision: str = "auto"
    optimizer: str = "adamw"
    seed: int = 0


def render(tokenizer: Any, messages: Messages) -> tuple[list[int], list[int]]:
    """Token ids of a chat and its labels, -100 outside the last message: two lists of equal length.

    Raises TrainingError when the chat template does not keep the last message whole: many stock templates drop what
    stands before ``</think>``, which is the very thing to be learned.
    """
    from jinja2 import TemplateError

    try:
        prompt = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, tokenize=False)
        whole = tokenizer.apply_chat_template(messages, tokenize=False)
    except TemplateError as error:
        raise TrainingError(f"the chat template refuses the messages: {error}") from error
    target = messages[-1]["content"]
    if not whole.startswith(prompt) or target.strip() not in whole[len(prompt) :]:
        raise TrainingError(
            "the chat template does not render the answer as it was written after the prompt (does it strip the "
            "thinking?); give the model a template that keeps message content as it is"
        )
    prompt_ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    target_ids = tokenizer(whole[len(prompt) :], add_special_tokens=False)["input_ids"]
    return prompt_ids + target_ids, [-100] * len(prompt_ids) + target_ids


def train(rows: Iterable[Messages], model_path: Path, out: Path, settings: SFTSettings, progress: Progress) -> dict:
    """Train the checkpoint at ``model_path`` on rows, write the result to ``out``, return what happened.

    Returns counts and final loss: rows, dropped_too_long, tokens (per epoch), steps, loss, seconds.
    Raises TrainingError for an unusable template, no usable row, or a loss that is not a number.
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
    kept: list[dict[str, list[int]]] = []
    dropped = 0
    for messages in rows:
        ids, labels = render(tokenizer, messages)
        if len(ids) > longest:
            dropped += 1
        else:
            kept.append({"input_ids": ids, "labels": labels})
    if not kept:
        raise TrainingError(
            f"no row fits into {longest} tokens ({dropped} were longer); raise max_tokens (the context is {context})"
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
        train_dataset=Dataset.from_list(kept),
        args=SFTConfig(
            output_dir=str(out / "trainer"),
            per_device_train_batch_size=settings.batch_size,
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
        "tokens": sum(len(row["input_ids"]) for row in kept),
        "steps": result.global_step,
        "loss": round(result.training_loss, 4),
        "seconds": round(result.metrics["train_runtime"], 1),
        "settings": asdict(settings),
    }
