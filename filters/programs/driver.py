"""What stands between a program and its tests inside the sandbox; run there as a Python program, standing alone.

It reads its order (JSON) and does one of three things:

- ``call``: runs the program, calls its function with the arguments, and writes the value to the result pipe. The
  expected value is not here, so there is nothing to find and nothing to forge: a program that writes another value has
  returned another value.
- ``serve``: runs the program and answers calls that come through a pipe.
- ``check``: runs the tests' text, whose ``candidate`` is a stand-in that calls the program in another sandbox, and
  writes how it went. The program is never in this process; what comes from it is read as plain values and nothing else.

Values cross as JSON with a few kinds of our own: {"tuple": [...]}, {"set": [...]}, {"frozenset": [...]}, {"dict":
[[key, value], ...]}, {"ListNode": [...]} and {"TreeNode": [...]} (level by level, null where there is no child).
"""

from __future__ import annotations

import builtins
import json
import os
import sys
import types
from collections import deque
from collections.abc import Callable
from typing import Any

MOST = 1 << 24
"""Bytes of one message."""
NODES = 200_000
CHANGED = (list, dict, set)
"""Arguments of which the tests see what the program has made of them."""
RAISED = {
    one.__name__: one
    for one in (ArithmeticError, AttributeError, IndexError, KeyError, LookupError, NotImplementedError, OverflowError,
                RecursionError, RuntimeError, TypeError, ValueError, ZeroDivisionError)
}  # fmt: skip
"""Exceptions that tests may want to see, of which others arrive as the nearest they are made from, or as RuntimeError:
a StopIteration could end a loop of tests."""


class Halt(BaseException):
    """The tests cannot go on; no test's ``except Exception`` catches it."""

    def __init__(self, **how: Any) -> None:
        super().__init__()
        self.how = how


class Untransferable(Exception):
    """A value that does not cross."""


def encode(value: Any) -> Any:
    """A value in the form in which it crosses. Raises Untransferable."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [encode(one) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [encode(one) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(one)] for key, one in value.items()]}
    if isinstance(value, set | frozenset):
        return {"set" if isinstance(value, set) else "frozenset": [encode(one) for one in value]}
    if type(value).__name__ == "ListNode" and hasattr(value, "next"):
        return {"ListNode": listed(value)}
    if type(value).__name__ == "TreeNode" and hasattr(value, "left"):
        return {"TreeNode": levels(value)}
    raise Untransferable(type(value).__name__)


def listed(node: Any) -> list[Any]:
    values: list[Any] = []
    while node is not None:
        if len(values) >= NODES:
            raise Untransferable("a ListNode that is a ring, or too long")
        values.append(encode(node.val))
        node = node.next
    return values


def levels(root: Any) -> list[Any]:
    values: list[Any] = []
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        if len(values) >= NODES:
            raise Untransferable("a TreeNode that is a ring, or too large")
        values.append(None if node is None else [encode(node.val)])
        if node is not None:
            waiting += (node.left, node.right)
    while values and values[-1] is None:
        values.pop()
    return values


def decode(value: Any, names: dict[str, Any]) -> Any:
    """A value that has crossed; nodes are of the classes that ``names`` has. Raises Untransferable."""
    if isinstance(value, list):
        return [decode(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dict":
        return {decode(key, names): decode(one, names) for key, one in content}
    if kind in ("ListNode", "TreeNode"):
        if not isinstance(names.get(kind), type):
            raise Untransferable(f"{kind}, which nobody has defined")
        return (chain if kind == "ListNode" else tree)(content, names[kind], names)
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](decode(one, names) for one in content)


def chain(values: list[Any], node: Callable[..., Any], names: dict[str, Any]) -> Any:
    head = None
    for value in reversed(values):
        made = node(decode(value, names))
        made.next, head = head, made
    return head


def tree(values: list[Any], node: Callable[..., Any], names: dict[str, Any]) -> Any:
    made = [None if value is None else node(decode(value[0], names)) for value in values]
    children = iter(made[1:])
    for parent in made:
        if parent is not None:
            parent.left, parent.right = next(children, None), next(children, None)
    return made[0] if made else None


def function(names: dict[str, Any], entry: str) -> Any:
    """What ``solve`` or ``Solution().solve`` stands for."""
    first, *others = entry.split(".")
    found = names[first.removesuffix("()")]
    found = found() if first.endswith("()") else found
    for name in others:
        found = getattr(found, name)
    return found


def loaded(order: dict[str, Any]) -> dict[str, Any]:
    """The names of the program, or of the tests, which run as a module of their own, after the setup."""
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, __file__="program.py")
    for name in ("setup", "program", "check"):
        if order.get(name):
            exec(compile(order[name], f"{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module.__dict__


def whole(fd: int) -> bytes:
    parts = []
    while piece := os.read(fd, 1 << 20):
        parts.append(piece)
    os.close(fd)
    return b"".join(parts)


def put(fd: int, value: Any, dumps: Any = json.dumps, write: Any = os.write) -> None:
    data = dumps(value).encode() + b"\n"
    while data:
        data = data[write(fd, data) :]


def call(order: dict[str, Any], result: int) -> None:
    found = function(loaded(order), order["entry"])(*order["arguments"])
    try:
        put(result, {"value": encode(found)})
    except Untransferable as error:
        put(result, {"other": str(error)})


def serve(order: dict[str, Any], asked: int, answers: int) -> None:
    names = loaded(order)
    candidate = function(names, order["entry"])
    for line in os.fdopen(asked, "rb"):
        request = json.loads(line)
        try:
            given = [decode(one, names) for one in request["arguments"]]
            named = {name: decode(one, names) for name, one in request["named"].items()}
        except Untransferable as error:
            put(answers, {"other": str(error)})
            continue
        try:
            value = candidate(*given, **named)
        except ModuleNotFoundError:  # which is told from outside
            raise
        except Exception as error:  # noqa: BLE001 - the tests may expect it
            kinds = [one.__name__ for one in type(error).__mro__ if RAISED.get(one.__name__) is one]
            put(answers, {"raised": (kinds or ["RuntimeError"])[0], "says": str(error)[:200]})
            continue
        try:
            after = [encode(one) if isinstance(one, CHANGED) else None for one in [*given, *named.values()]]
            put(answers, {"value": encode(value), "after": after})
        except Untransferable as error:
            put(answers, {"other": str(error)})


class Candidate:
    """The stand-in that the tests call."""

    def __init__(self, names: dict[str, Any], asks: int, hears: int) -> None:
        self.names, self.asks = names, asks
        self.hears = os.fdopen(hears, "rb")
        self.calls = 0
        self.halted: Halt | None = None

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.calls += 1
        try:
            return self.asked(*given, **named)
        except Halt as halt:
            self.halted = halt  # in case it is caught: a test may take anything for the error that it expects
            raise

    def asked(self, *given: Any, **named: Any) -> Any:
        try:
            request = {
                "arguments": [encode(one) for one in given],
                "named": {name: encode(one) for name, one in named.items()},
            }
        except Untransferable as error:
            raise Halt(other=str(error)) from None
        try:
            put(self.asks, request)
            line = self.hears.readline(MOST)
        except OSError:
            line = b""
        if not line:
            raise Halt(gone=True)
        return self.understood(line, [*given, *named.values()])

    def understood(self, line: bytes, given: list[Any]) -> Any:
        """What the program answered; anything but the agreed form ends the tests."""
        try:
            answer = json.loads(line)
            if "other" in answer:
                raise Halt(other=str(answer["other"])[:100])
            if "raised" in answer:
                raised, says = str(answer["raised"])[:60], str(answer["says"])[:200]
            else:
                value, raised = decode(answer["value"], self.names), None
                for mine, theirs in zip(given, answer["after"], strict=True):
                    if isinstance(mine, CHANGED):  # it may have changed what it was given
                        changed = decode(theirs, self.names)
                        mine.clear()
                        (mine.extend if isinstance(mine, list) else mine.update)(changed)
        except (Untransferable, ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError):
            raise Halt(nonsense=True) from None
        if raised is not None:
            raise RAISED.get(raised, RuntimeError)(says)
        return value


def check(order: dict[str, Any], result: int, asks: int, hears: int) -> None:
    candidate = None
    try:
        names = loaded({"setup": order["setup"], "check": order["check"]})
        candidate = Candidate(names, asks, hears)
        names["check"](candidate)
        if candidate.halted:
            raise candidate.halted
        put(result, {"passed": candidate.calls})
    except Halt as halt:
        put(result, {**halt.how, "calls": candidate.calls if candidate else 0})
    except BaseException as error:  # noqa: BLE001 - whatever it was, it is told
        line, at = None, error.__traceback__
        while at is not None:
            line = at.tb_lineno if at.tb_frame.f_code.co_filename == "check.py" else line
            at = at.tb_next
        told = {"failed": type(error).__name__, "says": str(error)[:300], "line": line}
        put(result, {**told, "calls": candidate.calls if candidate else 0})


def main() -> None:
    """Pipes: 3 is for the result; 4 holds the order; 5 and 6, where there are, lead to the other sandbox."""
    order = json.loads(whole(4))
    if order["do"] == "call":
        call(order, 3)
    elif order["do"] == "serve":
        os.close(3)
        serve(order, 5, 6)
    else:
        check(order, 3, 6, 5)


main()
