"""What a grading comes to: counts by outcome, reason and tier, and how well it agrees with somebody else's labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from warehouse.cells import TRUE
from warehouse.intervals import wilson

NAMED = 10
"""Of unusable keys, of crashes and of differing rows so many are named."""
DIFFERING = (("pass", False), ("fail", True))
"""Outcomes and labels that contradict each other."""


@dataclass
class Summary:
    """Counts over all responses; a row that holds a list of them counts as many."""

    file: str
    out: str
    prefix: str = ""
    listed: bool = False
    """Whether rows hold lists of responses."""
    rows: int = 0
    responses: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (outcome, reason)."""
    lost: Counter[str] = field(default_factory=Counter)
    """Why responses gave no answer: filters.extraction.Final.why."""
    tiers: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    """Responses whose answer had been given to the same key before, and was not judged again."""
    unusable: list[dict[str, Any]] = field(default_factory=list)
    """The first rows whose key cannot be used, with what it says; one row of those that say the same."""
    crashes: list[dict[str, Any]] = field(default_factory=list)
    """The first rows over which their verifier fell, with its error; one row of those with the same."""
    against: str | None = None
    confusion: Counter[tuple[str, bool | None]] = field(default_factory=Counter)
    """By (outcome, label)."""
    differing: list[dict[str, Any]] = field(default_factory=list)
    """The first responses that pass and are labelled wrong, or fail and are labelled right, with the right answers."""
    judged: int = 0
    """Rows judged by this run; the others were judged before."""
    seconds: float = 0.0
    """Of this run."""
    _said: set[str] = field(default_factory=set, repr=False)

    def add(self, part: pa.Table) -> None:
        """Count a part."""
        outcome = part["outcome"].combine_chunks()
        listed = pa.types.is_list(outcome.type)
        rows = outcome.value_parent_indices().to_pylist() if listed else range(len(outcome))
        columns = {name: flattened(part[name]) for name in part.column_names}
        for row, outcome, reason, tier, label, extracted, says, why, wanted, again in zip(
            rows,
            columns["outcome"],
            columns["reason"],
            columns["tier"],
            columns["label"],
            columns["extracted"],
            columns["says"],
            columns["why"],
            columns["wanted"],
            columns["repeated"],
            strict=True,
        ):
            self.outcomes[outcome] += 1
            if reason:
                self.reasons[outcome, reason] += 1
            if why:
                self.lost[why] += 1
            if tier:
                self.tiers[tier] += 1
            self.repeated += again
            place = {"row": self.rows + row + 1}
            faults = self.unusable if reason == "unusable_key" else self.crashes
            if says and says not in self._said and len(faults) < NAMED:
                self._said.add(says)
                faults.append(place | {"says": says})
            if self.against:
                self.confusion[outcome, label] += 1
                if (outcome, label) in DIFFERING and len(self.differing) < NAMED:
                    found = {"outcome": outcome, "reason": reason, "extracted": extracted, "answer": wanted}
                    self.differing.append(place | found)
        self.rows += part.num_rows
        self.responses += len(columns["outcome"])

    @property
    def compared(self) -> int:
        """Responses that are decided here and labelled there."""
        return sum(n for (outcome, label), n in self.confusion.items() if outcome != "undecided" and label is not None)

    @property
    def agreement(self) -> tuple[float, float, float] | None:
        """(share, low, high) of the compared responses on which both agree, with a 95% interval."""
        agreed = self.confusion["pass", True] + self.confusion["fail", False]
        return wilson(agreed, self.compared) if self.compared else None

    @property
    def differ(self) -> int:
        """Responses that pass and are labelled wrong, or fail and are labelled right."""
        return sum(self.confusion[both] for both in DIFFERING)

    def differing_sql(self) -> str:
        """SQL that finds all of them in the file that was written, where a row holds one response."""
        column, file = '"' + str(self.against).replace('"', '""') + '"', self.out.replace("'", "''")
        words = ", ".join(f"'{word}'" for word in (*TRUE, "1.0"))
        said = f"lower(trim({column}::VARCHAR))"
        outcome = '"' + self.prefix.replace('"', '""') + 'outcome"'
        return (
            f"FROM '{file}' WHERE {outcome} <> 'undecided' AND {said} NOT IN ('', 'nan') "
            f"AND ({outcome} = 'pass') <> ({said} IN ({words}))"
        )

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        told: dict[str, Any] = {
            "file": self.file,
            "out": self.out,
            "rows": self.rows,
            "responses": self.responses,
            "outcomes": {name: self.outcomes[name] for name in ("pass", "fail", "undecided")},
            "reasons": [
                {"outcome": outcome, "reason": reason, "count": count}
                for (outcome, reason), count in self.reasons.most_common()
            ],
            "no_answer": dict(self.lost.most_common()),
            "tiers": dict(self.tiers.most_common()),
            "repeated": self.repeated,
            "unusable_keys": self.unusable,
            "crashes": self.crashes,
            "judged_now": self.judged,
            "seconds": round(self.seconds, 3),
        }
        if self.against:
            names = {True: "right", False: "wrong", None: "unlabelled"}
            agreement = self.agreement
            told["against"] = {
                "column": self.against,
                "confusion": {
                    outcome: {name: self.confusion[outcome, label] for label, name in names.items()}
                    for outcome in ("pass", "fail", "undecided")
                },
                "compared": self.compared,
                "agreement": dict(zip(("share", "low", "high"), agreement, strict=True)) if agreement else None,
                "differ": self.differ,
                "differing": self.differing,
            }
        return told


def flattened(column: pa.ChunkedArray) -> list[Any]:
    whole = column.combine_chunks()
    return (whole.flatten() if pa.types.is_list(whole.type) else whole).to_pylist()
