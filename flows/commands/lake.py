"""Keep the lake fit."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands import app
from flows.commands.options import LAKE, FormatOption, LakeOption
from flows.tables import show_rows

lake_commands = typer.Typer(help="Keep the lake fit.", no_args_is_help=True)
app.add_typer(lake_commands, name="lake")


@lake_commands.command()
def compact(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """Rewrite small files into large ones."""
    from warehouse import upkeep as keeping
    from warehouse.lake import Lake

    done = keeping.compact(Lake(lake))
    show_rows([{"table": name, **counts} for name, counts in done.items()], form, "compacted")


@lake_commands.command()
def vacuum(
    lake: LakeOption = LAKE,
    hours: Annotated[float, typer.Option(help="Leave files alone that are younger than this.")] = 168.0,
    dry_run: Annotated[bool, typer.Option(help="Only count.")] = False,
    form: FormatOption = "table",
) -> None:
    """Delete data files that no version of a table needs."""
    from warehouse import upkeep as keeping
    from warehouse.lake import Lake

    done = keeping.vacuum(Lake(lake), hours, dry_run)
    show_rows([{"table": name, "files_removed": count} for name, count in done.items()], form, "vacuumed")
