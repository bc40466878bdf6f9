"""Where a lake lies: a folder of this machine, or a prefix of an S3 bucket.

A bucket is named ``s3://bucket/prefix``. Its region, endpoint and credentials come from the usual AWS_* environment
variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, and for a store that is not Amazon's
AWS_ENDPOINT_URL, with AWS_ALLOW_HTTP=true where that is no https. In the bucket are the tables and the lake's marker.
What belongs to one machine (claims, journals, marts, releases) is in a workspace folder here.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deltalake import DeltaTable
from pyarrow import fs

from warehouse import ids
from warehouse.errors import LakeError

MARKER = "lake.json"


@dataclass(frozen=True)
class Place:
    """Where the tables are (``root``), and this machine's folder for the rest (``path``); one and the same locally."""

    root: str
    path: Path

    @property
    def remote(self) -> bool:
        return self.root.startswith("s3://")

    def uri(self, name: str) -> str:
        """Where a table is, as Delta and DuckDB name it."""
        return f"{self.root}/{name}"

    @cached_property
    def files(self) -> fs.FileSystem:
        """The file system that the tables are on. Raises LakeError for an endpoint that is no address."""
        if not self.remote:
            return fs.LocalFileSystem()
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        how: dict[str, object] = {}
        if endpoint:
            parts = urlsplit(endpoint)
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise LakeError(f"AWS_ENDPOINT_URL is {endpoint!r}; expected http://HOST:PORT or https://HOST")
            how = {"endpoint_override": parts.netloc, "scheme": parts.scheme}
        if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
            how["region"] = region
        try:
            from pyarrow.fs import S3FileSystem
        except ImportError as error:
            raise LakeError(f"{self.root}: this pyarrow was built without S3; install the one from PyPI") from error
        return S3FileSystem(**how)

    def within(self, uri: str) -> str:
        """A URI of something in the lake as its file system names it: without the scheme."""
        return uri.removeprefix("s3://")

    def holds_something_else(self) -> bool:
        """Whether it is a file, or has more in it than the marker that another process is just writing."""
        if not self.remote:
            return self.path.exists() and (
                not self.path.is_dir() or any(MARKER not in file.name for file in self.path.iterdir())
            )
        return any(not uri.endswith(f"/{MARKER}") for uri in self.below(self.root, ""))

    def exists(self, uri: str) -> bool:
        return self.files.get_file_info(self.within(uri)).type != fs.FileType.NotFound

    def gone(self, uris: list[str]) -> list[str]:
        """Those of some files that are not there."""
        found = self.files.get_file_info([self.within(uri) for uri in uris])
        return [uri for uri, info in zip(uris, found, strict=True) if info.type != fs.FileType.File]

    def below(self, uri: str, suffix: str) -> list[str]:
        """The URIs of all files under one whose names end so; none where there is nothing."""
        select = fs.FileSelector(self.within(uri), recursive=True, allow_not_found=True)
        scheme = "s3://" if self.remote else ""
        return sorted(
            scheme + info.path
            for info in self.files.get_file_info(select)
            if info.type == fs.FileType.File and info.path.endswith(suffix)
        )

    def read(self, uri: str) -> bytes:
        with self.files.open_input_stream(self.within(uri)) as stream:
            return stream.read()

    def write(self, uri: str, content: bytes) -> None:
        """All of a file or none of it, also when the disk is full or the line breaks."""
        if self.remote:
            with self.files.open_output_stream(self.within(uri)) as stream:
                stream.write(content)
        else:
            write_atomically(Path(uri), content)

    def set_aside(self, uri: str, name: str) -> None:
        """Move a file to another place in the lake."""
        there = self.within(self.uri(name))
        self.files.create_dir(there.rpartition("/")[0])
        self.files.move(self.within(uri), there)

    def remove(self, uri: str) -> None:
        if self.exists(uri):
            self.files.delete_file(self.within(uri))


def place_of(where: str | Path) -> Place:
    """The place that a path or an ``s3://`` address names. Raises LakeError for another kind of address."""
    text = str(where)
    # A Path folds the two slashes of an address into one.
    if named := re.fullmatch(r"([a-z][a-z0-9+.-]+):(/.*|)", text):
        scheme, address = named[1], named[2].strip("/")
        if scheme not in ("s3", "s3a") or not address:
            raise LakeError(f"{text}: expected a folder, or s3://BUCKET/PREFIX")
        if re.search(r"[\[\]%?#*]|//", address):
            raise LakeError(f"{text}: a lake's name in a bucket has none of [ ] % ? # * in it, nor //; name another")
        root = f"s3://{address}"
        return Place(root, workspace(root))
    path = Path(text).expanduser().resolve()
    return Place(str(path), path)


def workspace(root: str) -> Path:
    """This machine's folder for a lake in a bucket: in THOUGHTMILL_WORK, or in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    base = os.environ.get("THOUGHTMILL_WORK") or f"{cache}/thoughtmill"
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", root.removeprefix("s3://"))
    # Two endpoints may have buckets of one name.
    store = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    folder = Path(base).expanduser().resolve() / f"{name}-{ids.digest(root, store)[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def data_files(table: DeltaTable | None) -> list[str]:
    """Where a table's Parquet files are. Delta names them as URIs, where a blank is %20."""
    return [] if table is None else [unquote(file) for file in table.file_uris()]


def write_atomically(path: Path, content: str | bytes) -> None:
    """All of the file or none of it, also when the disk is full."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
