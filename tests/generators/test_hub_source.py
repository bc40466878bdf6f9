import json

import polars as pl
import pytest

from generators.sources import Wanted, problems
from warehouse.errors import SourceError

COLUMNS = {"prompt": "question", "answers": "answer"}


@pytest.fixture(autouse=True)
def caches_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def rows(split, size):
    return [{"question": f"{split} {number} + 1?", "answer": str(number + 1)} for number in range(size)]


@pytest.fixture(params=["parquet", "jsonl"])
def folder(tmp_path, request):
    """A dataset as the Hub lays it out: data/SPLIT-00000-of-00001.EXTENSION."""
    data = tmp_path / "sums" / "data"
    data.mkdir(parents=True)
    for split, size in (("train", 6), ("test", 2)):
        path = data / f"{split}-00000-of-00001.{request.param}"
        if request.param == "parquet":
            pl.DataFrame(rows(split, size)).write_parquet(path)
        else:
            path.write_text("".join(json.dumps(row) + "\n" for row in rows(split, size)))
    return tmp_path


def read(folder, **wanted):
    return list(problems(Wanted("hub", **{"path": "sums", "columns": COLUMNS, "folder": folder, **wanted})))


def test_a_local_folder_of_hub_form_gives_its_train_split(folder):
    found = read(folder)
    assert [(p.prompt, *p.answers) for p in found] == [(row["question"], row["answer"]) for row in rows("train", 6)]
    assert {p.source for p in found} == {"hub/sums"}


def test_config_chooses_the_dataset_split(folder):
    assert [p.prompt for p in read(folder, config={"split": "test"})] == [row["question"] for row in rows("test", 2)]


def test_a_split_may_be_sliced_and_count_ends_the_reading(folder):
    assert len(read(folder, config={"split": "train[1:5]"})) == 4
    assert len(read(folder, count=3)) == 3


def test_a_list_of_answers_stays_a_list(tmp_path):
    (tmp_path / "sums").mkdir()
    pl.DataFrame({"prompt": ["a"], "answers": [["4", "four"]]}).write_parquet(tmp_path / "sums" / "train.parquet")
    assert read(tmp_path, columns={})[0].answers == ("4", "four")


def test_a_missing_column_is_refused_with_the_columns_there_are(folder):
    with pytest.raises(SourceError, match="dataset sums has no column 'prompt' for prompt; it has question, answer"):
        read(folder, columns={})


@pytest.mark.parametrize("config", [{"split": "validation"}, {"name": "hard"}, {"no_such_option": 1}])
def test_a_config_that_does_not_load_is_refused_with_the_dataset_and_the_config(folder, config):
    with pytest.raises(SourceError, match="dataset 'sums' does not load with") as refusal:
        read(folder, config=config)
    assert str(config)[1:-1] in str(refusal.value)


def test_more_than_one_split_at_once_is_refused(folder):
    with pytest.raises(SourceError, match=r"problems\.config\.split"):
        read(folder, config={"split": ["train", "test"]})


def test_a_dataset_that_is_nowhere_is_refused_by_name(tmp_path):
    with pytest.raises(SourceError, match="dataset 'no-one/nothing' does not load"):
        read(tmp_path, path="no-one/nothing")


def test_a_missing_path_is_refused():
    with pytest.raises(SourceError, match=r"problems\.path: missing"):
        list(problems(Wanted("hub")))
