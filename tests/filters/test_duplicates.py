import polars as pl
from handmade import at, trace, verdict

from filters.checks import get


def said(lake, *todo):
    with lake.connect(marks=False) as db:
        db.register("todo", pl.DataFrame({"trace_id": todo}).to_arrow())
        rows = db.execute(get("duplicates").query).fetchall()
    return {row[0]: row[1:4] for row in rows}


def test_the_first_of_its_kind_passes_and_the_later_ones_name_it(lake):
    lake.commit("traces", [trace(f"t{n}", text_hash="same", sample_index=9 - n) for n in range(3)])
    assert said(lake, "t0", "t1", "t2") == {
        "t0": ("t2", "fail", "exact_duplicate"),
        "t1": ("t2", "fail", "exact_duplicate"),
        "t2": (None, "pass", None),
    }


def test_of_traces_of_one_sample_index_the_first_by_id_passes_whenever_it_was_written(lake):
    lake.commit(
        "traces", [trace("b", text_hash="same", created_at=at(1)), trace("a", text_hash="same", created_at=at(2))]
    )
    assert said(lake, "a", "b") == {"a": (None, "pass", None), "b": ("a", "fail", "exact_duplicate")}


def test_who_has_passed_stays_the_first(lake):
    lake.commit("traces", [trace("b", text_hash="same")])
    lake.commit("verdicts", [verdict("b", "pass", "duplicates")])
    lake.commit("traces", [trace("a", text_hash="same")])
    assert said(lake, "a", "b") == {"a": ("b", "fail", "exact_duplicate"), "b": (None, "pass", None)}


def test_the_same_text_for_another_problem_or_of_another_kind_is_no_duplicate(lake):
    lake.commit("traces", [trace("t1", text_hash="same"), trace("t2", "p2", text_hash="same")])
    lake.commit("traces", [trace("t3", text_hash="same", kind="shortcut")])
    assert {outcome for _, outcome, _ in said(lake, "t1", "t2", "t3").values()} == {"pass"}


def test_only_what_is_asked_about_is_answered_but_all_traces_are_looked_at(lake):
    lake.commit("traces", [trace("t1", text_hash="same", created_at=at(1))])
    lake.commit("traces", [trace("t2", text_hash="same", created_at=at(2))])
    assert said(lake, "t2") == {"t2": ("t1", "fail", "exact_duplicate")}


def test_each_builder_has_a_shortcut_of_its_own_to_the_same_right_path(lake):
    shortcuts = [("s1", "stitched-shortcut"), ("s2", "tree-shortcut"), ("s3", "tree-shortcut")]
    lake.commit("traces", [trace(n, text_hash="same", kind="shortcut", strategy=made) for n, made in shortcuts])
    assert said(lake, "s1", "s2", "s3") == {
        "s1": (None, "pass", None),
        "s2": (None, "pass", None),
        "s3": ("s2", "fail", "exact_duplicate"),
    }
