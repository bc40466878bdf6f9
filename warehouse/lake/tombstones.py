"""What has been taken down stays out: rows of it are not committed again, wherever they come from."""

from __future__ import annotations

from warehouse.lake.sql import files_in_sql

TOUCHED = ("problems", "answer_keys", "traces", "failures", "verdicts")
"""The tables that hold text of a trace or of a problem."""
NAMES_TRACES = ("traces", "failures", "verdicts")


def without(name: str, files: list[str]) -> str:
    """The rows of ``frame``, new ones of a table, that no takedown (in these files of ``takedowns``) is about: neither
    about their trace or problem nor, since their text holds it, about a parent of theirs."""
    if not files or name not in TOUCHED:
        return "SELECT * FROM frame"
    down = f"read_parquet({files_in_sql(files)}, union_by_name = true)"
    problems = f"(SELECT problem_id FROM {down} WHERE trace_id IS NULL)"
    traces = f"(SELECT trace_id FROM {down} WHERE trace_id IS NOT NULL)"
    query = f"SELECT * FROM frame ANTI JOIN {problems} USING (problem_id)"
    if name in NAMES_TRACES:
        query = f"SELECT * FROM ({query}) ANTI JOIN {traces} USING (trace_id)"
    if name == "traces":
        parents = f"list_has_any(parents, (SELECT list(trace_id) FROM {traces}))"
        query = f"SELECT * FROM ({query}) WHERE NOT coalesce({parents}, false)"
    return query
