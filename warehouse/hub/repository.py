"""A dataset repository on the Hub, as it is now."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from warehouse.hub.inspection.folder import MANIFEST
from warehouse.hub.patience import Patience

if TYPE_CHECKING:
    from huggingface_hub import RepoFile

DATASET = "dataset"
Files = dict[str, "RepoFile"]


@dataclass(frozen=True)
class State:
    """What a look at a repository finds."""

    exists: bool = False
    private: bool = True
    head: str | None = None
    """The commit that its main branch is at."""
    files: Files = field(default_factory=dict)
    """Of that commit, by path."""
    tags: dict[str, str] = field(default_factory=dict)
    """The commit of each tag."""


class Repository:
    """A dataset repository by name; every question to it is asked with patience."""

    def __init__(self, name: str, line: Patience) -> None:
        from huggingface_hub import HfApi

        self.name, self.line = name, line
        self.api = HfApi(token=line.token or False)

    def look(self) -> State:
        return self.line.steady(f"looking at {self.name}", self.state)

    def state(self) -> State:
        """One look, without patience."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            info = self.api.dataset_info(self.name)
        except HfHubHTTPError as error:
            # Without a token the Hub tells nobody whether a repository exists.
            if error.response.status_code == 404 or (error.response.status_code == 401 and not self.line.token):
                return State()
            raise
        tags = self.api.list_repo_refs(self.name, repo_type=DATASET).tags
        head = str(info.sha)
        return State(True, bool(info.private), head, self.tree(head), {tag.name: tag.target_commit for tag in tags})

    def tree(self, revision: str) -> Files:
        """The files of a commit or tag, by path."""
        from huggingface_hub import RepoFile

        entries = self.api.list_repo_tree(self.name, repo_type=DATASET, revision=revision, recursive=True)
        return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}

    def manifest(self, state: State) -> Any:
        """The manifest that lies there; None where there is none. Raises ValueError where it is not JSON."""
        if MANIFEST not in state.files:
            return None

        def read() -> bytes:
            with TemporaryDirectory() as scratch:
                found = self.api.hf_hub_download(
                    self.name, MANIFEST, repo_type=DATASET, revision=state.head, local_dir=scratch
                )
                return Path(found).read_bytes()

        return json.loads(self.line.steady(f"reading the manifest of {self.name}", read))

    def create(self, private: bool) -> None:
        self.line.steady(
            f"creating {self.name}",
            lambda: self.api.create_repo(self.name, repo_type=DATASET, private=private, exist_ok=True),
        )
