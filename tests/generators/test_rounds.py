import random

import pytest

from generators.rounds import Standing, allot, pass_rates, until_accepted


def sample(rates, n, accept, afford=None, seed=0):
    """Simulate rounds over problems with known pass rates; returns samples asked and accepted, per problem."""
    dice = random.Random(seed)
    asked, accepted = [0] * len(rates), [0] * len(rates)
    rounds = 0
    while any(wants := allot([Standing(*pair) for pair in zip(asked, accepted, strict=True)], n, accept, afford)):
        rounds += 1
        for place, count in enumerate(wants):
            asked[place] += count
            accepted[place] += sum(dice.random() < rates[place] for _ in range(count))
            if afford is not None:
                afford -= count
    return asked, accepted, rounds


def test_without_a_target_all_of_n_are_asked_at_once():
    assert allot([Standing(), Standing(3, 1), Standing(4, 0)], 4) == [4, 1, 0]


def test_a_problem_that_has_enough_is_asked_no_more():
    assert allot([Standing(2, 2), Standing(8, 1)], 8, accept=2) == [0, 0]


def test_what_nobody_has_judged_yet_is_not_asked_for_once_more_and_says_nothing_of_the_rate():
    assert allot([Standing(3, 1, 1), Standing(3, 1)], 16, accept=2) == [0, 1]
    assert pass_rates([Standing(9, 2, 5)]) == pass_rates([Standing(4, 2)])


def test_the_first_round_asks_for_as_many_as_are_wanted():
    assert allot([Standing()] * 3, 16, accept=2) == [2, 2, 2]


def test_a_hard_problem_gets_more_in_a_round_than_an_easy_one():
    hard, easy = allot([Standing(8, 0), Standing(8, 3)], 64, accept=4)
    assert hard > easy >= 1


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.9])
def test_every_problem_ends_with_its_target_or_its_n(rate):
    asked, accepted, _ = sample([rate] * 200, 32, 3)
    assert all(a >= 3 or n == 32 for n, a in zip(asked, accepted, strict=True))
    assert max(asked) <= 32


def test_rounds_ask_for_fewer_samples_than_a_fixed_n_that_reaches_as_many_problems():
    dice = random.Random(1)
    rates = [dice.betavariate(0.5, 0.5) for _ in range(500)]
    asked, accepted, rounds = sample(rates, 32, 2)
    fixed = 32 * len(rates)
    assert sum(asked) < 0.5 * fixed
    assert sum(a >= 2 for a in accepted) > 0.8 * len(rates)
    assert rounds < 12


def test_little_is_asked_beyond_the_last_accepted_one():
    _, accepted, _ = sample([0.5] * 400, 64, 4)
    assert sum(accepted) < 4 * 400 * 1.15


def test_a_budget_goes_where_an_accepted_trace_is_likeliest():
    standings = [Standing(4, 0), Standing(4, 3), Standing(4, 1)]
    assert allot(standings, 16, accept=4, afford=2) == [0, 1, 1]


def test_a_budget_is_never_overdrawn():
    asked, _, _ = sample([0.5] * 50, 16, 4, afford=120)
    assert sum(asked) == 120


def test_an_unseen_problem_is_expected_to_be_like_the_others():
    unseen, bad, good = pass_rates([Standing(), Standing(10, 0), Standing(10, 10)])
    assert bad < unseen < good
    assert unseen == pytest.approx(0.5)


def test_the_expected_number_of_samples_is_that_of_a_negative_binomial_cut_at_the_most():
    assert until_accepted(1.0, 3, 10) == pytest.approx(3)
    assert until_accepted(0.5, 1, 100) == pytest.approx(2)
    assert until_accepted(0.25, 2, 1000) == pytest.approx(8)
    assert until_accepted(0.5, 1, 2) == pytest.approx(1.5)
    assert until_accepted(0.01, 5, 4) == pytest.approx(4)
    assert until_accepted(0.5, 0, 4) == 0


def test_a_closed_problem_gets_nothing_and_says_nothing_of_the_others():
    open_ones = [Standing(4, 4), Standing(4, 3), Standing()]
    closed = Standing(4, 0, 0, closed=True)
    assert allot([closed, *open_ones], n=8) == [0, *allot(open_ones, n=8)]
    assert allot([closed, *open_ones], n=8, accept=5) == [0, *allot(open_ones, n=8, accept=5)]
    assert pass_rates([closed, *open_ones])[1:] == pass_rates(open_ones)
