"""The lake that docs/cookbook.md asks, and its answers: python tests/support/cookbook.py writes them into the page."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from bulk import Built, build
from bulk.recipe import recipe

from flows.mill import grind
from flows.progress import Progress
from flows.run import Run
from warehouse.lake import Lake

PAGE = Path(__file__).parents[2] / "docs" / "cookbook.md"
TRACES = 2_000
PIECE = re.compile(
    r"^### (?P<title>[^\n]*)\n|^```sql\n(?P<sql>.*?)^```\n(?P<answer>(?:\n(?:\|[^\n]*\n)+)?)", re.DOTALL | re.MULTILINE
)
POLICY = "FROM candidates"
"""What a policy says, and a query does not."""


@dataclass(frozen=True)
class Query:
    """A query of the page."""

    title: str
    """The heading above it; of several under one heading each after the first has its number."""
    sql: str
    answer: str
    """A Markdown table; empty where the page has none yet."""
    span: tuple[int, int]
    """Where the answer stands in the page, in characters."""


def policies(page: str) -> list[str]:
    """The page's selection policies."""
    return [piece["sql"] for piece in PIECE.finditer(page) if piece["sql"] and POLICY in piece["sql"]]


def queries(page: str) -> list[Query]:
    """The page's queries, in order; what asks ``candidates`` is a policy, and for a release to ask."""
    found, title, seen = [], "", Counter[str]()
    for piece in PIECE.finditer(page):
        if piece["title"]:
            title = piece["title"]
            continue
        if POLICY in piece["sql"]:
            continue
        seen[title] += 1
        name = title if seen[title] == 1 else f"{title} ({seen[title]})"
        found.append(Query(name, piece["sql"].strip(), piece["answer"].strip(), piece.span("answer")))
    return found


def run(built: Built, *overrides: str) -> Run:
    """All stages of r1-800k over a bulk lake."""
    made = Run(recipe(TRACES, built.benchmark, *overrides), built.lake, Progress(quiet=True))
    made.examine()
    grind(made)
    return made


def lake(path: Path) -> Built:
    """The lake that the page speaks of, always the same: with what the stages of r1-800k find, and two releases."""
    built = build(path, TRACES)
    shortest = (
        'release.select=["accepted", "unique", "shortest"]',
        'release.name="shortest"',
        "release.settings={ shortest = { k = 4 } }",
    )
    run(built)
    run(built, *shortest)
    return built


def table(frame: pl.DataFrame) -> str:
    """An answer as Markdown."""

    def cell(value: Any) -> str:
        return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")

    rules = ["---:" if kind.is_numeric() else "---" for kind in frame.dtypes]
    rows = [frame.columns, rules, *([cell(value) for value in row] for row in frame.rows())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def answered(page: str, lake: Lake) -> str:
    """The page with the lake's answers in it."""
    for query in reversed(queries(page)):
        start, end = query.span
        page = f"{page[:start]}\n{table(lake.sql(query.sql))}\n{page[end:]}"
    return page


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(answered(PAGE.read_text(encoding="utf-8"), lake(Path(folder) / "lake").lake), encoding="utf-8")
