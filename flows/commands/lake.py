"""Keep the lake fit."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from flows.commands import app
from flows.commands.options import LAKE, FormatOption, LakeOption
from flows.tables import show_rows
from warehouse.errors import BadInput

lake_commands = typer.Typer(help="Keep the lake fit.", no_args_is_help=True)
app.add_typer(lake_commands, name="lake")


@lake_commands.command()
def compact(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """Rewrite small files into large ones."""
    from warehouse.lake import Lake
    from warehouse.lake import upkeep as keeping

    done = keeping.compact(Lake(lake))
    show_rows([{"table": name, **counts} for name, counts in done.items()], form, "compacted")


@lake_commands.command()
def vacuum(
    lake: LakeOption = LAKE,
    hours: Annotated[float, typer.Option(help="Leave files alone that are younger than this.")] = 168.0,
    dry_run: Annotated[bool, typer.Option(help="Only count.")] = False,
    form: FormatOption = "table",
) -> None:
    """Delete data files that neither the tables as they are nor releases need."""
    from warehouse.lake import Lake
    from warehouse.lake import upkeep as keeping

    done = keeping.vacuum(Lake(lake), hours, dry_run)
    show_rows([{"table": name, "files_removed": count} for name, count in done.items()], form, "vacuumed")


@lake_commands.command()
def takedown(
    reason: Annotated[str, typer.Option(help="Why; it stays where the text was.")],
    traces: Annotated[list[str] | None, typer.Option("--trace", help="A trace and what was made of it; again.")] = None,
    problems: Annotated[list[str] | None, typer.Option("--problem", help="A problem and its traces; again.")] = None,
    source: Annotated[str | None, typer.Option(help="All problems of a source.")] = None,
    sql: Annotated[str | None, typer.Option(help="SQL that gives trace_id, or problem_id.")] = None,
    lake: LakeOption = LAKE,
    dry_run: Annotated[bool, typer.Option(help="Only count.")] = False,
    form: FormatOption = "table",
) -> None:
    """Take text out of the lake for good; ids stay, with the reason. Earlier versions cannot be read any more."""
    from warehouse.lake import Lake
    from warehouse.lake.takedown import Wanted, take_down

    if sum(map(bool, (traces, problems, source, sql))) != 1:
        raise BadInput("lake takedown: expected one of --trace, --problem, --source and --sql")
    wanted = Wanted(tuple(traces or ()), tuple(problems or ()), source, sql)
    done = take_down(Lake(lake), wanted, reason, dry_run)
    if form == "json":
        print(json.dumps(done, indent=2))
        return
    would = "would take down" if dry_run else "took down"
    print(f"{would} {done['traces']:,} traces and {done['problems']:,} problems")
    if not dry_run:
        rows = ", ".join(f"{count:,} of {name}" for name, count in done["rows"].items() if count)
        print(f"rows removed: {rows or 'none'}; files of earlier versions removed: {done['files_removed']:,}")
    for journal in done.get("journals_in_use", ()):
        print(f"a run is writing the journal of {journal}; take down again when it has ended")
    if done["releases"]:
        show_rows(
            done["releases"], form, "releases that hold some of it: build them anew, and what was published of them"
        )
        print(
            "What was published keeps its text in the repository's older versions, under their tags too, until its "
            "history is squashed (HfApi.super_squash_history, delete_tag) or it is deleted"
        )


@lake_commands.command()
def repair(
    lake: LakeOption = LAKE,
    dry_run: Annotated[bool, typer.Option(help="Only look.")] = False,
    form: FormatOption = "table",
) -> None:
    """Take files that are missing or damaged out of the tables, so that their rows can be made anew."""
    from warehouse.lake import Lake
    from warehouse.lake import upkeep as keeping

    title = "files that cannot be read" if dry_run else "files taken out of the tables"
    show_rows(keeping.repair(Lake(lake), dry_run), form, title)
