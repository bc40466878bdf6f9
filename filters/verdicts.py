"""The judge: asks every check about every trace and writes down what they find."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from filters import checks
from filters.finding import Check, Finding
from filters.verify import Key
from warehouse import ids
from warehouse.errors import BadInput
from warehouse.records import Judge
from warehouse.text import storable


@dataclass(frozen=True)
class Asked:
    """A check with the settings a recipe gives it."""

    check: Check
    settings: dict[str, Any]

    @property
    def by_row(self) -> bool:
        """Whether a trace and its key are all it takes: not the whole lake, and no other model's word."""
        return self.check.query is None and self.check.decider != "judge"

    @property
    def settings_hash(self) -> str:
        return ids.digest({name: value for name, value in self.settings.items() if name != "folder"})


def ask(names: Sequence[str], settings: dict[str, dict[str, Any]], folder: Path | None) -> list[Asked]:
    """The checks of a recipe's verify stage. Raises BadInput for an unknown check or setting."""
    asked = []
    for name in names:
        check = checks.get(name, folder)
        own = settings.get(name, settings.get(check.name, {}))
        unknown = set(own) - set(check.defaults)
        if unknown:
            expected = ", ".join(check.defaults) or "none"
            raise BadInput(f"settings of check {name}: unknown {', '.join(sorted(unknown))}; expected {expected}")
        asked.append(Asked(check, {**check.defaults, **own, **({"folder": str(folder)} if folder else {})}))
    return asked


def judge_with(asked: Sequence[Asked], run_id: str) -> Judge:
    """A ``Judge`` over row checks. Frames need the columns of traces and, for keyed checks, of current_keys."""

    def judge(traces: pl.DataFrame) -> pl.DataFrame:
        rows = traces.to_dicts()
        known: dict[str, Key] = {}
        keys = [key_of(row, known) for row in rows]
        verdicts: list[tuple[int, dict[str, Any]]] = []
        for one in asked:
            places = [
                place for place, row in enumerate(rows) if one.check.concerns(row.get("kind"), row.get("verifier"))
            ]
            found = one.check.opinions([rows[p] for p in places], [keys[p] for p in places], one.settings)
            for place, finding in zip(places, found, strict=True):
                verdicts.append((place, verdict(rows[place], keys[place], one, finding, run_id)))
        verdicts.sort(key=lambda numbered: numbered[0])  # trace by trace
        return pl.DataFrame([row for _, row in verdicts], infer_schema_length=None)

    return judge


def key_of(trace: dict[str, Any], known: dict[str, Key]) -> Key | None:
    """The answer key joined to a trace row, if there is one; each is read once."""
    key_id = trace.get("key_id")
    if key_id is not None and key_id not in known:
        spec = json.loads(trace["spec"]) if trace["spec"] else {}
        known[key_id] = Key(key_id, tuple(trace["answers"]), trace["verifier"], spec)
    return known.get(key_id) if key_id is not None else None


def verdict(trace: dict[str, Any], key: Key | None, asked: Asked, found: Finding, run_id: str) -> dict[str, Any]:
    """One row of ``verdicts``."""
    check = asked.check
    return {
        "problem_id": trace["problem_id"],
        "trace_id": trace["trace_id"],
        "check_name": check.name,
        "version": check.version,
        "settings_hash": asked.settings_hash,
        "key_id": key.key_id if key and check.needs_key else None,
        "outcome": found.outcome,
        "reason": found.reason,
        "score": found.score,
        "detail": json.dumps(storable(found.detail), ensure_ascii=False),
        "elapsed_ms": found.elapsed_ms,
        "run_id": run_id,
    }
