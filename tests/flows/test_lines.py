"""Failures, cut answers and rounds together, with a teacher that does as it is told."""

import pytest
import scripted
from small import equations

from flows import report, shortfall
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.stages import generate, rounds
from warehouse.errors import BadInput, RunFailed
from warehouse.lake import Lake


@pytest.fixture
def scripting(tiny_model):
    def recipe(options=None, **stage):
        ada = {"backend": f"{scripted.__file__}:scripted", "path": str(tiny_model), "options": options or {}}
        tables = {
            "name": "lines",
            "models": {"ada": ada},
            "problems": [equations(6)],
            "stages": [
                {"do": "generate", "model": "ada", "n": 2, "tolerate": 1.0, "shard": 4, **stage},
                {"do": "verify", "checks": ["format"]},
                {"do": "release", "select": "all"},
            ],
        }
        return check(tables, "lines.toml")

    return recipe


SIZE = "SELECT count(*) AS n FROM traces"


def test_children_that_fail_are_missed(scripting, turn):
    turn(scripting({"long": 8}, max_tokens=4))
    run = turn(scripting({"long": 8, "fails": ["continue"]}, max_tokens=8, truncated="continue"))
    assert shortfall.told(shortfall.of_run(run)) == "12 requests got no answer (server_error 12)"
    with pytest.raises(RunFailed, match=r"[0-9]+ requests got no answer \(server_error"):
        turn(scripting({"long": 8, "fails": ["continue"]}, max_tokens=8, truncated="continue", tolerate=0.1))
    assert not shortfall.of_run(turn(scripting({"long": 8}, max_tokens=8, truncated="continue")))


def test_a_failure_is_missed_in_rounds_only_while_its_problem_lacks(scripting, turn):
    assert not shortfall.of_run(turn(scripting({"fails": [0]}, n=4, accept=2)))
    assert shortfall.of_run(turn(scripting({"fails": [0]}, n=4, accept=4))) == {"server_error": 6}


def test_what_has_failed_is_counted_from_round_to_round(scripting, turn):
    with pytest.raises(RunFailed, match=r"requests got no answer \(server_error [0-9]+\), more than.*30%"):
        turn(scripting({"fails": [1, 2, 3]}, n=64, accept=2, tolerate=0.3))


def test_failures_of_a_last_few_requests_are_tolerated_as_they_were_in_the_run_before(scripting, turn):
    recipe = scripting({"fails": [0]}, n=4, accept=4, tolerate=0.5)
    assert shortfall.of_run(turn(recipe)) == shortfall.of_run(turn(recipe)) == {"server_error": 6}


@pytest.mark.parametrize(("truncated", "tokens"), [("continue", 6 * 8), ("again", 6 * (4 + 8))])
def test_in_rounds_a_cut_answer_comes_before_new_samples_and_its_line_is_counted_whole(
    scripting, turn, truncated, tokens
):
    run = turn(scripting({"long": 8}, n=1, max_tokens=4, accept=1))
    assert rounds.tally(run, run.recipe.stages[0]).accepted == [0] * 6
    run = turn(scripting({"long": 8}, n=5, max_tokens=8, accept=1, truncated=truncated))
    so_far = rounds.tally(run, run.recipe.stages[0])
    assert so_far.accepted == [1] * 6
    assert so_far.spent == {"tokens": tokens, "device_seconds": 12, "cost": 12}
    assert run.lake.sql(SIZE)["n"].item() == 12


def test_a_spent_budget_goes_for_cut_answers_as_well(scripting, turn):
    turn(scripting({"long": 8}, n=2, max_tokens=4))
    recipe = scripting({"long": 8}, n=2, max_tokens=8, truncated="continue", budget={"tokens": 64})
    run = turn(recipe)
    assert rounds.tally(run, recipe.stages[0]).spent["tokens"] <= 64 + 8
    assert not generate.pending(run, recipe.stages[0])


def test_later_samples_count_where_the_first_are_not_there(scripting, turn):
    turn(scripting({"fails": list(range(8))}, n=10))
    recipe = scripting(n=10, accept=2)
    run = turn(recipe)
    assert run.lake.sql(SIZE)["n"].item() == 12
    assert rounds.tally(run, recipe.stages[0]).accepted == [2] * 6


def test_answers_without_a_count_of_tokens_are_taken_for_the_longest(scripting, turn):
    recipe = scripting({"counts": False}, n=10, max_tokens=10, budget={"tokens": 100})
    run = turn(recipe)
    assert run.lake.sql(SIZE)["n"].item() == 10
    assert "100 of 100 tokens" in rounds.told(run, recipe.stages[0])


def test_the_limit_that_binds_is_named(scripting, turn):
    recipe = scripting(n=10, budget={"tokens": 100_000, "cost": 20.0})
    assert "20 of 20 cost" in rounds.told(turn(recipe), recipe.stages[0])


def test_who_was_superseded_is_neither_released_nor_counted_beside_its_child(scripting, turn):
    turn(scripting({"long": 8}, max_tokens=4))
    run = turn(scripting({"long": 8}, max_tokens=8, truncated="continue"))
    made = run.releases["lines"]
    lost = run.lake.sql("SELECT trace_id FROM traces WHERE strategy = 'sample'")["trace_id"]
    assert made.dropped.rows() == [(trace, "superseded") for trace in sorted(lost)]
    assert made.kept.height == 12
    assert run.lake.sql("SELECT traces, finished FROM funnel").rows() == [(12, 12)]
    assert [(row["traces"], row["acceptance"]) for row in report.funnel(run)] == [(12, "100.0%")]


@pytest.mark.parametrize("backend", ["solver", "openai"])
def test_a_budget_of_money_needs_a_price(backend, tmp_path):
    options = {"url": "http://127.0.0.1:9/v1"} if backend == "openai" else {}
    tables = {
        "name": "priceless",
        "models": {"ada": {"backend": backend, "path": "search", "options": options}},
        "problems": [equations(6)],
        "stages": [{"do": "generate", "model": "ada", "budget": {"cost": 1.0}}],
    }
    with pytest.raises(BadInput, match=r"budget.cost: nothing says what answers of 'ada' cost"):
        Run(check(tables, "priceless.toml"), Lake(tmp_path, create=True), Progress(quiet=True)).examine()


def test_another_run_may_have_given_a_parent_its_child_meanwhile(scripting, turn):
    turn(scripting({"long": 8}, max_tokens=4))
    recipe = scripting({"long": 8}, max_tokens=8, truncated="again")
    late = turn(recipe, until="problems")
    shards = generate.pending(late, recipe.stages[0])
    assert {shard.name.partition(".")[0] for shard in shards} == {
        shard.name.partition(".")[0]
        for shard in generate.pending(late, scripting({"long": 8}, max_tokens=8, truncated="continue").stages[0])
    }
    lake = turn(scripting({"long": 8}, max_tokens=8, truncated="continue")).lake
    for shard in shards:
        assert generate.work(late, recipe.stages[0], shard)["traces"] == 0
    assert lake.sql(SIZE)["n"].item() == 24


def test_an_answer_longer_than_its_limit_and_todays_is_left_alone(scripting, turn):
    turn(scripting({"long": 8, "over": 3}, max_tokens=4))
    run = turn(scripting({"long": 8}, max_tokens=6, truncated="continue"))
    assert run.lake.sql(SIZE)["n"].item() == 12
