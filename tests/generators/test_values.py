"""What steps are worth, by who goes on from them, and which is the first wrong one."""

import polars as pl
import pytest
from handmade import trace

from generators.values import How, Value, at_most, first_wrong, next_steps, rollouts, values
from warehouse.records import Completion, Failure

THOUGHT = "<think>\nOne. Two. Three. Four. Five. Six. Seven. Eight.\n</think>\n\n8"
HOW = How(model="nano", weights="w1", n=4, max_tokens=50)


def worth(right, wrong=0):
    return Value(tuple(f"r{n}" for n in range(right)), tuple(f"w{n}" for n in range(wrong)))


class World:
    """Who goes on from step k comes right as often as ``rights`` says; what was asked is counted, round by round."""

    def __init__(self, *rights, fails=(), undecided=()):
        self.rights, self.fails, self.undecided = rights, fails, undecided
        self.rounds = []

    def complete(self, requests):
        self.rounds.append([(request.parents[0], request.step) for request in requests if request.sample_index == 0])
        for request in reversed(requests):  # in any order
            if request.sample_index in self.fails:
                yield Failure(request, "timeout")
                continue
            good = request.sample_index < self.rights[request.step]
            word = "maybe" if request.sample_index in self.undecided else "right" if good else "wrong"
            yield Completion(request, f"{request.prefix} {word}", "stop", 5, 5, 0.1, "test")

    def judge(self, traces):
        outcomes = {"right": "pass", "wrong": "fail", "maybe": "undecided"}
        found = [
            {"trace_id": row["trace_id"], "check_name": check, "outcome": outcome}
            for row in traces.iter_rows(named=True)
            for check, outcome in (("format", "pass"), ("answer", outcomes[row["completion"].split()[-1]]))
        ]
        return pl.DataFrame(found)

    def values(self, how=HOW, **own):
        asked = [trace("t1", **{"completion": THOUGHT} | own)]
        return values(asked, self.complete, self.judge, how)["t1"]


def test_a_rollout_goes_on_from_the_end_of_a_step_and_says_of_which():
    (first, *others) = rollouts(trace("t1", completion=THOUGHT), 2, HOW)
    assert first.prefix == "<think>\nOne. Two."
    assert (first.kind, first.strategy, first.step, first.parents) == ("rollout", "rollout", 2, ("t1",))
    assert first.messages == (("user", "Problem p1"),)
    assert [one.sample_index for one in (first, *others)] == [0, 1, 2, 3]
    assert len({one.trace_id for one in (first, *others, *rollouts(trace("t1", completion=THOUGHT), 3, HOW))}) == 8


def test_from_the_question_there_is_nothing_yet():
    assert {one.prefix for one in rollouts(trace("t1", completion=THOUGHT), 0, HOW)} == {""}


def test_the_chat_template_is_told_what_the_trace_s_own_style_tells_it():
    how = How(model="nano", weights="w1", templates={"silent@1": {"enable_thinking": False}})
    (silent, other) = (rollouts(trace("t1", prompt_style=style), 0, how)[0] for style in ("silent@1", "plain@1"))
    assert (silent.template, other.template) == ({"enable_thinking": False}, {})
    assert silent.asked != other.asked


def test_every_step_is_asked_at_once():
    world = World(4, 4, 3, 2, 0, 1, 0, 0, 0)
    found = world.values(How(model="nano", weights="w1", n=4, method="every"))
    assert {step: value.share for step, value in found.items()} == dict(
        enumerate([1.0, 1.0, 0.75, 0.5, 0.0, 0.25, 0.0, 0.0, 0.0])
    )
    assert len(world.rounds) == 1
    assert first_wrong(found) == 4


@pytest.mark.parametrize("wrong", range(1, 9))
def test_the_first_wrong_step_is_found_in_logarithmically_many(wrong):
    world = World(*[4 if step < wrong else 0 for step in range(9)])
    found = world.values()
    assert first_wrong(found) == wrong
    assert len(found) <= at_most(8, "first_error") == 2 + 3  # the ends, and log2 of eight
    assert sum(len(asked) for asked in world.rounds) == len(found)


def test_nothing_is_looked_for_where_the_question_is_out_of_reach():
    world = World(*[0] * 9)
    assert first_wrong(world.values()) is None
    assert world.rounds == [[("t1", 0), ("t1", 8)]]


def test_nothing_is_looked_for_where_something_still_comes_right_at_the_end():
    assert set(World(4, 4, 4, 4, 4, 0, 0, 0, 1).values()) == {0, 8}


def test_what_is_undecided_does_not_count_and_what_failed_may_yet_come():
    (value,) = World(3, fails=[0], undecided=[3]).values(completion="<think>\n</think>\n\n4").values()
    assert (len(value.right), len(value.wrong), value.n, value.failed) == (2, 0, 2, 1)
    assert value.share == 1.0


def test_a_step_of_which_nothing_is_decided_ends_the_search():
    known = {0: worth(4), 8: worth(0, 4), 4: Value(failed=4)}
    assert next_steps(known, 8, "first_error") == []
    assert first_wrong(known) is None


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({0: worth(1, 3), 1: worth(0, 4)}, 1),
        ({0: worth(4), 1: worth(0, 4), 2: worth(1, 3), 3: worth(0, 4)}, 1),
        ({0: worth(0, 4), 1: worth(0, 4)}, None),
        ({0: worth(4), 2: worth(0, 4)}, None),  # of the step between nobody knows
        ({0: worth(4), 1: worth(4), 2: Value()}, None),
        ({}, None),
    ],
)
def test_the_first_wrong_step_needs_a_step_before_it_that_led_somewhere(known, found):
    assert first_wrong(known) == found


def test_many_traces_are_asked_in_the_same_rounds():
    world = World(4, 4, 0, 0, 0, 0, 0, 0, 0)
    asked = [trace(name, completion=THOUGHT) for name in ("t1", "t2", "t3")]
    found = values(asked, world.complete, world.judge, HOW)
    assert [first_wrong(found[name]) for name in ("t1", "t2", "t3")] == [2, 2, 2]
    assert len(world.rounds) == 4
    assert all(len(asked) % 3 == 0 for asked in world.rounds)


def test_settings_that_values_hang_on_name_them():
    def named(**own):
        return How(**{"model": "a", "weights": "w1"} | own).settings_hash

    others = ({"n": 9}, {"weights": "w2"}, {"temperature": 0.5}, {"top_p": 0.9}, {"method": "every"})
    assert len({named(), *(named(**other) for other in others)}) == 6
    assert named() == named(model="b", max_tokens=7, temperature=1)


@pytest.mark.parametrize("last", range(40))
@pytest.mark.parametrize("method", ["every", "first_error"])
def test_no_trace_is_asked_for_more_steps_than_is_said(last, method):
    for wrong in range(1, last + 2):
        known = {}
        while asked := next_steps(known, last, method):
            known |= {step: worth(4) if step < wrong else worth(0, 4) for step in asked}
        assert len(known) <= at_most(last, method)
