"""The primer: its questions as problems, and what somebody who knows it by heart answers."""

import random

import polars as pl
import pytest

from filters.judging import vote
from filters.verdicts import ask, judge_with
from generators import primer, styles
from generators.sources import Wanted, problems
from generators.teachers import Teacher, complete_with
from warehouse.errors import ModelError, SourceError
from warehouse.records import Request
from warehouse.text import response, thinking


def of(subject, **wanted):
    return list(problems(Wanted(f"primer/{subject}", **wanted)))


def answered(subject, path="primer", samples=8, count=30):
    asked = [
        Request(
            problem.problem_id,
            (("user", problem.prompt),),
            model="primer",
            weights="solver:primer",
            prompt_style="plain@1",
            asked="plain",
            sample_index=sample,
            problem={"source": problem.source, "metadata": problem.metadata},
        )
        for problem in of(subject, count=count)
        for sample in range(samples)
    ]
    return list(complete_with("solver", Teacher("primer", path, "solver:primer"))(asked))


@pytest.mark.parametrize("subject", primer.SUBJECTS)
def test_a_subject_is_split_and_its_order_hangs_on_the_seed(subject):
    train, test = of(subject), of(subject, split="test")
    assert len(train) > 2 * len(test) > 0
    assert not {one.problem_id for one in train} & {one.problem_id for one in test}
    assert [one.prompt for one in of(subject, count=5)] == [one.prompt for one in train[:5]]
    assert {one.prompt for one in of(subject, seed=1)} == {one.prompt for one in train}
    assert [one.prompt for one in of(subject, seed=1)] != [one.prompt for one in train]
    assert {one.domain for one in train} == {subject}


def test_where_nothing_can_be_compared_a_judge_decides():
    ways = {subject: {(one.verifier, bool(one.answers)) for one in of(subject)} for subject in primer.SUBJECTS}
    assert ways.pop("writing") == {("judge", False)}
    assert all(found == {("text", True)} for found in ways.values())


def test_a_fact_that_is_taught_in_one_wording_is_examined_in_another():
    taught = {one.metadata["thought"] for one in of("facts")}
    assert {one.metadata["thought"] for one in of("facts", split="test")} <= taught


@pytest.mark.parametrize("subject", ["facts", "translation", "self-cognition"])
def test_who_knows_the_primer_answers_right_with_thinking_or_without(subject):
    completions = answered(subject)
    keys = {one.problem_id: one.answers for one in of(subject)}
    assert all(response(one.text) in keys[one.request.problem_id] for one in completions)
    silent = sum(thinking(one.text) is None for one in completions) / len(completions)
    assert 0.2 < silent < 0.6
    assert any(thinking(one.text) for one in completions)


def test_what_is_written_holds_what_was_asked_for():
    for one in answered("writing"):
        wanted = one.request.problem["metadata"]
        words = response(one.text).lower().replace(",", "").rstrip(".").split()
        assert {wanted["being"], wanted["place"], wanted["mood"]} <= set(words)


def test_the_judge_is_shown_good_answers_and_bad_ones_and_says_which():
    items = list(primer.judging())
    assert sum(item.answers == ("pass",) for item in items) * 2 == len(items)
    for item in random.Random(0).sample(items, 50):
        assert vote(primer.recite("judging", item.facts, random.Random(1))) == item.answers[0]
        if "sentence about" in item.prompt:
            assert (", no." in item.facts["thought"]) == (item.answers == ("fail",))


def test_the_judge_was_taught_the_words_of_its_style():
    style = styles.load(primer.BRIEF, use="judge")
    asked = style.messages("What is the capital of France?", response="Paris")[-1][1]
    assert any(item.prompt == asked for item in primer.judging())


def test_what_there_is_not_is_refused():
    with pytest.raises(SourceError, match=r"the primer has no subject 'latin'; it has facts, judging"):
        of("latin")
    with pytest.raises(SourceError, match=r"problems.count of primer/facts \(test\): 9999 wanted"):
        of("facts", split="test", count=9999)
    with pytest.raises(ModelError, match=r"no solver for primer/facts; expected problems from reasoning-gym/countdown"):
        answered("facts", path="search", samples=1, count=1)


def test_a_key_of_the_primer_is_one_that_a_verifier_decides():
    for subject in ("facts", "translation"):
        for problem in of(subject, count=20):
            key = {"key_id": "k", "answers": problem.answers, "verifier": problem.verifier, "spec": None}
            trace = {"trace_id": "t", "problem_id": "p", "kind": "knowledge", "completion": problem.answers[0]} | key
            verdicts = judge_with(ask(["answer"], {}, None), "run")(pl.DataFrame([trace]))
            assert verdicts["outcome"].to_list() == ["pass"]
