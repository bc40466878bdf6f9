"""Releases: build one from a recipe, and what can be done with it then."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from flows.commands import app
from flows.commands.options import (
    LAKE,
    FormatOption,
    LakeOption,
)
from flows.commands.running import stage
from flows.tables import show_rows
from warehouse.errors import BadInput, RunFailed, Stopped


class BuildsUnlessTold(TyperGroup):
    """``release RECIPE`` builds, like every stage by its name; ``release list`` and its like do what they say."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and "--help" not in args[:1]:
            args = ["build", *args]
        return super().parse_args(ctx, args)


release = typer.Typer(
    help="Select and write the dataset: release RECIPE. And what can be done with what has been released.",
    cls=BuildsUnlessTold,
    no_args_is_help=True,
)
app.add_typer(release, name="release")


stage("release", "Select and write the dataset.", release, "build")


@release.command()
def diff(
    first: Annotated[str, typer.Argument(help="A release: its name, id or folder.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    lake: LakeOption = LAKE,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Every trace of either, to a .parquet, .csv or .jsonl file.")
    ] = None,
    form: FormatOption = "table",
) -> None:
    """What one release holds and the other does not, and why not."""
    from warehouse.answers import save
    from warehouse.lake import Lake
    from warehouse.release.shelf import SUMMARY, difference, find

    at = Lake(lake)
    a, b = (find(at, name)["release_id"] for name in (first, second))
    changes = difference(at, a, b)
    if out:
        save(at, changes, out)
    show_rows(at.sql(SUMMARY.format(changes)).to_dicts(), form, f"{first} ({a}) and {second} ({b})")


@release.command()
def rebuild(
    name: Annotated[str, typer.Argument(help="A release: its name, id or folder, or a manifest.json.")],
    to: Annotated[Path, typer.Option("--to", help="A new folder.")],
    lake: LakeOption = LAKE,
) -> None:
    """Write a release again from its manifest, and compare every file's hash."""
    from warehouse.lake import Lake
    from warehouse.release.shelf import find
    from warehouse.release.shelf import rebuild as again

    at = Lake(lake)
    manifest = find(at, name)
    changed, count = again(at, manifest, to), len(manifest["files"])
    if changed:
        raise RunFailed(f"{to}: {len(changed)} of {count} files are not what they were: {', '.join(changed[:10])}")
    print(f"{to}: {count} files, all of them as they were")


@release.command("list")
def list_(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """The lake's releases."""
    from warehouse.lake import Lake
    from warehouse.release import listing

    rows = [
        {name: made[name] for name in ("name", "release_id", "rows", "policy", "path")} for made in listing(Lake(lake))
    ]
    show_rows(rows, form, f"releases of {lake}")


@release.command()
def publish(
    name: Annotated[str, typer.Argument(help="A release: its name, id or folder.")],
    to: Annotated[str, typer.Option("--to", help="The dataset repository: organisation/name.")],
    public: Annotated[bool, typer.Option("--public", help="For everybody to read; else private.")] = False,
    tag: Annotated[
        str | None, typer.Option(help="This version's name, such as v1; the release's id if not given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Inspect, and say what would be sent.")] = False,
    waive: Annotated[
        list[str] | None, typer.Option(help="A rule of the inspection that is not asked; repeatable.")
    ] = None,
    contamination_limit: Annotated[int, typer.Option(min=0, help="Rows on contaminated problems that are borne.")] = 0,
    patience: Annotated[float, typer.Option(min=1, help="Seconds of trouble with the Hub that are borne.")] = 300.0,
    lake: LakeOption = LAKE,
    form: FormatOption = "table",
) -> None:
    """Inspect a release and bring it to the Hub. Stop it, kill it, run it again: it goes on where it was."""
    from flows import publishing
    from flows.progress import Progress
    from warehouse.hub.publish import publish as send

    folder, of = publishing.meant(name, lake)
    say = Progress(quiet=form == "json").say
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        made = send(folder, to, not public, tag, dry_run, waive or (), contamination_limit, patience, of, say)
    except KeyboardInterrupt:  # Typer would only say "Aborted"
        raise Stopped("stopped; what has arrived stays, the same command goes on from there") from None
    print(json.dumps(publishing.as_dict(made), indent=2)) if form == "json" else publishing.show(made)
    if dry_run and (made.inspection.objections or made.barred):
        raise BadInput(f"{folder} would not be published as it is")
