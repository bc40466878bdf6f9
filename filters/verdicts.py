"""The judge: asks every check about every trace and writes down what they find."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from filters import checks
from filters.finding import OUTCOMES, Check, Finding
from filters.verify import Key
from warehouse import ids
from warehouse.errors import BadInput
from warehouse.records import Judge


@dataclass(frozen=True)
class Asked:
    """A check with the settings a recipe gives it."""

    check: Check
    settings: dict[str, Any]

    @property
    def by_row(self) -> bool:
        """Whether a trace and its key are all it takes: not the whole lake, and no other model's word."""
        return self.check.decide is not None and self.check.decider != "judge"

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
        rows = []
        for trace in traces.iter_rows(named=True):
            key = key_of(trace)
            for one in asked:
                if one.check.concerns(trace.get("kind"), trace.get("verifier")):
                    rows.append(verdict(trace, key, one, run_id))
        return pl.DataFrame(rows, infer_schema_length=None)

    return judge


def key_of(trace: dict[str, Any]) -> Key | None:
    """The answer key joined to a trace row, if there is one."""
    if trace.get("key_id") is None:
        return None
    spec = json.loads(trace["spec"]) if trace["spec"] else {}
    return Key(trace["key_id"], tuple(trace["answers"]), trace["verifier"], spec)


def verdict(trace: dict[str, Any], key: Key | None, asked: Asked, run_id: str) -> dict[str, Any]:
    """One row of ``verdicts``. A check that crashes is undecided: its fault, not the trace's."""
    check = asked.check
    assert check.decide is not None
    began = time.perf_counter()
    try:
        found = check.decide(trace, key, asked.settings)
        if not isinstance(found, Finding):
            raise TypeError(f"returned {type(found).__name__}, expected Finding")
        if found.outcome not in OUTCOMES:
            raise ValueError(f"outcome {found.outcome!r}, expected one of {', '.join(OUTCOMES)}")
        score = None if found.score is None else float(found.score)
        detail = json.dumps(found.detail, ensure_ascii=False)
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a check does, the run goes on
        found, score = Finding.undecided("crash", error=f"{type(error).__name__}: {error}"[:500]), None
        detail = json.dumps(found.detail, ensure_ascii=False)
    return {
        "problem_id": trace["problem_id"],
        "trace_id": trace["trace_id"],
        "check_name": check.name,
        "version": check.version,
        "settings_hash": asked.settings_hash,
        "key_id": key.key_id if key and check.needs_key else None,
        "outcome": found.outcome,
        "reason": found.reason,
        "score": score,
        "detail": detail,
        "elapsed_ms": round((time.perf_counter() - began) * 1000, 4),
        "run_id": run_id,
    }
