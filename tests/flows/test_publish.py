"""A release of the lake, published by the command, and what a trainer makes of what arrives."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from handmade import problem, trace
from hub import READER, WRITER, Fault, StandInHub
from publisher import Publisher
from releases import release
from small import tables

from flows.mill import grind
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from trainers import sft
from warehouse.hub.inspection import folder as folders
from warehouse.lake import Lake
from warehouse.lake.takedown import Wanted, take_down
from warehouse.text import thinking
from warehouse.weights import SHIPPED

COMMAND = Path(sys.executable).with_name("thoughtmill")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with StandInHub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def publisher(hub, tmp_path_factory):
    made = Publisher(hub.environment(tmp_path_factory.mktemp("home")))
    yield made
    made.close()


@pytest.fixture
def publish(publisher):
    """The command, in a process that has started already."""
    return partial(publisher.command, "release", "publish")


@pytest.fixture
def start(hub, tmp_path):
    """The command, in a process of its own."""

    def run(*arguments, **more):
        environment = {**os.environ, **hub.environment(tmp_path / "home"), **more}
        told = [COMMAND, "release", "publish", *arguments]
        return subprocess.Popen(told, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return run


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the small recipe's release, in all configs."""
    recipe = tables()
    next(stage for stage in recipe["stages"] if stage["do"] == "release").pop("configs")
    run = Run(check(recipe, "small.toml"), Lake(tmp_path_factory.mktemp("lake"), create=True), Progress(quiet=True))
    run.examine()
    grind(run, "release")
    return run.releases["small"].folder(run.lake)


def test_a_release_is_published_by_its_name_and_then_it_is_there(hub, built, publish):
    lake = built.parents[1]
    told = publish("small", "--to", "org/named", "--tag", "v1", "--waive", "unchecked", "--lake", lake)
    assert told.returncode == 0, told.stderr
    assert "is v1 of org/named" in told.stdout
    assert hub.repo("org/named")["private"]
    files = {path: what for path, what in hub.files("org/named", "v1").items() if path != ".gitattributes"}
    assert files == {
        file.relative_to(built).as_posix(): file.read_bytes() for file in built.rglob("*") if file.is_file()
    }
    again = publish(built, "--to", "org/named", "--tag", "v1", "--waive", "unchecked", "--format", "json")
    assert again.returncode == 0
    made = json.loads(again.stdout)
    assert (made["done_before"], made["sent"], made["commit"]) == (True, {}, hub.repo("org/named")["head"])


def test_a_dry_run_tells_files_and_refusals_and_needs_no_token(hub, tmp_path, publish):
    folder = release(tmp_path / "r", contamination=None)
    told = publish(folder, "--to", "org/dry", "--dry-run", token=None)
    assert told.returncode == 2
    assert "refused: unchecked: manifest.json" in told.stdout
    assert "would send data/default/train-00000-of-00001.parquet" in told.stdout
    assert "would not be published as it is" in told.stderr
    told = publish(folder, "--to", "org/dry", "--dry-run", "--waive", "unchecked", token=None)
    assert told.returncode == 0
    assert "3 files to send" in told.stdout
    assert not hub.path("org/dry").exists()


@pytest.mark.parametrize(
    ("arguments", "token", "status", "message"),
    [
        (["--to", "demo"], WRITER, 2, "expected an organisation or user and a name, such as org/demo"),
        (["--to", "org/out"], None, 2, "set HF_TOKEN to one with the role write"),
        (["--to", "org/out"], READER, 1, "may not write there: it needs the role write"),
        (["--to", "org/out", "--waive", "everything"], WRITER, 2, "expected one of card"),
    ],
)
def test_exit_codes_tell_bad_input_from_a_failed_upload(tmp_path, publish, arguments, token, status, message):
    told = publish(release(tmp_path / "r"), *arguments, token=token)
    assert told.returncode == status, told.stderr
    assert told.stderr.startswith("thoughtmill: ")
    assert message in told.stderr
    assert "Traceback" not in told.stderr
    assert WRITER not in told.stdout + told.stderr
    assert READER not in told.stdout + told.stderr


def test_a_hub_that_hangs_is_one_message_after_the_limit_and_exit_1(hub, tmp_path, publish):
    folder = release(tmp_path / "r")
    hub.faults.append(Fault("POST", "/commit/", hang=True))
    told = publish(folder, "--to", "org/hangs", "--patience", 1)
    hub.faults.clear()
    assert told.returncode == 1
    assert "committing to org/hangs" in told.stderr
    assert "does not answer within 1 s" in told.stderr
    assert "the same command goes on from there" in told.stderr
    assert publish(folder, "--to", "org/hangs").returncode == 0


@pytest.mark.parametrize(
    ("where", "status", "message"),
    [
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, 1, "http://127.0.0.1:9 cannot be reached"),
        ({"HF_ENDPOINT": "hub.example"}, 2, "HF_ENDPOINT is 'hub.example'; expected an address"),
        ({"HF_HUB_OFFLINE": "1"}, 2, "HF_HUB_OFFLINE is set; unset it to publish"),
    ],
    ids=["away", "no address", "offline"],
)
def test_a_hub_that_cannot_be_reached_is_told(tmp_path, start, where, status, message):
    process = start(release(tmp_path / "r"), "--to", "org/away", "--patience", "1", **where)
    _, said = process.communicate(timeout=60)
    assert process.returncode == status, said
    assert message in said
    assert "Traceback" not in said


def test_stopped_by_its_scheduler_it_says_so_and_goes_on(hub, tmp_path, start, publish):
    folder = release(tmp_path / "r")
    process = start(folder, "--to", "org/stops")
    hub.faults.append(Fault("POST", "/commit/", then=process.terminate, hang=True, times=1))
    _, said = process.communicate(timeout=60)
    assert (process.returncode, "the same command goes on from there" in said) == (130, True), said
    assert publish(folder, "--to", "org/stops").returncode == 0


def test_a_release_whose_rows_were_taken_down_since_is_refused(hub, tmp_path, publish):
    lake = Lake(tmp_path / "lake", create=True)
    lake.commit("problems", [problem("p-t3")])
    lake.commit("traces", [trace("t3", "p-t3")])
    folder = release(lake.path / "releases" / "demo-1")
    take_down(lake, Wanted(traces=("t3",)), "its author asked for it")
    for name in ("demo", folder):
        told = publish(name, "--to", "org/gone", "--lake", lake.path)
        assert told.returncode == 2
        assert "takedowns: data/default/train-00000-of-00001.parquet: 1 rows have been taken down" in told.stderr
    assert not hub.path("org/gone").exists()


# What arrives


@pytest.fixture(scope="module")
def arrived(publisher, built):
    """{config: {split: rows}} of the small recipe's release, as ``datasets`` loads it from the Hub."""
    publisher(built, "org/arrives", waive=["unchecked"])
    configs = dict.fromkeys(part.config for part in folders.read(built).parts)
    return {config: publisher.load("org/arrives", config) for config in configs}


def test_what_arrives_is_what_was_released_and_a_trainer_learns_its_thinking(arrived, built, tiny_model):
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    released = {}
    for part in folders.read(built).parts:
        rows = pq.read_table(built / part.file).to_pylist()
        released.setdefault(part.config, {}).setdefault(part.split, []).extend(rows)
    assert arrived == released
    chats = [row["messages"] for row in arrived["default"]["train"]]
    assert chats
    thoughts = [thinking(chat[-1]["content"]) for chat in chats]
    assert all(thoughts)

    # Our own way: the loss covers the answer as it was written.
    tokenizer = AutoTokenizer.from_pretrained(SHIPPED / "nano-teacher")
    for chat in chats:
        labels = sft.render(tokenizer, chat).labels
        assert chat[-1]["content"] in tokenizer.decode([label for label in labels if label != -100])

    # TRL's own way with prompt and completion, which is what its manual tells a reader of the dataset to do.
    tiny = AutoTokenizer.from_pretrained(tiny_model)
    pairs = Dataset.from_list([{"prompt": chat[:-1], "completion": chat[-1:]} for chat in chats[:4]])
    settings = SFTConfig(
        output_dir=str(built.parents[1] / "trainer"), max_length=None, bf16=False, use_cpu=True, report_to="none",
        per_device_train_batch_size=4, train_sampling_strategy="sequential",
    )  # fmt: skip
    trainer = SFTTrainer(model=str(tiny_model), processing_class=tiny, train_dataset=pairs, args=settings)
    (batch,) = list(trainer.get_train_dataloader())
    told = {tiny.decode([label for label in labels if label != -100]) for labels in batch["labels"].tolist()}
    for chat, thought in zip(chats[:4], thoughts, strict=False):
        assert any(thought in learned and chat[0]["content"] not in learned for learned in told)


STRIPS = """{%- for message in messages -%}
{%- set content = message.content -%}
{%- if message.role == "assistant" and "</think>" in content -%}
{%- set content = content.split("</think>")[-1].lstrip("\\n") -%}
{%- endif -%}
<|im_start|>{{ message.role }}\n{{ content }}<|im_end|>\n
{%- endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant\n{%- endif -%}"""


def test_a_stock_template_that_strips_thinking_is_told_from_one_that_keeps_it(arrived):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(SHIPPED / "nano-teacher")
    chat = arrived["default"]["train"][0]["messages"]
    sft.render(tokenizer, chat)
    tokenizer.chat_template = STRIPS
    with pytest.raises(sft.TrainingError, match="does it strip the thinking"):
        sft.render(tokenizer, chat)
