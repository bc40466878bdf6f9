"""Gradings that are stopped, disturbed or meet each other, and what the next run makes of them."""

import json
import resource

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from filters.grading import grade
from filters.grading.parts import Parts
from warehouse.claims import claim
from warehouse.errors import BadInput, RunFailed
from warehouse.watch import Nobody


def boxed(value):
    return f"<think>let me see</think>\nIt is \\boxed{{{value}}}."


class Stops(Nobody):
    """Stands for whoever ends a run after so many parts."""

    def __init__(self, after, how=KeyboardInterrupt):
        self.left, self.how = after, how

    def advance(self, count, *rest, **more):
        self.left -= 1
        if not self.left:
            raise self.how


@pytest.fixture
def stopped(tmp_path):
    """A file of 1,000 rows, graded as far as its first part."""
    rows = [{"n": n, "response": boxed(n % 5), "answer": str(n % 3), "ok": n % 2} for n in range(1000)]
    rows[700]["answer"] = "x"
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet", row_group_size=300)
    with pytest.raises(KeyboardInterrupt):
        grade(tmp_path / "in.parquet", tmp_path / "out.parquet", "number", against="ok", workers=1, watch=Stops(1))
    return tmp_path / "in.parquet", tmp_path / "out.parquet"


def rows_of(path):
    return pl.read_parquet(path).drop("elapsed_ms").rows()


def test_a_run_that_was_stopped_goes_on_and_gives_the_same_rows(stopped, tmp_path):
    file, out = stopped
    assert not out.exists()
    summary = grade(file, out, "number", against="ok", workers=1)
    whole = grade(file, tmp_path / "whole.parquet", "number", against="ok")
    assert rows_of(out) == rows_of(tmp_path / "whole.parquet")
    assert (summary.judged, whole.judged) == (1000 - 128, 1000)
    for name in ("outcomes", "reasons", "tiers", "confusion", "differing", "unusable", "rows"):
        assert getattr(summary, name) == getattr(whole, name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet", "whole.parquet"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"form": "boxed"}, "form was auto, is boxed"),
        ({"deadline": 1.0}, "deadline was 5.0, is 1.0"),
        ({"verifier": "text"}, "verifier was number, is text"),
        ({"against": None}, "against was ok, is None"),
    ],
)
def test_parts_of_another_grading_are_left_alone(stopped, how, message):
    file, out = stopped
    with pytest.raises(BadInput, match=rf"parts of another grading \({message}\).*or remove the folder to begin anew"):
        grade(file, out, **{"verifier": "number", "against": "ok", "workers": 1} | how)
    assert grade(file, out, "number", against="ok").judged == 1000 - 128


def test_parts_of_another_file_are_left_alone(stopped):
    file, out = stopped
    table = pq.read_table(file)
    pq.write_table(table.slice(1), file)
    with pytest.raises(BadInput, match=r"parts of another grading \(input was .* bytes of sha256"):
        grade(file, out, "number", against="ok")


MINE = "def mine(answer, key):\n    from filters import Finding\n    return Finding.{}\n"


def test_a_verifier_of_ones_own_that_was_changed_is_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text((json.dumps({"response": boxed(4), "answer": 4}) + "\n") * 500)
    (tmp_path / "mine.py").write_text(MINE.format("passed()"))
    with pytest.raises(KeyboardInterrupt):
        grade("in.jsonl", "out.jsonl", "mine.py:mine", watch=Stops(1))
    (tmp_path / "mine.py").write_text(MINE.format("fail('never')"))
    with pytest.raises(BadInput, match="code was"):
        grade("in.jsonl", "out.jsonl", "mine.py:mine")
    (tmp_path / "mine.py").write_text(MINE.format("passed()"))
    assert grade("in.jsonl", "out.jsonl", "mine.py:mine").outcomes == {"pass": 500}


def test_a_verifier_that_hangs_costs_its_row_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["def mine(answer, key):", "    from filters import Finding", "    while answer == '7': pass"]
    (tmp_path / "mine.py").write_text("\n".join([*lines, "    return Finding.passed()"]))
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"response": str(n), "answer": 1}) + "\n" for n in range(20)))
    summary = grade("in.jsonl", "out.jsonl", "mine.py:mine", deadline=0.5)
    assert summary.reasons == {("undecided", "timeout"): 1}
    assert summary.outcomes["pass"] == 19


class Changes(Nobody):
    """Stands for whoever touches the file in the middle of it."""

    def __init__(self, change):
        self.change = change

    def advance(self, *counts, **more):
        self.change()


def test_a_file_that_changes_or_goes_midway_ends_the_run_and_what_was_judged_stays(stopped, tmp_path):
    file, out = stopped
    moved = tmp_path / "moved.parquet"
    for change, message in (
        (lambda: file.rename(moved), "in.parquet has gone while it was being graded"),
        (lambda: file.write_bytes(b"PAR1" + file.read_bytes()), "in.parquet was changed while it was being graded"),
    ):
        with pytest.raises(
            RunFailed, match=rf"{message}; what was judged stays in .*\.out\.parquet\.grading, the same"
        ):
            grade(file, out, "number", against="ok", workers=1, watch=Changes(change))
        assert not out.exists()
        if moved.exists():
            moved.rename(file)
    file.write_bytes(file.read_bytes()[4:])
    assert grade(file, out, "number", against="ok").judged < 1000 - 128
    assert out.exists()


def test_a_full_disk_ends_the_run_and_nothing_is_judged_again(tmp_path):
    rows = [{"response": boxed(n) + str(hash(str(n)) ** 9), "answer": n} for n in range(1000)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(RunFailed, match=r"File too large.*; what was judged stays in"):
            grade(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "number")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "out.jsonl").exists()
    summary = grade(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "number")
    assert (summary.judged, summary.rows) == (0, 1000)


def test_a_run_that_ends_between_its_result_and_its_tidying_is_finished_by_the_next(stopped, monkeypatch, tmp_path):
    file, out = stopped

    def ends(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Parts, "remove", ends)
        with pytest.raises(KeyboardInterrupt):
            grade(file, out, "number", against="ok")
    found = rows_of(out)
    assert grade(file, out, "number", against="ok").judged == 0
    assert rows_of(out) == found
    with pytest.raises(BadInput, match=r"out\.parquet exists"):
        grade(file, out, "number", against="ok")


def test_two_at_once_do_not_mix(stopped):
    file, out = stopped
    with (
        claim(out.with_name(f".{out.name}.grading"), "run"),
        pytest.raises(RunFailed, match="another process is grading"),
    ):
        grade(file, out, "number", against="ok")
    assert grade(file, out, "number", against="ok").rows == 1000
