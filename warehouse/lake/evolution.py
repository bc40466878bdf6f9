"""From the columns that a table was made with to those of today.

Columns only ever come, and may be null: rows of before then hold null in them. Reading an older table changes nothing
in it; the first commit adds the columns. What is not understood is refused.
"""

from __future__ import annotations

from functools import cache

from deltalake import DeltaTable, Field, Schema

from warehouse.errors import LakeError
from warehouse.lake.tables import NARROW, SCHEMAS

GROWN = "thoughtmill.grown"
"""A table property: some of its files lack columns."""


def properties(name: str) -> dict[str, str]:
    """A table's Delta properties."""
    return {
        # Versions of the log are named by releases, so it must never expire.
        "delta.logRetentionDuration": "interval 36500 days",
        "delta.enableExpiredLogCleanup": "false",
        "delta.dataSkippingStatsColumns": ",".join(NARROW[name]),
    }


@cache
def declared(name: str) -> Schema:
    return Schema.from_arrow(SCHEMAS[name])


def lacking(name: str, table: DeltaTable) -> list[Field]:
    """The declared columns that a table does not have yet.

    Raises LakeError for a column of another type, and for one that is not known here and must not be null.
    """
    found, expected = table.schema(), declared(name)
    if found == expected:
        return []
    known = {field.name: field for field in expected.fields}
    there = {field.name: field for field in found.fields}
    for column, field in there.items():
        if column in known and field.type != known[column].type:
            raise LakeError(
                f"table {name}, column {column}: found {told(field)}, expected {told(known[column])}; "
                "this thoughtmill does not understand the table, so neither reads nor writes it"
            )
        if column not in known and not field.nullable:
            raise LakeError(
                f"table {name}, column {column}: found {told(field)} that must not be null, expected none of that "
                f"name (only {', '.join(known)}); upgrade thoughtmill, or have the column allow null"
            )
    return [field for column, field in known.items() if column not in there]


def foreign(name: str, table: DeltaTable) -> bool:
    """Whether a table has columns of somebody else's, which are null in our rows."""
    return not {field.name for field in table.schema().fields} <= set(SCHEMAS[name].names)


def uniform(name: str, table: DeltaTable) -> bool:
    """Whether all files of a table have just the declared columns."""
    same = {field.name for field in table.schema().fields} == set(SCHEMAS[name].names)
    return same and GROWN not in table.metadata().configuration


def grow(name: str, table: DeltaTable) -> bool:
    """Give a table the columns and properties of today; returns whether it had to. Fails like a commit does when
    another writer was first."""
    configured = table.metadata().configuration
    wanted = {key: value for key, value in properties(name).items() if configured.get(key) != value}
    missing = lacking(name, table)
    if missing:
        wanted[GROWN] = "true"
    if wanted:  # first, for a table with more columns must never pass for uniform
        table.alter.set_table_properties(wanted, raise_if_not_exists=False)
    if missing:
        table.alter.add_columns(missing)
    return bool(wanted or missing)


def told(field: Field) -> str:
    """A column's type in words."""
    return str(getattr(field.type, "type", field.type))
