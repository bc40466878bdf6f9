import json

import polars as pl
import pytest

from generators.sources import Wanted, problems
from warehouse.errors import BadInput, SourceError

ROWS = [{"question": "What is 2 + 3?", "truth": "5"}, {"question": "What is 2 / 3?", "truth": "2/3"}]
COLUMNS = {"prompt": "question", "answers": "truth"}


def write(folder, name, rows):
    path = folder / name
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif path.suffix == ".csv":
        pl.DataFrame(rows).write_csv(path)
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def read(folder, name, rows=None, **wanted):
    if rows is not None:
        write(folder, name, rows)
    return list(problems(Wanted("file", path=name, folder=folder, **wanted)))


@pytest.mark.parametrize("name", ["sums.jsonl", "sums.csv", "sums.parquet"])
def test_problems_are_read_by_the_column_mapping(tmp_path, name):
    first, second = read(tmp_path, name, ROWS, columns=COLUMNS)
    assert (first.prompt, first.answers, first.source) == ("What is 2 + 3?", ("5",), "file/sums")
    assert second.answers == ("2/3",)


def test_a_problem_has_the_same_id_from_every_format(tmp_path):
    names = ("sums.jsonl", "sums.csv", "sums.parquet")
    found = [read(tmp_path, name, ROWS, columns=COLUMNS) for name in names]
    assert len({tuple(problem.problem_id for problem in problems) for problems in found}) == 1


def test_columns_with_the_usual_names_need_no_mapping(tmp_path):
    row = {
        "prompt": " 目标是5 ",
        "answers": ["5", "five"],
        "verifier": "number",
        "spec": {"numbers": [2, 3]},
        "metadata": '{"level": 1}',
        "domain": "sums",
        "language": "zh",
        "licence": "CC0-1.0",
    }
    [problem] = read(tmp_path, "sums.jsonl", [row])
    assert problem.prompt == "目标是5"
    assert problem.answers == ("5", "five")
    assert problem.spec == {"numbers": [2, 3]}
    assert problem.metadata == {"level": 1}
    assert [problem.verifier, problem.domain, problem.language, problem.licence] == ["number", "sums", "zh", "CC0-1.0"]


def test_rows_of_one_file_may_differ_in_form(tmp_path):
    rows = [
        {"prompt": "a", "answers": "4", "spec": {"target": 4}},
        {"prompt": "b", "answers": ["5", "five"], "spec": {"number": 5}},
        {"prompt": "c", "answers": 6},
    ]
    found = read(tmp_path, "mixed.jsonl", rows)
    assert [problem.answers for problem in found] == [("4",), ("5", "five"), ("6",)]
    assert [problem.spec for problem in found] == [{"target": 4}, {"number": 5}, {}]


def test_a_problem_asked_twice_is_given_once(tmp_path):
    assert len(read(tmp_path, "sums.jsonl", ROWS + ROWS, columns=COLUMNS)) == 2


def test_no_more_than_count_problems_are_given(tmp_path):
    assert len(read(tmp_path, "sums.jsonl", ROWS, columns=COLUMNS, count=1)) == 1


def test_the_recipe_overrules_verifier_domain_and_licence(tmp_path):
    row = {"prompt": "a", "answers": "4", "verifier": "text", "domain": "a", "licence": "a"}
    [problem] = read(tmp_path, "a.jsonl", [row], verifier="number", domain="b", licence="c")
    assert (problem.verifier, problem.domain, problem.licence) == ("number", "b", "c")


@pytest.mark.parametrize("name", ["sums.jsonl", "sums.csv", "sums.parquet"])
def test_a_missing_column_is_refused_with_file_field_and_the_columns_there_are(tmp_path, name):
    with pytest.raises(SourceError) as refusal:
        read(tmp_path, name, ROWS, columns={"prompt": "question"})
    for part in (name, "'answers'", "question, truth", 'columns = { answers = "..." }'):
        assert part in str(refusal.value)


def test_a_mapped_optional_column_must_be_there(tmp_path):
    with pytest.raises(SourceError, match="no column 'checker' for verifier; it has question, truth"):
        read(tmp_path, "sums.jsonl", ROWS, columns={**COLUMNS, "verifier": "checker"})


def test_a_mapping_of_an_unknown_field_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"problems\.columns: unknown field tests; expected prompt, answers"):
        read(tmp_path, "sums.jsonl", ROWS, columns={**COLUMNS, "tests": "truth"})


def test_a_missing_file_is_refused_with_the_places_searched(tmp_path):
    with pytest.raises(BadInput) as refusal:
        read(tmp_path, "nowhere.jsonl")
    assert "nowhere.jsonl" in str(refusal.value)
    assert str(tmp_path) in str(refusal.value)


def test_a_missing_path_is_refused():
    with pytest.raises(SourceError, match=r"problems\.path: missing"):
        list(problems(Wanted("file")))


def test_a_file_of_another_kind_is_refused_with_the_kinds_there_are(tmp_path):
    (tmp_path / "sums.xlsx").write_text("")
    with pytest.raises(SourceError, match=r"'\.xlsx'; expected one of \.jsonl, \.parquet, \.csv"):
        read(tmp_path, "sums.xlsx")


@pytest.mark.parametrize("answers", [None, "", "  ", [], ["5", None], [""]])
def test_an_empty_answer_is_refused_with_file_row_and_field(tmp_path, answers):
    rows = [{"question": "a", "truth": "4"}, {"question": "b", "truth": answers}]
    with pytest.raises(SourceError, match=r"sums\.jsonl, row 2: truth is empty"):
        read(tmp_path, "sums.jsonl", rows, columns=COLUMNS)


def test_an_empty_csv_field_is_an_empty_answer(tmp_path):
    (tmp_path / "sums.csv").write_text("prompt,answers\na,\n")
    with pytest.raises(SourceError, match=r"sums\.csv, row 1: answers is empty"):
        read(tmp_path, "sums.csv")


@pytest.mark.parametrize("prompt", [None, " ", 7])
def test_a_prompt_that_is_no_text_is_refused_with_what_is_there(tmp_path, prompt):
    with pytest.raises(SourceError, match=rf"sums\.jsonl, row 1: prompt is {prompt!r}"):
        read(tmp_path, "sums.jsonl", [{"prompt": prompt, "answers": "4"}])


@pytest.mark.parametrize(("spec", "found"), [("{bad", "'{bad'"), ("[1]", "list"), ([1], "list")])
@pytest.mark.parametrize("field", ["spec", "metadata"])
def test_a_spec_that_is_no_json_object_is_refused_with_what_is_there(tmp_path, field, spec, found):
    with pytest.raises(SourceError) as refusal:
        read(tmp_path, "sums.jsonl", [{"prompt": "a", "answers": "4", field: spec}])
    assert f"sums.jsonl, row 1: {field}: expected a JSON object, found {found}" in str(refusal.value)


@pytest.mark.parametrize("line", ['{"prompt": "b", "answers": [5}', '"b"', "[1]"])
def test_a_line_that_is_no_json_object_is_refused_by_number(tmp_path, line):
    (tmp_path / "sums.jsonl").write_text('{"prompt": "a", "answers": "4"}\n\n' + line + "\n")
    with pytest.raises(SourceError, match=r"sums\.jsonl, line 3"):
        read(tmp_path, "sums.jsonl")


@pytest.mark.parametrize("name", ["sums.jsonl", "sums.csv", "sums.parquet"])
def test_a_file_that_is_not_what_it_says_is_refused_by_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xff\xfe\x00 no table")
    with pytest.raises(SourceError, match=name):
        read(tmp_path, name)


def test_a_windows_file_reads_like_any_other(tmp_path):
    (tmp_path / "sums.jsonl").write_bytes(b'\xef\xbb\xbf{"prompt": "a", "answers": "4"}\r\n')
    assert read(tmp_path, "sums.jsonl")[0].answers == ("4",)
