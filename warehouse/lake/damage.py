"""Files of the lake that cannot be read: which, of which table, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from warehouse.errors import LakeError
from warehouse.lake.place import Place, data_files

REMEDY = (
    "put it back from a copy; or take it out of the table by `thoughtmill lake repair`: the rows that it held are then "
    "made anew by the next run of their recipe"
)
BROKEN = ("zstd", "thrift", "decompress", "corrupt", "out of buffer")
"""Words of errors about what a file holds, which do not always name it, nor always have a type of their own."""


class Moved(LakeError):
    """Files were compacted and vacuumed away while they were being read: asked again, all is well."""


def diagnosed(error: BaseException | None, place: Place, tables: Mapping[str, DeltaTable | None]) -> LakeError | None:
    """What to say of the file that an error of DuckDB or Arrow comes from; None when it comes from none of these."""
    while error and not isinstance(error, duckdb.Error | pa.ArrowException | OSError):
        error = error.__cause__
    if error is None or isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        return None
    said = str(error)
    anywhere = type(error) is duckdb.Error or any(word in said.lower() for word in BROKEN)
    for name, table in tables.items():
        files = data_files(table)
        if not anywhere and not any(file in said for file in files):
            continue
        if table is not None and (gone := place.gone(files)):
            if set(data_files(DeltaTable(table.table_uri))).isdisjoint(gone):
                return Moved(f"table {name} was compacted and vacuumed while it was being read; ask again")
            others = f", and so are {len(gone) - 1:,} more" if len(gone) > 1 else ""
            return LakeError(f"table {name}: {gone[0]} is missing{others}; {REMEDY}")
        for file, why in unreadable(place, [file for file in files if file in said] or files):
            return LakeError(f"table {name}: {file} is damaged ({why}); {REMEDY}")
    return None


def unreadable(place: Place, files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(file, what is wrong) of those that are no whole Parquet files: read through, for any page may be damaged."""
    for file in files:
        try:
            with pq.ParquetFile(place.within(file), filesystem=place.files) as parquet:
                for _ in parquet.iter_batches(batch_size=1024):
                    pass
        except (pa.ArrowException, OSError) as error:
            yield file, " ".join(str(error).split())[:200]
