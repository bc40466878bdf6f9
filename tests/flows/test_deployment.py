import inspect
from pathlib import Path

import yaml

from flows.prefect_flow import mill
from flows.recipe.file import load

ROOT = Path(__file__).parents[2]


def test_deployments_name_a_flow_a_recipe_and_parameters_that_exist():
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    assert deployments
    for deployment in deployments:
        file, _, name = deployment["entrypoint"].partition(":")
        assert (ROOT / file).exists()
        assert name == mill.fn.__name__
        assert set(deployment["parameters"]) <= set(inspect.signature(mill.fn).parameters)
        assert load(ROOT / deployment["parameters"]["recipe"])
        assert deployment["schedules"]


def test_a_recipe_is_a_parameter_that_prefect_accepts_as_path_and_as_tables():
    recipe = load(ROOT / "flows" / "recipes" / "nano.toml")
    assert mill.validate_parameters({"recipe": "nano.toml"})["recipe"] == "nano.toml"
    assert mill.validate_parameters({"recipe": recipe.model_dump(mode="json")})["recipe"] == recipe
