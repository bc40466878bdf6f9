"""A problem whose answer key cannot be used costs no tokens, teaches nobody, and is told of."""

import json

import pytest

from flows import quarantine, report
from flows.mill import grind, next_stage
from flows.planning import plan_of, status_of
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.stages import rounds
from flows.stages.sampling import missing, requests
from warehouse.lake import Lake

TEACHER = """
from filters import Finding
from warehouse.records import Completion, Failure


def teacher(teacher):
    def complete(requests):
        for request in requests:
            if request.sample_index in teacher.options.get("fails", []):
                yield Failure(request, "timeout")
            else:
                yield Completion(request, "<think>\\nhm\\n</think>\\n\\n4", "stop", 1, 3, 0.1, "test")

    return complete


def picky(answer, key):
    return Finding.passed() if len(answer) == 1 else Finding.fail("too_long")
"""
GENERATE = {"do": "generate", "model": "teacher", "n": 2, "shard": 2, "tolerate": 1}
VERIFY = {"do": "verify", "checks": ["answer", "format"]}
GOOD = {"2 + 2": "4", "1 + 3": "4", "3 + 1": "4", "9 - 5": "4"}
BAD = GOOD | {"1 + 3": "four"}


def write(folder, answers, name="train.jsonl", **more):
    rows = [{"prompt": prompt, "answers": answer, **more} for prompt, answer in answers.items()]
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def recipe_in(folder, *stages, options=None, verifier="number", **changes):
    (folder / "mine.py").write_text(TEACHER)
    teacher = {"backend": "mine.py:teacher", "path": "nano-base", "options": options or {}}
    tables = {
        "name": "keys",
        "folder": str(folder),
        "models": {"teacher": teacher},
        "problems": [{"source": "file", "path": "train.jsonl", "verifier": verifier}],
        "stages": list(stages) or [GENERATE, VERIFY],
    }
    return check(tables | changes, "keys.toml")


def by_prompt(lake):
    """Traces, right ones and accepted ones of each problem."""
    found = lake.sql(
        """SELECT prompt, count(trace_id) AS n, count(*) FILTER (correct), count(*) FILTER (accepted)
        FROM problems LEFT JOIN marks USING (problem_id) GROUP BY prompt"""
    )
    return {prompt: tuple(counts) for prompt, *counts in found.rows()}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished run over a bad key in train and one in test, to be looked at and left as it is."""
    folder = tmp_path_factory.mktemp("done")
    write(folder, BAD)
    write(folder, {"8 - 4": "4", "7 - 3": "vier"}, "test.jsonl")
    problems = [
        {"source": "file", "path": f"{split}.jsonl", "split": split, "verifier": "number"}
        for split in ("train", "test")
    ]
    stages = [GENERATE, VERIFY, {"do": "release"}, {"do": "evaluate", "models": ["teacher"], "n": 2, "ks": [2]}]
    run = Run(recipe_in(folder, *stages, problems=problems), Lake(folder / "lake", create=True), Progress(quiet=True))
    run.examine()
    grind(run)
    return run


def test_a_key_that_cannot_be_used_is_found_before_a_token_is_spent_on_it(done):
    right = (2, 2, 2)
    assert by_prompt(done.lake) == {
        "2 + 2": right, "1 + 3": (0, 0, 0), "3 + 1": right, "9 - 5": right, "8 - 4": right, "7 - 3": (0, 0, 0)
    }  # fmt: skip
    tried = done.lake.sql("SELECT outcome, reason, trace_id, key_id FROM verdicts WHERE check_name = 'key'")
    assert sorted(tried["outcome"]) == ["pass"] * 4 + ["undecided"] * 2
    assert tried["trace_id"].null_count() == 6
    assert tried["key_id"].null_count() == 0


def test_the_run_the_plan_and_the_status_say_so(done):
    assert "2 of 6 problems are quarantined: where the answer key cannot be used" in quarantine.told(done)
    assert json.loads(report.as_json(done))["quarantined"] == 2
    plan = {row["stage"]: row for row in plan_of(done.recipe, done.lake.path)}
    assert plan["problems"]["what"] == "file; 2 quarantined"
    assert plan["generate"]["to do"] == plan["evaluate"]["to do"] == 0
    assert {"what": "quarantined", "value": "2 problems, by answer keys of no use"} in status_of(done.lake)
    says = done.lake.sql("SELECT says FROM quarantined ORDER BY says")["says"].to_list()
    assert ["vier" in says[0] or "vier" in says[1], "four" in says[0] or "four" in says[1]] == [True, True]


def test_a_second_run_finds_nothing_to_do(done):
    assert next_stage(Run(done.recipe, done.lake, Progress(quiet=True))) is None


def test_a_corrected_key_frees_its_problem_and_a_spoiled_one_takes_back_what_was_accepted(tmp_path, turn):
    stages = GENERATE, VERIFY, {"do": "release"}
    write(tmp_path, BAD)
    turn(recipe_in(tmp_path, *stages))
    write(tmp_path, GOOD)
    run = turn(recipe_in(tmp_path, *stages))
    assert by_prompt(run.lake) == dict.fromkeys(GOOD, (2, 2, 2))
    assert quarantine.told(run) is None
    write(tmp_path, BAD)
    run = turn(recipe_in(tmp_path, *stages))
    assert by_prompt(run.lake) == dict.fromkeys(GOOD, (2, 2, 2)) | {"1 + 3": (2, 0, 0)}
    (made,) = run.releases.values()
    assert made.kept.height == 6
    reasons = run.lake.sql("SELECT reason FROM selections WHERE release_id = $id AND NOT kept", id=made.release_id)
    assert len(reasons) == 2
    assert all("quarantined: a number was expected" in reason for reason in reasons["reason"])


def test_a_policy_that_takes_everything_takes_nothing_of_quarantined_problems(tmp_path, turn):
    write(tmp_path, GOOD)
    turn(recipe_in(tmp_path))
    write(tmp_path, BAD)
    (made,) = turn(recipe_in(tmp_path, GENERATE, VERIFY, {"do": "release", "select": "all"})).releases.values()
    assert made.kept.height == 6


def test_trace_ids_and_shard_names_of_all_others_stay_as_they_were(tmp_path, turn):
    def shards():
        run = turn(recipe_in(tmp_path), until="problems")
        asked = requests(run, run.recipe.stages[0], "teacher", "train", "sample")
        return {shard.name: shard.size for shard in missing(run, asked, "traces")}

    write(tmp_path, GOOD)
    before = shards()
    write(tmp_path, BAD)
    after = shards()
    assert before.keys() == after.keys()
    assert sorted(before.values()) == [4, 4]
    assert sorted(after.values()) == [2, 4]


def test_in_rounds_a_quarantined_problem_is_settled(tmp_path, turn):
    write(tmp_path, BAD)
    run = turn(recipe_in(tmp_path, GENERATE | {"n": 8, "accept": 1}, VERIFY))
    assert by_prompt(run.lake) == dict.fromkeys(GOOD, (1, 1, 1)) | {"1 + 3": (0, 0, 0)}
    told = rounds.told(run, run.recipe.stages[0])
    assert "3 of 4 problems have 1 accepted; 0 have used up their 8; 1 are quarantined" in told
    assert rounds.expected(run, run.recipe.stages[0]) == 0


def test_what_failed_before_its_problem_was_quarantined_is_not_missed(tmp_path, turn):
    from flows.shortfall import of_run

    write(tmp_path, GOOD)
    assert of_run(turn(recipe_in(tmp_path, options={"fails": [1]}))) == {"timeout": 4}
    write(tmp_path, BAD)
    run = turn(recipe_in(tmp_path, options={"fails": [1]}))
    assert of_run(run) == {"timeout": 3}


def test_a_key_that_its_own_verifier_refuses_is_quarantined_too(tmp_path, turn):
    write(tmp_path, {"2 + 2": "4", "5 + 5": "10"})
    run = turn(recipe_in(tmp_path, verifier="mine.py:picky"))
    assert by_prompt(run.lake) == {"2 + 2": (2, 2, 2), "5 + 5": (0, 0, 0)}
    (row,) = run.lake.sql("FROM quarantined").to_dicts()
    assert row["reason"] == "refuses_its_reference"
    assert row["says"] == "mine.py:picky refuses the key's own answer '10': too_long"


def test_where_nobody_asks_for_right_answers_no_key_is_tried(tmp_path, turn):
    write(tmp_path, BAD)
    run = turn(recipe_in(tmp_path, GENERATE, VERIFY | {"checks": ["format"]}))
    assert run.lake.sql("FROM verdicts WHERE check_name = 'key'").is_empty()
    assert by_prompt(run.lake) == dict.fromkeys(GOOD, (2, 0, 2))
