"""What a run would take, said before it runs."""

import pytest
import scripted
from small import equations, tables

from flows.planning import plan_of
from flows.recipe.file import check
from flows.recipe.parts import Model, Problems
from warehouse.errors import BadInput


def generating(**stage):
    models = {"models": {name: {"backend": "solver", "path": "search"} for name in ("search", "ada")}}
    stages = [{"do": "generate", "model": "search", "n": 4, "max_tokens": 100, **stage}]
    return check(tables(**models, stages=[*stages, {"do": "verify", "checks": ["answer"]}]), "small.toml")


def row(recipe, lake):
    (found,) = [row for row in plan_of(recipe, lake) if row["stage"] == "generate"]
    return found


def test_before_anything_ran_the_longest_answers_are_expected(tmp_path):
    told = row(generating(), tmp_path / "nowhere")
    assert (told["to do"], told["tokens"], told["device hours"], told["basis"]) == (48, 4800, None, "at most")
    assert not (tmp_path / "nowhere").exists()


def test_afterwards_what_the_traces_so_far_took_is_expected_of_the_next(turn):
    run = turn(generating())
    mean = run.lake.sql("SELECT avg(completion_tokens) AS mean FROM traces")["mean"].item()
    told = row(generating(n=6), run.lake.path)
    assert (told["at most"], told["to do"], told["basis"]) == (72, 24, "as 48 traces so far")
    assert told["tokens"] == pytest.approx(24 * mean, abs=0.01)
    assert told["device hours"] is not None


def test_a_budget_bounds_what_is_expected(tmp_path):
    assert row(generating(budget={"tokens": 1000}), tmp_path)["tokens"] == 1000


def test_in_rounds_the_expected_number_of_samples_is_told(turn):
    recipe = generating(accept=1, n=8)
    told = row(recipe, turn(recipe).lake.path)
    assert told["to do"] == 0  # a teacher that is always right has given each problem its one
    told = row(generating(accept=3, n=8), turn(recipe).lake.path)
    assert 12 * 2 <= told["to do"] < 12 * 4


def test_money_is_told_where_a_model_has_a_price(tmp_path):
    options = {"url": "http://127.0.0.1:9/v1", "price": {"input": 1.0, "output": 10.0}}
    recipe = check(
        {
            "name": "priced",
            "models": {"ada": {"backend": "openai", "path": "ada", "options": options}},
            "problems": [equations(10)],
            "stages": [{"do": "generate", "model": "ada", "n": 10, "max_tokens": 1000}],
        },
        "priced.toml",
    )
    assert row(recipe, tmp_path)["cost"] == pytest.approx(100 * 1000 * 10 / 1e6)


def test_what_is_left_of_a_budget_bounds_what_is_expected(turn):
    run = turn(generating(n=4))
    spent = run.lake.sql("SELECT sum(completion_tokens)::INT AS n FROM traces")["n"].item()
    assert row(generating(n=100, budget={"tokens": spent + 200}), run.lake.path)["tokens"] == 200


@pytest.fixture
def scripting(tiny_model):
    def recipe(options, **stage):
        ada = {"backend": f"{scripted.__file__}:scripted", "path": str(tiny_model), "options": options}
        return generating(model="ada", **stage).model_copy(update={"models": {"ada": Model(**ada)}})

    return recipe


def test_cut_answers_are_to_be_done_as_well(scripting, turn):
    run = turn(scripting({"long": 80}, n=1, max_tokens=40), until="generate")
    assert row(scripting({"long": 80}, n=1, max_tokens=80, truncated="continue"), run.lake.path)["to do"] == 12


def test_servers_that_count_no_tokens_are_expected_to_use_all(scripting, turn):
    run = turn(scripting({"counts": False}, n=4), until="generate")
    told = row(scripting({"counts": False}, n=5), run.lake.path)
    assert (told["to do"], told["tokens"]) == (12, 12 * 100)


def test_a_price_without_its_output_is_refused(tmp_path):
    options = {"url": "http://127.0.0.1:9/v1", "price": {"input": 1.0}}
    ada = Model(backend="openai", path="ada", options=options)
    recipe = generating(model="search").model_copy(update={"models": {"search": ada}})
    with pytest.raises(BadInput, match=r"models.search.options.price.output"):
        plan_of(recipe, tmp_path)


def test_how_many_a_file_holds_is_not_known_before_it_is_read(tmp_path):
    recipe = generating().model_copy(update={"problems": (Problems(source="file", path="sums.jsonl"),)})
    assert [told["at most"] for told in plan_of(recipe, tmp_path)][:2] == [None, None]
