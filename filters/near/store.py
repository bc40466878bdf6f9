"""Sketches on disk: a folder of Arrow files, one for each block of texts that was read, kept from run to run.

A file is whole or not there. Its columns are ``id``, ``fingerprint`` (uint64), ``words`` (uint32) and one of uint16 for
each slot of the sketch, so that a band is read without the rest.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa

from warehouse.errors import LakeError

TEXTS = 65_536
"""In a file: what a kill may cost."""


class Store:
    """The sketches of one kind of text under one set of settings. One process writes at a time."""

    def __init__(self, folder: Path, hashes: int) -> None:
        self.folder = folder
        slots = [pa.field(slot(number), pa.uint16()) for number in range(hashes)]
        self.schema = pa.schema([("id", pa.string()), ("fingerprint", pa.uint64()), ("words", pa.uint32()), *slots])

    def add(self, ids: pa.Array, words: np.ndarray, fingerprints: np.ndarray, sketches: np.ndarray) -> None:
        """Keep a block: (n,) ids, words and fingerprints, (n, hashes) uint16 sketches."""
        self.folder.mkdir(parents=True, exist_ok=True)
        slots = [np.ascontiguousarray(column) for column in sketches.T]
        table = pa.table([ids.cast(pa.string()), fingerprints, words.astype(np.uint32), *slots], schema=self.schema)
        file = self.folder / f"{len(self._files()):06d}.arrow"
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            with pa.ipc.new_file(draft, self.schema) as sink:
                sink.write_table(table)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)

    def ids(self) -> pa.ChunkedArray:
        """Of all texts, block by block: the place of an id is the row of its sketch. Some may stand there twice."""
        return self._read(["id"])["id"]

    def column(self, name: str) -> np.ndarray:
        """(n_rows,) of one column other than the ids, in their order."""
        return self._read([name])[name].to_numpy()

    def _read(self, names: list[str]) -> pa.Table:
        fields = [self.schema.get_field_index(name) for name in names]
        wanted = pa.ipc.IpcReadOptions(included_fields=fields)
        parts = []
        for file in self._files():
            try:
                with pa.memory_map(str(file)) as source:
                    parts.append(pa.ipc.open_file(source, options=wanted).read_all())
            except (pa.ArrowInvalid, OSError) as error:
                raise LakeError(f"{file} is damaged ({error}); remove {self.folder}, it is made anew") from error
        return pa.concat_tables(parts) if parts else self.schema.empty_table().select(names)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.arrow"))


def slot(number: int) -> str:
    return f"slot{number}"
