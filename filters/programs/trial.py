"""The trial of a program: its tests, one after the other, each in a process and a folder of its own.

Outside of the sandbox are the expected outputs and the comparison; inside are the program and one input at a time.
Tests that are assertions of somebody's (``check``) run in a second sandbox, where the program is not.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from filters.programs import comparison, language
from filters.programs.comparison import NotPlain, Policy
from filters.sandbox import Limits, Ran, Sandbox, wait
from filters.sandbox.box import held
from filters.sandbox.job import STARTING
from filters.verify import UnusableKey

ENTRY = re.compile(r"[A-Za-z_]\w*(\(\))?(\.[A-Za-z_]\w*)*")
DRIVER = Path(__file__).with_name("driver.py")
SITE = """
import bisect, collections, copy, functools, heapq, itertools, math, operator, random, re, string, sys
from bisect import *
from collections import *
from copy import *
from functools import *
from heapq import *
from itertools import *
from math import *
from operator import *
from string import *
from typing import *
from builtins import *
sys.setrecursionlimit(50_000)
"""
"""What a site that asks for a class Solution has imported before it: such programs do not stand alone."""
FOREIGN = ("numpy", "pandas", "scipy", "sympy", "networkx", "sortedcontainers", "numba", "gmpy2")
"""Libraries that graders of programs often have, and the sandbox has not."""
THEIR_OWN = ("NameError", "ImportError", "ModuleNotFoundError", "SyntaxError", "Untransferable")
"""What tests raise only where they are broken themselves."""
SLACK = 65_536
"""Bytes that a program may print or return beyond twice what is expected of it; no right answer is longer."""
EXCERPT = 60
"""Characters of an input or output in a sentence."""


@dataclass(frozen=True)
class Result:
    """How one test went."""

    reason: str | None = None
    """None where it passed."""
    says: str = ""
    undecided: bool = False
    stderr: str = ""
    calls: int | None = None
    """For ``check``: how often the program was called."""


@cache
def driver() -> CodeType:
    """What is run inside of the sandbox beside the program; compiled here, once."""
    return compile(DRIVER.read_text("utf-8"), DRIVER.name, "exec", dont_inherit=True)


def stdin_tests(
    program: str, spec: dict[str, Any], protection: str, limits: Limits, policy: Policy
) -> Iterator[Result]:
    """Run a whole program on each input; its exit status has to be 0 and its whole output the expected one."""
    speech = language.asked_for(spec)
    files = {"program": language.compiled(program, protection)} if speech == "cpp" else {}
    with Sandbox(protection, limits, files) as box:
        for test in spec["tests"]:
            wanted = test["output"]
            mine = replace(limits, output_bytes=2 * len(wanted.encode("utf-8", "replace")) + SLACK)
            (ran,) = wait(language.start(box, program, test["input"].encode("utf-8", "replace"), mine))
            if failure := ended_badly(ran):
                yield failure
            elif comparison.printed(ran.stdout, wanted, policy):
                yield Result()
            else:
                printed = ran.stdout.decode("utf-8", "replace")
                says = f"for input {shown(test['input'])} it prints {shown(printed)}, not {shown(wanted)}"
                yield Result("wrong_output", says, stderr=excerpt(ran))


def call_tests(program: str, spec: dict[str, Any], protection: str, limits: Limits, policy: Policy) -> Iterator[Result]:
    """Call the program's function with each list of arguments; the returned value has to be the expected one."""
    entry = spec["entry_point"]
    setup = spec.get("setup") or (SITE if entry.startswith("Solution()") else None)
    order = {"do": "call", "setup": setup, "program": program, "entry": entry}
    with Sandbox(protection, limits) as box:
        for test in spec["tests"]:
            mine = replace(limits, output_bytes=8 * len(json.dumps(test["output"])) + SLACK)
            fd = held(json.dumps(order | {"arguments": test["input"]}).encode())
            try:
                job = box.python(driver(), limits=mine, fds=(fd,), result=True)
            finally:
                os.close(fd)
            (ran,) = wait(job)
            yield of_call(ran, test, policy)


def of_call(ran: Ran, test: dict[str, Any], policy: Policy) -> Result:
    if failure := ended_badly(ran):
        return failure
    given = ", ".join(shown(json.dumps(one)) for one in test["input"][:4])
    try:
        told = json.loads(ran.result)
        if "other" in told:
            raise NotPlain(told["other"])
        value = comparison.plain(told["value"])
        right = comparison.returned(value, test["output"], policy)
    except NotPlain as kind:
        says = f"for {given} it returns a {kind}, which JSON has no form for"
        return Result("wrong_output", says, stderr=excerpt(ran))
    except (ValueError, TypeError, KeyError, RecursionError):
        return Result("runtime_error", f"for {given} it ended without returning a value", stderr=excerpt(ran))
    if right:
        return Result()
    if any(numbered(one) for one in test["input"]):
        says = "an argument is a dictionary whose keys may have been numbers, which JSON cannot say"
        return Result("not_transferable", says, undecided=True)
    found, wanted = shown(json.dumps(value)), shown(json.dumps(test["output"]))
    return Result("wrong_output", f"for {given} it returns {found}, not {wanted}", stderr=excerpt(ran))


def numbered(value: Any) -> bool:
    """Whether a dictionary with keys that look like numbers is in a value."""
    if isinstance(value, dict):
        return any(key.lstrip("-").isdigit() for key in value) or any(map(numbered, value.values()))
    return isinstance(value, list) and any(map(numbered, value))


def check_test(program: str, spec: dict[str, Any], protection: str, limits: Limits) -> Result:
    """Run the text of ``check(candidate)`` in one sandbox and the program in another, a pipe each way between them."""
    setup, entry = spec.get("setup"), spec["entry_point"]
    asked, asks = os.pipe()
    hears, answers = os.pipe()
    orders = [
        held(json.dumps(order).encode())
        for order in (
            {"do": "check", "setup": setup, "check": spec["check"]},
            {"do": "serve", "setup": setup, "program": program, "entry": entry},
        )
    ]
    try:
        # The program's clock runs out first, so that it is the program that has taken too long, or was starved.
        longer = replace(limits, wall_seconds=limits.clock + STARTING)
        with Sandbox(protection, longer) as court, Sandbox(protection, limits) as box:
            tests = court.python(driver(), fds=(orders[0], hears, asks), result=True)
            served = box.python(driver(), fds=(orders[1], asked, answers), result=True)
            for fd in (asked, asks, hears, answers):
                os.close(fd)
            ours, theirs = wait(tests, served, leader=tests)
    finally:
        for fd in orders:
            os.close(fd)
    return of_check(ours, theirs, spec["check"])


def of_check(ours: Ran, theirs: Ran, text: str) -> Result:
    """What the tests' own process says, and where the program has fallen, why."""
    if "starved" in (ours.reason, theirs.reason):
        return Result("starved", "others had the processor until its time was up", undecided=True)
    try:
        told = json.loads(ours.result)
    except ValueError:
        if theirs.reason in ("output_limit", "memory_limit", "disk_limit"):
            return ended_badly(theirs) or Result()
        reason = ours.reason if ours.reason in ("time_limit", "memory_limit") else "runtime_error"
        return Result(reason, "the tests came to no end with what it returned")
    calls = told.get("passed", told.get("calls"))
    if "passed" in told:
        if not calls:
            raise UnusableKey("check(candidate) never calls the candidate")
        return Result(calls=calls)
    if "other" in told:
        return Result("not_transferable", f"{told['other']} cannot be handed over", undecided=True, calls=calls)
    if "gone" in told:
        failure = ended_badly(theirs)
        return replace(failure or Result("runtime_error", "it ended before its tests did"), calls=calls)
    if "nonsense" in told:
        return Result("runtime_error", "it answered a call with no value", stderr=excerpt(theirs), calls=calls)
    if not calls or told["failed"] in THEIR_OWN:
        raise UnusableKey(f"its tests fail by themselves: {told['failed']}: {told['says']}")
    lines = text.splitlines()
    at = told["line"]
    line = lines[at - 1].strip() if isinstance(at, int) and 0 < at <= len(lines) else "check(candidate)"
    if told["failed"] == "AssertionError":
        return Result("wrong_output", f"this does not hold: {shown(line, 200)}", stderr=excerpt(theirs), calls=calls)
    says = f"{told['failed']} at {shown(line, 200)}: {told['says'][:100]}"
    return Result("runtime_error", says, stderr=excerpt(theirs), calls=calls)


def ended_badly(ran: Ran) -> Result | None:
    """The failure of a program that did not end by itself with exit status 0."""
    said = ran.stderr.decode("utf-8", "replace").strip()
    last = said.rpartition("\n")[2].strip()
    stderr = excerpt(ran)
    if ran.reason == "starved":
        return Result("starved", "others had the processor until its time was up", undecided=True)
    if ran.reason == "time_limit":
        return Result("time_limit", "it takes too long", stderr=stderr)
    if ran.reason == "memory_limit" or (ran.status != 0 and ("MemoryError" in last or "std::bad_alloc" in said)):
        return Result("memory_limit", "it takes too much memory", stderr=stderr)
    if ran.reason in ("output_limit", "disk_limit"):
        return Result("output_limit", "it writes too much", stderr=stderr)
    if ran.status == 0:
        return None
    if last.startswith(("SyntaxError", "IndentationError", "TabError")):
        return Result("compile_error", f"it is no valid program: {shown(last, 100)}", stderr=stderr)
    for module in FOREIGN:
        if last.startswith("ModuleNotFoundError") and f"'{module}" in last:
            return Result("missing_module", f"it needs {module}, which the sandbox has not", undecided=True)
    how = f"is ended by signal {ran.signal}" if ran.signal else f"ends with exit status {ran.status}"
    return Result("runtime_error", f"it {how}{f': {shown(last, 100)}' if last else ''}", stderr=stderr)


def shown(text: str, most: int = EXCERPT) -> str:
    text = text.strip()
    return repr(text if len(text) <= most else f"{text[: most - 3]}...")


def excerpt(ran: Ran) -> str:
    """The end of what it wrote to standard error."""
    return ran.stderr.decode("utf-8", "replace").strip()[-400:]
