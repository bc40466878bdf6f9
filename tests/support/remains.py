"""What is left of a text in a folder: looked for in every column of every Parquet file and in the bytes of the rest."""

from pathlib import Path

import pyarrow.parquet as pq


def files_holding(folder: Path, text: str) -> list[str]:
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        held = text.encode() in file.read_bytes()
        if file.suffix == ".parquet" and not held:
            held = text in str(pq.read_table(file).to_pylist()) or text in str(pq.read_metadata(file).to_dict())
        if held:
            found.append(str(file.relative_to(folder)))
    return found
