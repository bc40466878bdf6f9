"""The command line, one file per group of commands.

Heavy parts are imported by the command that needs them, so that --help and sql answer at once. A command prints, and
raises BadInput or RunFailed; ``flows/cli.py`` makes exit codes of them.
"""

from __future__ import annotations

import typer

app = typer.Typer(
    name="thoughtmill",
    help="A synthetic reasoning-data factory: problems, traces, verdicts, journeys, a release, a student, its scores.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
