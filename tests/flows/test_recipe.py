import json
from pathlib import Path

import pytest
from small import tables

from flows.recipe.file import SHIPPED, check, load
from warehouse.errors import RecipeError


def refused(**changes):
    with pytest.raises(RecipeError) as caught:
        check(tables(**changes), "my.toml")
    return str(caught.value)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda file: file.name)
def test_shipped_recipes_load_and_begin_with_the_command_that_runs_them(file):
    assert load(file).stages
    command, _, elsewhere = file.read_text().partition("\n")[0].partition(" --lake ")
    assert command == f"# thoughtmill run flows/recipes/{file.name}"
    assert elsewhere in ("", "../journeys")  # an experiment keeps its lake out of the checkout


def test_an_unknown_key_is_refused_with_its_place_and_the_known_ones():
    told = refused(stages=[{"do": "generate", "model": "hasty", "temprature": 1.0}])
    assert "my.toml: stages[0].temprature: unknown key" in told
    assert "temperature" in told


def test_a_wrong_type_says_what_was_found():
    assert "stages[0].n" in (told := refused(stages=[{"do": "generate", "model": "hasty", "n": "four"}]))
    assert "'four'" in told


def test_an_unknown_stage_lists_the_known_ones():
    assert "generate, verify, judge, rewrite, value, journey" in refused(stages=[{"do": "jorney"}])


def test_a_stage_that_names_no_model_of_the_recipe_is_refused():
    assert "no model named 'tutor'; expected hasty, search" in refused(stages=[{"do": "generate", "model": "tutor"}])


def test_a_trained_model_is_known_to_the_stages_after_it_only():
    models = tables()["models"] | {"base": {"path": "nano-base"}}
    train = {"do": "train", "model": "base", "produces": "student"}
    exam = {"do": "evaluate", "models": ["student"]}
    release = {"do": "release"}
    assert check(tables(models=models, stages=[release, train, exam]), "x").stages
    assert "no model named 'student'" in refused(models=models, stages=[release, exam, train])
    assert "'hasty' is taken" in refused(models=models, stages=[release, train | {"produces": "hasty"}])


@pytest.mark.parametrize("backend", ["openai", "solver"])
def test_what_has_no_weights_here_is_not_trained(backend):
    models = tables()["models"] | {"far": {"backend": backend, "path": "search"}}
    train = {"do": "train", "model": "far", "produces": "student"}
    assert f"'far' has no weights to train (backend {backend})" in refused(
        models=models, stages=[{"do": "release"}, train]
    )


def test_a_student_needs_a_release_before_it_and_an_exam_needs_held_out_problems():
    models = {"models": tables()["models"] | {"base": {"path": "nano-base"}}}
    train = {"do": "train", "model": "base", "produces": "student"}
    assert "no release stage comes before it" in refused(**models, stages=[train, {"do": "release"}])
    assert "no release 'other' before it" in refused(**models, stages=[{"do": "release"}, train | {"release": "other"}])
    assert "no held-out problems" in refused(problems=tables()["problems"][:1])


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": "anything"},
        {"note": "hf_abcdefghijklmnopqrstuvwxyz"},
        {"deep": {"list": ["sk-proj-abcdefghijklmnopqrst"]}},
        {"password": "x"},
    ],
)
def test_a_literal_secret_is_refused(options):
    models = {"hasty": {"backend": "solver", "path": "hasty", "options": options}}
    assert "literal secret" in refused(models=models)


def test_a_secret_named_by_environment_variable_is_welcome():
    models = tables()["models"] | {"api": {"path": "x", "options": {"api_key_env": "OPENAI_API_KEY"}}}
    assert check(tables(models=models), "x")


def test_a_secret_never_appears_in_the_message():
    models = {"hasty": {"backend": "solver", "path": "hasty", "options": {"api_key": "sk-do-not-show-this-one"}}}
    assert "do-not-show" not in refused(models=models)


def test_overrides_reach_tables_lists_and_stages_by_their_verb():
    recipe = load(SHIPPED / "nano.toml", ("generate.n=6", "models.teacher.path=other", "problems.0.count=7"))
    assert recipe.stages[0].n == 6
    assert recipe.models["teacher"].path == "other"
    assert recipe.problems[0].count == 7


@pytest.mark.parametrize("override", ["generate.n", "problems.99.count=1", "name.x=1", "journey.builder.x.y=1"])
def test_an_override_that_fits_nowhere_is_refused(override):
    with pytest.raises(RecipeError):
        load(SHIPPED / "nano.toml", (override,))


def test_broken_toml_and_a_missing_file_are_named(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "x')
    with pytest.raises(RecipeError, match=r"broken\.toml: not valid TOML"):
        load(broken)
    with pytest.raises(RecipeError, match=r"missing\.toml.*shipped: blueprint\.toml, .*nano\.toml"):
        load(tmp_path / "missing.toml")


def test_the_folder_a_recipe_lies_in_does_not_change_its_hash(tmp_path):
    copies = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        copies.append(tmp_path / folder / "nano.toml")
        copies[-1].write_bytes((SHIPPED / "nano.toml").read_bytes())
    assert load(copies[0]).hash == load(copies[1]).hash != load(copies[0], ("generate.n=5",)).hash


def test_a_taste_asks_for_fewer_problems():
    assert {problem.count for problem in load(SHIPPED / "nano.toml").limited(5).problems} == {5}


def test_a_recipe_survives_json_as_a_flow_parameter():
    recipe = load(SHIPPED / "nano.toml")
    assert check(json.loads(recipe.model_dump_json()), "x") == recipe
    assert Path(recipe.folder) == SHIPPED


def test_a_trained_model_runs_like_the_one_it_came_from():
    models = tables()["models"] | {"base": {"backend": "vllm", "path": "nano-base"}}
    student = {"do": "train", "model": "base", "produces": "student"}
    grown = {"do": "train", "model": "student", "produces": "grown"}
    blank = {"do": "train", "method": "scratch", "produces": "blank"}
    recipe = check(tables(models=models, stages=[*tables()["stages"], student, grown, blank]), "x")
    assert recipe.model_behind("student") == recipe.model_behind("grown") == recipe.models["base"]
    assert recipe.model_behind("blank").backend == "transformers"
