"""The stage train: what a release says of its rows arrives at the trainer."""

import json

import polars as pl
import pytest
from small import equations, tables
from transformers import AutoTokenizer

from flows.recipe.file import check
from flows.stages import train
from trainers import sft
from warehouse.errors import BadInput, RunFailed

NARROW = {"model": "tiny", "epochs": 1, "batch_size": 4, "precision": "float32", "max_tokens": 2048}


def recipe(model, *trains, **changes):
    """The small recipe with stages that train the tiny model on its journeys."""
    told = tables(**changes)
    stages = [one for one in told["stages"] if one["do"] != "evaluate"]
    stages[-1] |= {"kinds": ["journey"]}
    models = told["models"] | {"tiny": {"backend": "transformers", "path": str(model)}}
    return check(
        told | {"models": models, "stages": stages + [{"do": "train", **NARROW, **one} for one in trains]}, "x"
    )


@pytest.fixture(scope="session")
def roomy(tmp_path_factory):
    """The tiny model, with room for a journey."""
    from trainers.scratch import Architecture, create

    shape = Architecture(vocabulary=1400, hidden=16, layers=1, heads=2, kv_heads=1, intermediate=32, context=2048)
    return create(["<think>\nx = 4\n</think>\n\n4"], tmp_path_factory.mktemp("model") / "roomy", shape)


def trained(run, name):
    return json.loads((run.trained[name] / "training.json").read_text())


def test_the_spans_of_a_release_decide_what_is_left_out_of_the_loss(turn, roomy):
    wanted = recipe(roomy, {"produces": "whole"}, {"produces": "masked", "mask": ["wrong", "turn"]})
    run = turn(wanted)
    (made,) = run.releases.values()
    rows = pl.read_parquet(made.folder(run.lake) / "default" / "*.parquet").to_dicts()
    assert {span["label"] for row in rows for span in row["spans"]} == {"wrong", "turn", "right"}
    tokenizer = AutoTokenizer.from_pretrained(roomy)
    left_out = [[span for span in row["spans"] if span["label"] != "right"] for row in rows]
    expected = [sft.render(tokenizer, row["messages"], out) for row, out in zip(rows, left_out, strict=True)]
    whole, masked = trained(run, "whole"), trained(run, "masked")
    assert whole["rows"] == masked["rows"] == len(rows)
    assert whole["learned_tokens"] == whole["target_tokens"] == sum(one.target_tokens for one in expected)
    assert masked["learned_tokens"] == sum(one.learned_tokens for one in expected) < masked["target_tokens"]
    assert masked["target_tokens"] == whole["target_tokens"]


def test_a_set_of_so_many_tokens_is_the_first_rows_of_the_release(turn, roomy):
    run = turn(recipe(roomy, {"produces": "few", "tokens": 150}))
    (made,) = run.releases.values()
    file = next((made.folder(run.lake) / "default").glob("*.parquet"))
    tokenizer = AutoTokenizer.from_pretrained(roomy)
    sizes = [sft.render(tokenizer, chat).target_tokens for chat in pl.read_parquet(file)["messages"].to_list()]
    told = trained(run, "few")
    assert 0 < told["rows"] < len(sizes)
    assert sum(sizes[: told["rows"] - 1]) < 150 <= told["target_tokens"] == sum(sizes[: told["rows"]])


def test_a_set_that_the_release_cannot_fill_stops_the_run(turn, roomy):
    with pytest.raises(RunFailed, match=r"train \(few\): tokens is 9,999,999, but the rows have"):
        turn(recipe(roomy, {"produces": "few", "tokens": 9_999_999}))


def test_seeds_make_a_student_each(turn, roomy):
    one_by_one = {"batch_size": 1}
    seeds = [1, 2, 3, 4, 5]
    run = turn(recipe(roomy, one_by_one | {"produces": "many", "seeds": seeds}))
    assert set(run.trained) == {f"many-{seed}" for seed in seeds}
    told = {name: trained(run, name)["settings"] for name in run.trained}
    assert [told[f"many-{seed}"]["seed"] for seed in seeds] == seeds
    assert len({(folder / "model.safetensors").read_bytes() for folder in run.trained.values()}) > 1
    with pytest.raises(BadInput, match=r"'many-3' is taken by another model"):
        recipe(roomy, {"produces": "many", "seeds": [3, 5]}, {"produces": "many-3"})
    with pytest.raises(BadInput, match="seeds: one of them stands there twice"):
        recipe(roomy, {"produces": "many", "seeds": [3, 3]})


def test_a_label_that_no_span_has_is_refused(roomy):
    with pytest.raises(BadInput, match=r"mask.*'wrong', 'turn' or 'right'"):
        recipe(roomy, {"produces": "masked", "mask": ["mistake"]})


def test_another_mask_or_another_size_is_another_checkpoint(turn, roomy):
    stages = [{"produces": f"student-{n}", **more} for n, more in enumerate(({}, {"mask": ["wrong"]}, {"tokens": 150}))]
    wanted = recipe(roomy, *stages, problems=[equations(3)])
    run = turn(wanted, until="release")
    assert len({train.checkpoint(run, stage).name[-8:] for stage in wanted.stages[-3:]}) == 3
