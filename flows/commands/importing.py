"""Bring in what others generated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.commands import app
from flows.commands.options import LAKE, LakeOption
from warehouse.errors import BadInput


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSONL or Parquet with chats, or with prompts and completions.")],
    lake: LakeOption = LAKE,
    verifier: Annotated[str, typer.Option(help="Who decides the answers.")] = "text",
    split: Annotated[str, typer.Option(help="train or test.")] = "train",
) -> None:
    """Bring other people's traces into the lake."""
    from warehouse.importing import import_traces
    from warehouse.lake import Lake

    if split not in ("train", "test"):
        raise BadInput(f"--split {split}: expected train or test")
    counts = import_traces(Lake(lake, create=True), file, verifier, split)
    print(", ".join(f"{count:,} new {name}" for name, count in counts.items()))
