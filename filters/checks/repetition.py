"""``repetition``: does it go round in circles? The share of n-grams that are new."""

from __future__ import annotations

import re
from typing import Any

from filters.finding import Finding, check

# Words, or single characters where a script writes no spaces.
UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|[^\w\s]")


@check("repetition", version=1, n=8, novelty=0.5)
def repetition(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    units, n = UNIT.findall(trace["completion"]), settings["n"]
    windows = [tuple(units[i : i + n]) for i in range(len(units) - n + 1)]
    new = len(set(windows)) / len(windows) if windows else 1.0
    if new < settings["novelty"]:
        return Finding.fail("repetitive", score=round(new, 4))
    return Finding.passed(score=round(new, 4))
