"""What a run on a cluster rests on, without one; tests/flows/test_ray.py has the cluster."""

import pickle
import time

import pytest
from small import tables

from flows import cluster, kept
from flows.kept import Kept
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run, Shard
from flows.stages import MODULES
from warehouse.errors import BadInput, ModelError, RecipeError, RunFailed
from warehouse.lake import Lake
from warehouse.lake.place import place_of


class Loaded:
    closed = False

    def close(self):
        self.closed = True


@pytest.fixture
def run(lake, recipe):
    return Run(recipe, lake, Progress(quiet=True))


def travelled(run):
    return pickle.loads(pickle.dumps(run))


def test_a_run_travels_with_what_it_knows_and_without_what_it_has_loaded(run):
    run.scope, run._completes["hasty"] = {"train": ["p1"]}, lambda requests: iter(())
    known, _ = run.weights("hasty"), run.asked
    run.progress.advance(3)
    there = travelled(run)
    assert (there.run_id, there.scope, there.weights("hasty")) == (run.run_id, run.scope, known)
    assert there._completes == {}
    assert "asked" not in vars(there)
    assert there.progress.counted()["count"] == 0


def test_weights_that_lie_elsewhere_on_a_node_are_found_there_and_others_refused(lake, tmp_path, tiny_model):
    (tmp_path / "here").symlink_to(tiny_model)
    given = tables(models={"tiny": {"path": "here"}}, stages=[{"do": "generate", "model": "tiny"}])
    run = Run(check({**given, "folder": str(tmp_path)}, "x"), lake, Progress(quiet=True))
    known = run.weights("tiny")
    there = travelled(run)
    there._weights["tiny"] = known.__class__(tmp_path / "not on this node", known.id)
    assert there.weights_here("tiny") == known
    there._weights["tiny"] = known.__class__(tmp_path / "not on this node", "of yesterday")
    with pytest.raises(ModelError, match="the run began with of yesterday"):
        there.weights_here("tiny")


def test_a_process_keeps_one_model_from_shard_to_shard(run):
    keeps, first, second = Kept(), travelled(run), travelled(run)
    with keeps.lent(first, "hasty"):
        loaded = first._completes["hasty"] = Loaded()
    with keeps.lent(second, "hasty"):
        assert second.complete("hasty") is loaded
    with keeps.lent(travelled(run), "search"):
        assert loaded.closed


def test_training_finds_a_process_with_nothing_loaded(run):
    keeps, first, second = Kept(), travelled(run), travelled(run)
    with keeps.lent(first, "hasty"):
        loaded = first._completes["hasty"] = Loaded()
    with keeps.lent(second, None):
        assert loaded.closed
        assert not second._completes


def test_a_model_that_nobody_asks_is_let_go(run, monkeypatch):
    monkeypatch.setattr(kept, "LINGER", 0.05)
    keeps = Kept()
    with keeps.lent(run, "hasty"):
        loaded = run._completes["hasty"] = Loaded()
        time.sleep(0.2)
        assert not loaded.closed
    deadline = time.monotonic() + 30
    while not loaded.closed:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_takes_long_goes_out_and_one_look_at_the_lake_stays(recipe, turn):
    run = turn(recipe, until="problems")
    generate, verify = recipe.stages[0], recipe.stages[2]
    assert all(cluster.goes_out(generate, shard) for shard in MODULES["generate"].pending(run, generate))
    run = turn(recipe, until="generate")
    strict = verify.model_copy(update={"settings": {"repetition": {}}})
    planned = {shard.name.split("-")[1]: shard for shard in MODULES["verify"].pending(run, strict)}
    assert not cluster.goes_out(strict, planned["duplicates"])
    assert not cluster.goes_out(recipe.problems, Shard("problems-x", 1, recipe.problems[0]))


def test_resources_stand_with_the_model_and_change_neither_recipe_nor_ids(recipe):
    models = {name: {**model, "resources": {"num_gpus": 2}} for name, model in tables()["models"].items()}
    asking = check(tables(models=models), "x")
    assert asking.models["hasty"].resources.num_gpus == 2
    assert asking.hash == recipe.hash
    with pytest.raises(RecipeError, match=r"models.hasty.resources.gpus: unknown key; expected one of num_gpus"):
        check(tables(models={"hasty": {"path": "hasty", "resources": {"gpus": 1}}}), "x")


@pytest.mark.parametrize(
    ("on", "expected"),
    [("spark", "expected ray"), ("ray://head", "expected ray"), ("ray://head:10001", "set PREFECT_API_URL")],
)
def test_where_a_run_cannot_go_it_says_so_at_once(on, expected):
    with pytest.raises(BadInput, match=expected):
        cluster.check(on, None)


def test_a_cluster_that_is_not_there_is_not_waited_for(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    for on in ("ray", "ray://127.0.0.1:1"):
        with pytest.raises(RunFailed, match="nothing answers at"):
            cluster.knock(on)
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    cluster.knock("ray")


def test_a_node_that_sees_no_lake_says_so(run):
    there = travelled(run)
    there.lake = Lake(run.lake.path)
    there.lake.place = place_of(run.lake.path / "not mounted")
    with pytest.raises(BadInput, match="does not see the lake"):
        cluster.arrived(there, "generate", run.recipe.stages[0], Shard("traces-x", 1, []))
