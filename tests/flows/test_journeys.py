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
    matched = {"select": "matched", "settings": {"matched": {"controls": "shortcut,mixed"}}}
    releases = [{"name": f"only-{kind}s", "kinds": [kind], **matched} for kind in ("journey", "shortcut", "mixed")]
    made = Run(
        check(tables(stages=stages(*releases)), "x"),
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
    assert told == {("journey", "pass"), ("sample", None), ("shortcut", None), ("mixed", None)}


def test_releases_of_journeys_and_of_their_controls_have_a_row_for_each_other(run):
    journeys = rows(run, "only-journeys")
    assert set(journeys["kind"]) == {"journey"}
    assert journeys.height >= 3
    for kind in ("shortcut", "mixed"):
        found = rows(run, f"only-{kind}s")
        assert set(found["kind"]) == {kind}
        assert sorted(parents[0] for parents in found["parents"]) == sorted(journeys["trace_id"])


def test_what_went_astray_has_its_stretches_marked_and_a_shortcut_has_none(run):
    labels = {
        kind: {span["label"] for spans in rows(run, f"only-{kind}s")["spans"] for span in spans}
        for kind in ("journey", "shortcut", "mixed")
    }
    assert labels["journey"] == labels["mixed"] == {"wrong", "turn", "right"}
    assert "wrong" not in labels["shortcut"]


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
