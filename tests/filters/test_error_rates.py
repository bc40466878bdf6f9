from examination import EACH, SEED, ours, scores
from pairs import pairs

from filters.error_rates import MEASURED, Rates, notes


def test_the_rates_that_a_card_states_are_those_that_are_measured():
    made = pairs(SEED, EACH)
    found = scores(made, ours(made))["all"]
    measured = Rates(found.total("fail"), found.false_positives, found.total("pass"), found.false_negatives)
    assert MEASURED["math"] == measured


def test_rates_are_said_with_their_intervals():
    assert notes()["math"] == (
        "passes 0.0% (0.0% to 0.4%) of 999 wrong answers, fails 0.0% (0.0% to 0.4%) of 1,001 right ones"
    )
