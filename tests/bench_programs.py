"""How many tests of programs are run in a second: python -m tests.bench_programs.

One verdict on a right program with so many tests, by kind, language and protection, in one process. The last line is
what a sandbox and an interpreter for each test cost, which the fork inside of one sandbox saves.
"""

from __future__ import annotations

import os
import platform
import statistics
import time

from filters import Key
from filters.programs import language
from filters.sandbox import Limits, Sandbox, probe, wait
from filters.verifiers.code import code

TESTS = 100
REPEATS = 5
CPP = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n + 1; }"
NUMBERS = range(TESTS)
STDIN = {"kind": "stdin", "tests": [{"input": f"{n}\n", "output": f"{n + 1}\n"} for n in NUMBERS]}
CALL = {"kind": "call", "entry_point": "f", "tests": [{"input": [n], "output": n + 1} for n in NUMBERS]}
CHECKED = "def check(candidate):\n" + "".join(f"    assert candidate({n}) == {n + 1}\n" for n in NUMBERS)
CHECK = {"kind": "check", "entry_point": "f", "check": CHECKED}
CASES = {
    "stdin, Python": ("print(int(input()) + 1)", STDIN),
    "stdin, C++, compiled before": (CPP, STDIN | {"language": "cpp"}),
    "call": ("def f(n): return n + 1", CALL),
    "check": ("def f(n): return n + 1", CHECK),
}


def seconds(program: str, spec: dict[str, object]) -> float:
    began = time.perf_counter()
    found = code(program, Key("k", (), "code", spec))
    assert found.outcome == "pass", found
    return time.perf_counter() - began


def alone(protection: str) -> float:
    """One test in a sandbox and an interpreter of its own."""
    began = time.perf_counter()
    with Sandbox(protection, Limits()) as box:
        (ran,) = wait(box.python("print(int(input()) + 1)", b"1\n"))
    assert ran.stdout == b"2\n"
    return time.perf_counter() - began


def main() -> None:
    print(f"{platform.platform()}, {os.cpu_count()} cores; {TESTS} tests each, median of {REPEATS}")
    for protection in probe.PROTECTIONS:
        if wrong := probe.fault(protection):
            print(f"{protection}: {wrong}")
            continue
        os.environ[probe.CHOICE] = protection
        for name, (program, spec) in CASES.items():
            if spec.get("language") == "cpp":
                language.compiled(program, protection)
            took = statistics.median(seconds(program, spec) for _ in range(REPEATS))
            print(f"{protection}, {name}: {TESTS / took:.0f} tests/s")
        took = statistics.median(alone(protection) for _ in range(3 * REPEATS))
        print(f"{protection}, a sandbox for each: {1 / took:.0f} tests/s")


if __name__ == "__main__":
    main()
