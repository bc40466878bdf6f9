"""Other people's traces, so that they can be judged, queried and released like our own.

JSONL or Parquet. Each row is a chat (``messages``, ``conversations`` with from/value, or ``prompt`` and
``completion``), with the answer in ``answers`` or ``answer`` where there is one, and ``model`` where it is known.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from warehouse import ids
from warehouse.errors import SourceError
from warehouse.lake import Lake

PROMPTS = ("prompt", "problem", "question", "instruction")
COMPLETIONS = ("completion", "generation", "response", "output", "solution")
ROLES = {"human": "user", "gpt": "assistant", "user": "user", "assistant": "assistant", "system": "system"}


def import_traces(lake: Lake, file: Path, verifier: str = "text", split: str = "train") -> dict[str, int]:
    """Commit a file's problems, answer keys and traces; returns how many of each were new. Of several answers to one
    problem the last counts.

    Raises SourceError for a file or a row that is not understood; nothing is committed then.
    """
    readers = {".jsonl": lambda path: pl.read_ndjson(path, infer_schema_length=None), ".parquet": pl.read_parquet}
    if file.suffix not in readers:
        raise SourceError(f"{file}: ends in {file.suffix!r}; expected .jsonl or .parquet")
    try:
        frame = readers[file.suffix](file)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{file} cannot be read as {file.suffix[1:]}: {error}") from error
    source = f"import/{file.stem}"
    problems, keys, traces = {}, {}, []
    seen: Counter[tuple[str, str]] = Counter()
    place: Counter[str] = Counter()
    for number, row in enumerate(frame.iter_rows(named=True), start=1):
        messages, completion = chat(row, f"{file}, row {number}")
        prompt = next((m["content"] for m in reversed(messages) if m["role"] == "user"), messages[-1]["content"])
        problem = ids.problem_id(source, prompt)
        problems[problem] = {
            "problem_id": problem,
            "source": source,
            "prompt": prompt,
            "split": split,
            "metadata": "{}",
        }
        answers = row.get("answers") or row.get("answer")
        if answers is None and verifier == "judge" and problem not in keys:
            answers = []  # a judge needs no references
        if answers is not None:
            listed = [str(answer) for answer in (answers if isinstance(answers, list) else [answers])]
            key = ids.key_id(problem, listed, verifier, None)
            keys[problem] = {"key_id": key, "problem_id": problem, "answers": listed, "verifier": verifier}
        model = str(row.get("model") or "unknown")
        asked = ids.digest(messages)
        # The text is part of what an import names: two people's files may both hold a first sample.
        weights = f"import:{model}:{ids.text_hash(completion)}"
        traces.append(
            {
                "trace_id": ids.trace_id(problem, asked, weights, "import", {}, (), seen[problem, completion]),
                "text_hash": ids.text_hash(completion),
                "problem_id": problem,
                "kind": "sample",
                "strategy": "import",
                "model": model,
                "weights": f"import:{model}",
                "engine": "import",
                "prompt_style": "import",
                "messages": messages,
                "sample_index": place[problem],
                "sampling": "{}",
                "completion": completion,
                "finish_reason": str(row.get("finish_reason") or "stop"),
                "parents": [],
                "spans": [],
            }
        )
        seen[problem, completion] += 1
        place[problem] += 1
    with lake.connect(marks=False) as db:
        current = {row[0] for row in db.execute("SELECT key_id FROM current_keys").fetchall()}
    new = [key for key in keys.values() if key["key_id"] not in current]
    return {
        "problems": lake.commit("problems", list(problems.values())) if problems else 0,
        "answer_keys": lake.commit("answer_keys", new) if new else 0,
        "traces": lake.commit("traces", traces) if traces else 0,
    }


def chat(row: dict[str, Any], where: str) -> tuple[list[dict[str, str]], str]:
    """The messages before the last answer, and that answer."""
    turns = row.get("messages") or row.get("conversations")
    if turns:
        try:
            said = [
                {"role": ROLES[turn.get("role") or turn["from"]], "content": turn.get("content") or turn["value"]}
                for turn in turns
            ]
        except (KeyError, AttributeError, TypeError) as error:
            raise SourceError(
                f"{where}: expected turns with role and content, or from and value; found {turns}"
            ) from error
        if not all(isinstance(turn["content"], str) for turn in said):
            raise SourceError(f"{where}: expected text in every turn; found {turns}")
        if said[-1]["role"] != "assistant" or len(said) < 2:
            raise SourceError(f"{where}: expected a question and then an answer by the assistant; found {said[-1]}")
        return said[:-1], said[-1]["content"]
    prompt = next((row[name] for name in PROMPTS if isinstance(row.get(name), str)), None)
    completion = next((row[name] for name in COMPLETIONS if isinstance(row.get(name), str)), None)
    if prompt is None or completion is None:
        raise SourceError(
            f"{where}: expected messages, conversations, or a prompt ({', '.join(PROMPTS)}) with a completion "
            f"({', '.join(COMPLETIONS)}); found {', '.join(row)}"
        )
    return [{"role": "user", "content": prompt}], completion
