"""Judging other people's files: what goes in, what comes out, what is refused.

test_grading_again.py has runs that end midway, tests/flows/test_grade.py the command.
"""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from filters.grading import grade
from warehouse.errors import BadInput
from warehouse.intervals import wilson

NEW = ["outcome", "reason", "extracted", "tier", "elapsed_ms"]


def boxed(value):
    return f"<think>let me see</think>\nIt is \\boxed{{{value}}}."


@pytest.fixture
def graded(tmp_path):
    """Rows -> (the rows that come out, the summary)."""

    def through(rows, **how):
        (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (tmp_path / "out.jsonl").unlink(missing_ok=True)
        summary = grade(tmp_path / "in.jsonl", tmp_path / "out.jsonl", **{"verifier": "number"} | how)
        return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()], summary

    return through


def one(graded, **row):
    ((found,), _) = graded([row])
    return found["outcome"], found["reason"]


def test_rows_come_back_in_order_with_their_verdicts(graded):
    rows = [{"n": n, "response": boxed(n + n % 2), "answer": n} for n in range(300)]
    found, summary = graded(rows)
    assert [{name: row[name] for name in ("n", "response", "answer")} for row in found] == rows
    assert [list(row) for row in found] == [["n", "response", "answer", *NEW]] * 300
    assert [row["outcome"] for row in found] == ["pass", "fail"] * 150
    assert [(row["reason"], row["extracted"]) for row in found[:2]] == [(None, "0"), ("wrong_value", "2")]
    assert found[0]["tier"] == "exact"
    assert all(row["elapsed_ms"] > 0 for row in found)
    assert (summary.rows, summary.responses, dict(summary.outcomes)) == (300, 300, {"pass": 150, "fail": 150})
    assert summary.reasons == {("fail", "wrong_value"): 150}


@pytest.mark.parametrize("answer", ["4", 4, 4.0, ["5", 4], ["4", None]])
def test_an_answer_may_be_text_a_number_or_a_list_of_which_any_will_do(graded, answer):
    assert one(graded, response=boxed(4), answer=answer) == ("pass", None)
    assert one(graded, response=boxed(3), answer=answer) == ("fail", "wrong_value")


def test_numbers_become_texts_without_exponents_and_truth_values_words(graded):
    assert one(graded, response=boxed("0.0000001"), answer=1e-7) == ("pass", None)
    assert one(graded, response=boxed("True"), answer=True, verifier="text") == ("pass", None)


@pytest.mark.parametrize("answer", [None, [], [None], "", float("nan")])
def test_without_an_answer_there_is_no_key(graded, answer):
    assert one(graded, response=boxed(4), answer=answer) == ("undecided", "no_key")


@pytest.mark.parametrize("response", [None, "", "<think>4", "<think>4</think>"])
def test_a_response_that_says_nothing_is_no_answer(graded, response):
    assert one(graded, response=response, answer=4) == ("fail", "no_answer")


SPEC = {"numbers": [3, 4], "target": 7}


@pytest.mark.parametrize("spec", [SPEC, json.dumps(SPEC), {**SPEC, "other": None}])
def test_a_spec_may_be_an_object_or_its_json_and_stands_without_an_answer(graded, spec):
    assert one(graded, response=boxed("3 + 4"), spec=spec, verifier="countdown") == ("pass", None)


def test_a_row_without_a_spec_takes_that_of_the_call(graded):
    rows = [{"response": boxed("3 + 4"), "answer": "x"}, {"response": boxed("3 + 4"), "spec": {"target": 8}}]
    found, _ = graded(rows, verifier="countdown", spec=SPEC)
    assert [row["outcome"] for row in found] == ["pass", "fail"]


@pytest.mark.parametrize(
    "row", [{"answer": "x"}, {"answer": {"value": 4}}, {"answer": [[4]]}, {"spec": "{"}, {"spec": 4}]
)
def test_a_key_that_cannot_be_used_is_undecided_and_named(graded, row):
    found, summary = graded([{"response": boxed(4), "answer": "4"}, {"response": boxed(4), "answer": "4"} | row])
    assert [(row["outcome"], row["reason"]) for row in found] == [("pass", None), ("undecided", "unusable_key")]
    assert summary.unusable[0]["row"] == 2
    assert summary.unusable[0]["says"]


def test_of_keys_that_say_the_same_one_row_is_named(graded):
    rows = [{"response": boxed(n), "answer": "x" if n < 50 else "y"} for n in range(100)]
    _, summary = graded(rows)
    assert [fault["row"] for fault in summary.unusable] == [1, 51]
    assert summary.reasons["undecided", "unusable_key"] == 100


def test_a_row_names_its_verifier(graded):
    found, _ = graded(
        [
            {"response": boxed("Four"), "answer": "four", "verifier": "text"},
            {"response": boxed("Four"), "answer": "4", "verifier": None},
        ]
    )
    assert [row["reason"] for row in found] == [None, "not_a_number"]


@pytest.mark.parametrize("name", ["nobody", "os:system", "mine.py:mine"])
def test_a_row_may_name_no_code(graded, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("open('loaded', 'w').close()\n")
    with pytest.raises(BadInput, match=rf"row 2, verifier: no verifier called '{name}'; a row may name one of"):
        graded([{"response": boxed(4), "answer": 4}, {"response": boxed(4), "answer": 4, "verifier": name}])
    assert not (tmp_path / "loaded").exists()


def test_columns_may_have_other_names_and_lie_in_others(graded):
    row = {"output": boxed(4), "reward_model": {"ground_truth": "4"}, "verifier": "the judge's, not ours", "kind": None}
    columns = {"response": "output", "answer": "reward_model.ground_truth", "verifier": "kind"}
    found, _ = graded([row], columns=columns)
    assert found[0]["outcome"] == "pass"


def test_lists_of_responses_get_lists_of_verdicts(graded):
    rows = [
        {"response": [boxed(4), boxed(5), None], "answer": 4, "ok": [True, True, None]},
        {"response": [], "answer": 4},
        {"response": None, "answer": 4, "ok": []},
        {"response": [boxed(1)], "answer": 1, "ok": [False]},
    ]
    found, summary = graded(rows, against="ok")
    assert [row["outcome"] for row in found] == [["pass", "fail", "fail"], [], None, ["pass"]]
    assert found[0]["extracted"] == ["4", "5", None]
    assert (summary.rows, summary.responses) == (4, 4)
    assert [(row["row"], row["outcome"], row["answer"]) for row in summary.differing] == [
        (1, "fail", "4"),
        (4, "pass", "1"),
    ]


def test_a_list_may_hold_nothing_but_a_null(graded):
    found, _ = graded([{"response": [None], "answer": 4}, {"response": None, "answer": 4}])
    assert [row["reason"] for row in found] == [["no_answer"], None]


SOLUTION = "She sells 9 + 9 = <<9+9=18>>18 eggs.\n#### 18"


def test_a_right_answer_may_be_a_whole_solution(graded):
    rows = [
        {"response": boxed(18), "answer": SOLUTION},
        {"response": boxed(9), "answer": SOLUTION},
        {"response": boxed(18), "answer": [SOLUTION, "#### 19"]},
        {"response": boxed(18), "answer": "18"},
        {"response": boxed(18), "answer": "#### 18\n#### 19"},
        {"response": boxed(18), "answer": None},
    ]
    found, summary = graded(rows, answer_form="marked")
    assert [(row["outcome"], row["reason"]) for row in found] == [
        ("pass", None),
        ("fail", "wrong_value"),
        ("pass", None),
        ("undecided", "unusable_key"),
        ("undecided", "unusable_key"),
        ("undecided", "no_key"),
    ]
    assert summary.unusable == [
        {"row": 4, "says": "no answer in the form marked in str '18'"},
        {"row": 5, "says": r"several answers in the form marked in str '#### 18\n#### 19'"},
    ]


def test_why_there_is_no_answer_is_counted(graded):
    responses = ["So it is\n4.", "It may be\n4 or 5.", "<think>4", "<think>4</think>", None, "\\boxed{4", "\\boxed{}"]
    _, summary = graded([{"response": response, "answer": 4} for response in responses])
    assert summary.lost == {"no_form": 2, "unclosed_think": 1, "nothing_said": 2, "unclosed": 1, "empty": 1}


def test_a_verifier_that_falls_says_over_what(tmp_path):
    (tmp_path / "mine.py").write_text("def mine(answer, key):\n    return int(answer) / 0 if answer != '1' else True\n")
    rows = [{"response": response, "answer": "1"} for response in ("2", "3", "x", "1")]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    summary = grade(tmp_path / "in.jsonl", tmp_path / "out.jsonl", f"{tmp_path / 'mine.py'}:mine")
    assert summary.reasons == {("undecided", "crash"): 4}
    assert [(row["row"], row["says"].partition(":")[0]) for row in summary.crashes] == [
        (1, "ZeroDivisionError"),
        (3, "ValueError"),
        (4, "TypeError"),
    ]


def test_one_file_holds_responses_or_lists_of_them(graded):
    with pytest.raises(BadInput, match="row 3: a list of responses, where rows before it hold one"):
        graded([{"response": r, "answer": 4} for r in (None, boxed(4), [boxed(4)])])


@pytest.mark.parametrize(
    ("right", "wrong"), [(True, False), (1, 0), (1.0, 0.0), ("pass", "fail"), ("Correct", " incorrect"), ("1", "0")]
)
def test_labels_are_compared_with(graded, right, wrong):
    rows = [{"n": n, "response": boxed(n % 3), "answer": 0, "theirs": right if n % 2 else wrong} for n in range(12)]
    _, summary = graded(
        [*rows, {"response": boxed(0), "answer": 0}, {"response": boxed(0), "theirs": right}], against="theirs"
    )
    assert summary.confusion == {
        ("pass", True): 2,
        ("pass", False): 2,
        ("fail", True): 4,
        ("fail", False): 4,
        ("pass", None): 1,
        ("undecided", True): 1,
    }
    assert summary.compared == 12
    assert summary.agreement == pytest.approx(wilson(6, 12))
    assert [row["row"] for row in summary.differing] == [1, 2, 6, 7, 8, 12]
    assert duckdb.sql(summary.differing_sql()).pl()["n"].to_list() == [0, 1, 5, 6, 7, 11]


@pytest.mark.parametrize("label", [0.5, 2, "maybe", [True], {"a": 1}])
def test_a_label_that_is_neither_right_nor_wrong_is_refused(graded, label):
    with pytest.raises(BadInput, match=r"row 2, theirs: .*expected true or false, 1 or 0, one of pass"):
        graded([{"response": "4", "theirs": True}, {"response": "4", "answer": 4, "theirs": label}], against="theirs")


def test_the_interval_is_wilsons():
    assert wilson(8, 10) == pytest.approx((0.8, 0.49016, 0.94331), abs=1e-5)
    assert wilson(0, 20)[1] == 0
    assert wilson(20, 20)[2] == 1


def test_repeated_answers_are_counted(graded):
    rows = [{"response": boxed(n % 2), "answer": str(n // 8)} for n in range(32)]
    assert graded(rows)[1].repeated == 4 * 6


def test_a_summary_is_json(graded):
    rows = [{"response": boxed(4), "answer": 4, "ok": False}, {"response": boxed(4), "answer": "x"}]
    told = json.loads(json.dumps(graded(rows, against="ok")[1].as_dict()))
    assert told["outcomes"] == {"pass": 1, "fail": 0, "undecided": 1}
    assert told["against"]["confusion"]["pass"] == {"right": 0, "wrong": 1, "unlabelled": 0}
    assert told["against"]["agreement"]["share"] == 0


def rich(rows=50):
    """A table of many types."""
    numbers = list(range(rows))
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    columns = {
        "response": pa.array([boxed(n) for n in numbers], pa.large_string()),
        "answer": pa.array([n if n % 7 else None for n in numbers], pa.int16()),
        "source": pa.array(["web" if n % 2 else "book" for n in numbers]).dictionary_encode(),
        "at": pa.array([moment + timedelta(seconds=n) for n in numbers], pa.timestamp("ns", "Europe/Berlin")),
        "day": pa.array([date(2026, 1, 2)] * rows),
        "price": pa.array([Decimal("1.10")] * rows, pa.decimal128(9, 2)),
        "half": pa.array([0.5] * rows, pa.float32()),
        "raw": pa.array([b"\xff\x00"] * rows),
        "chat": pa.array([[{"role": "user", "content": None}]] * rows),
        "pairs": pa.array([[("a", 1)]] * rows, pa.map_(pa.string(), pa.int8())),
        "two": pa.array([[1, 2]] * rows, pa.list_(pa.int8(), 2)),
        "none": pa.nulls(rows),
    }
    table = pa.table(columns)
    fields = [field.with_metadata({"unit": "euro"}) if field.name == "price" else field for field in table.schema]
    return table.cast(pa.schema(fields, metadata={"huggingface": "{}", "made": "by hand"}))


@pytest.mark.parametrize("group", [7, 1000])
def test_parquet_keeps_every_column_its_type_and_what_is_said_of_it(tmp_path, group):
    table = rich()
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=group)
    before = pq.read_table(tmp_path / "in.parquet")
    grade(tmp_path / "in.parquet", tmp_path / "out.parquet", "number")
    after = pq.read_table(tmp_path / "out.parquet")
    assert after.select(before.column_names).equals(before, check_metadata=True)
    assert after.column_names == [*before.column_names, *NEW]
    assert [str(field.type) for field in after.schema][-5:] == ["string", "string", "string", "string", "double"]
    assert after["outcome"].to_pylist() == ["pass" if n % 7 else "undecided" for n in range(50)]


def test_parquet_of_polars_and_its_structs_are_read(tmp_path):
    frame = pl.DataFrame(
        {"response": [[boxed("3 + 4")], [boxed("3")]], "spec": [SPEC | {"x": None}, SPEC | {"x": "y"}]}
    )
    frame.write_parquet(tmp_path / "in.parquet")
    grade(tmp_path / "in.parquet", tmp_path / "out.parquet", "countdown")
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found["outcome"].to_list() == [["pass"], ["fail"]]
    assert found.select("response", "spec").equals(frame)


def test_jsonl_keeps_what_was_written_to_the_letter(tmp_path):
    lines = [
        r'{"x": 1.50, "response":"\\boxed{4}","answer" : 4e0, "n\u00e9": "\ud83d", "é": "\u2028"}',
        r'{"answer": 4, "big": 123456789012345678901234567890, "response": "4", "a": {"b": []} }',
    ]
    (tmp_path / "in.jsonl").write_text("\ufeff" + lines[0] + "\r\n\n  \n" + lines[1], encoding="utf-8")
    grade(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "number")
    found = (tmp_path / "out.jsonl").read_text(encoding="utf-8").split("\n")
    assert [line[: line.index(', "outcome": "pass"')] for line in found[:2]] == [line[:-1].rstrip() for line in lines]
    assert found[2:] == [""]


def test_text_that_no_file_can_hold_is_judged_all_the_same(graded):
    found, _ = graded([{"response": boxed("a\ud83d"), "answer": "a\ud83d", "verifier": "text"}])
    assert (found[0]["outcome"], found[0]["extracted"]) == ("pass", "a\ufffd")


def test_jsonl_may_become_parquet_and_parquet_jsonl(tmp_path):
    rows = [{"response": boxed(n), "answer": 1, "m": {"a": n}} for n in range(3)] + [{"response": "1", "m": {"b": 0.5}}]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    grade(tmp_path / "in.jsonl", tmp_path / "out.parquet", "number")
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.columns == ["response", "answer", "m", *NEW]
    assert dict(found.schema["m"].to_schema()) == {"a": pl.Int64, "b": pl.Float64}
    assert found["outcome"].to_list() == ["fail", "pass", "fail", "undecided"]
    grade(tmp_path / "out.parquet", tmp_path / "back.jsonl", "number", prefix="again_")
    again = [json.loads(line) for line in (tmp_path / "back.jsonl").read_text().splitlines()]
    assert [row["again_outcome"] for row in again] == [row["outcome"] for row in again] == found["outcome"].to_list()
    assert again[2]["m"] == {"a": 2, "b": None}


@pytest.mark.parametrize("out", ["out.jsonl", "out.parquet"])
def test_a_file_without_rows_gives_one(tmp_path, out):
    (tmp_path / "in.jsonl").write_text("\n")
    pq.write_table(rich().slice(0, 0).drop_columns("raw"), tmp_path / "in.parquet")
    for name in ("in.jsonl", "in.parquet"):
        assert grade(tmp_path / name, tmp_path / out, "number").rows == 0
        assert (
            (pl.read_parquet if out.endswith("t") else pl.read_ndjson)(tmp_path / out).height == 0
            if (tmp_path / out).stat().st_size
            else True
        )
        (tmp_path / out).unlink()


GOOD = json.dumps({"response": boxed(4), "answer": 4}) + "\n"


@pytest.mark.parametrize(
    ("content", "how", "message"),
    [
        (GOOD * 5000 + "{nonsense\n" + GOOD, {}, r"in.jsonl, line 5001: expected a JSON object, found '{nonsense'"),
        (GOOD + "[1]\n", {}, r"line 2: expected a JSON object, found '\[1\]'"),
        ("[" * 100_000, {}, r"line 1: expected a JSON object"),
        (b'{"response": "\xff"}\n', {}, "line 1: expected a JSON object"),
        ('"' + "é" * 100 + '"', {}, "line 1: expected a JSON object"),
        (b"", {"file": "missing.jsonl"}, "missing.jsonl: no such file"),
        (b"", {"file": "."}, "expected .jsonl or .parquet"),
        (GOOD, {"file": "in.csv"}, r"in.csv: ends in '.csv'; expected .jsonl or .parquet"),
        (GOOD, {"file": "in.parquet"}, r"in.parquet cannot be read as Parquet"),
        (GOOD, {"out": "out.txt"}, r"out.txt: ends in '.txt'; expected .jsonl or .parquet"),
        (GOOD, {"out": "gone/out.jsonl"}, "out.jsonl: no folder .*gone"),
        (GOOD, {"out": "in.jsonl"}, "in.jsonl is the file to be graded"),
        (GOOD, {"out": "taken.jsonl"}, "taken.jsonl exists; name another file, or remove it"),
        (GOOD, {"verifier": "nobody"}, "no verifier called 'nobody'"),
        (GOOD, {"verifier": "judge"}, "a model decides there"),
        (GOOD, {"form": "prose"}, "form 'prose': expected one of auto"),
        (GOOD, {"answer_form": "prose"}, "form 'prose': expected one of auto"),
        (GOOD, {"columns": {"response": "text"}}, "has 'response', 'answer' and no column 'text'; say which"),
        (GOOD, {"columns": {"answer": "gold"}}, "no column 'gold'; say which holds the right answers"),
        (GOOD, {"columns": {"verifier": "judge"}}, "has 'response', 'answer' and no column 'judge'"),
        ('{"response": "4", "spec": {"a": 1}}', {"columns": {"answer": "gold"}}, "and no column 'gold'; expected one"),
        (GOOD, {"columns": {"reply": "text"}}, "unknown reply; expected response, answer, verifier, spec"),
        (GOOD, {"against": "label"}, "no column 'label' to compare with"),
        ('{"response": 4, "answer": 4}', {}, "row 1, response: int 4; expected text, or a list of texts"),
        ('{"response": [["4"]], "answer": 4}', {}, "row 1, response: list"),
        ('{"response": "4", "answer": 4, "tier": 1}', {}, "a column 'tier' already; --prefix my_ calls"),
        ('{"response": "4", "answer": 4, "verifier": 1}', {}, "row 1, verifier: int 1; expected the name"),
        ('{"response": "4", "answer": NaN}', {"out": "out.parquet"}, "in.jsonl has no form as Parquet"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_before_anything_is_judged(tmp_path, content, how, message):
    for name in ("in.jsonl", "in.parquet", "in.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "taken.jsonl").write_text("mine")
    before = sorted(path.name for path in tmp_path.iterdir())
    file, out = tmp_path / how.pop("file", "in.jsonl"), tmp_path / how.pop("out", "out.jsonl")
    with pytest.raises(BadInput, match=message):
        grade(file, out, **{"verifier": "number"} | how)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "taken.jsonl").read_text() == "mine"


def test_two_columns_of_one_name_are_not_guessed_between(tmp_path):
    pq.write_table(pa.table([["4"], ["5"], ["4"]], names=["response", "response", "answer"]), tmp_path / "in.parquet")
    with pytest.raises(BadInput, match="has two columns 'response'"):
        grade(tmp_path / "in.parquet", tmp_path / "out.parquet", "number")


def test_a_key_that_json_cannot_carry_or_nobody_can_read_is_unusable(tmp_path):
    rows = [{"response": "4", "spec": {"at": date(2026, 1, 2)}}, {"response": "4", "spec": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    assert grade(tmp_path / "in.parquet", tmp_path / "out.parquet", "number").unusable[0]["row"] == 1
    (tmp_path / "in.jsonl").write_text('{"response": "4", "spec": ' + '{"a": ' * 300 + "1" + "}" * 301)
    assert grade(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "number").outcomes["undecided"] == 1


def test_bytes_are_no_json(tmp_path):
    pq.write_table(rich(), tmp_path / "in.parquet")
    with pytest.raises(BadInput, match="raw holds bytes, which JSON does not"):
        grade(tmp_path / "in.parquet", tmp_path / "out.jsonl", "number")


def test_what_the_page_shows_in_python_runs(capsys):
    page = (Path(__file__).parents[2] / "docs" / "grading.md").read_text(encoding="utf-8")
    (lifted,) = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "import findings" in block]
    exec(lifted, {})
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["pass", "None"],
        ["fail", "wrong_value"],
    ]
