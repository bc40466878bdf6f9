import csv
import json

import polars as pl
import pyarrow.parquet as pq
import pytest
from handmade import trace

from warehouse.answers import ends, rows_of, save
from warehouse.errors import BadInput

MANY = "SELECT range AS n, 'text ' || range AS text FROM range(9000)"


def test_an_answer_is_written_whole_in_every_form(lake, tmp_path):
    for suffix in (".parquet", ".csv", ".jsonl"):
        assert save(lake, MANY, tmp_path / f"out{suffix}") == 9000
    expected = [(n, f"text {n}") for n in range(9000)]
    assert pl.read_parquet(tmp_path / "out.parquet").rows() == expected
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups > 1
    with (tmp_path / "out.csv").open() as file:
        assert [(int(row["n"]), row["text"]) for row in csv.DictReader(file)] == expected
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [tuple(json.loads(line).values()) for line in lines] == expected
    assert sorted(path.name for path in tmp_path.glob("*out*")) == ["out.csv", "out.jsonl", "out.parquet"]


def test_an_answer_without_rows_has_its_columns(lake, tmp_path):
    for suffix in (".parquet", ".csv", ".jsonl"):
        assert save(lake, "SELECT trace_id, model FROM marks", tmp_path / f"out{suffix}") == 0
    assert pl.read_parquet(tmp_path / "out.parquet").columns == ["trace_id", "model"]
    assert (tmp_path / "out.csv").read_text() == "trace_id,model\n"
    assert (tmp_path / "out.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("name", "query", "says"),
    [
        ("out.xlsx", MANY, "expected .parquet, .csv, .jsonl"),
        ("out.csv", "SELECT messages FROM traces", "hold nested columns, .csv does not"),
        ("out.parquet", "SELECT nothing", "does not run"),
        ("out.jsonl", "SELECT error('broke off') FROM range(9)", "broke off"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(lake, tmp_path, name, query, says):
    lake.commit("traces", [trace("t1")])
    (tmp_path / name).write_text("old")
    with pytest.raises(BadInput, match=says):
        save(lake, query, tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert [path.name for path in tmp_path.glob("*out*")] == [name]


def test_rows_come_one_by_one(lake):
    rows = rows_of(lake, MANY)
    assert next(rows) == {"n": 0, "text": "text 0"}
    assert sum(1 for _ in rows) == 8999


@pytest.mark.parametrize("count", [0, 1, 5, 10, 11, 12, 5000])
def test_of_a_long_answer_the_first_and_the_last_rows_are_shown(lake, count):
    frame, rows = ends(lake, f"SELECT range AS n FROM range({count})", 10)
    assert rows == count
    numbers = frame["n"].to_list()
    assert numbers == (list(range(count)) if count <= 11 else [0, 1, 2, 3, 4, 5, *range(count - 5, count)])
