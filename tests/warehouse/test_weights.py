import shutil

import pytest

from warehouse.errors import ModelError
from warehouse.weights import fingerprint, resolve, served


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_text(f"the content of {name}")
    return folder


def test_a_checkpoint_is_named_by_its_content_wherever_it_lies(checkpoint, tmp_path):
    shutil.copytree(checkpoint, tmp_path / "copy")
    assert fingerprint(tmp_path / "copy") == fingerprint(checkpoint)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"])
def test_the_fingerprint_changes_with(checkpoint, file):
    before = fingerprint(checkpoint)
    (checkpoint / file).write_text("something else")
    assert fingerprint(checkpoint) != before


def test_another_shard_of_weights_changes_the_fingerprint(checkpoint):
    before = fingerprint(checkpoint)
    (checkpoint / "model-2.safetensors").write_text("")
    assert fingerprint(checkpoint) != before


def test_notes_beside_the_weights_do_not_change_the_fingerprint(checkpoint):
    before = fingerprint(checkpoint)
    (checkpoint / "README.md").write_text("notes")
    assert fingerprint(checkpoint) == before


def test_a_local_checkpoint_is_found_beside_the_recipe_or_by_its_path(checkpoint, tmp_path):
    beside, absolute = resolve("model", folder=tmp_path), resolve(str(checkpoint))
    assert beside == absolute
    assert beside.path == checkpoint
    assert beside.id == fingerprint(checkpoint)


def test_a_folder_without_a_config_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match=r"without config\.json"):
        resolve(str(tmp_path))


def test_weights_without_a_tokenizer_are_a_model_error(checkpoint):
    (checkpoint / "tokenizer.json").unlink()
    (checkpoint / "tokenizer_config.json").unlink()
    with pytest.raises(ModelError, match="no tokenizer"):
        resolve(str(checkpoint))


@pytest.mark.parametrize("path", ["./nowhere", "/nowhere/at/all", "~/nowhere-at-all", "a/b/c"])
def test_a_path_that_is_not_there_is_a_model_error_and_not_a_download(path):
    with pytest.raises(ModelError, match="no model"):
        resolve(path)


@pytest.mark.parametrize("path", ["nobody/has-this-model", "not a name"])
def test_a_model_that_the_hub_does_not_give_is_a_model_error(path):
    with pytest.raises(ModelError, match="the Hub does not give it"):
        resolve(path)


def test_what_a_server_has_is_known_by_name_and_by_what_every_request_says_besides(checkpoint):
    assert served("some/model").id == served("some/model", body={}).id == "some/model@served"
    assert served(str(checkpoint)).id == fingerprint(checkpoint)
    one, same, other = ({"top_k": 20, "min_p": 0.1}, {"min_p": 0.1, "top_k": 20}, {"top_k": 40})
    assert served("some/model", body=one).id == served("some/model", body=same).id
    assert len({served("some/model", body=body).id for body in (None, one, other)}) == 3
