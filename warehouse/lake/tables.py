"""The lake's tables: one Arrow schema each.

``KEYS`` names the columns by which a row is known; a row whose key is already committed is not committed again.
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 2
"""What lake.json names: 1 had no takedowns. A table or a nullable column more makes it one higher, for who does not
know of it must not write; a column is never taken away and never changes its type."""
OLDEST = 1
"""The oldest that is still read; what it lacks is null, and is added by the first commit."""

text = pa.large_string()
name = pa.string()
time = pa.timestamp("us", tz="UTC")
message = pa.struct([("role", name), ("content", text)])
span = pa.struct([("label", name), ("start", pa.int64()), ("end", pa.int64())])

SCHEMAS: dict[str, pa.Schema] = {
    # What is asked.
    "problems": pa.schema(
        [
            ("problem_id", name),
            ("source", name),
            ("domain", name),
            ("prompt", text),
            ("messages", pa.list_(message)),  # a problem that is a conversation; else null
            ("language", name),
            ("split", name),  # train or test
            ("licence", name),
            ("metadata", text),  # JSON
            ("created_at", time),
        ]
    ),
    # What would be right; any of the answers will do. The newest key of a problem counts.
    "answer_keys": pa.schema(
        [
            ("key_id", name),
            ("problem_id", name),
            ("answers", pa.list_(text)),
            ("verifier", name),
            ("spec", text),  # JSON: what the verifier needs beyond the answers
            ("created_at", time),
        ]
    ),
    # What was written. Never edited.
    "traces": pa.schema(
        [
            ("trace_id", name),
            ("text_hash", name),
            ("problem_id", name),
            ("run_id", name),
            # sample, rewrite, journey, shortcut, mixed, rollout, cold_start, knowledge; opinions: judgement, remark
            ("kind", name),
            ("strategy", name),
            ("model", name),  # a name for people
            ("weights", name),  # a name for machines: Hub commit or content hash
            ("engine", name),
            ("prompt_style", name),
            ("messages", pa.list_(message)),  # what the model saw, before its chat template
            ("sample_index", pa.int32()),
            ("seed", pa.int64()),
            ("sampling", text),  # JSON: temperature, top_p, max_tokens, ...
            ("completion", text),  # raw, thinking inline
            ("finish_reason", name),  # stop or length
            ("prompt_tokens", pa.int32()),
            ("completion_tokens", pa.int32()),
            ("mean_logprob", pa.float64()),
            ("seconds", pa.float64()),  # device seconds
            ("cost", pa.float64()),  # money, where it is charged
            ("parents", pa.list_(name)),
            ("spans", pa.list_(span)),  # character offsets into completion
            ("created_at", time),
        ]
    ),
    # What was asked and never answered; asked again by the next run.
    "failures": pa.schema(
        [
            ("trace_id", name),
            ("problem_id", name),
            ("run_id", name),
            ("reason", name),
            ("detail", text),
            ("attempts", pa.int32()),
            ("created_at", time),
        ]
    ),
    # What somebody thinks of it. check_name and not check, which SQL keeps for itself.
    "verdicts": pa.schema(
        [
            ("problem_id", name),
            ("trace_id", name),
            ("step", pa.int32()),
            ("against", name),  # another trace or item, for comparisons
            ("check_name", name),
            ("version", pa.int32()),
            ("settings_hash", name),
            ("key_id", name),
            ("outcome", name),  # pass, fail, undecided
            ("reason", name),
            ("score", pa.float64()),
            ("low", pa.float64()),
            ("high", pa.float64()),
            ("n", pa.int32()),
            ("detail", text),  # JSON
            ("elapsed_ms", pa.float64()),
            ("run_id", name),
            ("created_at", time),
        ]
    ),
    # Which traces a release holds, and which it left out and why.
    "selections": pa.schema(
        [
            ("release_id", name),
            ("trace_id", name),
            ("kept", pa.bool_()),
            ("reason", name),
            ("rank", pa.int64()),
        ]
    ),
    # Whose text has been taken away, and why. A row without a trace is a problem: all that hangs on it is gone too.
    "takedowns": pa.schema(
        [
            ("trace_id", name),
            ("problem_id", name),
            ("reason", text),
            ("through", name),  # the trace or problem whose takedown this one follows from; else null
            ("created_at", time),
        ]
    ),
    # What happened when: events, append only.
    "runs": pa.schema(
        [
            ("run_id", name),
            ("event", name),
            ("stage", name),
            ("recipe", text),
            ("recipe_hash", name),
            ("code_version", name),
            ("counters", text),  # JSON
            ("created_at", time),
        ]
    ),
}

KEYS: dict[str, tuple[str, ...]] = {
    "problems": ("problem_id",),
    "answer_keys": (),  # a key may come back after a correction, so every change is a row
    "traces": ("trace_id",),
    "failures": (),
    "verdicts": ("trace_id", "problem_id", "step", "against", "check_name", "version", "settings_hash", "key_id"),
    "selections": ("release_id", "trace_id"),
    "takedowns": ("trace_id", "problem_id"),
    "runs": (),
}

NARROW: dict[str, list[str]] = {
    table: [column.name for column in schema if column.type != text and not pa.types.is_nested(column.type)]
    for table, schema in SCHEMAS.items()
}
"""Columns that least and greatest values are kept of. Those of a text are texts: in the log they would outlive it."""
