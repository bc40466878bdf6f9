from itertools import combinations

import pytest

from trainers.scores import Interval, Sample, bootstrap, majority, pass_at_k, report


def samples(problem, *marks):
    """``("4", True)`` is a right answer 4; None is no answer."""
    return [Sample(problem, bool(mark and mark[1]), mark and mark[0], 10) for mark in marks]


RIGHT, WRONG, OTHER = ("4", True), ("5", False), ("6", False)


@pytest.mark.parametrize("n", range(1, 8))
def test_pass_at_k_is_the_share_of_draws_that_hold_a_right_one(n):
    for correct in range(n + 1):
        for k in range(1, n + 1):
            draws = list(combinations([True] * correct + [False] * (n - correct), k))
            assert pass_at_k(n, correct, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_k_stays_exact_for_many_samples():
    assert pass_at_k(10_000, 1, 5_000) == pytest.approx(0.5)


def test_the_most_frequent_answer_wins():
    assert majority(samples("p", RIGHT, RIGHT, WRONG)) == 1.0
    assert majority(samples("p", RIGHT, WRONG, WRONG)) == 0.0


def test_a_tie_is_drawn():
    assert majority(samples("p", RIGHT, WRONG)) == 0.5
    assert majority(samples("p", RIGHT, WRONG, OTHER)) == pytest.approx(1 / 3)
    assert majority(samples("p", WRONG, OTHER)) == 0.0


def test_no_answer_does_not_vote():
    assert majority(samples("p", None, None, RIGHT)) == 1.0
    assert majority(samples("p", None, None)) == 0.0
    assert majority([]) == 0.0


def test_the_interval_holds_the_mean():
    interval = bootstrap([1.0] * 30 + [0.0] * 70)
    assert interval.value == pytest.approx(0.3)
    assert interval.low < 0.3 < interval.high
    # The normal approximation of the same interval is 0.3 +- 1.96 * sqrt(0.3 * 0.7 / 100).
    assert interval.high - interval.low == pytest.approx(0.18, abs=0.02)


def test_the_interval_is_the_same_every_time():
    values = [(number * 37 % 100) / 100 for number in range(40)]
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values) != bootstrap(values, seed=1)


def test_the_interval_of_equal_values_has_no_width():
    assert bootstrap([0.5] * 4) == Interval(0.5, 0.5, 0.5)


def test_an_interval_reads_as_percentages():
    assert str(Interval(0.5, 0.25, 0.75)).split() == ["50.0%", "[25.0%,", "75.0%]"]


def test_a_report_averages_over_problems_and_not_over_samples():
    found = report(samples("easy", RIGHT) + samples("hard", WRONG, WRONG, WRONG), ks=())
    assert found["pass@1"].value == 0.5


def test_a_report_holds_pass_and_maj_for_each_k():
    found = report(samples("a", RIGHT, WRONG, RIGHT, RIGHT) + samples("b", WRONG, WRONG, OTHER, RIGHT), ks=(2, 4))
    assert list(found) == ["pass@1", "pass@2", "maj@2", "pass@4", "maj@4"]
    assert found["pass@2"].value == pytest.approx((1.0 + 0.5) / 2)
    assert found["maj@4"].value == 0.5


def test_a_report_skips_k_larger_than_the_fewest_samples_of_a_problem():
    found = report(samples("a", RIGHT, RIGHT, RIGHT, RIGHT) + samples("b", WRONG, WRONG), ks=(1, 2, 4))
    assert list(found) == ["pass@1", "pass@2", "maj@2"]


def test_a_report_on_nothing_is_empty():
    assert report([], ks=(2,)) == {}
