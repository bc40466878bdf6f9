from dataclasses import replace

import pytest

from warehouse import ids
from warehouse.records import Completion, Request

REQUEST = Request(
    problem_id="p1",
    messages=(("user", "What is 2 + 2?"),),
    model="ada",
    weights="w1",
    prompt_style="plain",
    asked="style-hash",
    temperature=0.8,
    parents=("t1", "t2"),
)


def test_ids_are_the_same_in_every_version():
    assert ids.problem_id("sums", "2 + 2 = 什么?") == "p20f0237536fce0ba60ef"
    assert ids.key_id("p1", ["4", "four"], "number", None) == "k840ca2fd2a970a10605b"
    assert (
        ids.trace_id("p1", "asked", "w1", "sample", {"temperature": 0.8, "top_p": 1.0}, ["t2", "t1"], 3)
        == "t7fa478ccc1ffbb42b9ad"
    )
    assert ids.text_hash("<think>想</think>") == "ecf518d1763f9315a12e"


@pytest.mark.parametrize(
    "same",
    [
        {"max_tokens": 9},
        {"model": "another name"},
        {"problem": {"source": "sums"}},
        {"parents": ("t2", "t1")},
    ],
)
def test_a_trace_id_does_not_depend_on(same):
    assert replace(REQUEST, **same).trace_id == REQUEST.trace_id


@pytest.mark.parametrize(
    "other",
    [
        {"problem_id": "p2"},
        {"temperature": 0.7},
        {"top_p": 0.9},
        {"weights": "w2"},
        {"asked": "another style"},
        {"strategy": "stitched"},
        {"parents": ("t1", "t3")},
        {"parents": ()},
        {"sample_index": 1},
    ],
)
def test_a_trace_id_depends_on(other):
    assert replace(REQUEST, **other).trace_id != REQUEST.trace_id


def test_the_engine_and_the_text_do_not_name_a_trace():
    rows = [
        Completion(REQUEST, text, "stop", 1, 2, 0.1, engine).row("run-1") for text, engine in [("a", "x"), ("b", "y")]
    ]
    assert rows[0]["trace_id"] == rows[1]["trace_id"] == REQUEST.trace_id
    assert rows[0]["text_hash"] != rows[1]["text_hash"]


def test_a_rollout_is_named_by_its_run_and_step():
    named = {
        ids.trace_id("p1", "asked", "w1", "rollout", {}, rollout=rollout)
        for rollout in (None, ("run-1", 0), ("run-1", 1), ("run-2", 0))
    }
    assert len(named) == 4


def test_the_seed_follows_from_the_id_and_fits_31_bits():
    assert REQUEST.seed == replace(REQUEST, max_tokens=9).seed != replace(REQUEST, sample_index=1).seed
    assert 0 <= REQUEST.seed < 2**31


def test_parts_do_not_run_into_each_other():
    assert ids.digest("ab", "c") != ids.digest("a", "bc") != ids.digest("abc")


def test_half_a_surrogate_pair_has_a_hash():
    assert len(ids.text_hash("\ud800")) == 20


def test_a_fifth_of_all_problems_is_held_out_and_always_the_same_ones():
    splits = [ids.split_of(f"p{n}") for n in range(5000)]
    assert splits == [ids.split_of(f"p{n}") for n in range(5000)]
    assert 0.18 < splits.count("test") / 5000 < 0.22
    assert set(splits) == {"train", "test"}
