"""The real client of huggingface_hub against a stand-in Hub, over HTTP."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hub import READER, WRITER, Fault, StandInHub
from publisher import Publisher
from releases import release, row, rows, seal

from warehouse.errors import BadInput, RunFailed

ROOT = Path(__file__).parents[2]
STORAGE, COMMIT, TREE = r"^/storage/", r"/commit/main$", r"/tree/"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandInHub(tmp_path_factory.mktemp("hub")) as server:
        yield server


@pytest.fixture(scope="module")
def publisher(server, tmp_path_factory):
    made = Publisher(server.environment(tmp_path_factory.mktemp("home")))
    yield made
    made.close()


@pytest.fixture
def hub(server):
    """The stand-in, in good health, with nothing asked yet."""
    server.faults.clear()
    server.asked.clear()
    yield server
    server.faults.clear()


@pytest.fixture
def repo(request):
    return f"org/{request.node.name[5:60].partition('[')[0].strip('-_')}-{abs(hash(request.node.name)) % 10**6}"


@pytest.fixture
def folder(tmp_path):
    return release(tmp_path / "r", {"default": {"train": rows(20), "validation": rows(4, "v")}}, files=4)


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def published(hub, repo, revision="main"):
    return {path: what for path, what in hub.files(repo, revision).items() if path != ".gitattributes"}


def uploads(hub):
    """How often each large object arrived."""
    arrived = [path for method, path, status in hub.asked if method == "PUT" and status == 200]
    return {path: arrived.count(path) for path in arrived}


# What arrives


def test_a_release_arrives_whole_private_and_tagged(hub, publisher, folder, repo):
    made = publisher(folder, repo)
    assert published(hub, repo) == published(hub, repo, "r0001") == content(folder)
    assert hub.repo(repo)["private"]
    assert (made.tag, made.commit, len(made.sent), made.there) == ("r0001", hub.repo(repo)["head"], 10, [])
    assert [commit["title"] for commit in hub.commits(repo)] == ["Release demo (r0001)", "initial commit"]


def test_the_same_release_again_does_nothing_and_says_so(hub, publisher, folder, repo):
    publisher(folder, repo)
    hub.asked.clear()
    made = publisher(folder, repo)
    assert made.done_before
    assert (made.sent, len(made.there)) == ({}, 10)
    assert not [asked for asked in hub.asked if asked[0] != "GET"]


def test_public_is_said(hub, publisher, folder, repo):
    publisher(folder, repo, private=False, tag="v1")
    assert not hub.repo(repo)["private"]
    assert published(hub, repo, "v1") == content(folder)


def test_what_two_releases_share_is_sent_once_and_what_the_older_had_alone_is_deleted(hub, publisher, tmp_path, repo):
    old = {"default": {"train": rows(9), "validation": rows(1, "v")}, "raw": {"train": rows(4)}}
    new = {"default": {"train": rows(9), "validation": rows(2, "w")}}
    one, two = release(tmp_path / "one", old, files=1), release(tmp_path / "two", new, files=1, version="r0002")
    publisher(one, repo, tag="v1")
    hub.asked.clear()
    made = publisher(two, repo, tag="v2")
    assert published(hub, repo) == content(two)
    assert published(hub, repo, "v1") == content(one)
    assert made.deleted == ["data/raw/train-00000-of-00001.parquet"]
    assert made.there == ["data/default/train-00000-of-00001.parquet"]
    assert sum(uploads(hub).values()) == 1


def test_many_files_are_sent_some_at_a_time_and_told(hub, publisher, tmp_path, repo):
    folder = release(tmp_path / "r", {"default": {"train": rows(20)}}, files=20)
    publisher(folder, repo)
    assert [line.partition(",")[0] for line in publisher.lines] == ["16 of 22 files", "22 of 22 files"]
    assert published(hub, repo) == content(folder)


def test_an_older_release_whose_tag_stands_is_not_brought_back(hub, publisher, tmp_path, repo):
    one, two = (
        release(tmp_path / name, {"default": {"train": rows(3, name)}}, version=name) for name in ("one", "two")
    )
    publisher(one, repo)
    publisher(two, repo)
    made = publisher(one, repo)
    assert made.done_before
    assert made.notes == [f"{repo} has gone on to another release; one still names this one"]
    assert published(hub, repo) == content(two)


def test_a_waived_rule_stands_in_the_commit_and_not_in_the_manifest(hub, publisher, tmp_path, repo):
    folder = release(tmp_path / "r", contamination=None)
    publisher(folder, repo, waive=["unchecked"])
    assert "Waived: unchecked: manifest.json: the release was not examined" in hub.commits(repo)[0]["description"]
    assert published(hub, repo)["manifest.json"] == (folder / "manifest.json").read_bytes()


def test_files_of_somebody_else_stay_and_are_said(hub, publisher, folder, repo):
    hub.create(repo)
    hub.add(repo, {"LICENSE": b"mine", ".gitignore": b"*.tmp"})
    made = publisher(folder, repo)
    assert made.notes == ["of no release, and left as it is: .gitignore, LICENSE"]
    assert published(hub, repo) == content(folder) | {"LICENSE": b"mine", ".gitignore": b"*.tmp"}


# What is refused before anything is sent


def refused(publisher, hub, message, *args, **how):
    with pytest.raises(BadInput, match=message) as told:
        publisher(*args, **how)
    assert not [asked for asked in hub.asked if asked[0] in ("PUT", "POST")]
    return str(told.value)


@pytest.mark.parametrize("name", ["no-namespace", "a/b/c", "org/--", "org/na me", "org/x.git"])
def test_a_name_that_cannot_be_a_repository_is_refused(hub, publisher, folder, name):
    refused(publisher, hub, "--to ", folder, name)


@pytest.mark.parametrize("tag", ["v 1", "-v", "v..1", "v1.lock", "a/b", "ends."])
def test_a_tag_that_cannot_be_one_is_refused(hub, publisher, folder, repo, tag):
    refused(publisher, hub, "--tag ", folder, repo, tag=tag)


def test_without_a_token_nothing_starts(hub, publisher, folder, repo):
    refused(publisher, hub, r"no token .* set HF_TOKEN to one with the role write", folder, repo, token=None)
    assert hub.asked == []


def test_a_release_that_the_inspection_refuses_is_not_sent(hub, publisher, tmp_path, repo):
    folder = release(tmp_path / "r", {"default": {"train": rows(2), "validation": rows(2)}}, contamination=None)
    told = refused(publisher, hub, "not fit to be published", folder, repo)
    assert "splits: 2 problems: in two splits" in told
    assert "unchecked: manifest.json" in told
    assert hub.asked == []


def test_a_tag_that_names_other_content_is_refused(hub, publisher, tmp_path, repo):
    one, two = (release(tmp_path / name, {"default": {"train": rows(3, name)}}) for name in ("one", "two"))
    publisher(one, repo, tag="v1")
    hub.asked.clear()
    refused(publisher, hub, "has a tag v1, and it names other content", two, repo, tag="v1")
    assert published(hub, repo) == content(one)


def test_a_public_repository_does_not_get_what_was_to_be_private(hub, publisher, folder, repo):
    hub.create(repo, private=False)
    refused(publisher, hub, "is public, and this release was to be private", folder, repo)
    assert published(hub, repo) == {}


def test_a_private_repository_stays_private(hub, publisher, folder, repo):
    hub.create(repo)
    made = publisher(folder, repo, private=False)
    assert made.notes == [f"{repo} is private and stays so until its settings on the Hub say otherwise"]
    assert hub.repo(repo)["private"]


def test_rows_of_somebody_else_that_the_card_would_load_are_refused(hub, publisher, folder, repo):
    hub.create(repo)
    hub.add(repo, {"data/default/train-extra.parquet": b"PAR1"})
    refused(publisher, hub, r"holds data/default/train-extra\.parquet, of no release", folder, repo)


def test_a_manifest_of_somebody_else_is_not_lost(hub, publisher, folder, repo):
    hub.create(repo)
    hub.add(repo, {"manifest.json": b'{"start_url": "/"}'})
    refused(publisher, hub, r"holds a manifest\.json that is none of a release", folder, repo)


# Dry run


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(hub, publisher, folder, repo):
    made = publisher(folder, repo, dry_run=True)
    assert made.sent == {name: len(what) for name, what in content(folder).items()}
    assert {method for method, _, _ in hub.asked} == {"GET"}
    assert not hub.path(repo).exists()


def test_a_dry_run_knows_what_is_there(hub, publisher, tmp_path, repo):
    one = release(tmp_path / "one", {"default": {"train": rows(3)}, "raw": {"train": rows(3)}})
    two = release(tmp_path / "two", {"default": {"train": rows(3)}}, version="r0002")
    publisher(one, repo)
    made = publisher(two, repo, dry_run=True)
    assert (sorted(made.sent), made.there) == (
        ["README.md", "manifest.json"],
        ["data/default/train-00000-of-00001.parquet"],
    )
    assert made.deleted == ["data/raw/train-00000-of-00001.parquet"]
    assert published(hub, repo) == content(one)


def test_a_dry_run_needs_no_token_and_no_hub(hub, publisher, folder, repo):
    hub.faults.append(Fault("GET", "", status=503, headers={"Retry-After": "60"}))
    made = publisher(folder, repo, dry_run=True, token=None)
    assert "the Hub answers 503" in made.unasked
    assert len(made.sent) == 10


def test_a_dry_run_tells_what_is_refused(hub, publisher, tmp_path, repo):
    hub.create(repo, private=False)
    made = publisher(release(tmp_path / "r", contamination=None), repo, dry_run=True)
    assert [objection.rule for objection in made.inspection.objections] == ["unchecked"]
    assert "is public" in made.barred


# What goes wrong on the way, and goes well again


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", "^/api/datasets/", status=500, times=1),
        Fault("POST", "/create$", lost=True, times=1),
        pytest.param(Fault("POST", "/preupload/", status=503, times=1), marks=pytest.mark.slow),
        Fault("POST", "/batch$", status=429, headers={"Retry-After": "0"}, times=1),
        Fault("PUT", STORAGE, cut=True, after=3, times=2),
        Fault("PUT", STORAGE, hang=True, times=1),
        Fault("PUT", STORAGE, lost=True, times=1),
        Fault("POST", "/validate-yaml$", status=502, page="<html>Bad gateway</html>", after=1, times=1),
        Fault("POST", COMMIT, status=500, times=1),
        Fault("POST", COMMIT, lost=True, times=1),
        Fault("POST", COMMIT, status=429, headers={"ratelimit": '"api";r=0;t=0'}, times=1),
        Fault("POST", "/tag/", lost=True, times=1),
    ],
    ids=lambda fault: f"{fault.method} {fault.path} {fault.status or ''}{'hang' * fault.hang}{'lost' * fault.lost}",
)
def test_trouble_that_passes_is_borne(hub, publisher, folder, repo, fault):
    hub.faults.append(fault)
    publisher(folder, repo, patience=6.0 if not fault.hang else 2.0)
    assert published(hub, repo) == published(hub, repo, "r0001") == content(folder)
    assert [commit["title"] for commit in hub.commits(repo)] == ["Release demo (r0001)", "initial commit"]


def test_somebody_else_commits_meanwhile(hub, publisher, folder, repo):
    hub.create(repo)
    hub.faults.append(Fault("POST", COMMIT, then=lambda: hub.add(repo, {"LICENSE": b"mine"}), times=1))
    publisher(folder, repo)
    assert published(hub, repo) == content(folder) | {"LICENSE": b"mine"}


# What goes wrong and stays so


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault("GET", TREE, status=500), r"looking at .*: the Hub answers 500"),
        (Fault("POST", "/create$", status=403), r"creating .*: the Hub answers 403.*needs the role write"),
        (Fault("GET", "^/api/datasets/", status=401), r"the Hub answers 401.*does not know the token \(HF_TOKEN"),
        (Fault("PUT", STORAGE, status=500, after=3), r"sending to .*: the Hub answers 500"),
        pytest.param(Fault("PUT", STORAGE, cut=True, after=3), r"sending to .*: ", marks=pytest.mark.slow),
        pytest.param(Fault("PUT", STORAGE, hang=True, after=3), r"sending to .*: ", marks=pytest.mark.slow),
        (Fault("POST", COMMIT, status=500), r"committing to .*: the Hub answers 500"),
        (Fault("POST", COMMIT, hang=True), r"committing to .*does not answer within 1 s"),
        (Fault("POST", COMMIT, status=429, headers={"Retry-After": "3600"}), r"asks to come back in 3600 s"),
        (Fault("POST", "/tag/", status=403), r"tagging .*: the Hub answers 403"),
    ],
    ids=lambda value: f"{value.method} {value.path} {value.status or ''}" if isinstance(value, Fault) else "",
)
def test_trouble_that_stays_is_a_clear_message_and_the_same_command_goes_on(
    hub, publisher, folder, repo, fault, message
):
    hub.faults.append(fault)
    with pytest.raises(RunFailed, match=message) as told:
        publisher(folder, repo, patience=1.0)
    assert "the same command goes on from there" in str(told.value)
    assert WRITER not in str(told.value) + "".join(publisher.lines)
    if hub.path(repo).exists():
        assert published(hub, repo) in ({}, content(folder))
    hub.faults.clear()
    publisher(folder, repo)
    assert published(hub, repo, "r0001") == content(folder)
    assert set(uploads(hub).values()) == {1}


def test_a_token_that_may_only_read_is_told_what_it_lacks(hub, publisher, folder, repo):
    with pytest.raises(RunFailed, match="may not write there: it needs the role write") as told:
        publisher(folder, repo, token=READER)
    assert READER not in str(told.value)


def test_a_token_that_nobody_knows_is_told(hub, publisher, folder, repo):
    with pytest.raises(RunFailed, match=r"answers 401: Invalid credentials.*it does not know the token"):
        publisher(folder, repo, token="hf_nobodysown")


def test_a_file_that_the_repository_ignores_is_missed(hub, publisher, folder, repo):
    hub.create(repo)
    hub.add(repo, {".gitignore": b"data/default/validation-*"})
    with pytest.raises(RunFailed, match=r"took the commit without data/default/validation-0.*a .gitignore"):
        publisher(folder, repo)
    assert "r0001" not in hub.repo(repo)["tags"]


def test_a_card_that_the_hub_refuses_is_refused_before_anything_large_is_sent(hub, publisher, tmp_path, repo):
    folder = release(tmp_path / "r", metadata={"license": 7})
    with pytest.raises(BadInput, match=r"README\.md: the Hub refuses its YAML: .*must be a string"):
        publisher(folder, repo, waive=["licences"])
    assert uploads(hub) == {}


# Killed


def command(hub, tmp_path, folder, repo):
    code = "import sys; from pathlib import Path; from warehouse.hub.publish import publish as send; "
    code += "send(Path(sys.argv[1]), sys.argv[2])"
    environment = os.environ | hub.environment(tmp_path / "home") | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code, str(folder), repo], env=environment, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(("PUT", STORAGE, 3), id="in the middle of a file"),
        pytest.param(("POST", COMMIT, 0), id="at the commit", marks=pytest.mark.slow),
        pytest.param(("POST", "/tag/", 0), id="at the tag", marks=pytest.mark.slow),
    ],
)
def test_a_publication_killed_anywhere_goes_on_by_the_same_command(hub, publisher, tmp_path, folder, repo, where):
    method, path, after = where
    process = command(hub, tmp_path, folder, repo)
    kill = lambda: os.kill(process.pid, signal.SIGKILL)  # noqa: E731
    hub.faults.append(Fault(method, path, then=kill, cut=method == "PUT", after=after, times=1))
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert published(hub, repo) in ({}, content(folder))
    before = uploads(hub)
    publisher(folder, repo)
    assert published(hub, repo) == published(hub, repo, "r0001") == content(folder)
    assert set(uploads(hub).values()) == {1}
    assert before.items() <= uploads(hub).items()
    assert len(hub.commits(repo)) == 2


# What a reader gets


def test_what_arrives_loads_with_datasets(hub, publisher, tmp_path, repo):
    content = {"default": {"train": rows(20), "validation": rows(3, "v")}, "raw": {"train": [row("x", said="no")]}}
    publisher(release(tmp_path / "r", content, files=2), repo, tag="v1")
    assert publisher.load(repo) == content["default"]
    assert publisher.load(repo, "raw", revision="v1") == content["raw"]


def test_a_later_version_is_loaded_without_a_row_of_the_older_one(hub, publisher, tmp_path, repo):
    publisher(release(tmp_path / "one", {"default": {"train": rows(8)}}, files=4), repo, tag="v1")
    publisher(release(tmp_path / "two", {"default": {"train": rows(5, "n")}}, files=2, version="r2"), repo, tag="v2")
    assert publisher.load(repo)["train"] == rows(5, "n")
    assert publisher.load(repo, revision="v1")["train"] == rows(8)


def test_a_manifest_that_changed_is_another_content(hub, publisher, tmp_path, repo):
    folder = release(tmp_path / "r")
    publisher(folder, repo, tag="v1")
    seal(folder, json.loads((folder / "manifest.json").read_text()) | {"policy": "other"})
    with pytest.raises(BadInput, match=r"names other content \(manifest\.json\)"):
        publisher(folder, repo, tag="v1")
