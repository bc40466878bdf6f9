"""Problems in, hits out: the methods from cheap to dear, and all that they find, the strongest first."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import polars as pl

from filters.contamination.block import Block, Hit
from filters.contamination.coverage import coverage
from filters.contamination.fuzzy import fuzzy
from filters.contamination.index import Index, Settings
from filters.contamination.ngram import ngram
from filters.contamination.normalise import located
from filters.contamination.whole_question import whole_question

CHECK, EDITION = "contamination", 1
"""The check's name and version."""
METHODS = ("whole_question", "coverage", "ngram", "fuzzy")
"""By what a hit says, the strongest first."""
CHARACTERS = 8_000_000
"""Of the problems that are looked at together."""
SHOWN = 1000
"""Characters of a span, and of the question, that a hit shows."""

SCHEMA = {
    "problem_id": pl.String,
    "against": pl.String,
    "outcome": pl.String,
    "reason": pl.String,
    "score": pl.Float64,
    "detail": pl.String,
}


def hits(block: Block) -> Iterator[list[Hit]]:
    """For each problem and question with a hit, what the methods found, the strongest first; ordered by problem."""
    found: defaultdict[tuple[int, int], dict[str, Hit]] = defaultdict(dict)
    for method in (whole_question, coverage, ngram):
        for hit in method(block):
            found[hit.text, hit.item].setdefault(hit.method, hit)
    for hit in fuzzy(block, known=frozenset(found)):
        found[hit.text, hit.item][hit.method] = hit

    def strength(pair: tuple[int, int]) -> tuple[int, int, float, int]:
        first = min(METHODS.index(method) for method in found[pair])
        return pair[0], first, -found[pair][METHODS[first]].score, pair[1]

    for pair in sorted(found, key=strength):
        yield sorted(found[pair].values(), key=lambda hit: METHODS.index(hit.method))


def examine(problems: pl.DataFrame, index: Index, settings: Settings) -> pl.DataFrame:
    """problem_id, prompt -> rows of verdicts: one for each question that a problem holds, one for a clean problem."""
    problems = problems.with_columns(pl.col("prompt").cast(pl.String))
    parts = [verdicts(part, index, settings) for part in in_parts(problems)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def in_parts(problems: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Problems in lots of so many characters, so that long ones take no more memory than many."""
    lot = (problems["prompt"].str.len_chars().fill_null(0).cum_sum() - 1) // CHARACTERS
    for _, part in problems.group_by(lot, maintain_order=True):
        yield part


def verdicts(problems: pl.DataFrame, index: Index, settings: Settings) -> pl.DataFrame:
    rows = []
    names, prompts = problems["problem_id"].to_list(), problems["prompt"].to_list()
    for group in hits(Block(problems["prompt"], index, settings)):
        first = group[0]
        row = {
            "problem_id": names[first.text],
            "against": index.name(first.item),
            "outcome": "fail",
            "reason": first.method,
            "score": first.score,
            "detail": json.dumps(told(group, index, prompts[first.text]), ensure_ascii=False),
        }
        rows.append(row)
    leaky = {row["problem_id"] for row in rows}
    rows += [{"problem_id": name, "outcome": "pass"} for name in names if name not in leaky]
    return pl.DataFrame(rows, schema=SCHEMA)


def told(group: list[Hit], index: Index, text: str) -> dict[str, Any]:
    """What the audit shows of a hit: who, where, how, and the characters of the problem that are the question's."""
    first, places = group[0], located(text)

    def span(hit: Hit) -> dict[str, int]:
        return {"start": places[hit.begin].start, "end": places[hit.end - 1].end}

    at = span(first)
    return {
        "benchmark": index.benchmarks[first.item],
        "item": index.items[first.item],
        "method": first.method,
        "span": {**at, "text": text[at["start"] : at["end"]][:SHOWN]},
        "methods": [{"method": hit.method, "score": hit.score, **span(hit)} for hit in group],
        "question": index.questions[first.item][:SHOWN],
    }
