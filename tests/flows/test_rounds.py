"""Generation in rounds: as many samples as it takes, within a budget."""

import pytest
from small import equations

from flows import shortfall
from flows.recipe.file import check
from flows.stages import rounds
from warehouse.errors import RecipeError

PER_PROBLEM = """
SELECT problem_id, count(*) AS samples, count(*) FILTER (accepted) AS accepted, max(sample_index) + 1 AS reached
FROM marks GROUP BY problem_id
"""


@pytest.fixture
def sampling():
    """A recipe whose hasty teacher errs on most equations."""

    def recipe(**stage):
        tables = {
            "name": "rounds",
            "models": {name: {"backend": "solver", "path": name} for name in ("hasty", "search")},
            "problems": [equations(40)],
            "stages": [
                {"do": "generate", "model": "hasty", "shard": 15, **stage},
                {"do": "verify", "checks": ["answer", "format"]},
            ],
        }
        return check(tables, "rounds.toml")

    return recipe


def test_every_problem_gets_its_accepted_traces_or_all_its_samples(sampling, turn):
    run = turn(sampling(n=24, accept=2))
    found = run.lake.sql(PER_PROBLEM)
    assert found.height == 40
    assert ((found["accepted"] >= 2) | (found["samples"] == 24)).all()
    assert (found["samples"] == found["reached"]).all()
    assert found["samples"].sum() < 40 * 24
    assert "problems have 2 accepted" in rounds.told(run, run.recipe.stages[0])


def test_a_teacher_that_is_always_right_is_asked_no_more_than_is_wanted(sampling, turn):
    found = turn(sampling(n=24, accept=2, model="search")).lake.sql(PER_PROBLEM)
    assert found["samples"].to_list() == [2] * 40


def test_a_second_run_asks_for_nothing_and_a_higher_target_for_the_difference(sampling, turn):
    before = turn(sampling(n=24, accept=1)).lake.sql("SELECT trace_id, created_at FROM traces")
    assert turn(sampling(n=24, accept=1)).lake.sql("FROM traces").height == before.height
    after = turn(sampling(n=24, accept=2)).lake.sql("SELECT trace_id, created_at FROM traces")
    assert after.height > before.height
    assert before.join(after, on=["trace_id", "created_at"]).height == before.height


def test_rounds_and_a_fixed_n_ask_the_same_requests(sampling, turn):
    turn(sampling(n=8, accept=1))
    lake = turn(sampling(n=8)).lake
    assert lake.sql("SELECT count(*) AS n, count(DISTINCT trace_id) AS ids FROM traces").row(0) == (320, 320)


def test_a_budget_of_tokens_is_kept_over_all_runs(sampling, turn):
    spent = "SELECT sum(completion_tokens)::INT AS n, max(completion_tokens) AS longest FROM traces"
    recipe = sampling(n=24, accept=8, budget={"tokens": 2000})
    for _ in range(2):
        run = turn(recipe)
        tokens, longest = run.lake.sql(spent).row(0)
        # Within what the last round misjudged: less than a quarter of an answer per answer of a small round.
        assert 2000 - 2 * longest < tokens <= 2000 + 20 * longest
    assert "the budget is spent" in rounds.told(run, recipe.stages[0])
    assert not shortfall.of_run(run)
    more = turn(sampling(n=24, accept=8, budget={"tokens": 3000}))
    assert more.lake.sql(spent)["n"].item() > tokens


def test_sampling_stops_when_acceptance_collapses(sampling, turn):
    run = turn(sampling(n=64, min_acceptance=0.99))
    assert "acceptance fell to" in rounds.told(run, run.recipe.stages[0])
    assert 100 <= run.lake.sql("SELECT count(*) AS n FROM traces")["n"].item() <= 400


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({"n": 2, "accept": 3}, "raise n"),
        ({"budget": {"tokens": 0}}, "greater than 0"),
        ({"budget": {"tokens": 99}, "max_tokens": 100}, "less than the 100 that one answer may take"),
        ({"budget": {"euros": 3}}, "unknown key; expected one of tokens, device_seconds, cost"),
    ],
)
def test_targets_that_cannot_be_met_are_refused(sampling, stage, expected):
    with pytest.raises(RecipeError, match=expected):
        sampling(**stage)
