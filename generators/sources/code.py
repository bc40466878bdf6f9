"""Programming problems with their tests: ``source = "code/apps"``, ``"code/taco"`` or ``"code/leetcode"``.

``path`` is a Hub dataset (``codeparrot/apps``, ``BAAI/TACO``, ``newfacade/LeetCodeDataset``), a local folder of that
form, or a local file with the same columns; ``columns`` names those that are called otherwise. ``config`` takes
``max_test_bytes`` (how much of its tests a problem keeps, a million by default; the largest go first) and, for a
dataset, what ``datasets.load_dataset`` takes.

The tests go into the answer key (code_key.py). There are no ``answers``: a release publishes those, and a program is
not right for being the same text as another. A row that gives no problem is yielded as ``Skipped``: no_question,
picture_only, no_tests, unreadable_tests, unequal_tests, tests_too_large, no_entry_point.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from generators.sources import SOURCES, Problem, Skipped, Wanted
from generators.sources.code_key import Unusable, checked, megabytes, pairs, seconds, solution
from generators.sources.tables import READERS, Row, Table, file_table, hub_table
from warehouse.errors import SourceError

MOST = 1_000_000
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b[^>]*>|<image>|\[image\]", re.IGNORECASE)
LICENCES = {"codeparrot/apps": "MIT", "newfacade/LeetCodeDataset": "Apache-2.0"}
"""What the publishers' cards say. TACO's parts have licences of their own, so its recipe has to say."""


@dataclass(frozen=True)
class Task:
    """One row, understood."""

    question: str
    starter: str
    spec: dict[str, Any]
    left_out: int = 0
    """Tests that were too large to keep."""
    metadata: dict[str, Any] = field(default_factory=dict)


def apps(row: Row, most: int) -> Task:
    """A row of APPS or of TACO, which has the same columns and more."""
    question, starter = question_of(row["question"]), text(row.get("starter_code")).strip("\n")
    spec, left_out = pairs(row["input_output"], starter, most)
    spec |= {
        "time_limit_s": seconds(row.get("time_limit")),
        "memory_limit_mb": megabytes(row.get("memory_limit")),
        "solution": solution(row.get("solutions")),
    }
    pictures = text(row.get("picture_num")).strip()
    metadata = {
        "difficulty": row.get("difficulty"),
        "url": row.get("url"),
        "title": row.get("name"),
        "task": row.get("problem_id"),
        "origin": row.get("source"),
        "tags": listed(row.get("tags")) or listed(row.get("raw_tags")),
        "skills": listed(row.get("skill_types")),
        "pictures": int(pictures) or None if pictures.isdecimal() else None,
    }
    return Task(question, starter, spec, left_out, metadata)


def leetcode(row: Row, most: int) -> Task:
    """A row of LeetCodeDataset; until its third version description, code and difficulty lay in ``meta``."""
    meta: Row = row["meta"] if isinstance(row.get("meta"), dict) else {}
    question = question_of(row.get("problem_description") or meta.get("question_title"))
    starter = text(row.get("starter_code") or meta.get("lang_code")).strip("\n")
    spec = checked(row["test"], row["entry_point"], row.get("prompt"), most)
    spec |= {"solution": solution(row.get("completion"))}
    task = row.get("task_id")
    metadata = {
        "difficulty": row.get("difficulty") or meta.get("difficulty"),
        "url": f"https://leetcode.com/problems/{task}/" if task else None,
        "task": task,
        "tags": listed(row.get("tags") or meta.get("tags")),
        "date": text(row.get("estimated_date")) or None,
    }
    return Task(question, starter, spec, 0, metadata)


FORMS: dict[str, tuple[Callable[[Row, int], Task], tuple[str, ...], tuple[str, ...]]] = {
    "apps": (
        apps,
        ("question", "input_output"),
        ("starter_code", "solutions", "difficulty", "url", "problem_id"),
    ),
    "taco": (
        apps,
        ("question", "input_output"),
        ("starter_code", "solutions", "difficulty", "url", "name", "source", "tags", "raw_tags", "skill_types",
         "time_limit", "memory_limit", "picture_num"),
    ),
    "leetcode": (
        leetcode,
        ("test", "entry_point"),
        ("problem_description", "meta", "starter_code", "prompt", "completion", "difficulty", "tags", "task_id",
         "estimated_date"),
    ),
}  # fmt: skip
"""A form's reader, the columns that it needs and those that it takes."""


@SOURCES.register("code")
def code(wanted: Wanted) -> Iterator[Problem | Skipped]:
    """The problems of a dataset, streamed. Raises SourceError when columns are missing or no row is usable."""
    form = wanted.source.partition("/")[2]
    if form not in FORMS:
        raise SourceError(
            f"problems.source: {wanted.source!r}; expected one of {', '.join(f'code/{x}' for x in FORMS)}"
        )
    read, needed, taken = FORMS[form]
    most, table = opened(wanted)
    columns = {field: wanted.columns.get(field, field) for field in (*needed, *taken)}
    unknown = set(wanted.columns) - set(columns)
    if unknown:
        raise SourceError(f"problems.columns: unknown {', '.join(sorted(unknown))}; expected {', '.join(columns)}")
    usable, first = 0, "it has no rows"
    skipped: Counter[str] = Counter()
    for number, row in enumerate(table.rows(), start=1):
        missing = [field for field in needed if columns[field] not in row]
        if missing and number == 1:
            raise SourceError(
                f"{table.where} has no column {columns[missing[0]]!r}; {wanted.source} expects {', '.join(needed)}, "
                f'it has {", ".join(row)}. Say which one in the recipe: columns = {{ {missing[0]} = "..." }}'
            )
        try:
            task = read({field: row.get(column) for field, column in columns.items()}, most)
        except Unusable as error:
            if not skipped:
                first = f"row {number}: {error}"
            skipped[error.reason] += 1
            yield Skipped(error.reason, f"{table.where}, row {number}: {error}")
            continue
        usable += 1
        yield problem(task, wanted, table.name)
    if not usable:
        counts = "".join(f"{count} {reason}, " for reason, count in skipped.most_common())
        raise SourceError(f"{table.where} holds no usable problem of the form {wanted.source}: {counts}{first}")


def opened(wanted: Wanted) -> tuple[int, Table]:
    """How many bytes of tests a problem may keep, and the table that the recipe names."""
    config = dict(wanted.config)
    most = config.pop("max_test_bytes", MOST)
    if type(most) is not int or most < 1:
        raise SourceError(f"problems.config.max_test_bytes: expected a number of bytes above 0, found {most!r}")
    if not wanted.path:
        raise SourceError(
            f'problems.path: missing; {wanted.source} needs a file or a dataset such as "codeparrot/apps"'
        )
    if not wanted.path.endswith(tuple(READERS)):
        return most, hub_table(wanted.path, wanted.folder, config, streaming=True)
    if config:
        raise SourceError(f"problems.config: unknown {', '.join(config)}; expected max_test_bytes for a file")
    return most, file_table(wanted.path, wanted.folder)


def problem(task: Task, wanted: Wanted, dataset: str) -> Problem:
    spec = task.spec | {"starter_code": task.starter, "language": "python"}
    metadata = task.metadata | {"dataset": dataset, "tests_left_out": task.left_out or None}
    return Problem(
        source=wanted.source,
        prompt=prompt(task),
        answers=(),
        verifier=wanted.verifier or "code",
        spec={name: value for name, value in spec.items() if value not in (None, "")},
        metadata={name: value for name, value in metadata.items() if value not in (None, "", [])},
        domain=wanted.domain or "code",
        language=wanted.language,
        split=wanted.split,
        licence=wanted.licence or LICENCES.get(wanted.path or ""),
    )


def prompt(task: Task) -> str:
    """What the model is asked: the question, how its program will be used, and the code to begin with."""
    if task.spec["kind"] == "stdin":
        how = "Write a Python program that reads from standard input and writes to standard output."
    elif task.starter:
        how = f"Complete this Python code. It will be called as `{task.spec['entry_point']}(...)`.\n\n"
        how += f"```python\n{task.starter.rstrip()}\n```"
    else:
        how = f"Write Python code that will be called as `{task.spec['entry_point']}(...)`."
    return f"{task.question}\n\n{how}"


def question_of(raw: Any) -> str:
    """A question that can be understood without its pictures. Raises Unusable."""
    if not isinstance(raw, str) or not raw.strip():
        raise Unusable("no_question", f"the question is {str(raw)[:60]!r}; expected a text")
    if not re.search(r"\w", PICTURE.sub("", raw)):
        raise Unusable("picture_only", f"the question is {raw.strip()[:60]!r}; expected words beside the picture")
    return raw.strip()


def text(value: Any) -> str:
    return "" if value is None else str(value)


def listed(raw: Any) -> list[str]:
    """Tags: a list, or the text of a Python list, as TACO has them."""
    if isinstance(raw, str) and raw.startswith("[") and len(raw) < 10_000:
        try:
            raw = ast.literal_eval(raw)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [raw]
    return [str(one) for one in raw if one is not None] if isinstance(raw, list) else [raw] if raw else []
