import json
from itertools import islice

import pytest

from generators.sources import Problem, Skipped, Wanted, problems
from warehouse.errors import SourceError

FRACTIONS = {"min_value": 1, "max_value": 30, "min_factor": 1, "max_factor": 30, "styles": ["plain"]}
FEW = {"min_numbers": 2, "max_numbers": 2, "min_value": 1, "max_value": 4}


def fractions(**wanted):
    return list(problems(Wanted("reasoning-gym/fraction_simplification", **{"config": FRACTIONS, **wanted})))


def prompts(found):
    return [problem.prompt for problem in found]


@pytest.mark.parametrize("split", ["train", "test"])
def test_count_distinct_problems_of_the_wanted_split_are_given(split):
    found = fractions(count=700, split=split)
    assert len({problem.problem_id for problem in found}) == 700
    assert {problem.split for problem in found} == {split}


def test_the_same_problems_are_given_every_time():
    assert fractions(count=50) == fractions(count=50)


def test_a_larger_count_begins_with_the_problems_of_a_smaller_one():
    assert fractions(count=60)[:20] == fractions(count=20)


def test_another_seed_gives_other_problems():
    assert prompts(fractions(count=20)) != prompts(fractions(count=20, seed=1))


def test_no_problem_is_in_both_splits_whatever_the_seed():
    train, test = fractions(count=1000, seed=1), fractions(count=300, split="test", seed=2)
    assert not set(prompts(train)) & set(prompts(test))


def test_a_problem_carries_the_key_that_decides_it():
    [problem] = problems(Wanted("reasoning-gym/simple_equations", count=1))
    assert problem.verifier == "equation"
    assert set(problem.spec) == {"equation", "variable"}
    assert problem.spec["equation"] in problem.prompt
    assert problem.answers[0].lstrip("-").isdigit()


def test_a_family_without_a_verifier_of_ours_is_compared_as_text():
    [problem] = problems(Wanted("reasoning-gym/caesar_cipher", count=1))
    assert problem.verifier == "text"


def test_the_recipe_may_name_the_verifier():
    assert fractions(count=1, verifier="text")[0].verifier == "text"


def test_a_count_that_the_config_cannot_give_is_refused_with_the_number_there_is():
    with pytest.raises(SourceError, match=r"problems\.count .*\(train\): 50 wanted, .* only \d+ distinct"):
        list(problems(Wanted("reasoning-gym/gcd", config=FEW, count=50)))


def test_an_unknown_family_is_refused_with_those_there_are():
    with pytest.raises(SourceError, match=r"problems\.source: .*'countdwn'.* countdown,"):
        list(problems(Wanted("reasoning-gym/countdwn", count=1)))


@pytest.mark.parametrize(
    "config",
    [
        {"no_such_setting": 1},
        {"min_numbers": 9},
        {"min_numbers": "three"},
        {"seed": 3},
        {"min_numbers": 2, "max_numbers": 2, "max_value": 5, "min_target": 900},  # shows only when puzzles are made
    ],
)
def test_a_config_the_family_cannot_use_is_refused_by_field(config):
    with pytest.raises(SourceError, match=r"problems\.config of reasoning-gym/countdown"):
        list(problems(Wanted("reasoning-gym/countdown", count=1, config=config)))


@pytest.mark.parametrize(
    ("family", "why"),
    [("composite", "its puzzles are those of other families")],
)
def test_a_family_that_cannot_be_judged_is_refused_with_the_reason(family, why):
    with pytest.raises(SourceError, match=f"reasoning-gym/{family} is refused: {why}"):
        list(problems(Wanted(f"reasoning-gym/{family}", count=1)))


def test_a_family_judged_by_rules_needs_no_reference_answer():
    [problem] = problems(Wanted("reasoning-gym/rush_hour", count=1))
    assert (problem.answers, problem.verifier, set(problem.spec)) == ((), "rush-hour", {"board_config"})


def test_a_reference_answer_is_found_where_the_library_hides_it():
    [coloring] = problems(Wanted("reasoning-gym/graph_color", count=1))
    assert coloring.answers[0].startswith('{"0": ')
    [coin] = problems(Wanted("reasoning-gym/coin_flip", count=1))
    assert "/" in coin.answers[0]


def test_what_a_scorer_reads_stands_in_the_key_and_nothing_else():
    [problem] = problems(Wanted("reasoning-gym/tower_of_hanoi", count=1))
    assert problem.verifier == "reasoning-gym"
    assert set(problem.spec) == {"family", "metadata"}
    assert set(problem.spec["metadata"]) == {"num_disks", "num_pegs", "start_peg", "target_peg", "solution_length"}


@pytest.mark.parametrize("family", ["knights_knaves", "rearc", "graph_color", "string_splitting", "knight_swap"])
def test_a_key_survives_json(family):
    [problem] = (one for one in problems(Wanted(f"reasoning-gym/{family}", count=1)) if isinstance(one, Problem))
    assert json.loads(json.dumps(problem.spec)) == problem.spec


def test_a_puzzle_without_an_answer_is_skipped_and_said():
    found = list(islice(problems(Wanted("reasoning-gym/ab", config={"length": 2})), 40))
    skipped = [one for one in found if isinstance(one, Skipped)]
    assert skipped
    assert {one.reason for one in skipped} == {"no_reference"}
    assert all(one.answers[0].strip() for one in found if isinstance(one, Problem))
