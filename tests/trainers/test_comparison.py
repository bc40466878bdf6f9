"""Arms compared: what is chance and what is not."""

from dataclasses import replace

import numpy as np
import pytest

from trainers.comparison import aligned, difference, holm, score, sign_flips


def marks(rate, students=3, problems=400, seed=0):
    return (np.random.default_rng(seed).random((students, problems)) < rate).astype(float)


def test_the_interval_of_one_student_is_that_of_its_problems():
    one = score(marks(0.3, students=1, problems=1000))
    assert one.low < one.value < one.high
    # The normal approximation: 2 * 1.96 * sqrt(0.3 * 0.7 / 1000).
    assert one.high - one.low == pytest.approx(0.0568, rel=0.1)


def test_students_who_differ_widen_the_interval():
    alike = marks(0.5)
    apart = np.vstack([marks(rate, students=1, seed=7) for rate in (0.3, 0.5, 0.7)])
    width = {name: score(one).high - score(one).low for name, one in (("alike", alike), ("apart", apart))}
    assert width["apart"] > 2 * width["alike"]


def test_a_difference_is_paired_by_problem():
    hard = np.random.default_rng(1).random(400)  # how hard the problems are
    arm = (hard < 0.55).astype(float)[None]
    against = (hard < 0.5).astype(float)[None]
    gap = difference(arm, against)
    assert gap.value == pytest.approx(arm.mean() - against.mean())
    assert 0 < gap.low < gap.value < gap.high
    assert gap.p < 0.01
    # The same scores on problems that have nothing to do with each other say much less.
    unpaired = difference(arm, np.random.default_rng(2).permutation(against[0])[None])
    assert unpaired.p > gap.p
    assert unpaired.high - unpaired.low > 2 * (gap.high - gap.low)


def test_nothing_is_found_between_equals():
    found = [difference(marks(0.3, seed=n), marks(0.3, seed=100 + n)).p < 0.05 for n in range(40)]
    assert sum(found) <= 6  # two are expected; more than six come once in three hundred times


def test_each_pair_of_students_has_its_difference_and_an_arm_of_one_is_set_against_the_first():
    arm, base = marks(0.6), marks(0.2, students=1)
    gap = difference(arm, base)
    assert gap.by_seed == (arm[0].mean() - base[0].mean(),)
    assert len(difference(arm, marks(0.2)).by_seed) == 3
    assert gap.value == pytest.approx(arm.mean() - base.mean())


def test_what_stands_is_beyond_chance_in_both_ways():
    gap = difference(marks(0.6), marks(0.3, seed=1))
    assert not gap.stands  # before it is known what was tested beside it
    assert replace(gap, adjusted=gap.p).stands
    assert not replace(gap, adjusted=0.2).stands
    assert not replace(gap, adjusted=gap.p, low=-0.01).stands


def test_signs_are_drawn_as_they_fall():
    # Of three differences that all point one way, a quarter of the draws of signs go as far.
    assert sign_flips(np.array([1.0, 1.0, 1.0, 0.0])) == pytest.approx(0.25, abs=0.03)
    assert sign_flips(np.zeros(5)) == 1.0
    assert 0 < sign_flips(np.ones(100)) < 0.001


def test_p_values_are_adjusted_for_their_number():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_problems_that_somebody_did_not_answer_are_left_out():
    problems, table = aligned([{"a": 1.0, "b": 0.0}, {"b": 0.5, "c": 1.0}])
    assert problems == ["b"]
    assert table.tolist() == [[0.0], [0.5]]


def test_the_figures_are_the_same_every_time():
    assert score(marks(0.3)) == score(marks(0.3))
    assert difference(marks(0.3), marks(0.4, seed=5)) == difference(marks(0.3), marks(0.4, seed=5))
