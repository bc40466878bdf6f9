"""What a grading comes to, for people; and what its command's options mean."""

from __future__ import annotations

import json
from typing import Any

from filters.grading import Summary
from flows.tables import console, tabled
from warehouse.errors import BadInput


def columns_of(named: list[str]) -> dict[str, str]:
    """``response=generation`` and the like as a dictionary. Raises BadInput."""
    columns = {}
    for one in named:
        part, equals, name = one.partition("=")
        if not (part and equals and name):
            raise BadInput(f"--column {one}: expected a part and the name of its column, like response=generation")
        columns[part] = name
    return columns


def spec_of(text: str) -> dict[str, Any]:
    """A JSON object. Raises BadInput."""
    try:
        spec = json.loads(text)
    except ValueError as error:
        raise BadInput(f"--spec {text}: no JSON ({error})") from error
    if not isinstance(spec, dict):
        raise BadInput(f'--spec {text}: expected an object, like {{"tolerance": 0.01}}')
    return spec


LOST = {
    "no_form": "none in the form looked for (--form names others; a program is a fenced block)",
    "unclosed_think": "the thinking never ended",
    "nothing_said": "nothing but thinking, or nothing at all",
    "unclosed": "a box or a tag never closed",
    "empty": "an empty box or tag",
}
"""Why a response gives no answer, in words."""


def show(summary: Summary) -> None:
    """Counts, then how it compares, then where the rows are."""
    screen = console()

    def share(count: int, whole: int) -> str:
        return f"{count / whole:.1%}" if whole else ""

    screen.print(
        tabled(
            "Verdicts",
            [
                {"outcome": outcome, "responses": count, "share": share(count, summary.responses)}
                for outcome in ("pass", "fail", "undecided")
                for count in [summary.outcomes[outcome]]
            ],
        )
    )
    if summary.reasons:
        screen.print(
            tabled(
                "Reasons",
                [
                    {"outcome": outcome, "reason": reason, "responses": count}
                    for (outcome, reason), count in summary.reasons.most_common()
                ],
            )
        )
    if summary.lost:
        screen.print(
            tabled("No answer", [{"why": LOST.get(why, why), "responses": n} for why, n in summary.lost.most_common()])
        )
    if summary.tiers:
        screen.print(tabled("Tiers", [{"decided by": tier, "responses": n} for tier, n in summary.tiers.most_common()]))
    if summary.unusable:
        screen.print(tabled("Answer keys that cannot be used, the first of each kind", summary.unusable))
    if summary.crashes:
        screen.print(tabled("Crashes of a verifier, the first of each kind", summary.crashes))
    if summary.against:
        compare(summary)
    screen.print(f"{summary.repeated:,} answers had been given to the same problem before, and were not judged again.")
    if summary.judged:
        rate = f"{summary.judged / summary.seconds:,.0f} rows/s" if summary.seconds else ""
        before = f", {summary.rows - summary.judged:,} before" if summary.judged < summary.rows else ""
        screen.print(f"Time: {summary.judged:,} rows in {summary.seconds:.1f} s ({rate}){before}")
    screen.print(f"Rows: {summary.rows:,} in {summary.out}", soft_wrap=True)


def compare(summary: Summary) -> None:
    """The table of agreement, and the first rows that differ."""
    screen = console()
    names = {True: "right", False: "wrong", None: "unlabelled"}
    screen.print(
        tabled(
            f"Against {summary.against}",
            [
                {"outcome": outcome} | {name: summary.confusion[outcome, label] for label, name in names.items()}
                for outcome in ("pass", "fail", "undecided")
            ],
        )
    )
    if agreement := summary.agreement:
        value, low, high = agreement
        screen.print(
            f"Agreement: {value:.2%}  [{low:.2%}, {high:.2%}] of {summary.compared:,} "
            "that are decided here and labelled there"
        )
    if summary.differing:
        screen.print(tabled(f"{len(summary.differing)} of {summary.differ:,} that differ", summary.differing))
        if not summary.listed:
            screen.print(f'All of them, in Python: duckdb.sql("""{summary.differing_sql()}""")', soft_wrap=True)
