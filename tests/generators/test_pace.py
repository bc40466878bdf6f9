import random
import statistics

from generators.teachers.pace import Pace


def serve(pace, capacity, rounds, latency=1.0, now=0.0):
    """Keep a server full that does ``capacity`` requests at once, any more wait; returns the clock."""
    for _ in range(rounds):
        limit = pace.limit
        took = latency * max(1.0, limit / capacity)
        for number in range(limit):
            pace.answered(10, limit, now + took * (number + 1) / limit)
        now += took
    return now


def test_it_climbs_while_throughput_climbs():
    pace = Pace(most=256)
    serve(pace, capacity=10_000, rounds=12)
    assert pace.limit == 256


def test_it_stays_where_more_would_only_wait_longer():
    pace = Pace(most=1024)
    serve(pace, capacity=64, rounds=60)
    assert 64 <= pace.limit <= 128


def test_a_server_that_is_not_kept_full_says_nothing():
    pace = Pace(most=256)
    for second in range(1000):
        pace.answered(10, 1, float(second))
    assert pace.limit == 16


def test_a_refusal_halves_it_and_a_storm_of_them_is_one():
    pace = Pace(most=256, start=64)
    for _ in range(50):
        pace.refused(10.0)
    assert pace.limit == 32
    for second in range(20):
        pace.refused(11.0 + second)
    assert pace.limit == 1


def test_it_comes_back_after_a_refusal():
    pace = Pace(most=256, start=64)
    pace.refused(0.0)
    serve(pace, capacity=10_000, rounds=60, now=1.0)
    assert pace.limit > 64


def refuse_now_and_then(pace, odds, rounds, dice):
    """A server that could do any number at once, and refuses some by chance; returns the limits, round by round."""
    limits = []
    for second in range(rounds):
        limit = pace.limit
        for number in range(limit):
            now = second + (number + 1) / limit
            if dice.random() < odds:
                pace.refused(now)
            else:
                pace.answered(10, limit, now)
        limits.append(pace.limit)
    return limits


def test_a_refusal_now_and_then_does_not_keep_it_low():
    for seed in range(20):
        limits = refuse_now_and_then(Pace(most=256), 0.05, 200, random.Random(seed))
        assert statistics.median(limits) > 128


def test_it_gives_way_where_many_are_refused():
    pace = Pace(most=256)
    refuse_now_and_then(pace, 0.05, 100, random.Random(0))
    limits = refuse_now_and_then(pace, 0.5, 100, random.Random(0))
    assert statistics.median(limits) <= 4


def test_a_storm_after_a_calm_is_heard_at_once():
    pace = Pace(most=256, start=256)
    serve(pace, capacity=10_000, rounds=20)
    heard = [pace.refused(100.0) for _ in range(100)]
    assert pace.limit == 128
    assert heard.index(True) <= 26
