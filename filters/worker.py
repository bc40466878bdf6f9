"""A worker of the pool: judges answers until it is told no more, in a process that can be killed.

Only strings cross: a job is a line of JSON on standard input, each finding a line on what was standard output. What
verifiers print goes nowhere, so that nothing can pass for a finding.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

RECYCLE = 20_000
"""Answers after which a worker makes room for a fresh one: libraries keep what they were shown."""
GRACE = 5.0
"""Seconds after the deadline at which a worker ends by itself, since nobody has: whoever would is gone."""


def main() -> None:
    """Read jobs, write findings. Each job is answered in order, each answer in one line."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    nowhere = os.open(os.devnull, os.O_RDWR)
    jobs = os.fdopen(os.dup(0), encoding="ascii")
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    memory = int(sys.argv[1])
    with suppress(ValueError, OSError):  # not every system has it
        # The soft limit alone: a sandbox that a verifier starts sets limits of its own.
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def tell(**message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    # After the standard library, so that a user's enum.py shadows nothing; but this house before all others.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.path.extend(place for place in json.loads(sys.argv[2] if sys.argv[2:] else "[]") if place not in sys.path)
    from filters import verifiers
    from filters.verify import Key, how
    from warehouse.errors import BadInput

    tell(loading=False)
    judged = 0
    prepared: set[str] = set()
    for line in jobs:
        job = json.loads(line)
        key = Key(**job["key"] | {"answers": tuple(job["key"]["answers"])})
        try:
            decide = verifiers.get(key.verifier, Path(job["folder"]) if job["folder"] else None)
        except BadInput as error:
            if not job["answers"]:  # it was only to be loaded ahead
                continue
            tell(bad_input=str(error))
            return
        if key.verifier not in prepared:  # libraries may take long to load, which no answer is to pay for
            prepared.add(key.verifier)
            if prepare := how(decide).prepare:
                tell(loading=True)
                prepare()
                tell(loading=False)
        for answer in job["answers"]:
            signal.setitimer(signal.ITIMER_REAL, job["seconds"] + GRACE)  # its default is death, heard even inside C
            found = judge(decide, answer, key)
            signal.setitimer(signal.ITIMER_REAL, 0)
            judged += 1
            leaving = judged >= RECYCLE or found["reason"] == "memory"
            tell(**found, leaving=leaving)
            if leaving:
                return


def judge(decide: Any, answer: str, key: Any) -> dict[str, Any]:
    """One finding as it crosses the pipe."""
    from filters.finding import Finding, checked
    from filters.verify import UnusableKey

    began = time.perf_counter()
    try:
        found = checked(decide(answer, key))
    except UnusableKey as error:
        found = Finding.undecided("unusable_key", says=str(error)[:500])
    except MemoryError:
        found = Finding.undecided("memory")
    except Exception as error:  # noqa: BLE001 - whatever a verifier does, the next answer is judged
        found = Finding.undecided("crash", error=f"{type(error).__name__}: {error}"[:500])
    return {
        "outcome": found.outcome,
        "reason": found.reason,
        "score": found.score,
        "detail": found.detail,
        "elapsed_ms": round((time.perf_counter() - began) * 1000, 4),
    }


if __name__ == "__main__":
    main()
