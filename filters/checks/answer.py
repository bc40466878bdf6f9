"""``answer``: is the final answer right? Decided by the verifier that the problem's answer key names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from filters import verifiers
from filters.finding import Finding, check
from filters.verify import Key, UnusableKey, answer_for


@check("answer", version=1, needs_key=True, decider="rule")
def answer(trace: dict[str, Any], key: Key | None, settings: dict[str, Any]) -> Finding:
    if key is None:
        return Finding.undecided("no_key")
    folder = settings.get("folder")
    decide = verifiers.get(key.verifier, Path(folder) if folder else None)
    said = answer_for(decide, trace["completion"])
    if said is None:
        return Finding.fail("no_answer")
    try:
        return decide(said, key)
    except UnusableKey as error:
        return Finding.undecided("unusable_key", says=str(error))
