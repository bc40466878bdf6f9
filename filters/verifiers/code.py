"""Programs, by the tests in their key; generators/sources/code_key.py says in which form.

Running them in a sandbox is to come. Until then this says only that there is a program, and leaves open whether it is
right.
"""

from __future__ import annotations

from filters.extraction import last_program
from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier


@verifier("code", extract=last_program, tries_keys=False)
def code(answer: str, key: Key) -> Finding:
    if not key.spec.get("tests") and not key.spec.get("check"):
        raise UnusableKey("the answer key holds no tests")
    return Finding.undecided("not_executed", characters=len(answer))
