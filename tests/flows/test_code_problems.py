"""Code problems on the road: three datasets' forms, from files to traces and verdicts."""

import json

import pytest
from small import tables

from filters.sandbox import probe
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.stages import problems as stage
from warehouse.errors import BadInput
from warehouse.lake import Lake

STDIN = {
    "question": "Print twice the number that you read. \ud800",
    "input_output": json.dumps({"inputs": ["2\0\n"], "outputs": ["4\n"]}),
    "difficulty": "half \ud800 a character, and none: \0",
    "solutions": json.dumps(["print(2 * int(input()))  # \ud800"]),
}
CALLED = {
    **STDIN,
    "question": "Return twice x.",
    "starter_code": "def f(x: int) -> int:",
    "input_output": json.dumps({"fn_name": "f", "inputs": [[2]], "outputs": [[4]]}),
}
CHECKED = {
    "problem_description": "Return twice n.",
    "starter_code": "class Solution:\n    def f(self, n: int) -> int:",
    "entry_point": "Solution().f",
    "test": "def check(candidate):\n    assert candidate(n = 2) == 4\n",
}
FORMS = {"apps": STDIN, "taco": CALLED, "leetcode": CHECKED}
BACKEND = """
from warehouse.records import Completion

RIGHT = '''
import sys
class Solution:
    def f(self, n):
        return 2 * n
f = Solution().f
for line in sys.stdin:
    print(f(int(line[0])))
'''


def writer(teacher):
    def complete(requests):
        for request in requests:
            program = "open('X', 'w').close()" if request.sample_index else RIGHT
            text = f"<think>\\nTwice.\\n</think>\\n\\n```python\\n{program}\\n```"
            yield Completion(request, text, "stop", 1, 1, 0.0, "test")

    return complete
"""


@pytest.fixture
def entries(tmp_path):
    for form, row in FORMS.items():
        (tmp_path / f"{form}.jsonl").write_text(json.dumps(row))
    return [{"source": f"code/{form}", "path": f"{form}.jsonl"} for form in FORMS]


def recipe_of(folder, entries, models, **sampled):
    stages = [{"do": "generate", "model": next(iter(models)), "n": 2, "style": "code", **sampled},
              {"do": "verify", "checks": ["answer", "format"]}]  # fmt: skip
    return check(tables(models=models, problems=entries, stages=stages, folder=str(folder)), "code.toml")


def test_programs_are_written_and_judged_by_their_tests(tmp_path, entries, turn, tiny_model, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(BACKEND)
    model = {"writer": {"backend": "mine.py:writer", "path": str(tiny_model)}}
    lake = turn(recipe_of(tmp_path, entries, model)).lake
    found = lake.sql(
        """SELECT source, sample_index, outcome FROM latest_verdicts v JOIN problems USING (problem_id)
        JOIN traces USING (trace_id) WHERE check_name = 'answer' ORDER BY ALL"""
    )
    assert found.rows() == [
        (f"code/{form}", sample, outcome) for form in sorted(FORMS) for sample, outcome in enumerate(("pass", "fail"))
    ]
    assert not (tmp_path / "X").exists()
    assert "```python" in lake.sql("SELECT messages[1].content AS asked FROM traces")["asked"][0]


def test_a_real_model_is_asked_like_about_any_other_problem(tmp_path, entries, turn):
    from trainers.scratch import Architecture, create

    shape = Architecture(vocabulary=1400, hidden=16, layers=1, heads=2, kv_heads=1, intermediate=32, context=1024)
    create(["<think>\nTwice.\n</think>\n\nprint(2)"] * 4, tmp_path / "tiny", shape)
    recipe = recipe_of(tmp_path, entries, {"tiny": {"path": "tiny"}}, max_tokens=8)
    lake = turn(recipe).lake
    assert lake.sql("SELECT count(*) AS n FROM traces")["n"][0] == 6
    assert lake.sql("SELECT count(*) AS n FROM latest_verdicts WHERE check_name = 'answer'")["n"][0] == 6
    assert lake.sql("SELECT count(*) AS n FROM latest_verdicts WHERE outcome = 'pass'")["n"][0] == 0


def test_keys_and_metadata_can_be_asked_about_whatever_they_hold(tmp_path, entries, turn):
    lake = turn(recipe_of(tmp_path, entries, {"hasty": {"backend": "solver", "path": "hasty"}}), until="problems").lake
    kinds = lake.sql("SELECT verifier, spec ->> 'kind' AS kind FROM answer_keys ORDER BY kind").rows()
    assert kinds == [("code", "call"), ("code", "check"), ("code", "stdin")]
    row = lake.sql("SELECT prompt, metadata ->> 'difficulty' AS level FROM problems WHERE source = 'code/apps'").row(0)
    assert row[0].startswith("Print twice the number that you read. \ufffd")
    assert row[1] == "half \ufffd a character, and none: \0"
    spec = json.loads(lake.sql("SELECT spec FROM answer_keys WHERE spec ->> 'kind' = 'stdin'")["spec"][0])
    assert spec["tests"] == [{"input": "2\0\n", "output": "4\n"}]


def test_rows_that_are_left_out_are_counted_and_said(tmp_path, turn, capsys):
    rows = [STDIN, {**STDIN, "input_output": ""}, {**STDIN, "input_output": "{"}, {**STDIN, "input_output": None}]
    (tmp_path / "apps.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    recipe = recipe_of(
        tmp_path, [{"source": "code/apps", "path": "apps.jsonl"}], {"hasty": {"backend": "solver", "path": "hasty"}}
    )
    run = Run(recipe, Lake(tmp_path / "loud", create=True), Progress())
    (shard,) = stage.pending(run, recipe.problems)
    assert stage.work(run, recipe.problems, shard) == {
        "problems": 1, "new": 1, "keys": 1, "skipped_no_tests": 2, "skipped_unreadable_tests": 1,
    }  # fmt: skip
    told = " ".join(capsys.readouterr().err.split())
    assert "code/apps: 2 rows left out as no_tests, first" in told
    lake = turn(recipe, until="problems").lake
    counted = lake.sql("SELECT counters ->> 'skipped_no_tests' AS n FROM runs WHERE event = 'stage_finished'")
    assert counted["n"].to_list() == ["2"]


def test_a_block_ends_at_what_it_holds(tmp_path, turn, monkeypatch):
    commits, commit = [], stage.commit

    def counted(run, block, counts):
        commits.append(len(block))
        commit(run, block, counts)

    monkeypatch.setattr(stage, "BLOCK_BYTES", 150)
    monkeypatch.setattr(stage, "commit", counted)
    rows = [{**STDIN, "question": f"Print {n}."} for n in range(5)]
    (tmp_path / "apps.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    entry = {"source": "code/apps", "path": "apps.jsonl"}
    turn(recipe_of(tmp_path, [entry], {"hasty": {"backend": "solver", "path": "hasty"}}), until="problems")
    assert len(commits) > 2
    assert sum(commits) == 5


def test_a_file_without_a_usable_problem_ends_the_run(tmp_path, turn):
    (tmp_path / "apps.jsonl").write_text(json.dumps({**STDIN, "input_output": ""}))
    entry = {"source": "code/apps", "path": "apps.jsonl"}
    with pytest.raises(BadInput, match=r"apps\.jsonl holds no usable problem of the form code/apps: 1 no_tests"):
        turn(recipe_of(tmp_path, [entry], {"hasty": {"backend": "solver", "path": "hasty"}}), until="problems")


def test_a_run_that_could_not_judge_its_programs_does_not_begin(tmp_path, entries, monkeypatch):
    monkeypatch.setattr(probe, "fault", lambda name: "not here")
    recipe = recipe_of(tmp_path, entries, {"hasty": {"backend": "solver", "path": "hasty"}})
    with pytest.raises(BadInput, match=r"problems\[0\]: programs are not run.*apt install bubblewrap"):
        Run(recipe, Lake(tmp_path / "lake", create=True), Progress(quiet=True)).examine()
