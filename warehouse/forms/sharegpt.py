"""ShareGPT: ``conversations`` of turns with from (human, gpt, system, tool) and value, often many."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from warehouse.forms.form import ABOUT, Entry, Form, Row, drawn
from warehouse.forms.turns import chat, renamed, system_of
from warehouse.lake.tables import name, text

SCHEMA = pa.schema(
    [("id", name), ("conversations", pa.list_(pa.struct([("from", name), ("value", text)]))), *ABOUT],
)


def read(row: Row) -> Entry:
    """Raises Odd."""
    return chat(row.get("conversations"), "conversations", system_of(row))


def table(rows: pa.Table) -> pa.Table:
    """One row a trace, thinking inline; a system message is the first turn."""
    made = pl.DataFrame(rows).select(renamed().alias("conversations"))
    return drawn(rows, SCHEMA, id=rows["trace_id"], conversations=made["conversations"].to_arrow())


FORM = Form(
    name="sharegpt",
    recognises=lambda columns: "conversations" in columns,
    expects="conversations",
    read=read,
    takes=("conversations", "system", "system_prompt", "id"),
    schema=SCHEMA,
    table=table,
)
