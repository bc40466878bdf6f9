"""OpenR1-Math: a row is a problem with several generations and, for each, what others think of it.

``correctness_math_verify`` and ``correctness_llama`` are lists beside ``generations``, as are ``is_reasoning_complete``
and ``finish_reasons``; any may be null. ``messages`` repeats one of the generations and is not read.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa

from warehouse.forms.form import Entry, Form, Generation, Odd, Row, drawn
from warehouse.lake.tables import message, name, text

BESIDE = ("is_reasoning_complete", "finish_reasons", "models")
NO_ANSWER = ("proof", "notfound", "not found")
"""What stands in ``answer`` where there is none (NuminaMath's words)."""

SCHEMA = pa.schema(
    [
        ("problem", text),
        ("solution", text),
        ("answer", text),
        ("problem_type", name),
        ("question_type", name),
        ("source", name),
        ("uuid", name),
        ("is_reasoning_complete", pa.list_(pa.bool_())),
        ("generations", pa.list_(text)),
        ("correctness_math_verify", pa.list_(pa.bool_())),
        ("correctness_llama", pa.list_(pa.bool_())),
        ("finish_reasons", pa.list_(name)),
        ("correctness_count", pa.int64()),
        ("messages", pa.list_(message)),
        # Beyond OpenR1's own columns: what it has no place for.
        ("answers", pa.list_(text)),
        ("domain", name),
        ("models", pa.list_(name)),
        ("trace_ids", pa.list_(name)),
        ("licence", name),
    ]
)


def read(row: Row) -> Entry:
    """Raises Odd."""
    problem, texts = row.get("problem"), row.get("generations")
    if not isinstance(problem, str) or not problem.strip():
        raise Odd("no_prompt", "problem", problem, "text")
    if not isinstance(texts, list) or not texts:
        raise Odd("no_completion", "generations", texts, "a list of texts, one a generation")
    complete, finish, models = (beside(row, column, len(texts)) for column in BESIDE)
    generations: list[Generation | None] = []
    for place, said in enumerate(texts):
        if said is None:
            generations.append(None)
            continue
        if not isinstance(said, str):
            raise Odd("not_text", f"generations[{place}]", said, "text")
        reason = finish[place] or (None if complete[place] is None else "stop" if complete[place] else "length")
        generations.append(Generation(said, reason, models[place]))
    answer = row.get("answer")
    missing = isinstance(answer, str) and answer.strip().lower() in NO_ANSWER
    return Entry(
        [{"role": "user", "content": problem}],
        generations,
        listed=True,
        answers=[] if missing else None,
        verifier="choice" if row.get("question_type") == "MCQ" and is_letter(answer) else None,
    )


def beside(row: Row, column: str, count: int) -> list[Any]:
    """A list that has something to say of each generation; of none for a null. Raises Odd."""
    found = row.get(column)
    if found is None:
        return [None] * count
    if not isinstance(found, list) or len(found) != count:
        raise Odd("labels", column, found, f"a list of {count}, one a generation")
    return found


def is_letter(answer: Any) -> bool:
    return isinstance(answer, str) and len(answer.strip()) == 1 and answer.strip().isalpha()


def table(rows: pa.Table) -> pa.Table:
    """One row a problem, in the order of their first traces. ``correctness_math_verify`` holds our own opinion, since
    it is what readers of this form filter by."""
    frame = pl.DataFrame(rows)
    nothing = {"correct": pl.Boolean, "finish_reason": pl.String, "prompt": pl.String, "licence": pl.String}
    frame = frame.with_columns(
        *(pl.lit(None, kind).alias(column) for column, kind in nothing.items() if column not in frame.columns),
        completion=pl.col("messages").list.last().struct.field("content"),
        asked=pl.col("messages").list.get(-2, null_on_oob=True).struct.field("content"),
    )
    ended = ~pl.col("completion").str.contains("<think>", literal=True) | pl.col("completion").str.contains(
        "</think>", literal=True
    )
    grouped = frame.group_by("problem_id", maintain_order=True).agg(
        problem=pl.coalesce("prompt", "asked").first(),
        answers=pl.col("answers").first(),
        domain=pl.col("domain").first(),
        source=pl.col("source").first(),
        is_reasoning_complete=ended,
        generations=pl.col("completion"),
        correctness_math_verify=pl.col("correct"),
        finish_reasons=pl.col("finish_reason"),
        correctness_count=pl.col("correct").sum().cast(pl.Int64),
        # The chat of a right generation where there is one, else of the first.
        messages=pl.col("messages").sort_by(pl.col("correct").fill_null(False), descending=True, maintain_order=True)
        .first(),
        models=pl.col("model"),
        trace_ids=pl.col("trace_id"),
        licence=pl.col("licence").first(),
    ).with_columns(
        answer=pl.col("answers").list.first(),
        uuid=pl.col("problem_id"),
        problem_type=pl.col("domain"),
        finish_reasons=pl.when(pl.col("finish_reasons").list.drop_nulls().list.len() > 0).then("finish_reasons"),
    )  # fmt: skip
    return drawn(grouped.to_arrow(), SCHEMA)


FORM = Form(
    name="openr1",
    recognises=lambda columns: {"problem", "generations"} <= columns,
    expects="problem and generations",
    read=read,
    takes=("problem", "generations", "messages", "uuid", "trace_ids", *BESIDE, "correctness_count"),
    schema=SCHEMA,
    table=table,
    labels=("correctness_math_verify", "correctness_llama"),
    verifier="math",
)
