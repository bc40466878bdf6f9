"""How the pool bears answers that never come back, and how many tests of programs it runs (make bench)."""

from __future__ import annotations

import random
import statistics
import tempfile
from pathlib import Path

from filters import Key
from filters.answers import findings
from filters.pool import cores
from tests.bench import timed

SEED = 20261124
ROUNDS = 3

BOMB = """
from filters import verifier
from filters.verifiers.number import number

@verifier("slow")
def slow(answer, key):
    if answer == "bomb":
        9**9**9                                   # inside C, where no alarm is heard
    return number(answer, key)
"""


def bombs(items: int = 1000, share: float = 0.05, deadline: float = 0.5) -> None:
    """(d) Items of which some never come back, through the pool, against the same without them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "slow.py").write_text(BOMB)
        dice = random.Random(SEED)
        at = set(dice.sample(range(items), int(items * share)))
        keys = [Key(str(n), (str(n),), "slow.py:slow") for n in range(items)]
        good = [f"<answer>{n + (n % 3 == 0)}</answer>" for n in range(items)]
        bad = ["<answer>bomb</answer>" if n in at else said for n, said in enumerate(good)]
        findings(good[:50], keys[:50], deadline, folder=Path(folder))
        calm, wild = [], []
        found = []
        for _ in range(ROUNDS):
            calm.append(timed(lambda: found.append(findings(good, keys, deadline, folder=Path(folder)))))
            wild.append(timed(lambda: found.append(findings(bad, keys, deadline, folder=Path(folder)))))
    before, after = found[-2:]
    same = all(before[n].outcome == after[n].outcome for n in range(items) if n not in at)
    killed = sum(after[n].reason == "timeout" for n in at)
    free, full = statistics.median(calm), statistics.median(wild)
    bound = len(at) * deadline / cores() + free
    print(
        f"\n{items:,} items, {len(at)} of them bombs that only a kill ends, deadline {deadline} s, {cores()} workers: "
        f"{full:.1f} s, {free:.2f} s without the bombs; the bound is {len(at)} x {deadline} / {cores()} + {free:.2f} = "
        f"{bound:.1f} s; what is over it, killing takes. {killed} of {len(at)} undecided by "
        f"timeout; every other verdict {'as' if same else 'NOT as'} in the run without bombs."
    )


PROGRAM = """```python
n = int(input())
print(sum(k * k for k in range(n)) + {extra})
```"""


def sandboxed_tests(programs: int = 8, tests: int = 10) -> None:
    """(e) Programs that pass all their tests, each test a run in a sandbox of its own."""
    cases = [{"input": f"{n}\n", "output": f"{sum(k * k for k in range(n))}\n"} for n in range(tests)]
    keys = [Key(f"sums-{n}", (), "code", {"kind": "stdin", "tests": cases}) for n in range(programs)]
    said = [PROGRAM.format(extra=f"{n} - {n}") for n in range(programs)]
    findings(said[:1], keys[:1])  # finds out which protection is in force, at no program's expense
    judged = findings(said, keys)
    passed = sum(one.outcome == "pass" for one in judged)
    if passed < programs:
        print(f"\n{passed} of {programs} right programs pass, the first is {judged[0]}")
        return
    took = [timed(lambda: findings(said, keys)) for _ in range(ROUNDS)]
    rate = programs * tests / statistics.median(took)
    print(
        f"\n{rate:.0f} sandboxed tests of Python programs a second, with {cores()} workers and "
        f"{judged[0].detail['tier']}: {programs} programs of {tests} tests, all of which pass."
    )
