"""Programs, judged by their tests; forging a verdict is tried here, under each protection."""

import textwrap

import pytest
from boxes import EACH

from filters import Key
from filters.extraction import last_program
from filters.programs import language
from filters.sandbox import Limits, probe
from filters.verdicts import ask
from filters.verifiers import code as verifiers_code
from filters.verifiers.code import REASONS, code, limits_of, seconds_of
from filters.verify import UnusableKey

TESTS = {"kind": "stdin", "tests": [{"input": "1", "output": "2"}]}
PROGRAM = "print(int(input()) + 1)"
CPP = "#include <iostream>\nint main() { int x; std::cin >> x; std::cout << x + 1 << std::endl; }"
NEXT = {"kind": "call", "entry_point": "f", "tests": [{"input": [n], "output": n + 1} for n in range(3)]}
NEXT_OF_A_SITE = {**NEXT, "entry_point": "Solution().f"}
CHECK = {
    "kind": "check",
    "entry_point": "f",
    "check": """
def check(candidate):
    assert candidate(0) == 1
    assert candidate(n=1) == 2
    assert candidate(2) == 3
""",
}


def verdict(program, spec, **more):
    """The finding for a program, in this process."""
    found = code(textwrap.dedent(program), Key("k1", (), "code", spec | more))
    assert found.reason is None or found.reason in REASONS
    return found


def outcome(program, spec, **more):
    found = verdict(program, spec, **more)
    return found.outcome, found.reason


@pytest.fixture(params=EACH)
def protection(request, monkeypatch):
    """What follows is asked once under each protection that this machine has."""
    monkeypatch.setenv(probe.CHOICE, request.param)
    return request.param


def judge(completion, spec=TESTS):
    (asked,) = ask(["answer"], {}, None)
    return asked.check.opinion({"completion": completion}, Key("k1", (), "code", spec), asked.settings)


@pytest.mark.parametrize(
    ("completion", "program"),
    [
        (f"<think>a</think>Here:\n```python\n{PROGRAM}\n```\nDone.", PROGRAM),
        (f"```\n{PROGRAM}\n```", PROGRAM),
        (f"```Python3\n{PROGRAM}\n```", PROGRAM),
        (f"```py\nold\n```\n ```python\n{PROGRAM}\n ```", PROGRAM),
        (f"```python\n{PROGRAM}\n```\nIt prints\n```text\n2\n```", PROGRAM),
        ("```python\ndef f(x):\n    return x\n\nprint(f(1))\n```", "def f(x):\n    return x\n\nprint(f(1))"),
        (f"<think>a</think><answer>{PROGRAM}</answer>", PROGRAM),
        (f"<think>a</think><answer>\n```python\n{PROGRAM}\n```\n</answer>", PROGRAM),
        (f"<think>```python\n{PROGRAM}\n```</think>I do not know.", None),
        (f"<think>```python\n{PROGRAM}\n```", None),
        (f"```python\n{PROGRAM}", None),
        (f"```cpp\n{CPP}\n```", CPP),
        (f"```C++\n{CPP}\n```", CPP),
        (f"```java\n{PROGRAM}\n```", None),
        ("```python\n\n```", None),
        (PROGRAM, None),
        ("", None),
    ],
)
def test_a_program_is_the_last_closed_block_of_python_in_the_response(completion, program):
    assert last_program(completion) == program


@pytest.mark.parametrize(
    "piece", ["```python\n", "```\n", "```python\nx\n", "<answer>", "</answer>", "<answer>```\n", "`"]
)
def test_a_hostile_response_is_read_in_no_time(piece):
    last_program("<think>a</think>" + piece * 100_000)  # would take minutes if its cost grew with the square


def test_an_answer_is_judged_in_a_worker_of_the_pool():
    assert judge(f"<think>a</think>```python\n{PROGRAM}\n```").outcome == "pass"
    wrong = judge("<think>a</think>```python\nprint(1)\n```")
    assert (wrong.outcome, wrong.reason) == ("fail", "wrong_output")
    assert wrong.detail["says"] == "test 1 of 1: for input '1' it prints '1', not '2'"


def test_an_answer_without_a_program_fails():
    found = judge("<think>a</think>I would add one.")
    assert (found.outcome, found.reason) == ("fail", "no_answer")


def stdin(*pairs, **more):
    return {"kind": "stdin", "tests": [{"input": given, "output": wanted} for given, wanted in pairs], **more}


# What is right


@pytest.mark.parametrize(
    ("program", "spec"),
    [
        (PROGRAM, TESTS),
        ("import sys\nfor line in sys.stdin:\n    print(int(line) + 1, end='')\nsys.exit(0)", TESTS),
        ("def main():\n    print(int(input()) + 1)\nif __name__ == '__main__':\n    main()", TESTS),
        ("import threading, sys\nsys.setrecursionlimit(10**6)\nthreading.stack_size(2**27)\n"
         "t = threading.Thread(target=lambda: print(2))\nt.start()", TESTS),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\nprint(A(int(input())).x + 1)", TESTS),
        ("import atexit\natexit.register(print, 2)", TESTS),
        ("open('note', 'w').write('2') if 0 else print(2)", TESTS),
        ("print('2  \\r')\nprint()", TESTS),
        ("print(input().upper())", stdin(("ä\u4e2d", "Ä\u4e2d"))),
        ("def f(n): return n + 1", NEXT),
        ("def f(n): return n + 1.0", NEXT),
        ("class Solution:\n    def f(self, n): print('log'); return n + 1", {**NEXT, "entry_point": "Solution().f"}),
        ("print(int(input()) + 1)\nexit()", TESTS),
        ("# include N itself\n# include\nprint(int(input()) + 1)", TESTS),
        ("class Solution:\n    def f(self, n):\n        deep = lambda k: k and deep(k - 1)\n"
         "        return deep(9000) + max(n, -inf) + gcd(1, sys.maxsize) * pow(1, 2, 3)", NEXT_OF_A_SITE),
        ("f = lambda n: n + 1", CHECK),
        ("class Solution:\n    def f(self, n): print('log'); return n + 1", {**CHECK, "entry_point": "Solution().f"}),
    ],
)  # fmt: skip
def test_a_right_program_passes(protection, program, spec):
    found = verdict(program, spec)
    assert found.outcome == "pass", found
    assert found.detail["tier"] == protection


@pytest.mark.parametrize(
    ("program", "spec", "reason"),
    [
        ("print(3)", TESTS, "wrong_output"),
        ("print(2)\nprint(3)", TESTS, "wrong_output"),
        ("print(2)\nimport sys\nsys.exit(1)", TESTS, "runtime_error"),
        ("print(2)\n1 / 0", TESTS, "runtime_error"),
        ("print(2, flush=True)\nimport os\nos.abort()", TESTS, "runtime_error"),
        ("print(' 2')", TESTS, "wrong_output"),
        ("", TESTS, "no_program"),
        ("def f(:", TESTS, "compile_error"),
        (CPP, TESTS, "no_program"),
        ("import no_such_module", TESTS, "runtime_error"),
        ("def f(n): return n", NEXT, "wrong_output"),
        ("def f(n): return str(n + 1)", NEXT, "wrong_output"),
        ("def f(n): return {n + 1}", NEXT, "wrong_output"),
        ("def f(n): return float('nan')", NEXT, "wrong_output"),
        ("def g(n): return n + 1", NEXT, "runtime_error"),
        ("def f(n): raise ValueError(n)", NEXT, "runtime_error"),
        ("def f(n): return n", CHECK, "wrong_output"),
        ("def f(n): raise KeyError(n)", CHECK, "runtime_error"),
        ("def f(x): return x + 1", CHECK, "runtime_error"),
        ("def f(n", CHECK, "compile_error"),
    ],
)
def test_a_wrong_program_fails_and_says_why(protection, program, spec, reason):
    found = verdict(program, spec)
    assert (found.outcome, found.reason) == ("fail", reason)
    assert found.detail["says"]


def test_the_whole_output_of_every_test_has_to_be_right():
    spec = stdin(*((str(n), str(n + 1)) for n in range(5)))
    found = verdict("n = int(input())\nprint(n + 1 if n < 3 else 0)", spec)
    assert (found.outcome, found.detail["passed"], found.detail["tests"]) == ("fail", 3, 5)
    assert found.detail["first_failed"] == 4
    assert found.score is None


def test_a_share_of_passed_tests_is_a_score_where_the_key_wants_it():
    spec = stdin(*((str(n), str(n + 1)) for n in range(5)), all=True)
    assert verdict("n = int(input())\nprint(n + 1 if n != 1 else 0)", spec).score == 0.8
    assert verdict(PROGRAM, spec).score == 1.0


# C++


needs_compiler = pytest.mark.skipif(probe.compiler() is None, reason="g++ is not installed; apt install g++")


@needs_compiler
def test_a_cpp_program_is_compiled_and_run(protection):
    spec = stdin(*((str(n), str(n + 1)) for n in range(5)), language="cpp")
    elsewhere = "#ifndef ONLINE_JUDGE\nx = 7;\n#endif\nstd::cout << x + 1"
    assert outcome(CPP.replace("std::cout << x + 1", f"\n{elsewhere}"), spec) == ("pass", None)
    assert outcome('#include <cstdio>\nint main() { puts("2"); }', spec) == ("fail", "wrong_output")
    assert outcome(PROGRAM, spec) == ("fail", "no_program")


@needs_compiler
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("int main() { return 0 }", "compile_error"),
        ("int main() { return 1; }", "runtime_error"),
        (
            "int f(int n) { volatile char a[4096]; a[n % 4096] = 1; return n ? f(n + 1) + a[7] : 0; }\n"
            "int main(int c, char**) { return f(c); }",
            "runtime_error",
        ),
        ("int main() { for (;;) puts(new char[1 << 24]()); }", "memory_limit"),
        ('int main() { for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"); }', "output_limit"),
        ("int main() { volatile long n = 0; for (;;) n = n + 1; }", "time_limit"),
    ],
)
def test_what_a_cpp_program_may_do_wrong(monkeypatch, body, reason):
    # Filling the memory takes a slow machine its time, too.
    seconds = 0.5 if reason == "time_limit" else 20.0
    limits = Limits(seconds=seconds, wall_seconds=60, memory_mb=400, stack_mb=256)
    monkeypatch.setattr(verifiers_code, "limits_of", lambda spec: limits)
    spec = stdin(("", "2"), language="c++")
    found = verdict(f"#include <cstdio>\n{body}", spec)
    assert (found.outcome, found.reason) == ("fail", reason)


@needs_compiler
@pytest.mark.parametrize(
    "source",
    [
        '#include "/etc/passwd"\nint main() {}',
        '#include "/proc/1/environ"\nint main() {}',
        '#include "/dev/zero"\nint main() {}',
        '#include __FILE__\n#include "/dev/stdin"\nint main() {}',
        'asm(".incbin \\"/etc/shadow\\"");\n#include <cstdio>\nint main() {}',
        "#include <array>\ntemplate <int N, int M> struct T { typedef typename T<N - 1, 2 * M>::t a; "
        "typedef typename T<N - 1, 2 * M + 1>::t t; };\ntemplate <int M> struct T<0, M> { typedef int t; };\n"
        "T<40, 0>::t x;\nint main() {}",
        "#include <array>\nconstexpr int f(int n) { return n < 2 ? 1 : f(n - 1) + f(n - 2); }\n"
        "static_assert(f(90) > 0);\nint main() {}",
        "#include <array>\nint a[1 << 29] = {1};\nint main() {}",
        "#define A x x x x x x x x\n#define B A A A A A A A A\n#define C B B B B B B B B\n#define D C C C C C C C C\n"
        "#define E D D D D D D D D\n#define F E E E E E E E E\n#define G F F F F F F F F\n#include <array>\n"
        "int main() { G G G G G G G G }",
    ],
)
def test_a_bomb_for_the_compiler_harms_nobody(protection, monkeypatch, source):
    limits = Limits(
        seconds=0.6, wall_seconds=6, memory_mb=400, stack_mb=64, output_bytes=1 << 20, disk_mb=16, processes=32
    )
    monkeypatch.setattr(language, "COMPILING", limits)
    found = verdict(source, stdin(("", "x"), language="cpp"))
    # On a machine that is busy with something else the clock may run out first.
    assert found.reason in ("compile_error", "time_limit", "memory_limit", "output_limit", "starved")
    assert "root:" not in found.detail.get("stderr", "")


# Forging


FORGERIES = {
    "says that it passed": "print('PASSED'); print('1'); print('{\"passed\": 3}')",
    "ends well before the tests": "import sys; sys.exit(0)",
    "ends at once": "import os; os._exit(0)",
    "ends when called": "def f(n):\n    import os\n    os._exit(0)",
    "leaves when called": "def f(n):\n    raise SystemExit(0)",
    "ends a loop of tests": "def f(n):\n    raise StopIteration",
    "fails as a test would": "def f(n):\n    raise AssertionError",
    "goes last": "import atexit, os\natexit.register(os._exit, 0)",
    "equals everything": """
        class Same(int):
            __eq__ = __ge__ = __le__ = lambda self, other: True
            __ne__ = lambda self, other: False
            __hash__ = int.__hash__
        def f(n): return Same(7)
        """,
    "equals everything, as text": """
        class Same(str):
            __eq__ = lambda self, other: True
            __hash__ = str.__hash__
        def f(n): return Same('x')
        """,
    "is everything": """
        class Same:
            __eq__ = lambda self, other: True
        def f(n): return Same()
        """,
    "changes what equality is": """
        import json, builtins, operator
        json.loads = lambda *a, **k: {"value": True}
        json.dumps = lambda *a, **k: '{"value": true, "passed": 3}'
        builtins.isinstance = lambda *a: True
        def f(n): return 0
        """,
    "writes to every pipe": """
        import os
        for fd in range(3, 256):
            for said in (b'{"passed": 3}\\n', b'{"value": 0, "after": [null]}\\n', b'{"value": true, "after": []}\\n'):
                try: os.write(fd, said)
                except OSError: pass
        def f(n): return 0
        """,
    "answers before it is asked, and in a foreign form": """
        import os
        for fd in range(3, 256):
            try: os.write(fd, b'{"value": {"__class__": ["int"]}, "after": [null]}\\n' * 5)
            except OSError: pass
        def f(n): return 0
        """,
    "removes what it finds": """
        import os, shutil
        for place in (".", "/tmp", os.environ.get("GIVEN", "/given"), "/proc/self/fd"):
            shutil.rmtree(place, ignore_errors=True)
        def f(n): return 0
        """,
    "changes the frames above": """
        import sys
        frame = sys._getframe()
        while frame:
            for name in ("order", "job", "limits", "names"):
                if isinstance(frame.f_locals.get(name), dict):
                    frame.f_locals[name].clear()
            frame = frame.f_back
        sys.settrace(lambda *a: None)
        def f(n): return 0
        """,
    "hands back a mountain": "def f(n): return 'x' * 20_000_000",
    "hands back a pit": "def f(n):\n    a = []\n    for _ in range(100_000):\n        a = [a]\n    return a",
    "hands back no end": "def f(n):\n    a = []\n    a.append(a)\n    return a",
    "hands back a great number": "def f(n): return 10 ** 100_000",
}


@pytest.mark.parametrize("way", FORGERIES)
@pytest.mark.parametrize("spec", [NEXT, CHECK], ids=["call", "check"])
def test_no_verdict_is_forged(protection, monkeypatch, spec, way):
    monkeypatch.setattr(verifiers_code, "LEAST_SECONDS", 0.5)
    found = verdict(FORGERIES[way], spec, time_limit_s=0.5)
    assert found.outcome != "pass", found
    assert found.outcome == "fail" or found.reason == "not_transferable"


@pytest.mark.parametrize("spec", [NEXT, CHECK], ids=["call", "check"])
def test_a_program_that_waits_for_ever_has_run_out_of_time(monkeypatch, spec):
    monkeypatch.setattr(verifiers_code, "limits_of", lambda spec: Limits(seconds=0.5, wall_seconds=0.5))
    assert outcome("import time\ndef f(n): time.sleep(1000)", spec) == ("fail", "time_limit")


@pytest.mark.parametrize("spec", [NEXT, CHECK], ids=["call", "check"])
def test_what_is_expected_is_nowhere_in_the_program_s_reach(protection, spec):
    wanted = "expected-" + "7f3a9c"
    spec = spec | {
        "tests": [{"input": [1], "output": wanted}],
        "check": f"def check(c):\n    assert c(1) == '{wanted}'",
    }
    found = verdict(
        """
        import ctypes, gc, os, re, sys
        NEEDLE = re.compile("expected-" + "[0-9a-f]{6}")
        def f(n):
            places = [repr(one) for one in gc.get_objects() if isinstance(one, (dict, list, tuple, str))]
            frame = sys._getframe()
            while frame:
                places.append(repr(frame.f_locals) + repr(frame.f_globals))
                frame = frame.f_back
            for fd in range(256):
                try: places.append(os.read(fd, 0) and "")
                except OSError: pass
            try:
                with open("/proc/self/maps") as maps:
                    parts = [line.split() for line in maps]
            except OSError:
                parts = []
            for place, may, *_ in parts:
                low, high = (int(x, 16) for x in place.split("-"))
                if may.startswith("rw") and high - low < 1 << 26:
                    places.append(ctypes.string_at(low, high - low).decode("latin-1"))
            for text in places:
                if text and (hit := NEEDLE.search(text)):
                    return hit[0]
            return "not found"
        """,
        spec,
    )
    assert (found.outcome, found.reason) == ("fail", "wrong_output")


def test_tests_are_kept_from_each_other(protection):
    program = """
        import builtins, os
        builtins.seen = getattr(builtins, "seen", 0) + 1
        try:
            with open("count", "a") as file:
                file.write("x")
            here = os.path.getsize("count")
        except OSError:
            here = 1
        def f(n): return [builtins.seen, here]
        """
    spec = {"kind": "call", "entry_point": "f", "tests": [{"input": [n], "output": [1, 1]} for n in range(3)]}
    assert outcome(program, spec) == ("pass", None)


# What the form of a key says


@pytest.mark.parametrize(
    ("output", "wrapped", "returned", "expected"),
    [
        ([3], True, 3, "pass"), ([3], True, [3], "pass"), ([3], False, 3, "fail"), ([3], True, [[3]], "fail"),
        ([1, 2], False, (1, 2), "pass"), ({"1": 2}, False, {1: 2}, "pass"), (True, False, 1, "fail"),
        (1, False, True, "fail"), (1, False, 1.0, "pass"), (None, False, None, "pass"), (0, False, None, "fail"),
        (0.1, False, 0.1 + 1e-12, "fail"), ("a", False, b"a", "fail"), ([], False, (), "pass"),
    ],
)  # fmt: skip
def test_returned_values_are_compared_as_json_has_them(output, wrapped, returned, expected):
    spec = {"kind": "call", "entry_point": "f", "tests": [{"input": [], "output": output}], "wrapped": wrapped}
    assert verdict(f"def f(): return {returned!r}", spec).outcome == expected


@pytest.mark.parametrize(
    ("printed", "wanted", "more", "expected"),
    [
        ("0.3333334", "0.3333333", {}, "fail"),
        ("0.3333334", "0.3333333", {"tolerance": 1e-6}, "pass"),
        ("0.34", "0.3333333", {"tolerance": 1e-6}, "fail"),
        ("nan", "0.5", {"tolerance": 0.5}, "fail"),
        ("inf", "1e999", {"tolerance": 0.5}, "fail"),
        ("1 2 3", "1\n2\n3", {}, "fail"),
        ("1 2 3", "1\n2\n3", {"tokens": True}, "pass"),
        ("1 2", "1\n2\n3", {"tokens": True}, "fail"),
        ("YES", "yes", {}, "fail"),
    ],
)
def test_printed_text_has_tolerance_only_where_the_key_says_so(printed, wanted, more, expected):
    assert verdict(f"print({printed!r})", stdin(("", wanted)), **more).outcome == expected


@pytest.mark.parametrize(
    "spec",
    [
        {}, {"kind": "stdin", "tests": []}, {"kind": "check", "check": ""}, {"kind": "call", "tests": [{"input": []}]},
        {"kind": "stdin", "tests": [{"input": 1, "output": "2"}]}, {**TESTS, "language": "cobol"},
        {**NEXT, "language": "cpp"}, {**NEXT, "entry_point": "__import__('os').system('true')"},
        {**TESTS, "tolerance": "much"}, {**TESTS, "time_limit_s": -1}, {**TESTS, "kind": "spoken"},
        {"kind": "check", "entry_point": "f", "check": "def check(c):\n    assert True"},
        {"kind": "check", "entry_point": "f", "check": "def check(c):\n    assert helper(c(1))"},
        {"kind": "check", "entry_point": "f", "check": "def check(c)\n    assert c(1)"},
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_used_is_the_problem_s_fault(spec):
    with pytest.raises(UnusableKey):
        verdict("def f(n): return n + 1", spec)


def test_a_key_without_tests_is_undecided():
    found = judge(f"```python\n{PROGRAM}\n```", {"kind": "stdin", "tests": []})
    assert (found.outcome, found.reason) == ("undecided", "unusable_key")


def test_time_and_memory_are_the_key_s_within_reason():
    assert limits_of({**TESTS, "time_limit_s": 3}).seconds == 6
    assert (limits_of({**TESTS, "time_limit_s": 0.1}).seconds, limits_of({**TESTS, "time_limit_s": 900}).seconds) == (
        2,
        30,
    )
    assert limits_of({**TESTS, "memory_limit_mb": 1}).memory_mb == 256
    many = {**TESTS, "tests": TESTS["tests"] * 10}
    assert seconds_of(Key("k", (), "code", TESTS)) < seconds_of(Key("k", (), "code", many)) < 1000


# Assertions of somebody's


NODES = """
class ListNode:
    def __init__(self, val=0, next=None):
        self.val, self.next = val, next
class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val, self.left, self.right = val, left, right
def list_node(values):
    head = None
    for value in reversed(values):
        head = ListNode(value, head)
    return head
def values_of(node):
    found = []
    while node:
        found.append(node.val)
        node = node.next
    return found
"""


@pytest.mark.parametrize(
    ("program", "assertion", "expected"),
    [
        ("def f(h):\n    back = None\n    while h:\n        h.next, back, h = back, h, h.next\n    return back",
         "values_of(c(list_node([1, 2, 3]))) == [3, 2, 1] and c(None) is None", ("pass", None)),
        ("def f(h): return h", "values_of(c(list_node([1, 2, 3]))) == [3, 2, 1]", ("fail", "wrong_output")),
        ("def f(t):\n    if t: t.left, t.right = f(t.right), f(t.left)\n    return t",
         "c(TreeNode(1, TreeNode(2), None)).right.val == 2", ("pass", None)),
        ("def f(h):\n    h.next = h\n    return h", "c(list_node([1]))", ("undecided", "not_transferable")),
        ("def f(g): return g(1)", "c(lambda x: x) == 1", ("undecided", "not_transferable")),
        ("def f(x): return (i for i in x)", "list(c([1])) == [1]", ("undecided", "not_transferable")),
        ("def f(x): return (1, 2)", "c(1) == (1, 2)", ("pass", None)),
        ("def f(x): return [1, 2]", "c(1) == (1, 2)", ("fail", "wrong_output")),
        ("def f(x): return {1: {2, 3}}", "c(1) == {1: {2, 3}}", ("pass", None)),
        ("def f(x): x.sort()", "(x := [2, 1]) and c(x) is None and x == [1, 2]", ("pass", None)),
        ("def f(x): x[1] = {2, 3}", "(x := {}) == {} and c(x) is None and x == {1: {2, 3}}", ("pass", None)),
        ("def f(x): x.add(2)", "(x := {1}) and c(x) is None and x == {1, 2}", ("pass", None)),
        ("def f(x): x.add(2)", "(x := {1}) and c(x) is None and x == {1}", ("fail", "wrong_output")),
        ("def f(x): return float('inf')", "c(1) == float('inf')", ("pass", None)),
    ],
)  # fmt: skip
def test_values_that_cross_between_tests_and_program(program, assertion, expected):
    spec = {"kind": "check", "entry_point": "f", "setup": NODES, "check": f"def check(c):\n    assert {assertion}"}
    assert outcome(program, spec) == expected


LEETCODE = {
    "kind": "check",
    "entry_point": "Solution().twoSum",
    "setup": """
import random
import functools
import collections
import string
import math
from typing import *
from functools import *
from collections import *
from itertools import *
from heapq import *
from bisect import *
from string import *
from operator import *
from math import *

inf = float('inf')
""" + NODES,
    "check": """
def check(candidate):
    assert candidate(nums = [3, 3],target = 6) == [0, 1]
    assert candidate(nums = [-1, -2, -3, -4, -5],target = -8) == [2, 4]
    assert candidate(nums = [0, 4, 3, 0],target = 0) == [0, 3]
""",
}  # fmt: skip
TWO_SUM = """
class Solution:
    def twoSum(self, nums: List[int], target: int) -> List[int]:
        seen = defaultdict(list)
        for place, number in enumerate(nums):
            if seen[target - number]:
                return [seen[target - number][0], place]
            seen[number].append(place)
"""


def test_a_solution_of_a_site_finds_what_the_site_has_imported():
    assert outcome(TWO_SUM, LEETCODE) == ("pass", None)
    tests = [{"input": [[3, 3], 6], "output": [0, 1]}, {"input": [[1, 2, 4], 6], "output": [1, 2]}]
    spec = {"kind": "call", "entry_point": "Solution().twoSum", "tests": tests}
    assert outcome(TWO_SUM, spec) == ("pass", None)
    assert outcome(TWO_SUM.replace("[0], place]", "[0], 0]"), spec) == ("fail", "wrong_output")


def test_an_exception_that_a_test_expects_is_one_it_gets():
    text = (
        "def check(c):\n    try:\n        c(-1)\n        assert False\n    except ValueError:\n        assert c(1) == 2"
    )
    spec = {"kind": "check", "entry_point": "f", "check": text}
    assert outcome("def f(n):\n    if n < 0: raise ValueError\n    return n + 1", spec) == ("pass", None)
    assert outcome("def f(n):\n    return n + 1", spec) == ("fail", "wrong_output")
    special = "class E(ValueError): pass\ndef f(n):\n    if n < 0: raise E\n    return n + 1"
    assert outcome(special, spec) == ("pass", None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [("os._exit(0)", "runtime_error"), ("return f", "not_transferable"), ("import numpy", "missing_module")],
)
def test_a_test_that_takes_anything_for_its_exception_hides_nothing(body, reason):
    text = "def check(c):\n    try:\n        c(1)\n        assert False\n    except:\n        pass"
    spec = {"kind": "check", "entry_point": "f", "check": text}
    assert outcome(f"import os\ndef f(n):\n    {body}", spec)[1] == reason


def test_the_assertion_that_does_not_hold_is_named():
    found = verdict("def f(n): return n + 1 if n < 2 else 0", CHECK)
    assert (found.detail["says"], found.detail["calls"]) == ("this does not hold: 'assert candidate(2) == 3'", 3)


def test_a_library_that_the_sandbox_has_not_leaves_it_open():
    assert outcome("import numpy", TESTS) == ("undecided", "missing_module")


def test_keys_that_may_have_been_numbers_leave_it_open():
    spec = {"kind": "call", "entry_point": "f", "tests": [{"input": [{"1": 2}], "output": 2}]}
    assert outcome("def f(d): return d[1]", spec)[0] == "fail"
    assert outcome("def f(d): return d.get(1)", spec) == ("undecided", "not_transferable")


# Without protection


def test_no_program_is_run_where_nothing_protects(monkeypatch, tmp_path):
    monkeypatch.setattr(probe, "fault", lambda name: "not on this machine")
    monkeypatch.chdir(tmp_path)
    found = verdict("open('X', 'w').close()\nprint(2)", TESTS)
    assert (found.outcome, found.reason) == ("undecided", "no_sandbox")
    assert "apt install bubblewrap" in found.detail["says"]
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv(probe.UNSAFE, "1")
    found = verdict(PROGRAM, TESTS)
    assert (found.outcome, found.detail["tier"]) == ("pass", "rlimits")


def test_a_cpp_program_without_a_compiler_stays_open(monkeypatch):
    monkeypatch.setattr(verifiers_code, "compiler", lambda: None)
    assert outcome(CPP, TESTS, language="cpp") == ("undecided", "no_compiler")
