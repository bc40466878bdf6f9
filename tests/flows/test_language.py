"""Language on the road: a trace is held to the language of its problem."""

import pytest
from small import tables

from flows.recipe.file import check

THREE = {"min_numbers": 3, "max_numbers": 3, "min_value": 1, "max_value": 25, "min_target": 10, "max_target": 99}


def puzzles(count, **more):
    """Puzzles that are thought about in words, by one solver in eight in Chinese."""
    return [{"source": "reasoning-gym/countdown", "count": count, "config": THREE, **more}]


@pytest.mark.parametrize(("language", "failing"), [("en", "目标|试试"), ("zh", "Try")])
def test_a_trace_is_judged_in_the_language_of_its_problem(turn, language, failing):
    recipe = check(
        tables(
            problems=puzzles(30, language=language),
            stages=[
                {"do": "generate", "model": "search", "n": 2},
                {"do": "verify", "checks": ["language", "truncated"]},
            ],
        ),
        "language.toml",
    )
    found = turn(recipe).lake.sql(
        f"""SELECT regexp_matches(completion, '{failing}') AS foreign_words, outcome, reason, count(*) AS n
        FROM latest_verdicts JOIN traces USING (trace_id) WHERE check_name = 'language' GROUP BY ALL"""
    )
    outcomes = {(row["foreign_words"], row["outcome"], row["reason"]) for row in found.to_dicts()}
    assert outcomes == {(True, "fail", "mixed"), (False, "pass", None)}


def test_a_recipe_may_name_another_language(turn):
    recipe = check(
        tables(
            problems=puzzles(10),
            stages=[
                {"do": "generate", "model": "search", "n": 1},
                {"do": "verify", "checks": ["language"], "settings": {"language": {"target": "zh", "at_least": 0.5}}},
            ],
        ),
        "language.toml",
    )
    found = turn(recipe).lake.sql("SELECT DISTINCT detail ->> 'target' AS target FROM latest_verdicts")
    assert found["target"].to_list() == ["zh"]
