"""What a bulk lake is about: the domains of a reasoning set and of what stands beside it, how each asks and answers.

The shares allow a release of three rows of reasoning to one of anything else, as DeepSeek-R1's second supervised round
had it (600K and 200K): 0.6 and 0.2 of all traces are accepted ones of the two sorts, and some to spare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bulk.prose import NOUNS


@dataclass(frozen=True)
class Domain:
    name: str
    share: float
    """Of all problems."""
    quota: float
    """Rows of a release, per trace of the lake."""
    sources: tuple[tuple[str, str], ...]
    """(source, licence) pairs, taken in turn."""
    verifier: str
    bytes: int
    """Mean size of a completion; log-normal, as lengths of thoughts are."""
    hard: float
    """How many problems are hard, 1 being the usual."""
    asks: dict[str, str]
    """The last line of a prompt, by language."""

    @property
    def reasoning(self) -> bool:
        return self.name in ("math", "code", "puzzle", "science")

    @property
    def kind(self) -> str:
        return "sample" if self.reasoning else "knowledge"


DOMAINS = (
    Domain(
        "math", 0.386, 0.30, (("import/contest", "CC-BY-4.0"), ("import/textbook", "CC-BY-SA-4.0")), "math", 9_600, 1.0,
        {"en": "What is the value of n?", "zh": "求 n 的值。"},
    ),
    Domain(
        "code", 0.160, 0.12, (("import/code", "Apache-2.0"),), "code", 11_500, 1.3,
        {"en": "Write a Python function f(n) that returns it.", "zh": "写一个返回它的 Python 函数 f(n)。"},
    ),
    Domain(
        "puzzle", 0.112, 0.09, (("import/puzzle", "MIT"),), "number", 9_600, 0.8,
        {"en": "Which number solves the puzzle?", "zh": "哪个数是谜底？"},
    ),
    Domain(
        "science", 0.112, 0.09, (("import/science", "CC-BY-4.0"),), "choice", 8_600, 0.8,
        {"en": "A) it rises B) it falls C) it stays D) it ends", "zh": "A) 上升 B) 下降 C) 不变 D) 结束"},
    ),
    Domain(
        "writing", 0.093, 0.08, (("import/writing", "CC0-1.0"),), "text", 4_000, 0.2,
        {"en": "Write about it, and put the title in a box.", "zh": "写一段，并把标题放在框里。"},
    ),
    Domain(
        "facts", 0.070, 0.062, (("import/facts", "CC-BY-SA-4.0"),), "text", 2_000, 0.3,
        {"en": "Name it in two words.", "zh": "用两个词回答。"},
    ),
    Domain(
        "translation", 0.047, 0.042, (("import/translation", "CC-BY-4.0"),), "text", 2_000, 0.3,
        {"en": "Translate the last words.", "zh": "翻译最后的词。"},
    ),
    Domain(
        "self-cognition", 0.020, 0.016, (("import/self", "CC0-1.0"),), "text", 1_200, 0.1,
        {"en": "And who are you?", "zh": "你是谁？"},
    ),
)  # fmt: skip


def answers(rng: np.random.Generator, domain: Domain) -> tuple[str, list[str], dict[str, Any] | None]:
    """A problem's right answer, three wrong ones that are easily taken for it, and what else its key says."""
    if domain.verifier == "code":
        a, b = (int(n) for n in rng.integers(2, 100, 2))
        programs = [f"def f(n):\n    return {x} * n + {y}" for x, y in ((a, b), (a, b + 1), (a + 1, b), (a, 0))]
        tests = [{"input": [n], "output": a * n + b} for n in (0, 1, 7)]
        return programs[0], programs[1:], {"kind": "call", "entry_point": "f", "tests": tests}
    if domain.verifier == "choice":
        right = int(rng.integers(4))
        letters = ["ABCD"[(right + n) % 4] for n in range(4)]
        return letters[0], letters[1:], {"choices": ["it rises", "it falls", "it stays", "it ends"]}
    if domain.verifier == "text":
        first, *seconds = (NOUNS[n] for n in rng.choice(len(NOUNS), 5, replace=False))
        named = [f"{first} {second}" for second in seconds]
        return named[0], named[1:], None
    number = int(rng.integers(10, 10_000))
    return str(number), [str(number + 1), str(2 * number), str(number // 10)], None
