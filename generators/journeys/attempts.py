"""Attempts, as a model is shown them that is to say what is wrong with them: step by step, numbered."""

from __future__ import annotations

from warehouse.steps import steps
from warehouse.text import response


def numbered(completion: str) -> str:
    """The steps of a completion, counted from 1, and its answer."""
    said = [f"{number}. {completion[start:end]}" for number, (start, end) in enumerate(steps(completion), start=1)]
    return "\n".join([*said, f"Answer: {response(completion) or '(none)'}"])


def opening(completion: str, step: int) -> tuple[str, str]:
    """A completion's thinking up to the end of some step, counted from 1: what comes before that step, and the step.
    Raises ValueError where it has fewer."""
    parts = steps(completion)
    if not 1 <= step <= len(parts):
        raise ValueError(f"step {step} of {len(parts)}")
    first, (start, end) = parts[0][0], parts[step - 1]
    return completion[first:start], completion[start:end]
