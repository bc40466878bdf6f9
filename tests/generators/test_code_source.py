import json
from types import SimpleNamespace

import polars as pl
import pytest

from generators.sources import Problem, Skipped, Wanted, problems
from generators.sources.code_key import megabytes, seconds, solution
from warehouse.errors import SourceError

APPS = {
    "problem_id": 0,
    "question": "Read two whole numbers, each on a line of its own, and print their sum.",
    "solutions": json.dumps(["print input() + input()", "print(int(input()) + int(input()))"]),
    "input_output": json.dumps({"inputs": ["2\n3\n", ["4", "5"]], "outputs": ["5\n", ["9"]]}),
    "difficulty": "introductory",
    "url": "https://example.org/sum",
    "starter_code": "",
}
CALLED = {
    **APPS,
    "problem_id": 1,
    "question": "Return the larger of two numbers.",
    "solutions": "",
    "input_output": json.dumps({"fn_name": "larger", "inputs": [[1, 2], [5, 3]], "outputs": [[2], [5]]}),
    "starter_code": "\ndef larger(a, b):\n\t",
}
TACO = {
    "question": "Print the word backwards.",
    "solutions": "[]",
    "starter_code": "",
    "input_output": json.dumps({"inputs": ["abc"], "outputs": ["cba"]}),
    "difficulty": "EASY",
    "raw_tags": "['strings']",
    "name": "Backwards",
    "source": "nowhere",
    "tags": "['String algorithms', 'Implementation']",
    "skill_types": "[]",
    "url": None,
    "Expected Auxiliary Space": None,
    "time_limit": "2.0 seconds",
    "date": None,
    "picture_num": "1",
    "memory_limit": "256.0 megabytes",
    "Expected Time Complexity": None,
}
LEETCODE = {
    "task_id": "twice-the-number",
    "question_id": 1,
    "difficulty": "Easy",
    "tags": ["Math"],
    "problem_description": "Given a number n, return twice as much.",
    "starter_code": "class Solution:\n    def twice(self, n: int) -> int:\n        ",
    "estimated_date": "2020-01-01",
    "prompt": "from typing import *\n",
    "completion": "class Solution:\n    def twice(self, n: int) -> int:\n        return n * 2\n",
    "entry_point": "Solution().twice",
    "test": "def check(candidate):\n    assert candidate(n = 2) == 4\n    assert candidate(n = 0) == 0\n",
    "input_output": [{"input": "n = 2", "output": "4"}],
    "query": "q",
    "response": "r",
}


def write(folder, rows, name="rows.jsonl"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def read(folder, form, rows, name="rows.jsonl", **wanted):
    write(folder, rows, name)
    return list(problems(Wanted(f"code/{form}", **{"path": name, "folder": folder, **wanted})))


def with_tests(raw, **row):
    return {**APPS, "input_output": raw if isinstance(raw, str | None) else json.dumps(raw), **row}


def spec_of(folder, content, **row):
    [problem] = read(folder, "apps", [with_tests(content, **row)])
    return problem.spec


def test_a_program_that_reads_and_writes(tmp_path):
    [problem] = read(tmp_path, "apps", [APPS])
    assert problem.spec == {
        "kind": "stdin",
        "tests": [{"input": "2\n3\n", "output": "5\n"}, {"input": "4\n5", "output": "9"}],
        "language": "python",
        "solution": "print(int(input()) + int(input()))",
    }
    assert (problem.source, problem.verifier, problem.answers, problem.domain) == ("code/apps", "code", (), "code")
    assert problem.metadata == {
        "difficulty": "introductory", "url": "https://example.org/sum", "task": 0, "dataset": "rows",
    }  # fmt: skip
    assert problem.prompt.startswith(APPS["question"])
    assert "standard input" in problem.prompt


def test_a_function_that_is_called(tmp_path):
    [problem] = read(tmp_path, "apps", [CALLED])
    assert problem.spec["kind"] == "call"
    assert problem.spec["entry_point"] == "larger"
    assert problem.spec["tests"][1] == {"input": [5, 3], "output": [5]}
    assert problem.prompt.endswith("called as `larger(...)`.\n\n```python\ndef larger(a, b):\n```")


def test_a_row_of_taco_brings_limits_tags_and_pictures(tmp_path):
    [problem] = read(tmp_path, "taco", [TACO])
    assert (problem.spec["time_limit_s"], problem.spec["memory_limit_mb"]) == (2.0, 256.0)
    assert problem.metadata == {
        "difficulty": "EASY", "title": "Backwards", "origin": "nowhere", "pictures": 1, "dataset": "rows",
        "tags": ["String algorithms", "Implementation"],
    }  # fmt: skip
    assert "solution" not in problem.spec


def test_a_row_of_leetcode_brings_its_check(tmp_path):
    [problem] = read(tmp_path, "leetcode", [LEETCODE])
    assert problem.spec == {
        "kind": "check",
        "entry_point": "Solution().twice",
        "check": LEETCODE["test"],
        "setup": LEETCODE["prompt"],
        "starter_code": LEETCODE["starter_code"],
        "language": "python",
        "solution": LEETCODE["completion"],
    }
    assert "`Solution().twice(...)`" in problem.prompt
    assert problem.metadata["url"] == "https://leetcode.com/problems/twice-the-number/"


def test_a_row_of_leetcode_of_an_early_version_is_the_same_problem(tmp_path):
    new = ("problem_description", "starter_code", "difficulty", "tags", "estimated_date")
    meta = {
        "question_title": LEETCODE["problem_description"],
        "lang_code": LEETCODE["starter_code"],
        "difficulty": "Easy",
    }
    old = {field: value for field, value in LEETCODE.items() if field not in new} | {"meta": meta}
    (before,), (after,) = (read(tmp_path, "leetcode", [row]) for row in (old, LEETCODE))
    assert before.problem_id == after.problem_id
    assert before.spec == after.spec


@pytest.mark.parametrize("form", ["apps", "taco", "leetcode"])
def test_solutions_and_tests_stand_in_neither_prompt_nor_metadata_nor_answers(tmp_path, form):
    row = {"apps": APPS, "taco": TACO, "leetcode": LEETCODE}[form]
    [problem] = read(tmp_path, form, [row])
    shown = problem.prompt + json.dumps(problem.metadata) + "".join(problem.answers)
    for secret in ("int(input())", "cba", "return n * 2", "assert"):
        assert secret not in shown


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_a_problem_has_the_same_id_and_key_from_every_format(tmp_path, name):
    [problem] = read(tmp_path, "apps", [APPS], name)
    [other] = read(tmp_path, "apps", [APPS])
    assert (problem.problem_id, problem.spec) == (other.problem_id, other.spec)


@pytest.mark.parametrize("extension", ["jsonl", "parquet"])
def test_a_folder_of_hub_form_is_read_by_split(tmp_path, extension, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    for split, row in (("train", LEETCODE), ("test", {**LEETCODE, "problem_description": "Another."})):
        write(tmp_path, [row], f"set/{split}-00000-of-00001.{extension}")
    wanted = {"path": "set", "folder": tmp_path}
    [train] = problems(Wanted("code/leetcode", **wanted))
    [test] = problems(Wanted("code/leetcode", **wanted, config={"split": "test"}))
    assert train.spec["check"] == LEETCODE["test"]
    assert test.prompt.startswith("Another.")
    with pytest.raises(SourceError, match=r"dataset 'set' does not load with .*'split': 'validation'"):
        list(problems(Wanted("code/leetcode", **wanted, config={"split": "validation"})))


@pytest.mark.parametrize("path", ["codeparrot/apps", "BAAI/TACO"])
def test_datasets_with_a_loading_script_are_read_where_they_lie_as_parquet(monkeypatch, path):
    asked = {}

    def load(name, **options):
        asked.update(options, name=name)
        raise ValueError("asked enough")

    monkeypatch.setattr("datasets.load_dataset", load)
    with pytest.raises(SourceError, match=f"dataset '{path}' does not load"):
        list(problems(Wanted("code/taco", path=path, config={"split": "test"})))
    assert (asked["name"], asked["split"], asked["streaming"]) == ("parquet", "test", True)
    assert path in asked["data_files"]["test"]
    assert "test" in asked["data_files"]["test"]
    with pytest.raises(SourceError):
        list(problems(Wanted("code/taco", path=path, config={"revision": "mine"})))
    assert asked["name"] == path


def test_only_known_licences_are_assumed(tmp_path, monkeypatch):
    table = SimpleNamespace(name="x", where="x", rows=lambda: iter([APPS]))
    monkeypatch.setattr("generators.sources.code.hub_table", lambda *_, **__: table)
    found = {path: next(problems(Wanted("code/apps", path=path))).licence for path in ("codeparrot/apps", "BAAI/TACO")}
    assert found == {"codeparrot/apps": "MIT", "BAAI/TACO": None}
    assert read(tmp_path, "apps", [APPS], licence="CC0-1.0")[0].licence == "CC0-1.0"


# What outputs mean


def called(outputs, starter):
    content = {"fn_name": "f", "inputs": [[n] for n in range(len(outputs))], "outputs": outputs}
    return content, starter


@pytest.mark.parametrize(
    ("outputs", "starter", "kept", "wrapped"),
    [
        ([[1], [2]], "def f(x: int) -> int:", [1, 2], False),
        ([[1], [2]], "def f(x):", [[1], [2]], True),
        ([[1], [2]], "", [[1], [2]], True),
        ([[1], [2]], "def f(x) -> List[int]:", [[1], [2]], False),
        ([[[1]], [[2]]], "def f(x) -> List[int]:", [[[1]], [[2]]], True),
        ([[1], [2, 3]], "def f(x):", [[1], [2, 3]], False),
        ([1, 2], "def f(x):", [1, 2], False),
    ],
)
def test_a_list_around_an_output_goes_where_the_starter_code_says_so(tmp_path, outputs, starter, kept, wrapped):
    content, starter = called(outputs, starter)
    spec = spec_of(tmp_path, content, starter_code=starter)
    assert [test["output"] for test in spec["tests"]] == kept
    assert spec.get("wrapped", False) is wrapped


def test_a_method_is_called_on_an_object_of_its_class(tmp_path):
    content, starter = called([1], "class Solution:\n    def f(self, x: int) -> int:\n        ")
    assert spec_of(tmp_path, content, starter_code=starter)["entry_point"] == "Solution().f"


# What is left out

REASONS = [
    ("no_question", {**APPS, "question": " "}),
    ("no_question", {**APPS, "question": None}),
    ("picture_only", {**APPS, "question": "![](https://example.org/a.png)\n<img src='b.png'> "}),
    ("picture_only", {**APPS, "question": "[Image]"}),
    ("no_tests", with_tests(None)),
    ("no_tests", with_tests("")),
    ("no_tests", with_tests("{}")),
    ("no_tests", with_tests({"inputs": [], "outputs": []})),
    ("unreadable_tests", with_tests("{'inputs': ")),
    ("unreadable_tests", with_tests('{"inputs": [' + "9" * 5000 + '], "outputs": ["1"]}')),
    ("unreadable_tests", with_tests("[" * 100_000)),
    ("unreadable_tests", with_tests('"text"')),
    ("unreadable_tests", with_tests({"inputs": "1", "outputs": "1"})),
    ("unreadable_tests", with_tests({"inputs": [{"a": 1}], "outputs": ["1"]})),
    ("unreadable_tests", with_tests({"inputs": ["\ud800"], "outputs": ["1"]})),
    ("unreadable_tests", with_tests({"fn_name": "f", "inputs": ["1"], "outputs": [1]})),
    ("unequal_tests", with_tests({"inputs": ["1", "2"], "outputs": ["1"]})),
    ("no_entry_point", with_tests({"fn_name": "f(); import os", "inputs": [[1]], "outputs": [1]})),
    ("tests_too_large", with_tests({"inputs": ["1" * 2_000_000], "outputs": ["1"]})),
]


@pytest.mark.parametrize(("reason", "row"), REASONS, ids=range(len(REASONS)))
def test_a_row_without_a_usable_problem_is_left_out_with_its_reason(tmp_path, reason, row):
    first, skipped, last = read(tmp_path, "apps", [APPS, row, CALLED])
    assert isinstance(first, Problem)
    assert isinstance(last, Problem)
    assert skipped.reason == reason
    assert str(tmp_path / "rows.jsonl, row 2: ") in skipped.where
    assert "expected" in skipped.where
    assert len(skipped.where) < 500


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no_tests", {"test": ""}),
        ("no_tests", {"test": None}),
        ("no_tests", {"test": "def check(candidate):\n    pass\n"}),
        ("unreadable_tests", {"test": "assert candidate(1) == 2"}),
        ("no_entry_point", {"entry_point": None}),
        ("no_question", {"problem_description": None}),
        ("tests_too_large", {"test": "def check(candidate):\n" + "    assert candidate(1)\n" * 100_000}),
    ],
)
def test_a_row_of_leetcode_without_a_usable_check_is_left_out(tmp_path, reason, changes):
    _, skipped = read(tmp_path, "leetcode", [LEETCODE, {**LEETCODE, **changes}])
    assert isinstance(skipped, Skipped)
    assert skipped.reason == reason


def test_rows_that_are_left_out_do_not_count(tmp_path):
    found = read(tmp_path, "apps", [with_tests(None), APPS, with_tests(""), CALLED, APPS], count=2)
    assert [type(one) for one in found] == [Skipped, Problem, Skipped, Problem]


def test_reading_ends_with_the_last_problem_that_is_wanted(tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(APPS) + "\nno JSON at all\n")
    [problem] = problems(Wanted("code/apps", path="rows.jsonl", folder=tmp_path, count=1))
    assert problem.prompt.startswith("Read two")


def test_the_largest_tests_go_first(tmp_path):
    content = {"inputs": ["1" * 500, "2", "3" * 800, "4"], "outputs": ["a", "b", "c", "d"]}
    [problem] = read(tmp_path, "apps", [with_tests(content)], config={"max_test_bytes": 600})
    assert [test["output"] for test in problem.spec["tests"]] == ["a", "b", "d"]
    assert problem.metadata["tests_left_out"] == 1
    [problem] = read(tmp_path, "apps", [with_tests(content)], config={"max_test_bytes": 100})
    assert [test["output"] for test in problem.spec["tests"]] == ["b", "d"]


def test_a_test_that_cannot_be_stored_goes_alone(tmp_path):
    raw = '{"inputs": ["\\ud800", "a\\u0000b", "1e5"], "outputs": ["1", "2", "3"]}'
    [problem] = read(tmp_path, "apps", [with_tests(raw)])
    assert [test["input"] for test in problem.spec["tests"]] == ["a\0b", "1e5"]
    assert problem.metadata["tests_left_out"] == 1


# What is refused


def test_a_file_without_a_usable_row_is_refused_with_its_reasons(tmp_path):
    with pytest.raises(SourceError) as refusal:
        read(tmp_path, "apps", [with_tests("{bad"), with_tests(None), with_tests("")])
    for part in ("rows.jsonl", "code/apps", "2 no_tests", "1 unreadable_tests", "row 1: '{bad'", "expected JSON"):
        assert part in str(refusal.value)


def test_a_file_of_another_form_is_refused_with_its_columns(tmp_path):
    with pytest.raises(SourceError) as refusal:
        read(tmp_path, "leetcode", [APPS])
    for part in ("rows.jsonl", "no column 'test'", "expects test, entry_point", "problem_id, question"):
        assert part in str(refusal.value)


def test_columns_may_be_called_otherwise(tmp_path):
    row = {"statement": APPS["question"], "input_output": APPS["input_output"]}
    [problem] = read(tmp_path, "apps", [row], columns={"question": "statement"})
    assert problem.prompt.startswith(APPS["question"])
    with pytest.raises(SourceError, match=r"no column 'question'.*it has statement, input_output"):
        read(tmp_path, "apps", [row])
    with pytest.raises(SourceError, match=r"problems\.columns: unknown answers; expected question"):
        read(tmp_path, "apps", [row], columns={"answers": "statement"})


@pytest.mark.parametrize(
    ("form", "wanted", "message"),
    [
        ("humaneval", {}, "'code/humaneval'; expected one of code/apps, code/taco, code/leetcode"),
        ("apps", {"path": None}, r"problems\.path: missing"),
        ("apps", {"config": {"max_test_bytes": "1 MB"}}, r"max_test_bytes: expected a number of bytes .* found '1 MB'"),
        ("apps", {"config": {"max_test_bytes": 0}}, "max_test_bytes"),
        ("apps", {"config": {"split": "test"}}, r"problems\.config: unknown split"),
        ("apps", {"path": "no-one/nothing"}, "dataset 'no-one/nothing' does not load"),
    ],
)
def test_a_recipe_that_asks_for_what_there_is_not_is_refused(tmp_path, form, wanted, message):
    with pytest.raises(SourceError, match=message):
        read(tmp_path, form, [APPS], **wanted)


# Details


@pytest.mark.parametrize(
    ("raw", "limit"),
    [("2.0 seconds", 2.0), ("1 sec", 1.0), ("500 ms", 0.5), ("", None), (None, None), ("1..2 s", None)],
)
def test_time_limits_are_seconds(raw, limit):
    assert seconds(raw) == limit


@pytest.mark.parametrize(
    ("raw", "limit"), [("256.0 megabytes", 256), ("1 GB", 1000), ("65536 KB", 65.536), (None, None)]
)
def test_memory_limits_are_megabytes(raw, limit):
    assert megabytes(raw) == limit


def test_a_reference_solution_is_parsed_and_never_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    attack = "open('X', 'w').close()"
    assert solution(json.dumps(["print 1", "def f(:", "x" * 100_000, "(" * 5000, attack])) == attack
    assert solution("[") is None
    assert list(tmp_path.iterdir()) == []
