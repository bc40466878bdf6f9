import random
import re

import pytest

from filters.extraction import final_answer
from filters.verifiers import get as verifier
from filters.verify import Key
from generators.solvers import SOLVERS, solve
from generators.sources import Wanted, problems
from warehouse.text import thinking

CONFIGS = {
    "reasoning-gym/countdown": {
        "min_numbers": 3,
        "max_numbers": 3,
        "min_value": 1,
        "max_value": 25,
        "min_target": 10,
        "max_target": 99,
    },
    "reasoning-gym/fraction_simplification": {
        "min_value": 1,
        "max_value": 30,
        "min_factor": 1,
        "max_factor": 30,
        "styles": ["plain"],
    },
    "reasoning-gym/simple_equations": {
        "min_terms": 2,
        "max_terms": 2,
        "min_value": 1,
        "max_value": 20,
        "operators_weights": [0.6, 0.4, 0.0],
    },
}
EQUATION = re.compile(r"(-?\d+) ([-+*/]) (\d+) = (-?\d+)(, wait, |，等等，)?")
FRACTION = re.compile(r"(\d+)/(\d+)")
every_source = pytest.mark.parametrize("source", list(CONFIGS))


@pytest.fixture(scope="module")
def puzzles():
    return {source: list(problems(Wanted(source, count=250, config=config))) for source, config in CONFIGS.items()}


def solved(puzzles, hasty=False):
    return [
        solve(problem.source, problem.metadata, random.Random(seed), hasty=hasty)
        for seed, problem in enumerate(puzzles)
    ]


def right(problem, completion):
    key = Key("k", problem.answers, problem.verifier, problem.spec)
    return verifier(problem.verifier)(final_answer(completion).answers[0], key).outcome == "pass"


def share_right(puzzles, completions):
    return sum(map(right, puzzles, completions)) / len(puzzles)


def holds(left, op, right, value):
    left, right, value = int(left), int(right), int(value)
    return value == {"+": left + right, "-": left - right, "*": left * right, "/": left / (right or 1)}[op]


def test_there_is_a_solver_for_each_family_of_the_nano_models():
    assert set(SOLVERS) == set(CONFIGS)


@every_source
def test_the_answer_of_a_search_is_right(puzzles, source):
    wrong = [
        (problem.spec, text)
        for problem, text in zip(puzzles[source], solved(puzzles[source]), strict=True)
        if not right(problem, text)
    ]
    assert not wrong


@every_source
def test_a_hasty_answer_is_mostly_wrong_but_not_always(puzzles, source):
    assert 0 < share_right(puzzles[source], solved(puzzles[source], hasty=True)) < 0.25


@pytest.mark.parametrize("hasty", [False, True])
@pytest.mark.parametrize("source", ["reasoning-gym/countdown", "reasoning-gym/simple_equations"])
def test_every_equation_shown_is_true_or_taken_back_at_once(puzzles, source, hasty):
    shown = [found for text in solved(puzzles[source], hasty) for found in EQUATION.findall(thinking(text))]
    assert len(shown) > len(puzzles[source]) / 2
    assert not [found for found in shown if not found[4] and not holds(*found[:4])]


def test_a_search_slips_now_and_then_and_says_the_right_equation_after(puzzles):
    texts = [text for text in solved(puzzles["reasoning-gym/countdown"]) if re.search("wait, |等等，", text)]
    assert texts
    for text in texts:
        for slip in re.finditer(EQUATION, text):
            if slip[5]:
                again = EQUATION.match(text, slip.end())
                assert again[0].startswith(f"{slip[1]} {slip[2]} {slip[3]} = ")
                assert holds(*again.groups()[:4])


def test_a_fraction_is_divided_by_what_divides_both_and_by_nothing_else(puzzles):
    for problem, text in zip(
        puzzles["reasoning-gym/fraction_simplification"],
        solved(puzzles["reasoning-gym/fraction_simplification"]),
        strict=True,
    ):
        top, bottom = problem.spec["numerator"], problem.spec["denominator"]
        for prime, after in re.findall(r"(?:Try |试试)(\d+)(?:: ?|：)( ?no|不对|\d+/\d+)", thinking(text)):
            if fraction := FRACTION.fullmatch(after):
                top, bottom = top // int(prime), bottom // int(prime)
                assert (top, bottom) == (int(fraction[1]), int(fraction[2]))
            else:
                assert top % int(prime) or bottom % int(prime)
        assert final_answer(text).answers == (f"{top}/{bottom}",)


@every_source
def test_a_failed_attempt_is_part_of_many_searches(puzzles, source):
    failed = [text for text in solved(puzzles[source]) if re.search(" no|不对", text)]
    assert len(failed) > len(puzzles[source]) / 2


@pytest.mark.parametrize("hasty", [False, True])
def test_about_one_trace_in_eight_is_chinese(puzzles, hasty):
    texts = [text for source in CONFIGS for text in solved(puzzles[source], hasty)]
    assert 0.09 < sum(bool(re.search("[一-鿿]", text)) for text in texts) / len(texts) < 0.16


@every_source
def test_the_same_chance_gives_the_same_trace(puzzles, source):
    problem = puzzles[source][0]
    once, again = (solve(source, problem.metadata, random.Random(1)) for _ in range(2))
    assert once == again


def test_an_unknown_source_is_refused():
    with pytest.raises(KeyError, match="chess"):
        solve("chess", {}, random.Random(0))


@pytest.mark.parametrize(
    ("source", "metadata"),
    [
        ("reasoning-gym/countdown", {"numbers": [1, 2, 3, 4], "target": 10}),
        ("reasoning-gym/simple_equations", {"equation": "3*x*y + 4 = 10", "variable": "x"}),
    ],
)
def test_a_puzzle_of_another_size_is_refused_rather_than_answered_wrongly(source, metadata):
    with pytest.raises(KeyError, match=r"no solver for .* expected"):
        solve(source, metadata, random.Random(0))
