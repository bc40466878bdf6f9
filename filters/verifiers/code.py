"""Programs, by the tests in their key; generators/sources/code_key.py says in which form.

They are run in a sandbox (filters/sandbox/), in Python or C++; what they should print or return never enters it
(filters/programs/). A key may say more: ``tolerance`` and ``tokens`` (filters/programs/comparison.py), and ``all:
true``, which runs every test even after one has failed, for a score: the share of tests passed.
"""

from __future__ import annotations

from typing import Any

from filters.extraction import last_program
from filters.finding import Finding
from filters.programs import language, trial
from filters.programs.comparison import Policy
from filters.programs.language import NotCompiled
from filters.programs.trial import Result
from filters.sandbox import Limits, NoSandbox, in_force
from filters.sandbox.probe import compiler
from filters.verify import Key, UnusableKey, verifier

LONGEST = 200_000
"""Characters of a program."""
SECONDS, LEAST_SECONDS, MOST_SECONDS, FACTOR = 10.0, 2.0, 30.0, 2.0
"""A test's time where the key has none; the least, the most, and how much more than a key says: another machine's."""
MEGABYTES, LEAST_MEGABYTES, MOST_MEGABYTES = 512, 256, 2048
PATIENCE = 600.0
"""Seconds for all tests of an answer at most."""
REASONS = (
    "wrong_output", "runtime_error", "compile_error", "time_limit", "memory_limit", "output_limit", "no_program",
    "not_transferable", "missing_module", "starved", "no_sandbox", "no_compiler",
)  # fmt: skip


def limits_of(spec: dict[str, Any]) -> Limits:
    """What each test may use, by the key and our floors and ceilings. Raises UnusableKey."""
    seconds = positive(spec, "time_limit_s", SECONDS / FACTOR) * FACTOR
    memory = positive(spec, "memory_limit_mb", MEGABYTES)
    return Limits(
        seconds=min(max(seconds, LEAST_SECONDS), MOST_SECONDS),
        memory_mb=int(min(max(memory, LEAST_MEGABYTES), MOST_MEGABYTES)),
        stack_mb=256 if language.asked_for(spec) == "cpp" else 64,
    )


def positive(spec: dict[str, Any], name: str, usual: float) -> float:
    found = spec.get(name)
    if found is None:
        return usual
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < float("inf"):
        raise UnusableKey(f"{name}: expected a number above 0, found {found!r}")
    return float(found)


def seconds_of(key: Key) -> float:
    """How long one answer may take: all its tests to their limits, within reason, and a compiler before them."""
    try:
        each = limits_of(key.spec).clock
    except UnusableKey:
        return 1.0
    tests = key.spec.get("tests")
    return min(each * max(1, len(tests) if isinstance(tests, list) else 1), PATIENCE) + language.COMPILING.clock + 10


def tried() -> None:
    """Find out which protection is in force, before any answer has to wait for that."""
    try:
        in_force()
    except NoSandbox:
        return


@verifier("code", extract=last_program, reasons=REASONS, seconds=seconds_of, prepare=tried, tries_keys=False)
def code(answer: str, key: Key) -> Finding:
    spec = key.spec
    count = examined(spec)
    limits, policy, speech = limits_of(spec), Policy.of(spec), language.asked_for(spec)
    if not answer.strip() or len(answer) > LONGEST:
        return Finding.fail("no_program", says=f"no program of 1 to {LONGEST} characters")
    if language.of(answer) != speech:
        return Finding.fail("no_program", says=f"the program is not in {language.SPOKEN[speech]}")
    if speech == "cpp" and compiler() is None:
        return Finding.undecided("no_compiler", says="g++ is not installed; apt install g++")
    try:
        protection = in_force()
    except NoSandbox as error:
        return Finding.undecided("no_sandbox", says=str(error))
    if spec["kind"] == "check":
        return verdict([trial.check_test(answer, spec, protection, limits)], None, protection, False)
    tests = trial.stdin_tests if spec["kind"] == "stdin" else trial.call_tests
    results: list[Result] = []
    try:
        for result in tests(answer, spec, protection, limits, policy):
            results.append(result)
            if result.reason and not spec.get("all"):
                break
    except NotCompiled as error:
        failure = trial.ended_badly(error.ran)
        said = error.ran.stderr.decode("utf-8", "replace")[:400]
        detail: dict[str, Any] = {"says": "it does not compile", "stderr": said, "tests": count, "tier": protection}
        if failure and failure.undecided:
            return Finding.undecided(str(failure.reason), **detail)
        reason = failure.reason if failure and failure.reason != "runtime_error" else "compile_error"
        return Finding.fail(str(reason), **detail)
    return verdict(results, count, protection, bool(spec.get("all")))


def verdict(results: list[Result], count: int | None, protection: str, scored: bool) -> Finding:
    """One finding over all tests that were run: right only if each passed."""
    failed = [(number, result) for number, result in enumerate(results, start=1) if result.reason]
    passed = len(results) - len(failed)
    detail: dict[str, Any] = {"tier": protection}
    detail |= {"calls": results[0].calls} if count is None else {"passed": passed, "tests": count}
    if not failed:
        return Finding.passed(score=1.0 if scored else None, **detail)
    number, first = next(((at, one) for at, one in failed if not one.undecided), failed[0])
    assert first.reason is not None
    if count is not None:
        detail["first_failed"] = number
    if first.stderr:
        detail["stderr"] = first.stderr
    detail["says"] = first.says if count is None else f"test {number} of {count}: {first.says}"
    if first.undecided:
        return Finding.undecided(first.reason, **detail)
    return Finding.fail(first.reason, score=passed / count if scored and count else None, **detail)


def examined(spec: dict[str, Any]) -> int | None:
    """How many tests a key has; None for check, which nobody can count. Raises UnusableKey."""
    kind = spec.get("kind")
    if kind == "check":
        if not isinstance(spec.get("check"), str) or "assert" not in spec["check"]:
            raise UnusableKey("the answer key holds no tests")
    else:
        if kind not in ("stdin", "call"):
            raise UnusableKey(f"kind: expected stdin, call or check, found {kind!r}")
        tests = spec.get("tests")
        if not tests:
            raise UnusableKey("the answer key holds no tests")
        if not isinstance(tests, list) or not all(isinstance(test, dict) and "output" in test for test in tests):
            raise UnusableKey("tests: expected a list of {input, output}")
        form = list if kind == "call" else str
        if not all(isinstance(test.get("input"), form) for test in tests):
            raise UnusableKey(f"tests: expected each input to be a {'list of arguments' if form is list else 'text'}")
        if kind == "stdin" and not all(isinstance(test["output"], str) for test in tests):
            raise UnusableKey("tests: expected each output to be a text")
    if kind != "stdin" and not trial.ENTRY.fullmatch(str(spec.get("entry_point"))):
        raise UnusableKey(f"entry_point: expected the name of a function, found {spec.get('entry_point')!r}")
    return None if kind == "check" else len(spec["tests"])
