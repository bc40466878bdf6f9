"""math-verify as its own documentation uses it, in a process that can be killed: python tests/support/peer.py.

Its time limit is an alarm in the main thread, and some of what it parses never comes back from C; so it reads pairs as
lines of JSON and writes an outcome a line, and whoever waits for it may end it.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import subprocess
import sys
from collections.abc import Sequence

PATIENCE = 30.0
"""Seconds until a pair is given up; its own limits are five for each parsing and for the comparison."""


def wrapped(answer: str) -> str:
    """In a box, which of the forms that were tried suits it best; what already stands in dollars stays as it is."""
    return answer if any(mark in answer for mark in ("$", r"\(", r"\[")) else rf"\boxed{{{answer}}}"


def outcome(gold: str, answer: str) -> str:
    """pass, fail or error: what ``verify(parse(gold), parse(answer))`` says, the gold answer first."""
    from math_verify import parse, verify

    try:
        return "pass" if verify(parse(wrapped(gold)), parse(wrapped(answer))) else "fail"
    except Exception:  # noqa: BLE001 - counted apart
        return "error"


def outcomes(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The outcome of each (gold, answer); error also where it had to be killed."""
    found: list[str] = []
    while len(found) < len(pairs):
        found += until_killed(pairs[len(found) :])
    return found


def until_killed(pairs: Sequence[tuple[str, str]]) -> list[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    with (
        subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        ) as process,
        selectors.DefaultSelector() as selector,
    ):
        assert process.stdin
        assert process.stdout
        selector.register(process.stdout, selectors.EVENT_READ)
        found: list[str] = []
        for pair in pairs:
            process.stdin.write(json.dumps(pair) + "\n")
            process.stdin.flush()
            line = process.stdout.readline() if selector.select(PATIENCE) else ""
            found.append(line.strip() or "error")
            if not line:
                process.kill()
                break
        process.stdin.close()
        return found


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        print(outcome(*json.loads(line)), flush=True)
