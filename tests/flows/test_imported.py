"""A file of OpenR1's form is imported, judged, queried, deduplicated, decontaminated and released, by commands."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.recipe.file import load
from warehouse.forms import openr1

ROOT = Path(__file__).parents[2]
STORY = (
    "On a quiet morning {who} walks down to the harbour with a basket and counts the boats that have come in during "
    "the night; some of them carry herring, some carry salt, and a few of them carry nothing at all, which makes the "
    "harbour master sigh. If {left} boats carry herring and {right} boats carry salt, how many boats is that together?"
)
RECIPE = "imported.toml"
LEAK = (
    "A caravan of 17 camels carries 34 sacks of salt each to a market that is 12 days away, and every third day one "
    "camel eats a sack. How many sacks arrive?"
)
EXAM = 'benchmarks={exam = {path = "exam.jsonl"}}'


def thought(text, answer):
    return f"<think>\n{text}\n</think>\n\nThe answer is \\boxed{{{answer}}}."


def problem(name, asked, answer, *generations):
    """A row: generations are (completion, what math-verify said, what Llama said)."""
    texts, verified, llama = zip(*generations, strict=True)
    return {
        "problem": asked,
        "solution": f"It is ${answer}$.",
        "answer": str(answer),
        "problem_type": "Algebra",
        "question_type": "math-word-problem",
        "source": "olympiads",
        "uuid": name,
        "is_reasoning_complete": ["</think>" in text for text in texts],
        "generations": list(texts),
        "correctness_math_verify": list(verified),
        "correctness_llama": list(llama),
        "finish_reasons": None,
        "correctness_count": sum(verified),
        "messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": texts[0]}],
    }


def equation(n):
    a, x = n + 3, 2 * n + 1
    right = thought(f"{a} times x plus {n} is {a * x + n}. Take {n} away: {a * x}. Divide by {a}: x is {x}.", x)
    wrong = thought(f"I guess that x, which is multiplied by {a}, may be {x + 1}, and I do not try it.", x + 1)
    return problem(
        f"equation-{n}", f"Solve for x: {a}x + {n} = {a * x + n}", x, (right, True, None), (wrong, False, False)
    )


def rows():
    """Equations, each answered rightly and wrongly; one question that is asked twice in other words; an answer that is
    given twice, all but word for word; one that never ends; one that their label calls wrong, and that is right; a
    question of an examination."""
    added = "Count herring boats first, then salt boats, and add the two: {} and {} make {}, and none is counted twice."
    twins = [
        problem(f"boats-{who}", STORY.format(who=who, left=14, right=9), 23,
                (thought(said + " " + added.format(14, 9, 23), 23), True, None))
        for who, said in (("Ada", "Let me see."), ("Eve", "I take my time over this and draw every boat on paper."))
    ]  # fmt: skip
    long = (
        "I try the values one after the other, from one upwards, writing each of them into the left side and looking "
        "whether the right side comes out; one gives three, two gives eight, and three gives thirteen, which is what "
        "was asked for, so that nothing else has to be tried after it: "
    )
    given = [(thought(long + end, 3), True, True) for end in ("y is 3.", "So y is 3.")]
    again = problem("again", "Solve for y: 5y - 2 = 13", 3, *given)
    cut = ("<think>\nLet me try z = 1, then z = 2,", False, None)
    endless = problem("endless", "Solve for z: 4z = 28", 7, (thought("28 over 4 is 7.", 7), True, None), cut)
    leak = problem("leak", f"Answer this. {LEAK} Reason step by step.", 574, (thought("578 less 4.", 574), True, None))
    half = problem("half", "Solve for w: 2w = 1", "\\frac{1}{2}", (thought("w is one half.", "0.5"), False, True))
    return [*(equation(n) for n in range(8)), *twins, again, endless, half, leak]


@pytest.fixture
def theirs(tmp_path):
    """Their file, as it lies on the Hub."""
    schema = openr1.SCHEMA.remove(len(openr1.SCHEMA) - 1)
    for name in ("answers", "domain", "models", "trace_ids"):
        schema = schema.remove(schema.get_field_index(name))
    pq.write_table(pl.DataFrame(rows()).to_arrow().select(schema.names).cast(schema), tmp_path / "theirs.parquet")
    (tmp_path / "exam.jsonl").write_text(json.dumps({"question": LEAK, "id": "camels"}) + "\n")
    return tmp_path / "theirs.parquet"


@pytest.fixture
def thoughtmill(tmp_path, monkeypatch):
    """Runs a command over a lake and returns what it prints, as JSON where it can."""
    monkeypatch.chdir(tmp_path)

    def run(*words, code=0):
        told = CliRunner().invoke(app, [*map(str, words), "--lake", "lake", "--format", "json"])
        assert told.exit_code == code, (told.output, told.exception)
        return json.loads(told.stdout)

    return run


def test_a_file_of_openr1s_form_is_imported_with_its_labels(thoughtmill, theirs):
    said = ("import", theirs, "--licence", "apache-2.0", "--model", "deepseek-r1", "--language", "en")
    made = thoughtmill(*said)
    assert made["forms"] == {"openr1": 14}
    assert made["new"] == {"problems": 14, "answer_keys": 14, "traces": 24, "labels": 35}
    assert set(thoughtmill(*said)["new"].values()) == {0}
    (count,) = thoughtmill("sql", "SELECT count(*) AS n, min(licence) AS licence FROM problems")
    assert count == {"n": 14, "licence": "apache-2.0"}


def test_imported_rows_are_judged_queried_deduplicated_decontaminated_and_released(thoughtmill, theirs, turn):
    thoughtmill("import", theirs, "--licence", "apache-2.0", "--language", "en")
    turn(load(RECIPE, (EXAM,)))  # what the command runs, without Prefect's server
    agreement = thoughtmill(
        "sql",
        """SELECT outcomes['answer'] AS ours, outcomes['label:correctness_math_verify'] AS theirs, count(*) AS n
        FROM marks GROUP BY ALL ORDER BY ALL""",
    )
    assert agreement == [
        {"ours": "fail", "theirs": "fail", "n": 9},
        {"ours": "pass", "theirs": "fail", "n": 1},  # one half is right, whatever they say
        {"ours": "pass", "theirs": "pass", "n": 14},
    ]
    assert_released(thoughtmill)


def assert_released(thoughtmill):
    (made,) = thoughtmill("release", "list")
    folder = Path(made["path"])
    kept = pl.read_parquet(sorted((folder / "default").glob("*.parquet")))
    assert kept.height == made["rows"] == 12
    assert (set(kept["licence"]), set(kept["source"])) == ({"apache-2.0"}, {"import/theirs"})
    assert (folder / "raw").is_dir()
    dropped = thoughtmill("sql", "SELECT trace_id, reason FROM selections WHERE NOT kept ORDER BY reason, trace_id")
    reasons = Counter(re.sub(r" of [pt][0-9a-f]{20} \([0-9.]+\)", "", row["reason"]) for row in dropped)
    assert reasons == {
        "answer: wrong_value": 8,
        "answer: no_answer, format: truncated, truncated: token_limit": 1,
        "the prompt is a near duplicate": 1,
        "a near duplicate": 1,
        "contaminated: exam#camels (whole_question)": 1,
    }
    # In the form in which they came, it can be imported again: the same questions, answers and completions.
    again = thoughtmill("import", folder / "openr1", "--source", "again")
    assert (again["forms"], again["traces"]) == ({"openr1": 12}, 12)
    said = "SELECT p.prompt, k.answers, t.completion FROM traces t JOIN problems p USING (problem_id) "
    said += "JOIN current_keys k USING (problem_id)"
    released = f"{said} SEMI JOIN (FROM selections WHERE kept) USING (trace_id) ORDER BY ALL"
    assert thoughtmill("sql", f"{said} WHERE p.source = 'import/again' ORDER BY ALL") == thoughtmill("sql", released)
    for row in dropped:
        told = thoughtmill("explain", row["trace_id"])
        assert told["selections"][0]["reason"] == row["reason"]
        assert told["problem"]["source"] == "import/theirs"


def test_the_documented_queries_run_and_people_are_told_what_came_in(thoughtmill, theirs, tmp_path):
    told = CliRunner().invoke(app, ["import", str(theirs), "--source", "openr1", "--lake", "lake"])
    assert told.exit_code == 0
    for words in ("import/openr1: 14 rows of the form openr1", "traces", "24", 'source = "import/openr1"'):
        assert words in " ".join(told.stdout.split())
    queries = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "importing.md").read_text(), re.DOTALL)
    asked = [query for block in queries for query in block.split(";\n") if query.strip()]
    answers = []
    for query in asked:
        (tmp_path / "query.sql").write_text(query)
        answers.append(thoughtmill("sql", "query.sql"))
    assert len(answers) == 3
    assert answers[0] == [
        {"ours": None, "because": None, "theirs": "pass", "traces": 14},
        {"ours": None, "because": None, "theirs": "fail", "traces": 10},
    ]
    assert answers[2] == [{"theirs": "olympiads", "traces": 24, "ours": None, "by_label": 0.583}]


def test_the_labels_decide_where_a_recipe_asks_them(thoughtmill, theirs, turn):
    thoughtmill("import", theirs)
    turn(
        load(
            RECIPE, (EXAM, 'verify.checks=["labelled"]', 'verify.settings.labelled={by = ["correctness_math_verify"]}')
        )
    )
    found = "SELECT outcomes['labelled'] AS said, accepted, count(*) AS n FROM marks GROUP BY ALL ORDER BY ALL"
    assert thoughtmill("sql", found) == [
        {"said": "fail", "accepted": False, "n": 10},
        {"said": "pass", "accepted": True, "n": 14},
    ]


@pytest.mark.slow
def test_by_commands_alone_from_their_file_to_the_release(tmp_path, theirs, thoughtmill):
    command = [Path(sys.executable).with_name("thoughtmill")]
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "PYTHONPATH": str(ROOT)}
    environment.pop("PREFECT_API_URL", None)
    for words in (
        ("import", "theirs.parquet", "--licence", "apache-2.0", "--language", "en"),
        *((stage, RECIPE, "--set", EXAM) for stage in ("verify", "deduplicate", "decontaminate", "release")),
    ):
        told = subprocess.run(
            [*command, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stderr
    assert_released(thoughtmill)
