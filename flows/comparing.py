"""What an experiment came to: arms in every examination, and the comparisons that its recipe names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from flows.recipe.stages import Evaluate
from flows.run import Run
from flows.stages import evaluate
from trainers import comparison
from trainers.comparison import Difference, Marks
from trainers.scores import Interval, Sample, majority


@dataclass
class Examined:
    """One figure of one examination: the arms that took it, and the recipe's comparisons among them."""

    exam: str
    figure: str
    problems: int
    arms: dict[str, Marks] = field(default_factory=dict)
    """(seeds, problems) each."""
    scores: dict[str, Interval] = field(default_factory=dict)
    differences: dict[tuple[str, str], Difference] = field(default_factory=dict)


def findings(run: Run) -> list[Examined]:
    """Every figure of every examination, in their order; p values are adjusted over all that are the recipe's."""
    found = [one for stage in run.recipe.stages_of(Evaluate) for one in examined(run, stage)]
    tested = [(one, pair) for one in found for pair in one.differences]
    for (one, pair), p in zip(tested, comparison.holm([o.differences[p].p for o, p in tested]), strict=True):
        one.differences[pair] = replace(one.differences[pair], adjusted=p)
    return found


def examined(run: Run, stage: Evaluate) -> Iterator[Examined]:
    """pass@1 of one examination, and maj@k where its problems have k answers."""
    answers = {model: by_problem(found) for model, found in evaluate.samples(run, stage).items()}
    if not all(answers.values()):
        return
    fewest = min(len(group) for groups in answers.values() for group in groups.values())
    yield compared(run, stage, "pass@1", {m: {p: share(g) for p, g in groups.items()} for m, groups in answers.items()})
    for k in stage.ks:
        if 1 < k <= fewest:
            marks = {m: {p: majority(group[:k]) for p, group in groups.items()} for m, groups in answers.items()}
            yield compared(run, stage, f"maj@{k}", marks)


def by_problem(samples: list[Sample]) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.problem_id].append(sample)
    return groups


def share(samples: list[Sample]) -> float:
    return sum(sample.correct for sample in samples) / len(samples)


def compared(run: Run, stage: Evaluate, figure: str, marks: dict[str, dict[str, float]]) -> Examined:
    """Arms of the students that took an examination; ``marks`` are of every model by problem."""
    models = list(marks)
    problems, table = comparison.aligned([marks[model] for model in models])
    rows: dict[str, np.ndarray] = dict(zip(models, table, strict=True))
    took = {name: members for name, members in run.recipe.arms.items() if set(members) <= set(models)}
    order = sorted(took, key=lambda name: models.index(took[name][0]))
    arms = {name: np.stack([rows[member] for member in took[name]]) for name in order}
    pairs = [pair for pair in run.recipe.comparisons if set(pair) <= set(arms)]
    gaps = {(arm, against): comparison.difference(arms[arm], arms[against]) for arm, against in pairs}
    scored = {arm: comparison.score(one) for arm, one in arms.items()}
    return Examined(stage.name, figure, len(problems), arms, scored, gaps)


def rows(found: list[Examined]) -> list[dict[str, Any]]:
    """The comparisons, for programs."""
    return [
        {"exam": one.exam, "figure": one.figure, "problems": one.problems, "arm": arm, "against": against}
        | {"difference": gap.value, "low": gap.low, "high": gap.high, "by_seed": list(gap.by_seed)}
        | {"p": gap.p, "adjusted": gap.adjusted, "stands": gap.stands}
        for one in found
        for (arm, against), gap in one.differences.items()
    ]


def scored(found: list[Examined]) -> list[dict[str, str]]:
    """What the arms score, for people: a row an arm."""
    arms = list(dict.fromkeys(arm for one in found for arm in one.arms))
    return [
        {"arm": arm} | {f"{one.exam}, {one.figure}": told(one.scores[arm]) if arm in one.arms else "" for one in found}
        for arm in arms
    ]


def told_rows(found: list[Examined]) -> list[dict[str, str]]:
    """The comparisons, for people, in percentage points."""
    return [
        {
            "examination": f"{row['exam']}, {row['figure']}: {row['arm']} over {row['against']}",
            "problems": f"{row['problems']:,}",
            "difference": points(row["difference"]),
            "95% interval": f"{points(row['low'])} to {points(row['high'])}",
            "seed by seed": ", ".join(map(points, row["by_seed"])),
            "p": f"{row['p']:.4f}",
            "adjusted": f"{row['adjusted']:.4f}",
            "": "stands" if row["stands"] else "",
        }
        for row in rows(found)
    ]


def markdown(found: list[Examined]) -> str:
    """Two tables: what the arms score, and what they score more than each other."""
    return "\n\n".join(table(rows) for rows in (scored(found), told_rows(found)) if rows)


def table(rows: list[dict[str, str]]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def told(score: Interval) -> str:
    return f"{score.value:.1%} [{score.low:.1%}, {score.high:.1%}]"


def points(share: float) -> str:
    """A difference in percentage points."""
    return f"{100 * share:+.1f}"


def path(run: Run) -> Path:
    return run.lake.path / "reports" / f"{run.recipe.name}.md"
