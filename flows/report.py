"""What a run ends with: the funnel, the scores with their intervals, the time each stage took, and where things are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from flows import chart, comparing, flips, quarantine, shortfall
from flows.recipe.stages import Evaluate, Generate, Release
from flows.run import Run
from flows.stages import evaluate, rounds
from flows.tables import tabled
from warehouse.lake.place import write_atomically

Scores = dict[str, dict[str, Any]]

FUNNEL = """
SELECT split, source, kind, model, count(DISTINCT problem_id) AS problems, count(*) AS traces,
    count(*) FILTER (finish_reason = 'stop') AS finished, count(*) FILTER (correct) AS correct,
    count(*) FILTER (accepted) AS accepted,
    printf('%.1f%%', 100 * count(*) FILTER (accepted) / count(*)) AS acceptance
FROM marks SEMI JOIN scope_frame USING (problem_id) WHERE superseded IS NULL AND kind NOT IN ('judgement', 'remark')
GROUP BY split, source, kind, model
ORDER BY split DESC,
    list_position(['cold_start', 'sample', 'knowledge', 'rewrite', 'journey', 'shortcut', 'mixed'], any_value(kind)),
    model, source
"""
TIMES = """
SELECT stage, sum(CAST(counters ->> 'seconds' AS DOUBLE)) AS seconds FROM runs
WHERE event = 'stage_finished' AND recipe_hash = $hash GROUP BY stage ORDER BY min(created_at)
"""


def funnel(run: Run) -> list[dict[str, Any]]:
    """Where traces are lost, over the recipe's problems."""
    scope = [problem for split in run.scope.values() for problem in split]
    with run.lake.connect() as db:
        db.register("scope_frame", pl.DataFrame({"problem_id": scope}, schema={"problem_id": pl.String}).to_arrow())
        return db.sql(FUNNEL).pl().to_dicts()


def scores(run: Run) -> Scores:
    """Per model the figures of the recipe's last evaluation, as {figure: {value, low, high}}; empty without one."""
    stages = [stage for stage in run.recipe.stages if isinstance(stage, Evaluate)]
    if not stages or not all(name in run.recipe.models or name in run.trained for name in stages[-1].models):
        return {}
    found = evaluate.results(run, stages[-1])
    return {model: {figure: vars(value) for figure, value in figures.items()} for model, figures in found.items()}


def chart_path(run: Run) -> Path:
    return run.lake.path / "reports" / f"{run.recipe.name}.png"


def catalog_path(run: Run) -> Path:
    return run.lake.path / "catalog.duckdb"


def publish(run: Run) -> None:
    """Write what outlives the run: chart and catalog."""
    if run.recipe.comparisons and (arms := comparing.findings(run)):
        chart.draw_arms(arms, chart_path(run), f"{run.recipe.name}: 95% intervals over problems and seeds")
        write_atomically(comparing.path(run), comparing.markdown(arms) + "\n")
    elif found := scores(run):
        chart.draw(found, chart_path(run), f"{run.recipe.name}: held-out problems")
    run.lake.export_catalog(catalog_path(run))


def markdown(run: Run) -> str:
    """Funnel and scores as Markdown, for Prefect's artifact."""
    lines = ["| model | figure | value | 95% interval |", "| --- | --- | --- | --- |"]
    for model, figures in scores(run).items():
        lines += [
            f"| {model} | {f} | {v['value']:.1%} | {v['low']:.1%} to {v['high']:.1%} |" for f, v in figures.items()
        ]
    return "\n".join(lines)


def show(run: Run, console: Console) -> None:
    """The end of a run, for people."""
    rows = funnel(run)
    console.print(tabled("The funnel", rows))
    if found := scores(run):
        figures = list(dict.fromkeys(figure for values in found.values() for figure in values))
        cells = [
            {"model": model}
            | {f: f"{v[f]['value']:.1%}  [{v[f]['low']:.1%}, {v[f]['high']:.1%}]" if f in v else "" for f in figures}
            for model, v in found.items()
        ]
        console.print(tabled("Scores on held-out problems, with 95% intervals", cells))
    if run.recipe.comparisons and (arms := comparing.findings(run)):
        console.print(tabled("Arms, with 95% intervals over problems and seeds", comparing.scored(arms)))
        console.print(tabled("Compared, in percentage points", comparing.told_rows(arms)))
    if rows := flips.of_run(run):
        console.print(tabled("What was judged anew, and what of it flipped: thoughtmill sql 'FROM flips'", rows))
    if line := quarantine.told(run):
        console.print(line, soft_wrap=True)
    with run.lake.connect(marks=False) as db:
        times = db.execute(TIMES, {"hash": run.recipe.hash}).fetchall()
    if times:
        console.print("Time: " + ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in times))
    for stage in run.recipe.stages:
        if isinstance(stage, Generate) and stage.in_rounds:
            console.print(f"generate in rounds: {rounds.told(run, stage)}", soft_wrap=True)
    console.print(f"Lake: {run.lake}", soft_wrap=True)
    places: dict[str, Path] = {}
    for made in run.releases.values():
        places[f"Release {made.name}"] = made.folder(run.lake)
    for name, folder in run.trained.items():
        places[f"Model {name}"] = folder
    places |= {"Comparisons": comparing.path(run), "Chart": chart_path(run), "Catalog": catalog_path(run)}
    for label, place in places.items():
        if place.exists():
            console.print(f"{label}: {place}", soft_wrap=True)
    console.print("\nThree things to try next:")
    at = f"--lake {run.lake if run.lake.place.remote else relative(run.lake.path)} "
    trace = a_journey(run)
    console.print(f"  thoughtmill sql {at}'FROM pass_rates ORDER BY pass_rate LIMIT 10'", soft_wrap=True)
    if trace:
        console.print(f"  thoughtmill show {at}{trace}      # a path that went wrong and came back", soft_wrap=True)
        console.print(f"  thoughtmill explain {at}{trace}   # why it was kept", soft_wrap=True)
    else:
        console.print(f"  thoughtmill sql {at}'FROM funnel'", soft_wrap=True)
        console.print(f"  thoughtmill status {at}", soft_wrap=True)


def a_journey(run: Run) -> str | None:
    if not any(isinstance(stage, Release) for stage in run.recipe.stages):
        return None
    with run.lake.connect() as db:
        row = db.execute("SELECT trace_id FROM marks WHERE kind = 'journey' AND accepted ORDER BY 1 LIMIT 1").fetchone()
    return row[0] if row else None


def relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def as_json(run: Run, until: str | None = None) -> str:
    """The end of a run, for programs."""
    return json.dumps(
        {
            "lake": str(run.lake),
            "releases": {made.name: str(made.folder(run.lake)) for made in run.releases.values()},
            "models": {name: str(folder) for name, folder in run.trained.items()},
            "funnel": funnel(run),
            "scores": scores(run),
            "comparisons": comparing.rows(comparing.findings(run)) if run.recipe.comparisons else [],
            "quarantined": len(quarantine.of_run(run)),
            "flips": flips.of_run(run),
            "unanswered": shortfall.of_run(run, until),
        },
        indent=2,
    )
