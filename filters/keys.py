"""Answer keys: can one be used, and does its verifier accept the key's own answer? Before anything is paid for.

A key that cannot be used quarantines its problem (the view ``quarantined``), and so does one whose reference answer is
refused by its own verifier: whatever a model answered would be judged by it. A corrected key is another key.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from filters import verifiers
from filters.answers import DEADLINE, job
from filters.finding import Check, Finding
from filters.pool import shared
from filters.verify import Key, how

CHECK = Check(
    "key",
    version=1,
    needs_key=True,
    decider="rule",
    reasons=("unusable_key", "refuses_its_reference", "timeout", "memory", "crash"),
)
"""An opinion of a problem and not of a trace: its verdicts have no ``trace_id``, and no recipe names it."""
ANY = "0"
"""What a key without an answer of its own is tried with."""


def tried(verifier: str, folder: Path | None = None) -> bool:
    """Whether keys that name this verifier are tried. Raises BadInput for an unknown one."""
    return how(verifiers.get(verifier, folder)).tries_keys


def findings(keys: Sequence[Key], deadline: float = DEADLINE, folder: Path | None = None) -> list[Finding]:
    """What there is to find of each key, in order: (n,) -> (n,), by trying its first answer, each in a process that can
    be killed. Raises BadInput for an unknown verifier, RunFailed where no worker can be started."""
    jobs = [job(key, (key.answers[0] if key.answers else ANY,), deadline, folder) for key in keys]
    return [of_key(key, found) for key, (found,) in zip(keys, shared().judge(jobs), strict=True)]


def of_key(key: Key, found: Finding) -> Finding:
    """What a verifier's finding of a key's own answer says of the key."""
    if found.outcome == "undecided":
        return found
    if found.outcome == "pass" or not key.answers:
        return Finding("pass", elapsed_ms=found.elapsed_ms)
    told = found.detail.get("says") or found.reason
    says = f"{key.verifier} refuses the key's own answer {key.answers[0][:60]!r}: {told}"
    return Finding("fail", "refuses_its_reference", detail={"says": says}, elapsed_ms=found.elapsed_ms)
