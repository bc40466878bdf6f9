import pytest
import torch

from generators.teachers.sampling import draw

ODDS = torch.tensor([0.5, 0.0, 0.2, 0.3, 0.0])


def drawn(points, temperature=1.0, top_p=1.0):
    """What rows of the same odds draw at their points."""
    rows = len(points)
    return draw(
        ODDS.log().expand(rows, -1),
        torch.full((rows,), temperature),
        torch.full((rows,), top_p),
        torch.tensor(points, dtype=torch.float64),
    ).tolist()


def test_each_token_has_the_share_of_points_that_its_odds_say():
    assert drawn([0.0, 0.25, 0.49, 0.51, 0.69, 0.71, 0.99]) == [0, 0, 0, 2, 2, 3, 3]


def test_the_greatest_point_below_one_still_draws_a_token_that_has_odds():
    assert drawn([1 - 2**-53]) == [3]


def test_temperature_sharpens_and_flattens():
    # The squares of the odds are 25, 4 and 9 of 38; their roots 0.707, 0.447 and 0.548 of 1.702.
    assert drawn([0.65, 0.67], temperature=0.5) == [0, 2]
    assert drawn([0.41, 0.42], temperature=2.0) == [0, 2]


def test_without_temperature_the_likeliest_is_taken_wherever_the_point_lies():
    assert drawn([0.0, 0.5, 0.999], temperature=0.0) == [0, 0, 0]


def test_the_nucleus_is_the_fewest_tokens_that_reach_top_p():
    points = [0.0, 0.3, 0.6, 0.62, 0.7, 0.9, 0.99]
    assert set(drawn(points, top_p=0.4)) == {0}
    assert set(drawn(points, top_p=0.6)) == {0, 3}
    assert set(drawn(points, top_p=0.9)) == {0, 2, 3}
    assert drawn([0.62, 0.63], top_p=0.6) == [0, 3]  # of the nucleus, 0.5 of 0.8 is the first token


def test_rows_of_different_ways_share_a_batch():
    logits = ODDS.log().expand(3, -1)
    together = draw(logits, torch.tensor([0.0, 1.0, 1.0]), torch.tensor([1.0, 0.1, 1.0]), torch.tensor([0.99] * 3))
    assert together.tolist() == [0, 0, 3]


def test_a_vocabulary_of_many_unlikely_tokens_is_drawn_from_evenly():
    size = 200_000
    points = torch.rand(64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = draw(torch.zeros(64, size), torch.ones(64), torch.ones(64), points)
    assert (found - points * size).abs().max() <= 2


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("logit", [float("nan"), float("inf")])
def test_logits_that_are_no_distribution_are_refused(logit, temperature):
    logits = torch.zeros(2, 5)
    logits[1, 3] = logit
    with pytest.raises(FloatingPointError, match="logits are not numbers"):
        draw(logits, torch.full((2,), temperature), torch.ones(2), torch.full((2,), 0.5))


def test_a_token_that_is_ruled_out_is_never_drawn():
    logits = torch.tensor([[0.0, float("-inf"), 0.0]]).expand(64, -1)
    points = torch.linspace(0, 0.999, 64)
    assert set(draw(logits, torch.ones(64), torch.ones(64), points).tolist()) == {0, 2}
