"""A bucket as DuckDB reads it: byte ranges of objects, fetched when they are asked for."""

from __future__ import annotations

from typing import Any

from fsspec.implementations.arrow import ArrowFSWrapper

from warehouse.lake.place import Place


class Bucket(ArrowFSWrapper):
    """Arrow's file system under the name that DuckDB looks for."""

    protocol = "s3"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix("s3://")

    def unstrip_protocol(self, name: str) -> str:
        return f"s3://{self._strip_protocol(name)}"


def readable(place: Place) -> Any:
    return Bucket(place.files, skip_instance_cache=True)
