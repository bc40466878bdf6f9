"""Plain messages: ``messages`` of turns with role and content, the last of them the answer; as most trainers read."""

from __future__ import annotations

import pyarrow as pa

from warehouse.forms.form import ABOUT, Entry, Form, Row, drawn
from warehouse.forms.turns import chat, system_of
from warehouse.lake.tables import message, name

SCHEMA = pa.schema([("messages", pa.list_(message)), ("id", name), *ABOUT])


def read(row: Row) -> Entry:
    """Raises Odd."""
    return chat(row.get("messages"), "messages", system_of(row))


def table(rows: pa.Table) -> pa.Table:
    """One row a trace, thinking inline."""
    return drawn(rows, SCHEMA, id=rows["trace_id"])


FORM = Form(
    name="messages",
    recognises=lambda columns: "messages" in columns,
    expects="messages",
    read=read,
    takes=("messages", "system", "system_prompt", "id", "trace_id", "problem_id"),
    schema=SCHEMA,
    table=table,
)
