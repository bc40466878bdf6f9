"""Keys: each new answer key is tried once, so that a problem that nobody could solve costs no tokens.

Part of the problems stage, where the recipe asks the check ``answer``. What it finds are verdicts on problems
(filters/keys.py), made anew when that check has a new version.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from filters import keys
from filters.answers import DEADLINE
from filters.finding import MAY_COME_RIGHT
from filters.verdicts import Asked, key_of, verdict
from filters.verify import Key
from flows.run import Run, Shard
from warehouse import ids

BLOCK = 4096


def question(run: Run) -> Asked | None:
    """The check of keys as this recipe asks it; None where it never asks for right answers."""
    for one in run.asked:
        if one.check.name == "answer":
            # A better verifier, or more time, is another question.
            shared = {name: value for name, value in one.settings.items() if name in ("deadline", "folder")}
            return Asked(keys.CHECK, {"deadline": DEADLINE, "answer": one.check.version} | shared)
    return None


def pending(run: Run) -> list[Shard]:
    """The current keys of the recipe's problems that have not been tried, by blocks."""
    one = question(run)
    if one is None:
        return []
    scope = [problem for split in run.scope.values() for problem in split]
    with run.lake.connect(marks=False) as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        db.execute(
            "CREATE TEMP TABLE own AS SELECT problem_id, key_id, verifier FROM current_keys "
            "SEMI JOIN scope_frame USING (problem_id)"
        )
        verifiers = [row[0] for row in db.execute("SELECT DISTINCT verifier FROM own ORDER BY 1").fetchall()]
        found = db.execute(
            """SELECT problem_id FROM own k WHERE list_contains($tried, verifier) AND NOT EXISTS (
                FROM verdicts v WHERE v.problem_id = k.problem_id AND v.key_id = k.key_id AND v.trace_id IS NULL
                AND v.check_name = $name AND v.version = $version AND v.settings_hash = $settings
                AND NOT ($again AND v.outcome = 'undecided' AND v.run_id <> $run AND list_contains($may, v.reason)))
            ORDER BY problem_id""",
            {
                "tried": [name for name in verifiers if keys.tried(name, run.recipe.base)],
                "name": one.check.name,
                "version": one.check.version,
                "settings": one.settings_hash,
                "again": run.recipe.again,
                "may": MAY_COME_RIGHT,
                "run": run.run_id,
            },
        )
        untried = [row[0] for row in found.fetchall()]
    blocks = [untried[start : start + BLOCK] for start in range(0, len(untried), BLOCK)]
    return [Shard(f"keys-{ids.digest(block)}", len(block), block) for block in blocks]


def work(run: Run, shard: Shard) -> dict[str, int]:
    """Try some problems' current keys and commit what is found."""
    one = question(run)
    assert one
    with run.lake.connect(marks=False) as db:
        db.register("todo", pl.DataFrame({"problem_id": shard.content}).to_arrow())
        rows: list[dict[str, Any]] = db.sql("FROM current_keys SEMI JOIN todo USING (problem_id)").pl().to_dicts()
    known: dict[str, Key] = {}
    own = [key for row in rows if (key := key_of(row, known))]
    folder = one.settings.get("folder")
    found = keys.findings(own, one.settings["deadline"], Path(folder) if folder else None)
    verdicts = [
        verdict(row | {"trace_id": None}, key, one, finding, run.run_id)
        for row, key, finding in zip(rows, own, found, strict=True)
    ]
    run.lake.commit("verdicts", verdicts)
    run.progress.advance(shard.size)
    bad = [finding for finding in found if finding.reason in ("unusable_key", "refuses_its_reference")]
    if bad:
        word = "answer key" if len(bad) == 1 else "answer keys"
        run.progress.say(f"{len(bad):,} {word} cannot be used, first: {bad[0].detail.get('says')}")
    return {"keys_tried": len(rows), "quarantined": len(bad)}
