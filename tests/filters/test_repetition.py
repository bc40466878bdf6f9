import random

import pytest

from filters.checks import get

REPETITION = get("repetition")
WORDS = " ".join("".join(random.Random(seed).choices("abcdefghijklmnop", k=5)) for seed in range(4000))
"""A long text that never repeats itself."""


def run(completion, **settings):
    return REPETITION.opinion({"completion": completion}, None, REPETITION.defaults | settings)


@pytest.mark.parametrize(
    ("completion", "outcome"),
    [
        (" ".join(f"word{n}" for n in range(100)), "pass"),
        ("I go round in circles, I do. " * 50, "fail"),
        ("我在原地打转。" * 50, "fail"),
        ("7 + 3 = 10 no; " * 50, "fail"),
        ("short", "pass"),
        ("", "pass"),
        ("\ud800\0", "pass"),
        (WORDS, "pass"),
    ],
)
def test_repetition_is_seen_in_words_and_in_scripts_without_spaces(completion, outcome):
    assert run(completion).outcome == outcome


def test_how_much_repetition_is_too_much_can_be_set():
    half = "one two three four " * 2
    assert run(half, n=4, novelty=0.7).outcome == "pass"
    assert run(half, n=4, novelty=0.9).outcome == "fail"
    assert run(half, n=4).score == 0.8


@pytest.mark.parametrize(
    "trace",
    [
        # What the nano teacher writes.
        "I need 96. Try 8 * 11 = 88: 88 - 8 = 80 no, 88 + 8 = 96 no. Try 8 + 11 = 19: 19 * 8 = 152 no, 19 + 8 = 27 no, "
        "19 - 8 = 11 no. Try 11 - 8 = 3: 3 * 8 = 24 no, 8 - 3 = 5 no, 3 + 8 = 11 no. Try 8 * 8 = 64: 64 + 11 = 75 no.",
        ". ".join(f"Try {n}: {n} * 17 = {n * 17} no" for n in range(2, 90)),
        "。".join(f"试试{n}：{n} * 17 = {n * 17}不对" for n in range(2, 90)),
        "\n".join(
            f"Case a = {n}: then b = {90 - 3 * n}, which is no square, so this is impossible." for n in range(30)
        ),
        "| n | n^2 | even |\n|---|---|---|\n" + "\n".join(f"| {n} | {n * n} | {n % 2 == 0} |" for n in range(100)),
        "\n".join(f"{n} is {'even' if n % 2 == 0 else 'odd'}" for n in range(200)),
        # A board that somebody asked for.
        "\n".join("0 " * 20 for _ in range(20)),
        "[[" + "], [".join(", ".join("0" * 20) for _ in range(20)) + "]]",
        "\n".join(". . . . Q . . . . ." for _ in range(10)),
        "=" * 80 + "\nand\n" + "-" * 80,
    ],
)
def test_attempts_cases_and_tables_are_no_repetition(trace):
    assert run(f"<think>\n{trace}\n</think>\n\n4").outcome == "pass"


def test_a_good_text_does_not_make_up_for_a_stretch_that_is_stuck():
    stuck = " ".join(
        random.Random(seed).choice(["Try two, no.", "Try three, no.", "Try four, no."]) for seed in range(200)
    )
    found = run(f"{WORDS} {stuck} {WORDS}")
    assert found.reason == "repetitive"
    assert abs(found.detail["at"] - len(WORDS)) < len(stuck)
    assert run(f"{WORDS} {stuck} {WORDS}", window=10**6, novelty=0.2).outcome == "pass"


@pytest.mark.parametrize(
    "period", ["Wait, let me check that again. ", "等等，让我再检查一遍。", "no ", "ab" * 15 + " "]
)
@pytest.mark.parametrize("rest", ["", "</think>\n\nIt is 4.", "Wai"])
def test_a_loop_that_began_late_is_told_with_its_place_and_period(period, rest):
    before = f"<think>{WORDS}. "
    found = run(before + period * 70 + rest)
    assert found.reason == "loop"
    assert abs(found.detail["at"] - len(before)) <= len(period)
    assert abs(found.detail["period"] - len(period)) <= 1
    assert found.score <= 1 / 60


def test_a_loop_in_the_response_is_seen_too():
    found = run("<think>Well.</think>" + WORDS + " The answer is four." * 60)
    assert (found.reason, found.detail["says"]) == ("loop", "60 times 'The answer is four.'")


@pytest.mark.parametrize("said", ["a", "我", "!", "0", "…"])
def test_a_single_letter_for_ever_is_a_loop(said):
    assert run(WORDS + said * 20_000).reason == "loop"


def test_three_times_is_no_loop_yet():
    stretch = " ".join(WORDS.split()[:30])
    assert run(f"{WORDS} {stretch} {stretch} {stretch}").outcome == "pass"
    assert run(f"{WORDS} {stretch} {stretch} {stretch} {stretch}").reason == "loop"


@pytest.mark.parametrize("unit", ["ab ", "!?", "a", "abcde fghij "])
def test_a_megabyte_is_judged(unit):
    assert run(unit * (10**6 // len(unit))).outcome == "fail"
