"""One publication on its way: what a repository lacks of a release, and how it gets there.

The large files go first, each as an object that no reader sees; then one commit brings all of them in, with the card
and the manifest, and takes out what an older release left. So a reader finds the old release or the new one and never
half of either, and a run that is cut off anywhere goes on where it was: the repository itself says what has arrived.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

from warehouse.errors import BadInput, RunFailed
from warehouse.hub.inspection import Inspection
from warehouse.hub.inspection.folder import CARD, MANIFEST, patterns
from warehouse.hub.patience import STAYS, Patience
from warehouse.hub.repository import DATASET, Files, Repository, State

BATCH = 16
"""Files at most that are sent before a line says so."""
BATCH_BYTES = 256_000_000
"""And bytes, of all but the last of them."""
THE_HUBS = {".gitattributes"}
"""What the Hub itself puts into a repository."""


@dataclass
class Published:
    """What a publication did, or in a dry run would do."""

    repo_id: str
    tag: str
    release_id: str
    inspection: Inspection
    dry_run: bool = False
    commit: str | None = None
    """Where the release is; None: nowhere yet."""
    sent: dict[str, int] = field(default_factory=dict)
    """Bytes of each file that the repository lacked."""
    there: list[str] = field(default_factory=list)
    """Files that it had."""
    deleted: list[str] = field(default_factory=list)
    """Files of an older release."""
    done_before: bool = False
    """Whether there was nothing to do."""
    unasked: str | None = None
    """Why a dry run could not ask the Hub."""
    barred: str | None = None
    """Why the repository would not take it, in a dry run."""
    notes: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/datasets/{self.repo_id}"


class Upload:
    """One publication on its way."""

    def __init__(self, made: Published, private: bool, line: Patience) -> None:
        self.made, self.private, self.line = made, private, line
        self.release, self.sizes = made.inspection.folder, made.inspection.sizes
        self.repository = Repository(made.repo_id, line)
        self.ready: dict[str, Any] = {}
        """The client's additions by path, whose large content has been sent."""

    def rehearse(self) -> Published:
        """What would be done; where the Hub cannot be asked, to a repository with nothing in it."""
        self.made.sent = dict(self.sizes)
        try:
            state = self.repository.look()
        except (RunFailed, BadInput) as error:
            self.made.unasked = str(error).removesuffix(f"; {STAYS}")
            return self.made
        try:
            self.compare(state)
        except BadInput as error:
            self.made.barred = str(error)
        return self.made

    def run(self) -> Published:
        state = self.repository.look()
        if not state.exists:
            self.repository.create(self.private)
            state = self.repository.look()
        self.compare(state)
        if not self.made.done_before:
            self.send()
            commit = self.line.steady(f"committing to {self.made.repo_id}", self.commit)
            self.line.steady(f"tagging {self.made.repo_id} as {self.made.tag}", lambda: self.tag(commit))
            self.made.commit = commit
        return self.made

    # What there is to do

    def compare(self, state: State) -> None:
        """Fill in what is to be sent and deleted. Raises BadInput where it may not be."""
        made = self.made
        if state.exists and self.private and not state.private:
            raise BadInput(
                f"{made.repo_id} is public, and this release was to be private: make it private in its settings on the "
                "Hub, name another repository, or say --public"
            )
        if state.exists and state.private and not self.private:
            made.notes.append(f"{made.repo_id} is private and stays so until its settings on the Hub say otherwise")
        if made.tag in state.tags:
            return self.compare_tag(state, state.tags[made.tag])
        made.sent = self.missing(state.files)
        made.there = sorted(set(self.sizes) - set(made.sent))
        made.deleted = self.leftovers(state)
        strangers = set(state.files) - set(made.deleted) - set(self.sizes) - THE_HUBS
        globs = [glob for config in self.release.configs for _, glob in patterns(config.get("data_files")) if glob]
        if loaded := sorted(name for name in strangers if any(fnmatch.fnmatch(name, glob) for glob in globs)):
            raise BadInput(
                f"{made.repo_id} holds {', '.join(loaded[:3])}, of no release, and the card's configs would load it: "
                "delete it on the Hub, or name another repository"
            )
        if strangers:
            made.notes.append(f"of no release, and left as it is: {', '.join(sorted(strangers)[:5])}")
        return None

    def compare_tag(self, state: State, commit: str) -> None:
        """A tag that is there must name this release; then it is published."""
        made = self.made
        tree = self.line.steady(f"looking at {made.tag} of {made.repo_id}", lambda: self.repository.tree(commit))
        if other := self.missing(tree):
            raise BadInput(
                f"{made.repo_id} has a tag {made.tag}, and it names other content ({', '.join(sorted(other)[:3])}): "
                "whoever loads by it must go on finding that, so name this release otherwise with --tag"
            )
        made.done_before, made.commit, made.sent, made.there = True, commit, {}, sorted(self.sizes)
        if self.missing(state.files):
            made.notes.append(f"{made.repo_id} has gone on to another release; {made.tag} still names this one")

    def missing(self, there: Files) -> dict[str, int]:
        """The release's files that are not there with the same content, and their bytes."""
        return {name: size for name, size in self.sizes.items() if not self.same(name, there)}

    def same(self, name: str, there: Files) -> bool:
        from huggingface_hub.utils.sha import git_hash

        file = there.get(name)
        if file is not None and file.lfs is not None:
            return file.lfs.sha256 == self.digest(name)
        # What is not stored as a large file is known by git's own hash.
        return (
            file is not None
            and file.size == self.sizes[name]
            and file.blob_id == git_hash((self.release.path / name).read_bytes())
        )

    def digest(self, name: str) -> str:
        return self.release.files.get(name) or sha256((self.release.path / name).read_bytes()).hexdigest()

    def leftovers(self, state: State) -> list[str]:
        """Files there that the manifest there names, and ours does not."""
        if MANIFEST not in state.files or self.same(MANIFEST, state.files):
            return []
        try:
            older = self.repository.manifest(state)
            named = set(older["files"]) if older["release_id"] else set()
        except (ValueError, LookupError, TypeError) as error:
            raise BadInput(
                f"{self.made.repo_id} holds a {MANIFEST} that is none of a release and would be lost; "
                "name another repository"
            ) from error
        return sorted(named & set(state.files) - set(self.sizes))

    # Doing it

    def send(self) -> None:
        """Bring over what is large, some files at a time; what has come over in an earlier run is not sent again."""
        self.line.steady("having the card examined", self.examine_card)
        total = sum(self.made.sent.values())
        for names in batches(self.made.sent):
            self.line.steady(f"sending to {self.made.repo_id}", partial(self.preupload, self.additions(names)))
            done = sum(self.sizes[name] for name in self.ready)
            self.line.say(f"{len(self.ready):,} of {len(self.made.sent):,} files, {size(done)} of {size(total)}")

    def examine_card(self) -> None:
        """Let the Hub judge the card's YAML now, and not when everything has been sent. Raises BadInput."""
        from huggingface_hub import DatasetCard

        try:
            DatasetCard.load(self.release.path / CARD).validate(repo_type=DATASET)
        except ValueError as error:
            raise BadInput(f"{CARD}: the Hub refuses its YAML: {' '.join(str(error).split())[:500]}") from error

    def additions(self, names: list[str]) -> list[Any]:
        from huggingface_hub import CommitOperationAdd

        made = [CommitOperationAdd(name, self.release.path / name) for name in names]
        for addition in made:
            # The inspection has read the file for it already; the client would read it once more.
            addition.upload_info.sha256 = bytes.fromhex(self.digest(addition.path_in_repo))
        return made

    def preupload(self, batch: list[Any]) -> None:
        self.repository.api.preupload_lfs_files(self.made.repo_id, batch, repo_type=DATASET, free_memory=False)
        self.ready |= {addition.path_in_repo: addition for addition in batch}

    def commit(self) -> str:
        """Bring everything in at once; returns the commit. It looks first: an answer may have been lost on its way."""
        from huggingface_hub import CommitOperationDelete

        state = self.repository.state()
        lacking, gone = self.missing(state.files), self.leftovers(state)
        if not lacking and not gone:
            return str(state.head)
        unsent = self.additions([name for name in lacking if name not in self.ready])
        self.ready |= {addition.path_in_repo: addition for addition in unsent}
        done = self.repository.api.create_commit(
            self.made.repo_id,
            [*(self.ready[name] for name in lacking), *(CommitOperationDelete(name) for name in gone)],
            commit_message=f"Release {self.release.name} ({self.release.release})",
            commit_description=self.description(),
            repo_type=DATASET,
            parent_commit=state.head,
        )
        if lost := self.missing(self.repository.tree(done.oid)):
            raise RunFailed(
                f"{self.made.repo_id} took the commit without {', '.join(sorted(lost)[:3])}: has it a .gitignore that "
                "names them? Put that right, then the same command goes on"
            )
        return done.oid

    def description(self) -> str:
        waived = [f"Waived: {objection}" for objection in self.made.inspection.waived]
        return "\n".join(["Published with Thoughtmill.", *waived])

    def tag(self, commit: str) -> None:
        """Name the commit; where that tag has come up meanwhile, it must name the same content."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            self.repository.api.create_tag(self.made.repo_id, tag=self.made.tag, revision=commit, repo_type=DATASET)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:
                raise
            if self.missing(self.repository.tree(self.made.tag)):
                raise BadInput(
                    f"{self.made.repo_id} has a tag {self.made.tag} by now that names other content; "
                    "name this release otherwise with --tag"
                ) from error


def batches(sizes: dict[str, int]) -> Iterator[list[str]]:
    """Names in order, some at a time."""
    batch: list[str] = []
    for name in sorted(sizes):
        batch.append(name)
        if len(batch) == BATCH or sum(sizes[one] for one in batch) >= BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def size(n_bytes: float) -> str:
    """Bytes for people."""
    for unit in ("B", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} B" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} GB"
