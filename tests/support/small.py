"""A small recipe whose teachers are solvers: every stage but training, for real, in a few seconds."""

import json
import multiprocessing

from flows.mill import grind
from flows.progress import Progress
from flows.run import Run
from warehouse.lake import Lake

EQUATIONS = {"min_terms": 2, "max_terms": 2, "min_value": 1, "max_value": 20, "operators_weights": [0.6, 0.4, 0.0]}


def equations(count, **more):
    return {"source": "reasoning-gym/simple_equations", "count": count, "config": EQUATIONS, **more}


def tables(**changes):
    """The recipe as TOML would give it: a hasty teacher that errs, a searching one that does not."""
    return {
        "name": "small",
        "models": {
            "hasty": {"backend": "solver", "path": "hasty"},
            "search": {"backend": "solver", "path": "search"},
        },
        "problems": [equations(12), equations(6, split="test")],
        "stages": [
            {"do": "generate", "model": "hasty", "n": 3, "shard": 5},
            {"do": "generate", "model": "search", "n": 1, "shard": 5},
            {"do": "verify", "checks": ["answer", "format", "repetition", "duplicates"]},
            {"do": "journey", "builder": "stitched"},
            {"do": "release", "select": "accepted", "configs": ["default"]},
            {"do": "evaluate", "models": ["hasty", "search"], "n": 2, "ks": [2]},
        ],
    } | changes


def grind_in_process(recipe, lake):
    grind(Run(recipe, Lake(lake, create=True), Progress(quiet=True)))


def in_process(recipe, lake):
    """The recipe's run in a process of its own, started."""
    process = multiprocessing.get_context("spawn").Process(target=grind_in_process, args=(recipe, lake))
    process.start()
    return process


def toml(value):
    """A value as TOML; inline tables are all a recipe needs."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)
