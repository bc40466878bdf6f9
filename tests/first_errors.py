"""First errors found by rollouts, beside the truth: python -m tests.first_errors [--folder F] [--count N] [--n N] ...

A solver writes ways to wrong answers whose first wrong step is known (generators/slips.py), and as many that are right.
A model goes on from their steps, as a value stage has it, and where success ends is the step that is found. Prints the
tables of docs/journeys.md. With a folder it goes on after it was stopped, and asks nobody twice.

precision: of the steps that were found, those that are the first wrong one (a right way has none). recall: of the
errors that were planted, those that were found. Each exactly and within one step, with its 95% interval (Wilson).
solvable: of all ways, those whose question somebody came to the end of; elsewhere nothing can be found.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.mill import grind
from flows.progress import Progress
from flows.recipe import Recipe
from flows.recipe.file import check
from flows.recipe.stages import Value
from flows.run import Run
from flows.stages import value
from generators.skills import PUZZLES
from generators.values import Value as Worth
from generators.values import first_wrong
from warehouse.intervals import told
from warehouse.lake import Lake
from warehouse.steps import steps

METHODS = ("every", "first_error")


def recipe(model: str, count: int, n: int, temperature: float, methods: list[str]) -> Recipe:
    """Slips and right ways of a solver, one of each a problem, and what their steps are worth to a model."""
    how = {"do": "value", "model": "walker", "of": "both", "n": n, "temperature": temperature, "max_tokens": 300}
    tables: dict[str, Any] = {
        "name": "first-errors",
        "models": {
            "slip": {"backend": "solver", "path": "slip"},
            "search": {"backend": "solver", "path": "search"},
            "walker": {"backend": "transformers", "path": model},
        },
        "problems": [{"source": source, "count": count, "config": config} for source, config in PUZZLES.items()],
        "stages": [
            # A puzzle that leaves no room for a slip has none.
            {"do": "generate", "model": "slip", "n": 1, "tolerate": 1.0},
            {"do": "generate", "model": "search", "n": 1},
            {"do": "verify", "checks": ["answer", "format"]},
            *({**how, "method": method} for method in methods),
        ],
    }
    return check(tables, "first-errors")


@dataclass(frozen=True)
class Case:
    """A trace, where its first error is and where one was found: steps, counted from 1; None where there is none."""

    family: str
    truth: int | None
    found: int | None
    solved: bool
    """Whether anybody came from the question to a right answer: without that nothing can be found."""
    rollouts: int
    steps: int


def cases(run: Run, stage: Value) -> Iterator[Case]:
    settings = {"settings": value.how(run, stage).settings_hash}
    with run.lake.connect(marks=False) as db:
        rows = db.execute(
            """SELECT p.source, t.completion, t.spans, list({'step': v.step, 'n': v.n, 'right': v.detail ->> 'right'})
            FROM latest_verdicts v JOIN traces t USING (trace_id) JOIN problems p ON p.problem_id = t.problem_id
            WHERE v.check_name = 'step_value' AND v.settings_hash = $settings
            GROUP BY t.trace_id, p.source, t.completion, t.spans ORDER BY t.trace_id""",
            settings,
        ).fetchall()
    for source, completion, spans, asked in rows:
        worth = {one["step"]: Worth(("",) * int(one["right"]), ("",) * (one["n"] - int(one["right"]))) for one in asked}
        wrong = [span["start"] for span in spans if span["label"] == "wrong"]
        places = steps(completion)
        truth = next((k for k, (_, end) in enumerate(places, start=1) if wrong[0] < end), None) if wrong else None
        rollouts = sum(one["n"] for one in asked)
        yield Case(source.partition("/")[2], truth, first_wrong(worth), bool(worth[0].right), rollouts, len(places))


def table(some: list[Case]) -> Iterator[str]:
    heads = ["family", "errors", "right ways", "solvable", "precision", "within one", "recall", "within one"]
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for family in [*sorted({case.family for case in some}), "all"]:
        own = [case for case in some if family in (case.family, "all")]
        planted = [case for case in own if case.truth is not None]
        found = [case for case in own if case.found is not None]

        def share(of: list[Case], near: int) -> str:
            return told(sum(hit(case, near) for case in of), len(of))

        cells = [family, str(len(planted)), str(len(own) - len(planted)), told(sum(c.solved for c in own), len(own))]
        cells += [share(of, near) for of in (found, planted) for near in (0, 1)]
        yield f"| {' | '.join(cells)} |"


def hit(case: Case, near: int) -> bool:
    """Whether an error was found, at its place or at most so many steps beside it."""
    return case.truth is not None and case.found is not None and abs(case.truth - case.found) <= near


def report(run: Run, say: Callable[[str], None] = print) -> None:
    for stage in run.recipe.stages_of(Value):
        some = list(cases(run, stage))
        asked, many = sum(case.rollouts for case in some), sum(case.steps for case in some)
        say(
            f"\n{stage.method}, n = {stage.n}: {len(some)} traces of {many / max(1, len(some)):.1f} steps, "
            f"{asked / max(1, len(some)):.1f} rollouts each\n"
        )
        for line in table(some):
            say(line)


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--folder", type=Path, help="where the lake is kept; a temporary one if none is named")
    said.add_argument("--model", default="nano-teacher", help="who goes on")
    said.add_argument("--count", type=int, default=100, help="problems of each family")
    said.add_argument("--n", type=int, default=8, help="rollouts of a step")
    said.add_argument("--temperature", type=float, default=1.0)
    said.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    given = said.parse_args()
    made = recipe(given.model, given.count, given.n, given.temperature, given.methods)
    with tempfile.TemporaryDirectory() as passing:
        folder = given.folder or Path(passing)
        run = Run(made, Lake(folder / "lake", create=True), Progress())
        run.examine()
        grind(run)
        report(run)


if __name__ == "__main__":
    main()
