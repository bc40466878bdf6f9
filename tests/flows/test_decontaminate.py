import json
import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from flows import benchmarks, cli
from flows.mill import grind, next_stage
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.stages import decontaminate
from warehouse.errors import BadInput, RecipeError
from warehouse.lake import Lake

QUESTIONS = {
    "a1": "A ferry crosses the strait with 42 cars and 97 passengers on each trip, and makes 9 trips a day. The "
    "company charges 21 dollars a car and 4 dollars a passenger. What does the company earn in a week?",
    "a2": "Find the number of ordered pairs of positive integers (a, b) with a at most 73 for which a^2 + b divides "
    "b^3 - 5.",
    "a3": "What is 12 + 50?",
}
CLEAN = [f"A shepherd with {n} dogs counts {n * 7 + 3} legs of sheep at gate {n}. Name the sheep." for n in range(20)]
LEAKS = [
    f"Read this. {QUESTIONS['a1']} Thanks!",
    "How many ordered pairs of positive integers (a, b), a being at most 73, are there for which a^2+b divides b^3-5?",
    "What is 12 + 50? Let's think step by step.",
]
HITS = "SELECT against, method FROM contamination ORDER BY ALL"
EXPECTED = [("exam#a1", "whole_question"), ("exam#a2", "fuzzy"), ("exam#a3", "whole_question")]


def write(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def folder(tmp_path):
    problems = [{"prompt": prompt, "answers": "1"} for prompt in [*CLEAN[:10], *LEAKS, *CLEAN[10:]]]
    write(tmp_path / "problems.jsonl", problems)
    write(tmp_path / "exam.jsonl", [{"question": text, "id": item} for item, text in QUESTIONS.items()])
    return tmp_path


def recipe(folder, exam=None, entry=None, more_problems=(), **stage):
    problems = {"source": "file", "path": "problems.jsonl", "verifier": "number"}
    return check(
        {
            "name": "clean",
            "folder": str(folder),
            "problems": [problems | (entry or {}), *more_problems],
            "benchmarks": {"exam": exam or {"path": "exam.jsonl"}},
            "stages": [{"do": "decontaminate", **stage}],
        },
        "clean.toml",
    )


def verdicts(run):
    return run.lake.sql(
        """SELECT problem_id, trace_id, against, check_name, version, settings_hash, outcome, reason, score, detail
        FROM verdicts WHERE check_name = 'contamination' ORDER BY ALL"""
    )


def test_every_hit_is_a_verdict_and_so_is_a_clean_problem(folder, turn):
    run = turn(recipe(folder))
    rows = verdicts(run)
    assert rows["trace_id"].null_count() == rows.height == 23
    assert sorted(rows.filter(outcome="fail")["against"]) == ["exam#a1", "exam#a2", "exam#a3"]
    clean = rows.filter(outcome="pass")
    assert clean.height == 20
    assert clean["against"].null_count() == clean["reason"].null_count() == 20
    assert set(rows["settings_hash"]) == {decontaminate.settings_hash(run, run.recipe.stages[0])}
    assert next_stage(Run(run.recipe, Lake(run.lake.path), Progress(quiet=True))) is None


def test_the_view_is_the_audit(folder, turn):
    run = turn(recipe(folder))
    assert run.lake.sql(HITS).rows() == EXPECTED
    (line,) = run.lake.sql("FROM contamination WHERE item = 'a1'").to_dicts()
    assert line["benchmark"] == "exam"
    assert line["source"] == "file/problems"
    assert line["methods"] == ["whole_question", "coverage", "ngram"]
    assert line["span"] == QUESTIONS["a1"].rstrip("?") == LEAKS[0][line["span_start"] : line["span_end"]]
    assert line["question"] == QUESTIONS["a1"]


def test_block_by_block_is_the_same_as_at_once(folder, turn, monkeypatch):
    whole = verdicts(turn(recipe(folder), folder / "one"))
    monkeypatch.setattr(decontaminate, "BLOCK", 4)
    assert verdicts(turn(recipe(folder), folder / "two")).equals(whole)


def test_a_run_that_was_stopped_goes_on_where_it_was(folder, turn, monkeypatch):
    whole = verdicts(turn(recipe(folder), folder / "one"))
    monkeypatch.setattr(decontaminate, "BLOCK", 4)
    run = Run(recipe(folder), Lake(folder / "two", create=True), Progress(quiet=True))
    grind(run, until="problems")
    stage = run.recipe.stages[0]
    (shard,) = decontaminate.pending(run, stage)
    decontaminate.work(run, stage, shard)  # the stop list
    first = decontaminate.pending(run, stage)
    assert len(first) == 6
    decontaminate.work(run, stage, first[2])
    left = decontaminate.pending(run, stage)
    assert sum(shard.size for shard in left) == 19
    decontaminate.work(run, stage, first[2])  # what is done twice is there once
    assert verdicts(turn(recipe(folder), folder / "two")).equals(whole)


def test_more_problems_are_examined_and_the_others_not_again(folder, turn):
    few = turn(recipe(folder, {"path": "exam.jsonl"}, {"count": 16}))
    assert verdicts(few).height == 16
    more = turn(recipe(folder, {"path": "exam.jsonl"}, {"count": 20}))
    assert verdicts(more).height == 20
    assert set(verdicts(more)["settings_hash"]) == set(verdicts(few)["settings_hash"])


def test_other_thresholds_and_another_benchmark_examine_anew_and_the_view_tells_the_newest(folder, turn):
    turn(recipe(folder))
    run = turn(recipe(folder, fuzzy=0))
    assert verdicts(run)["settings_hash"].n_unique() == 2
    assert run.lake.sql(HITS).rows() == [EXPECTED[0], EXPECTED[2]]
    write(folder / "exam.jsonl", [{"question": QUESTIONS["a3"], "id": "a3"}])
    assert turn(recipe(folder, fuzzy=0)).lake.sql(HITS).rows() == [EXPECTED[2]]


def test_a_benchmark_is_read_once_and_kept(folder, turn, monkeypatch):
    run = turn(recipe(folder))
    kept = sorted((run.lake.path / "_marts").glob("benchmark-*"))
    monkeypatch.setattr(benchmarks, "file_table", None)  # nobody asks for it
    again = turn(recipe(folder, fuzzy=0.9))
    assert sorted((again.lake.path / "_marts").glob("benchmark-*")) == kept
    assert again.lake.sql(HITS).rows()[0] == EXPECTED[0]


@pytest.mark.parametrize("kind", ["parquet", "csv", "json", "hub"])
def test_a_benchmark_comes_from_a_file_of_any_kind_or_a_dataset(folder, turn, kind, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", folder / "cache")
    frame = pl.DataFrame({"name": list(QUESTIONS), "problem": list(QUESTIONS.values())})
    path = folder / f"bench.{kind}"
    if kind == "hub":
        path = folder / "bench" / "test.parquet"
        path.parent.mkdir()
    getattr(frame, {"csv": "write_csv", "json": "write_json"}.get(kind, "write_parquet"))(path)
    exam = {"path": "bench" if kind == "hub" else path.name, "columns": {"question": "problem", "id": "name"}}
    assert turn(recipe(folder, exam)).lake.sql(HITS).rows() == EXPECTED


def test_the_recipes_own_held_out_problems_are_a_benchmark(folder, turn):
    write(folder / "held.jsonl", [{"prompt": text, "answers": "2"} for text in QUESTIONS.values()])
    held = {"source": "file", "path": "held.jsonl", "verifier": "number", "split": "test"}
    run = turn(recipe(folder, {"problems": "test"}, more_problems=[held]))
    found = run.lake.sql(
        "SELECT method, q.prompt FROM contamination c JOIN problems q ON q.problem_id = c.item ORDER BY ALL"
    )
    assert sorted(found.rows()) == sorted((method, QUESTIONS[name.removeprefix("exam#")]) for name, method in EXPECTED)


def test_without_training_problems_there_is_nothing_to_do(folder, turn):
    run = turn(recipe(folder, entry={"split": "test"}))
    assert verdicts(run).is_empty()


def test_a_benchmark_without_the_question_column_is_refused_before_anything_runs(folder):
    file = folder / "clean.toml"
    file.write_text(
        'name = "clean"\n[[problems]]\nsource = "file"\npath = "problems.jsonl"\nverifier = "number"\n'
        '[benchmarks.exam]\npath = "exam.jsonl"\ncolumns = { question = "problem" }\n[[stages]]\ndo = "decontaminate"\n'
    )
    told = CliRunner().invoke(cli.app, ["decontaminate", str(file), "--lake", str(folder / "lake")])
    assert isinstance(told.exception, BadInput)  # which main says, and exits 2
    line = str(told.exception)
    assert line.startswith(
        f"benchmarks.exam: {folder}/exam.jsonl has no column 'problem' for question; it has question, id"
    )
    assert not (folder / "lake" / "_scope").exists()


@pytest.mark.parametrize(
    ("exam", "told"),
    [
        ({"path": "nowhere.jsonl"}, r"benchmarks\.exam\.path: no file 'nowhere.jsonl'"),
        ({"path": "no-one/nothing"}, r"benchmarks\.exam: dataset 'no-one/nothing' does not load with"),
        ({"path": "broken.parquet"}, r"benchmarks\.exam: .*broken.parquet cannot be read as parquet"),
        ({"path": "broken.jsonl"}, r"benchmarks\.exam: .*broken.jsonl, line 2 is not JSON"),
        (
            {"path": "twice.jsonl", "columns": {"id": "id"}},
            r"benchmarks\.exam: .*twice.jsonl, row 2: id is 1; expected",
        ),
        ({"path": "empty.jsonl"}, r"benchmarks\.exam: .*empty.jsonl has no column 'question'"),
    ],
)
def test_a_benchmark_that_cannot_be_read_is_refused_by_name(folder, turn, exam, told):
    (folder / "broken.parquet").write_bytes(b"PAR1 nothing")
    (folder / "broken.jsonl").write_text('{"question": "Why?"}\n{"question": \n')
    write(folder / "twice.jsonl", [{"question": "Why?", "id": 1}, {"question": "How?", "id": 1}])
    (folder / "empty.jsonl").write_text("")
    with pytest.raises(BadInput, match=told):
        turn(recipe(folder, exam))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"benchmarks": ["gsm"]}, "no benchmark named 'gsm'; expected exam"),
        ({"exam": {"problems": "test"}}, "benchmarks.exam: no held-out problems"),
        ({"exam": {"path": "exam.jsonl", "problems": "test"}}, "expected either path or problems"),
        ({"exam": {"split": "test"}}, "expected either path or problems"),
        ({"exam": {"path": "exam.jsonl", "colour": 1}}, "benchmarks.exam.colour: unknown key"),
        ({"exam": {"path": "exam.jsonl", "columns": {"prompt": "q"}}}, "benchmarks.exam.columns.prompt"),
        ({"ngram": 5}, "stages[0].ngram"),
        ({"covrage": 0.5}, "stages[0].covrage: unknown key"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(folder, changes, told):
    with pytest.raises(RecipeError) as refusal:
        recipe(folder, **changes)
    assert told in str(refusal.value)


def test_a_stage_without_any_benchmark_is_refused(folder):
    made = recipe(folder).model_dump(mode="json", exclude={"benchmarks"})
    with pytest.raises(RecipeError, match=r"none is named yet; add \[benchmarks.NAME\]"):
        check(made, "clean.toml")


PAGE = Path(__file__).parents[2] / "docs" / "contamination.md"


@pytest.mark.parametrize("query", re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE))
def test_what_the_page_asks_has_an_answer(folder, turn, query):
    lake = turn(recipe(folder)).lake
    (problem,) = lake.sql("SELECT problem_id FROM contamination WHERE item = 'a1'")["problem_id"]
    lake.commit("traces", [{"trace_id": "t1", "problem_id": problem, "kind": "sample", "completion": "4"}])
    assert lake.sql(query).height > 0
