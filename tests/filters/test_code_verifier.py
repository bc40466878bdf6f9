import pytest

from filters import Key
from filters.extraction import last_program
from filters.verdicts import ask

TESTS = {"kind": "stdin", "tests": [{"input": "1", "output": "2"}]}
PROGRAM = "print(int(input()) + 1)"


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
        (f"```cpp\n{PROGRAM}\n```", None),
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


def test_whether_a_program_is_right_stays_open_until_it_can_be_run():
    found = judge(f"<think>a</think>```python\n{PROGRAM}\n```")
    assert (found.outcome, found.reason) == ("undecided", "not_executed")


def test_an_answer_without_a_program_fails():
    found = judge("<think>a</think>I would add one.")
    assert (found.outcome, found.reason) == ("fail", "no_answer")


@pytest.mark.parametrize("spec", [{}, {"kind": "stdin", "tests": []}, {"kind": "check", "check": ""}])
def test_a_key_without_tests_is_unusable(spec):
    found = judge(f"```python\n{PROGRAM}\n```", spec)
    assert (found.outcome, found.reason) == ("undecided", "unusable_key")


def test_no_program_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert judge("```python\nopen('X', 'w').close()\n```").outcome == "undecided"
    assert list(tmp_path.iterdir()) == []
