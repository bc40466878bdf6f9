"""What is known of the steps of a trace, and which is the first wrong one."""

import json

import duckdb
import pytest
from handmade import answer_key, at, trace, verdict

from warehouse.intervals import wilson
from warehouse.steps import steps

THOUGHT = "<think>\n我需要22. One 😀. Two. Three. Four.\n</think>\n\n4"


def value(step, right, n=4, name="t1", completion=THOUGHT, **own):
    """The verdict on a step, 0 for the question, as a value stage writes it."""
    start, end = (None, None) if step == 0 else steps(completion)[step - 1]
    score, low, high = wilson(right, n) if n else (None, None, None)
    outcome = "undecided" if n == 0 else "pass" if right else "fail"
    told = {"score": score, "low": low, "high": high, "n": n}
    detail = json.dumps({"right": right, "start": start, "end": end})
    return verdict(name, outcome, "step_value", step=step, detail=detail, **told) | own


def first_wrong(lake, *rights, settings="s1", minute=0):
    """Commits what came right of 4 after each step from 0 on (None: not asked) and finds the first wrong one."""
    lake.commit("traces", [trace("t1", completion=THOUGHT)])
    asked = [
        value(step, right, settings_hash=settings, created_at=at(minute))
        for step, right in enumerate(rights)
        if right is not None
    ]
    lake.commit("verdicts", asked)
    return [row[0] for row in lake.sql("SELECT step FROM first_wrong_steps").rows()]


def test_each_step_that_was_asked_has_its_text_its_value_and_its_interval(lake):
    lake.commit("traces", [trace("t1", completion=THOUGHT)])
    lake.commit("verdicts", [value(0, 4), value(2, 1), value(4, 0)])
    rows = lake.sql('SELECT step, text, value, "right", n, outcome, newest FROM step_values ORDER BY step').rows()
    assert rows == [
        (0, None, 1.0, 4, 4, "pass", True),
        (2, "One 😀.", 0.25, 1, 4, "pass", True),
        (4, "Three.", 0.0, 0, 4, "fail", True),
    ]
    (low, high) = lake.sql("SELECT low, high FROM step_values WHERE step = 2").row(0)
    assert 0 < low < 0.25 < high < 1


def test_the_first_wrong_step_is_the_first_that_leads_nowhere_after_one_that_led_somewhere(lake):
    assert first_wrong(lake, 3, 4, 2, 0, 0, 0) == [3]
    (row,) = lake.sql("SELECT text, value_before, value_after, n FROM first_wrong_steps").rows()
    assert row == ("Two.", 0.5, 0.0, 4)


@pytest.mark.parametrize(
    ("rights", "found"),
    [
        ((2, 0, 0, 0, 0, 0), [1]),  # the first step, after a question that can be solved
        ((4, 4, 4, 4, 4, 4), []),  # nothing is wrong
        ((0, 0, 0, 0, 0, 0), []),  # a question that nobody solves
        ((0, 0, 1, 0, 0, 0), [3]),
        ((1, 0, 1, 1, 0, 0), [1]),
        ((None, None, None, 1, 0, 0), [4]),  # found by halves
        ((1, None, None, 0, None, 0), []),  # between 0 and 3, and not yet known where
    ],
)
def test_a_first_wrong_step_has_a_right_one_right_before_it(lake, rights, found):
    assert first_wrong(lake, *rights) == found


def test_of_several_settings_the_newest_find_the_first_wrong_step(lake):
    assert first_wrong(lake, 4, 4, 0, 0, 0, 0, settings="s2", minute=1) == [2]
    assert first_wrong(lake, 4, 4, 4, 4, 0, 0, settings="s1", minute=2) == [4]
    newest = lake.sql("SELECT DISTINCT settings_hash, newest FROM step_values ORDER BY ALL").rows()
    assert newest == [("s1", True), ("s2", False)]


def test_a_step_whose_continuations_nobody_could_judge_is_neither_right_nor_wrong(lake):
    lake.commit("traces", [trace("t1", completion=THOUGHT)])
    lake.commit("verdicts", [value(0, 2), value(1, 0, n=0), value(2, 0)])
    assert lake.sql("SELECT step, value FROM step_values ORDER BY step").rows() == [(0, 0.5), (1, None), (2, 0.0)]
    assert lake.sql("FROM first_wrong_steps").is_empty()


def test_values_under_a_corrected_key_do_not_count(lake):
    lake.commit("answer_keys", [answer_key("old", created_at=at(1))])
    lake.commit("traces", [trace("t1", completion=THOUGHT)])
    lake.commit("verdicts", [value(0, 2, key_id="old"), value(1, 0, key_id="old")])
    assert lake.sql("SELECT step FROM first_wrong_steps").rows() == [(1,)]
    lake.commit("answer_keys", [answer_key("new", created_at=at(2))])
    assert lake.sql("FROM step_values").is_empty()


def test_the_value_of_a_step_is_no_opinion_of_the_trace(small):
    before = small.sql("SELECT trace_id, correct, accepted, outcomes FROM marks ORDER BY trace_id").rows()
    small.commit("verdicts", [value(1, 0, completion="<think>\n2 + 2\n</think>\n\n4")])
    assert small.sql("SELECT trace_id, correct, accepted, outcomes FROM marks ORDER BY trace_id").rows() == before


def test_the_exported_catalog_has_steps_and_their_values(lake, tmp_path):
    lake.commit("traces", [trace("t1", completion=THOUGHT)])
    lake.commit("verdicts", [value(1, 2), value(2, 0)])
    with duckdb.connect(str(lake.export_catalog(tmp_path / "catalog.duckdb")), read_only=True) as db:
        assert db.execute("SELECT step, text FROM first_wrong_steps").fetchall() == [(2, "One 😀.")]
        assert db.execute("SELECT len(steps(completion)) FROM traces").fetchall() == [(5,)]
