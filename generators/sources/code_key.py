"""The answer key of a code problem: how its tests call a program, and the tests, in one form for all datasets.

A key's ``spec`` holds, as JSON:

- ``kind``: ``stdin`` (a whole program reads standard input and writes standard output), ``call`` (a function is called)
  or ``check`` (a text that defines ``check(candidate)``, made of assertions, is given the function);
- ``tests``: for stdin {"input": text, "output": text}, for call {"input": [arguments], "output": value};
- ``check`` and ``setup``: that text, and what has to run before the program (imports, list and tree nodes);
- ``entry_point``: what is called, ``solve`` or ``Solution().solve``;
- ``wrapped``: true where nobody can say whether an output [x] means [x] or x: then either is right;
- ``starter_code``, ``language``, ``time_limit_s``, ``memory_limit_mb``, ``solution`` where the dataset gives them.

JSON has text keys only, so a dictionary that is an argument or an output may have had numbers for keys.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any

ENTRY = re.compile(r"[A-Za-z_]\w*(\(\))?(\.[A-Za-z_]\w*)*")
SIZES = {"b": 1e-6, "k": 1e-3, "m": 1.0, "g": 1e3}
LONGEST_SOLUTION = 64_000


class Unusable(Exception):
    """A row that gives no problem: a reason to count by, and what was found and expected."""

    def __init__(self, reason: str, says: str) -> None:
        super().__init__(says)
        self.reason = reason


def pairs(raw: Any, starter: str, most: int) -> tuple[dict[str, Any], int]:
    """The spec of tests given as inputs, outputs and perhaps fn_name, and how many tests were left out.

    ``most`` is how many bytes of JSON the tests may take: the largest go first. Raises Unusable.
    """
    content = decoded(raw)
    if not content:
        raise Unusable("no_tests", f"{shown(raw)}; expected inputs and outputs")
    if not isinstance(content, dict) or not all(isinstance(content.get(x), list) for x in ("inputs", "outputs")):
        raise Unusable("unreadable_tests", f"{shown(raw)}; expected an object with lists of inputs and outputs")
    inputs, outputs = content["inputs"], content["outputs"]
    if len(inputs) != len(outputs):
        raise Unusable("unequal_tests", f"{len(inputs)} inputs and {len(outputs)} outputs; expected as many of both")
    if not inputs:
        raise Unusable("no_tests", "no inputs and no outputs; expected some")
    name = content.get("fn_name")
    if not name:
        tests = [
            {"input": lines(given), "output": lines(wanted)} for given, wanted in zip(inputs, outputs, strict=True)
        ]
        kept = fitting(tests, most)
        return {"kind": "stdin", "tests": kept}, len(tests) - len(kept)
    for given in inputs:
        if not isinstance(given, list):
            raise Unusable("unreadable_tests", f"input {shown(given)}; expected a list of arguments for {name}")
    outputs, wrapped = unwrapped(outputs, returns(str(name), starter))
    tests = [{"input": given, "output": wanted} for given, wanted in zip(inputs, outputs, strict=True)]
    kept = fitting(tests, most)
    method = f"Solution().{name}" if re.search(r"^\s*class\s+Solution\b", starter, re.MULTILINE) else name
    spec = {"kind": "call", "entry_point": entry_point(method), "tests": kept} | ({"wrapped": True} if wrapped else {})
    return spec, len(tests) - len(kept)


def checked(text: Any, name: Any, setup: Any, most: int) -> dict[str, Any]:
    """The spec of tests given as the text of ``check(candidate)``. Raises Unusable, also for one without assertions."""
    if not isinstance(text, str) or "assert" not in text:
        raise Unusable("no_tests", f"{shown(text)}; expected a text with assertions")
    if not re.search(r"^def check\(", text, re.MULTILINE):
        raise Unusable("unreadable_tests", f"{shown(text)}; expected a text that defines check(candidate)")
    size = size_of(text)
    if size is None:
        raise Unusable("unreadable_tests", f"{shown(text)}; expected Unicode text")
    if size > most:
        raise Unusable("tests_too_large", f"{size} bytes; expected at most {most} (config.max_test_bytes)")
    spec = {"kind": "check", "entry_point": entry_point(name), "check": text}
    return spec | ({"setup": setup} if isinstance(setup, str) and setup.strip() else {})


def decoded(raw: Any) -> Any:
    """What a column says that may hold JSON or what JSON stands for. Raises Unusable."""
    if not isinstance(raw, str) or not raw.strip():
        return raw.strip() if isinstance(raw, str) else raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:  # also for numbers of more than 4,300 digits
        raise Unusable("unreadable_tests", f"{shown(raw)}; expected JSON: {error}") from error


def lines(value: Any) -> str:
    """Standard input or output: a text, or a list of its lines. Raises Unusable."""
    if isinstance(value, list) and all(isinstance(line, str | int | float) for line in value):
        return "\n".join(str(line) for line in value)
    if isinstance(value, str | int | float):
        return str(value)
    raise Unusable("unreadable_tests", f"{shown(value)}; expected a text or a list of lines")


def returns(name: str, starter: str) -> str | None:
    """What the starter code says that a function returns; None when it does not say."""
    found = re.search(rf"def\s+{re.escape(name)}\s*\(.*?\)\s*->\s*([^:]+):", starter, re.DOTALL)
    return found[1].strip() if found else None


def unwrapped(outputs: list[Any], declared: str | None) -> tuple[list[Any], bool]:
    """Outputs of a function, and whether it is open what they mean.

    Half of APPS and TACO puts a list around every output and half does not, and their graders take either for right.
    A declared return type decides most of it; what is then left open stays as it is.
    """
    if not all(isinstance(output, list) and len(output) == 1 for output in outputs):
        return outputs, False
    if declared is None:
        return outputs, True
    if not re.match(r"(typing\.)?(list|tuple|sequence|iterable|any|optional|union)\b", declared, re.IGNORECASE):
        return [output[0] for output in outputs], False
    return outputs, any(isinstance(output[0], list) for output in outputs)


def fitting(tests: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The tests, in their order, less those that cannot be stored and less the largest until the rest fits.

    Raises Unusable when none is left.
    """
    sizes = [size_of(test) for test in tests]
    good = sorted((size, place) for place, size in enumerate(sizes) if size is not None)
    if not good:
        raise Unusable("unreadable_tests", "no test can be stored as JSON; expected Unicode text and finite numbers")
    kept, total = set(), 0
    for size, place in good:
        total += size
        if total > most:
            break
        kept.add(place)
    if not kept:
        least = good[0][0]
        raise Unusable(
            "tests_too_large", f"{least} bytes or more each; expected at most {most} (config.max_test_bytes)"
        )
    return [test for place, test in enumerate(tests) if place in kept]


def size_of(value: Any) -> int | None:
    """Bytes of a value's JSON; None for what JSON in UTF-8 cannot hold (lone surrogates, infinity)."""
    try:
        return len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (UnicodeEncodeError, ValueError, RecursionError):
        return None


def entry_point(name: Any) -> str:
    if not isinstance(name, str) or not ENTRY.fullmatch(name):
        raise Unusable("no_entry_point", f"{shown(name)}; expected the name of a function")
    return name


def solution(raw: Any) -> str | None:
    """The first reference solution that is a Python 3 program of reasonable length. It is parsed, never run."""
    try:
        found = decoded(raw)
    except Unusable:
        found = raw
    for text in found if isinstance(found, list) else [found]:
        if isinstance(text, str) and text.strip() and len(text) <= LONGEST_SOLUTION:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # about somebody else's program
                    ast.parse(text)
            except (SyntaxError, ValueError, MemoryError, RecursionError):
                continue
            return text
    return None


def seconds(raw: Any) -> float | None:
    """A time limit such as "2.0 seconds"; None when there is none."""
    found = re.fullmatch(r"([\d.]+)\s*(m?)s\w*", str(raw).strip().lower().replace("milli", "m"))
    return number(found[1], 0.001 if found[2] else 1.0) if found else None


def megabytes(raw: Any) -> float | None:
    """A memory limit such as "256.0 megabytes"; None when there is none."""
    found = re.fullmatch(r"([\d.]+)\s*([bkmg])\w*", str(raw).strip().lower())
    return number(found[1], SIZES[found[2]]) if found else None


def number(digits: str, unit: float) -> float | None:
    try:
        return float(digits) * unit or None
    except ValueError:
        return None


def shown(value: Any) -> str:
    """The beginning of a value, for a message."""
    text = value if isinstance(value, str) else repr(value) if not isinstance(value, list | dict) else str(type(value))
    return repr(text[:60]) if isinstance(value, str) else text[:60]
