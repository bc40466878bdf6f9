"""``answer``: is the final answer right? Decided by the verifier that the problem's answer key names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filters.answers import DEADLINE, findings
from filters.finding import Finding, check
from filters.verify import Key


@check("answer", version=2, needs_key=True, decider="rule", together=True, deadline=DEADLINE, form="auto")
def answer(traces: Sequence[dict[str, Any]], keys: Sequence[Key | None], settings: dict[str, Any]) -> list[Finding]:
    folder = settings.get("folder")
    return findings(
        [trace["completion"] for trace in traces],
        keys,
        deadline=settings["deadline"],
        form=settings["form"],
        folder=Path(folder) if folder else None,
    )
