"""One hundred journeys, read and labelled: python -m tests.labelled [--draw LAKE --seed 0]

Without an option it prints, for each builder, the share of sound ones among those in docs/journeys.jsonl, with its 95%
interval (Wilson). With ``--draw`` it draws accepted journeys of a lake by a seed, of each builder in turn and of an
attempt once, and writes them there without labels: whoever reads them adds ``label`` and ``why``.

sound: the wrong step is wrong, the turn says so truly, and the right way follows. odd: right in the end, but something
would make a reader frown. broken: it says what is not so, or does not hang together.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from filters.checks.turns import untrue
from warehouse.intervals import wilson
from warehouse.lake import Lake

PAGE = Path(__file__).parents[1] / "docs" / "journeys.jsonl"
ALL = 100
LABELS = ("sound", "odd", "broken")

DRAWN = """
WITH one_of_an_attempt AS (
    FROM journeys WHERE accepted
    QUALIFY row_number() OVER (PARTITION BY builder, problem_id ORDER BY place($seed, trace_id)) = 1
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY builder ORDER BY place($seed, trace_id)) AS place FROM one_of_an_attempt
), drawn AS (
    FROM placed ORDER BY place, builder LIMIT $all
)
SELECT j.trace_id, j.builder, j.source, p.prompt, t.completion, t.spans
FROM drawn j JOIN traces t USING (trace_id) JOIN problems p ON p.problem_id = j.problem_id
ORDER BY j.builder, j.place
"""


def draw(lake: Lake, seed: int) -> list[dict[str, Any]]:
    """Accepted journeys of a lake, as many of each builder as there are, in an order of the seed."""
    return lake.sql(DRAWN, seed=str(seed), all=ALL).to_dicts()


def labelled() -> list[dict[str, Any]]:
    """The journeys of the page. Exits where one has no label."""
    rows = [json.loads(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    if missing := [row["trace_id"] for row in rows if row.get("label") not in LABELS or not row.get("why")]:
        raise SystemExit(f"{PAGE}: {len(missing)} without a label and a reason, {missing[0]} first")
    return rows


def says_what_is_not_so(row: dict[str, Any]) -> bool:
    """Whether the check ``journey`` refuses it today because of what a turn says."""
    text = row["completion"]
    turns = [(span["start"], span["end"]) for span in row["spans"] if span["label"] == "turn"]
    return any(untrue(text[start:end], row["prompt"], text[:start]) for start, end in turns)


def refusals(rows: list[dict[str, Any]]) -> str:
    """How many of each label the check of turns refuses."""
    counts = Counter(row["label"] for row in rows)
    refused = Counter(row["label"] for row in rows if says_what_is_not_so(row))
    return ", ".join(f"{refused[label]} of {counts[label]} {label}" for label in LABELS)


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Lines of a Markdown table: of each builder how many have which label."""
    lines = ["| builder | read | sound | odd | broken | share of sound ones |", "| --- | --- | --- | --- | --- | --- |"]
    for builder in sorted({row["builder"] for row in rows}):
        counts = Counter(row["label"] for row in rows if row["builder"] == builder)
        share, low, high = wilson(counts["sound"], counts.total())
        cells = [f"`{builder}`", counts.total(), *(counts[label] for label in LABELS)]
        lines.append(f"| {' | '.join(map(str, cells))} | {share:.0%} [{low:.0%}, {high:.0%}] |")
    return lines


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--draw", type=Path, metavar="LAKE")
    asked.add_argument("--seed", type=int, default=0)
    told = asked.parse_args()
    if told.draw:
        drawn = draw(Lake(told.draw), told.seed)
        PAGE.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in drawn), encoding="utf-8")
        print(f"{len(drawn)} journeys in {PAGE}, to be read")
    else:
        print("\n".join(table(labelled())))
        print(f"\nrefused for what a turn says: {refusals(labelled())}")
