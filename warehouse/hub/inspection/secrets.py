"""Keys and passwords in text: what looks like one, and what only resembles one.

Every kind is one pattern that Rust's regex engine and Python's both read, so that a column is searched at the engine's
speed (``SUSPECT``), and only a text that it points at is read again here. A kind that alone
would often be wrong has a second look: a key is random, and what is written in mathematics or in a manual is not.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

BITS = 3.5
"""Bits per character (Shannon, over the value's own characters) that a value must have to pass for random."""
EXAMPLES = re.compile(
    r"(?i)example|placeholder|dummy|sample|changeme|change_me|redacted|your|insert|replace|fake|foobar|hunter2|x{4}"
    r"|0{6}|1234567|abcdef|qwerty|SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
)
"""What stands where manuals show a key; the last one is the signature of the token that every page on JWT shows."""

HEXADECIMAL = re.compile(r"[0-9a-f]{32,}")


@dataclass(frozen=True)
class Secret:
    """Something in a text that nobody should publish."""

    kind: str
    start: int
    end: int
    excerpt: str
    """Enough of it to find it by, not enough to use it."""


def bits(text: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values()) if size else 0.0


def random_looking(value: str) -> bool:
    """Whether a value has the mixture of a generated one: hexadecimal, or small and large letters with digits, and no
    run of neighbours. One digit is in many a name of a class."""
    if EXAMPLES.search(value):
        return False
    digits = sum(map(str.isdigit, value))
    if HEXADECIMAL.fullmatch(value):
        return 4 <= digits <= len(value) - 4 and bits(value) > 3
    neighbours = sum(abs(ord(one) - ord(two)) <= 1 for one, two in pairwise(value))
    mixed = digits >= 2 and any(map(str.islower, value)) and any(map(str.isupper, value))
    return mixed and bits(value) >= BITS and neighbours < len(value) / 4


def any_key(value: str) -> bool:
    """For kinds whose prefix says what they are: all that is no example."""
    return not EXAMPLES.search(value) and bits(value) > 2.5


def aws_id(value: str) -> bool:
    """An AWS id is base 32; twenty capital letters without a digit are more often a cipher than a key."""
    return any_key(value) and any(sign.isdigit() for sign in value)


def jwt(value: str) -> bool:
    """Three parts, of which the first is JSON that names its algorithm."""
    head = value.partition(".")[0]
    try:
        told = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return False
    return isinstance(told, dict) and "alg" in told and not EXAMPLES.search(value)


def key_block(value: str) -> bool:
    """A block with a body: the mere header is in every text that tells of keys."""
    return not EXAMPLES.search(value) and bits(value.rpartition("-----")[2]) > BITS


WORDS = "password|passwd|pwd|secret|api_?key|api-key|access_?key|access-key|token"
KINDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    # kind: (pattern, whose one group is the secret; what it must pass besides)
    "Hugging Face token": (r"\b((?:hf|api_org)_[A-Za-z0-9]{30,})\b", any_key),
    "Anthropic key": (r"\b(sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{32,})", any_key),
    "OpenAI key": (r"\b(sk-[A-Za-z0-9_-]*T3BlbkFJ[A-Za-z0-9_-]{16,}|sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}"
                   r"|sk-[A-Za-z0-9]{48})\b", any_key),
    "GitHub token": (r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{20,}_[A-Za-z0-9]{40,})\b", any_key),
    "AWS access key": (r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b", aws_id),
    "AWS secret key": (r"(?i:aws_?secret_?(?:access_?)?key)[\"']?\s*[=:]\s*[\"']?([A-Za-z0-9/+]{40})\b", any_key),
    "Slack token": (r"\b(xox[abeoprs]-[0-9]{6,}-[A-Za-z0-9-]{16,}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]{32,})", any_key),
    "Slack webhook": (r"(hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,})", any_key),
    "Google key": (r"\b(AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28})\b", any_key),
    "private key": (r"(-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n|\\r)*[A-Za-z0-9+/=]{40,})",
                    key_block),
    "JWT": (r"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,})", jwt),
    "password": (rf"(?i:{WORDS})[\"']?\s*(?:=|:|=>)\s*[\"']?"
                 r"([A-Za-z0-9_\-+/=.~!@#%&*]{16,128})", random_looking),
    "bearer token": (r"(?i:\bbearer)\s+([A-Za-z0-9_\-+/=.~]{24,})", random_looking),
    "password in an address": (r"\b[a-z][a-z0-9+.-]{1,20}://[A-Za-z0-9_.-]{1,64}:([^\s/:@\"'<>{}\[\]]{8,64})@[A-Za-z0-9]",
                               random_looking),
}  # fmt: skip
PATTERNS = {kind: (re.compile(pattern), passes) for kind, (pattern, passes) in KINDS.items()}
SUSPECT = tuple(pattern for pattern, _ in KINDS.values())
"""What none of these matches holds no secret. One after the other: each is searched for by its fixed letters, and their
union, which has none, would take three times as long as all of them."""
EMAIL = r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
NO_ONES = re.compile(r"(?i)@(?:[a-z0-9-]+\.)*(?:example|test|invalid|localhost|email|domain)(?:\.[a-z]+)?$")
"""Addresses that belong to nobody: reserved domains, and those of exercises on regular expressions."""


def secrets(text: str) -> Iterator[Secret]:
    """What is in a text, kind by kind; a stretch that two kinds claim is told once."""
    told: list[tuple[int, int]] = []
    for kind, (pattern, passes) in PATTERNS.items():
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if any(start < other_end and other_start < end for other_start, other_end in told):
                continue
            if passes(match[1]):
                told.append((start, end))
                yield Secret(kind, start, end, excerpt(text, start, end))


def emails(text: str) -> list[str]:
    """The addresses in a text that may be somebody's."""
    return [found for found in re.findall(EMAIL, text) if not NO_ONES.search(found)]


def excerpt(text: str, start: int, end: int) -> str:
    """What stands before it, its first characters, and how long it is; long words beside it may be secrets too."""
    before = re.sub(r"\S{16,}", "***", text[max(0, start - 24) : start])
    return f"{before}{text[start : start + 4]}*** ({end - start} characters)".replace("\n", " ")
