"""Journeys in a run: guarded, and released beside their controls."""

import json

import polars as pl
import pytest
from handmade import answer_key, problem, trace
from small import tables

from flows.mill import grind
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.stages.verify import with_keys, with_originals
from warehouse.lake import Lake


def stages(*releases):
    """The small recipe's up to its journeys, and releases of them."""
    road = [one for one in tables()["stages"] if one["do"] not in ("release", "evaluate")]
    return road + [{"do": "release", "configs": ["default"], **one} for one in releases]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    matched = [{"name": f"only-{kind}s", "kinds": [kind], "select": "matched"} for kind in ("journey", "shortcut")]
    made = Run(
        check(tables(stages=stages(*matched)), "x"),
        Lake(tmp_path_factory.mktemp("run") / "lake", create=True),
        Progress(quiet=True),
    )
    grind(made)
    return made


def rows(run, name):
    return pl.read_parquet(run.releases[name].folder(run.lake) / "default" / "*.parquet")


def test_journeys_are_guarded_where_they_are_built_and_their_controls_are_not(run):
    heard = run.lake.sql(
        """SELECT kind, outcomes ['journey'] AS outcome, count(*) AS traces FROM marks GROUP BY ALL ORDER BY ALL"""
    )
    told = {(kind, outcome) for kind, outcome, _ in heard.rows()}
    assert told == {("journey", "pass"), ("sample", None), ("shortcut", None)}


def test_releases_of_journeys_and_of_shortcuts_have_a_row_for_each_other(run):
    journeys, shortcuts = rows(run, "only-journeys"), rows(run, "only-shortcuts")
    assert set(journeys["kind"]) == {"journey"}
    assert set(shortcuts["kind"]) == {"shortcut"}
    assert sorted(journeys["trace_id"]) == sorted(parents[0] for parents in shortcuts["parents"])
    assert journeys.height > 3
    assert all(spans for spans in journeys["spans"].to_list())
    assert not any(shortcuts["spans"].to_list())


@pytest.fixture
def told(lake):
    """A journey, a rewriting and a sample with their parents' texts joined, by id."""
    metadata = json.dumps({"solution": "Add them.", "level": 3})
    lake.commit("problems", [problem("p1", metadata=metadata), problem("p2", metadata="{}")])
    lake.commit("answer_keys", [answer_key("k1")])
    texts = {"t1": "<think>\nwrong\n</think>\n\n5", "t2": "<think>\nright\n</think>\n\n4"}
    lake.commit("traces", [trace(name, completion=text) for name, text in texts.items()])
    lake.commit(
        "traces",
        [
            trace("j1", kind="journey", parents=["t1", "t2"]),
            trace("j2", "p2", kind="journey", parents=["gone", "t2"]),
            trace("r1", kind="rewrite", parents=["t2", "t1"]),
            trace("s1"),
        ],
    )
    run = Run(check(tables(), "x"), lake, Progress(quiet=True))
    frame = with_originals(run, with_keys(run, ["j1", "j2", "r1", "s1"]))
    return {row["trace_id"]: (row["original"], row["ancestors"], row["solution"]) for row in frame.to_dicts()}, texts


def test_a_journey_is_held_against_all_its_parents_and_its_problems_solution(told):
    found, texts = told
    assert found["j1"] == (texts["t1"], [texts["t1"], texts["t2"]], "Add them.")
    assert found["j2"] == (None, [texts["t2"]], None)


def test_a_rewriting_is_held_against_its_original_alone_and_a_sample_against_nothing(told):
    found, texts = told
    assert found["r1"] == (texts["t2"], None, None)
    assert found["s1"] == (None, None, None)
