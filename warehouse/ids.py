"""Ids name requests: the same question to the same weights in the same way is the same trace.

An id is the first 20 hex digits of a SHA-256 over canonical JSON, behind a letter that says what it names. Eighty bits
keep a billion rows apart with a chance of collision below one in a million.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def digest(*parts: Any) -> str:
    """20 hex digits over the canonical JSON of the parts: sorted keys, no spaces, UTF-8."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def problem_id(source: str, prompt: str) -> str:
    """Names a problem by where it comes from and what it asks."""
    return "p" + digest(source, prompt)


def key_id(problem: str, answers: Sequence[str], verifier: str, spec: str | None) -> str:
    """Names one version of a problem's answer key."""
    return "k" + digest(problem, list(answers), verifier, spec)


def trace_id(
    problem: str,
    asked: str,
    weights: str,
    strategy: str,
    parameters: Mapping[str, Any],
    parents: Iterable[str] = (),
    sample_index: int = 0,
    rollout: tuple[str, int] | None = None,
) -> str:
    """Names a request.

    ``asked`` is the hash of the prompt style's content or of the messages; ``weights`` the Hub commit or content hash;
    ``parameters`` what shapes the distribution (temperature, top_p, ...), never the token limit, the engine or the
    seed. An RL rollout adds its run and step.
    """
    return "t" + digest(problem, asked, weights, strategy, dict(parameters), sorted(parents), sample_index, rollout)


def text_hash(text: str) -> str:
    """Names a text, for exact duplicates."""
    return digest(text)


def split_of(problem: str, test_share: float = 0.2) -> str:
    """``train`` or ``test``, decided by the problem's id alone, so that every recipe everywhere agrees."""
    return "test" if int(digest("split", problem)[:8], 16) < test_share * 0x1_0000_0000 else "train"
