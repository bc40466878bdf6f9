"""OpenThoughts: a system message and a conversation whose answer has its thinking and its solution in tags.

``<|begin_of_thought|>`` and ``<|begin_of_solution|>`` become ``<think>``, inline, and go back on the way out; later
editions think in ``<think>`` at once. Its ``metadata`` config (problem, deepseek_reasoning, deepseek_solution) is read
as well.
"""

from __future__ import annotations

import re

import polars as pl
import pyarrow as pa

from warehouse.forms.form import ABOUT, Entry, Form, Generation, Odd, Row, drawn
from warehouse.forms.turns import chat, inline, renamed, system_of
from warehouse.lake.tables import name, text

PARTS = {"problem", "deepseek_reasoning", "deepseek_solution"}
SCHEMA = pa.schema(
    [
        ("system", text),
        ("conversations", pa.list_(pa.struct([("from", name), ("value", text)]))),
        ("id", name),
        *ABOUT,
    ]
)
TAGGED = re.compile(
    r"\A(?P<head>.*)<\|end_of_thought\|>(?P<blank>[ \t\r\n]*)<\|begin_of_solution\|>(?P<tail>.*)\Z", re.DOTALL
)
SOLUTION = re.compile(r"\A<\|begin_of_solution\|>(.*)\Z", re.DOTALL)


def read(row: Row) -> Entry:
    """Raises Odd."""
    if row.get("conversations") is None:
        problem, thought, solution = row.get("problem"), row.get("deepseek_reasoning"), row.get("deepseek_solution")
        if not isinstance(problem, str):
            raise Odd("no_prompt", "problem", problem, "text")
        if not isinstance(thought, str) or not isinstance(solution, str):
            column, found = ("deepseek_reasoning", thought) if solution else ("deepseek_solution", solution)
            raise Odd("no_completion", column, found, "text")
        return Entry([{"role": "user", "content": problem}], [Generation(inline(thought, solution))])
    entry = chat(row["conversations"], "conversations", system_of(row))
    for generation in entry.generations:
        if generation:
            generation.completion = untagged(generation.completion)
    return entry


def untagged(said: str) -> str:
    """An answer with ``<think>`` in the place of its tags; one without tags as it is. Undoes ``tagged``."""
    if found := TAGGED.match(said):
        said = f"{trimmed(found['head'], end=True)}</think>{found['blank']}{unwrapped(found['tail'])}"
    elif found := SOLUTION.match(said):
        said = unwrapped(found[1])
    else:
        head, end, tail = said.rpartition("<|end_of_thought|>")
        said = f"{trimmed(head, end=True)}</think>{tail}" if end else said
    before, begin, after = said.partition("<|begin_of_thought|>")
    return f"{before}<think>{trimmed(after, end=False)}" if begin else said


def trimmed(said: str, end: bool) -> str:
    """Without the line break that the tags' own form adds."""
    return said.removesuffix("\n") if end else said.removeprefix("\n")


def unwrapped(said: str) -> str:
    """A solution without its last tag and the blank lines around it."""
    body = said.rstrip().removesuffix("<|end_of_solution|>")
    if body.startswith("\n\n") and body.endswith("\n\n") and len(body) >= 4:
        return body[2:-2]
    return body.strip("\n")


def tagged(answer: pl.Expr) -> pl.Expr:
    """Answers with OpenThoughts' tags. A thinking that never closes keeps its one tag; an answer without any becomes a
    solution."""
    closed = answer.str.contains("</think>", literal=True)
    opened = answer.str.contains("<think>", literal=True)
    solution = "<|begin_of_solution|>\n\n${3}\n\n<|end_of_solution|>"
    whole = answer.str.replace(
        r"(?s)\A(.*)</think>([ \t\r\n]*)(.*)\z", "${1}\n<|end_of_thought|>${2}" + solution
    )  # the last </think>, as everywhere
    plain = pl.concat_str(pl.lit("<|begin_of_solution|>\n\n"), answer, pl.lit("\n\n<|end_of_solution|>"))
    said = pl.when(closed).then(whole).when(opened).then(answer).otherwise(plain)
    return said.str.replace("<think>", "<|begin_of_thought|>\n", literal=True)


def table(rows: pa.Table) -> pa.Table:
    """One row a trace. ``system`` is empty where there is no system message."""
    first = pl.col("messages").list.first().struct
    has_system = first.field("role") == "system"
    frame = pl.DataFrame(rows).with_columns(
        system=pl.when(has_system).then(first.field("content")).otherwise(pl.lit("")),
        answer=tagged(pl.col("messages").list.last().struct.field("content")),
        before=pl.col("messages").list.slice(has_system.cast(pl.Int64), pl.col("messages").list.len() - 1 - has_system),
    )
    roles = {"human": "user", "gpt": "assistant"}
    turn = pl.element().struct
    before = renamed("before").list.eval(
        pl.struct(turn.field("from").replace(roles).alias("from"), turn.field("value"))
    )
    last = pl.concat_list(pl.struct(pl.lit("assistant").alias("from"), pl.col("answer").alias("value")))
    made = frame.select(
        pl.col("system"), pl.concat_list(before, last).alias("conversations"), pl.col("trace_id").alias("id")
    )
    return drawn(rows, SCHEMA, **{column: made[column].to_arrow() for column in made.columns})


FORM = Form(
    name="openthoughts",
    recognises=lambda columns: {"conversations", "system"} <= columns or columns >= PARTS,
    expects="system and conversations, or problem, deepseek_reasoning and deepseek_solution",
    read=read,
    takes=("system", "system_prompt", "conversations", "id", *sorted(PARTS)),
    schema=SCHEMA,
    table=table,
)
