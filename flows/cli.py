"""The command line. Heavy parts are imported by the command that needs them, so that --help and sql answer at once."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from warehouse.errors import BadInput, RunFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from flows.recipe import Recipe

app = typer.Typer(
    name="thoughtmill",
    help="A synthetic reasoning-data factory: problems, traces, verdicts, journeys, a release, a student, its scores.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
upkeep = typer.Typer(help="Keep the lake fit.", no_args_is_help=True)
app.add_typer(upkeep, name="lake")

LakeOption = Annotated[Path, typer.Option("--lake", envvar="THOUGHTMILL_LAKE", help="The lake's folder.")]
FormatOption = Annotated[
    Literal["table", "json"], typer.Option("--format", help="table for people, json for programs.")
]
RecipeArgument = Annotated[Path, typer.Argument(help="A recipe file, or a shipped one by name.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Override a value: generate.n=6, models.teacher.path=...")
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many problems per entry: a taste.")]
OnOption = Annotated[
    str | None, typer.Option("--on", envvar="THOUGHTMILL_ON", help="A Ray cluster: ray, or ray://HOST:10001.")
]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Ask again what was left undecided by a timeout, a crash or a missing sandbox.")
]
LAKE = Path("lake")


def main() -> None:
    """Run the command; bad input exits 2 and a failed run exits 1, each with one clear message."""
    try:
        app(standalone_mode=True)
    except BadInput as error:
        leave(2, str(error))
    except RunFailed as error:
        leave(1, str(error))
    except BrokenPipeError:
        os._exit(0)
    except OSError as error:
        leave(1, f"{error.strerror or error}{': ' + str(error.filename) if error.filename else ''}")


def leave(status: int, message: str) -> NoReturn:
    print(f"thoughtmill: {message}", file=sys.stderr)
    raise SystemExit(status)


def read(recipe: Path, overrides: list[str] | None, limit: int | None, again: bool = False) -> Recipe:
    from flows.recipe_file import load

    loaded = load(recipe, tuple(overrides or ()))
    loaded = loaded.asking_again() if again else loaded
    return loaded.limited(limit) if limit else loaded


def turn(
    recipe: Path,
    lake: Path,
    overrides: list[str] | None,
    limit: int | None,
    form: str,
    until: str | None,
    on: str | None,
    again: bool = False,
) -> None:
    from flows import launch, report, shortfall
    from flows.tables import console

    loaded = read(recipe, overrides, limit, again)
    if until and until not in {stage.do for stage in loaded.stages}:
        raise BadInput(f"{recipe} has no {until} stage; it has {', '.join(stage.do for stage in loaded.stages)}")
    # A scheduler's way of saying stop is heard like Ctrl-C: answers are in their journal, no process stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run = launch.turn(loaded, lake, until, quiet=form == "json", on=on)
    except KeyboardInterrupt:  # Typer would only say "Aborted"
        leave(130, "stopped; what was answered stays, the same command goes on from there")
    if form == "json":
        print(report.as_json(run, until))
    else:
        report.show(run, console())
    if counts := shortfall.of_run(run, until):
        told = shortfall.told(counts)
        leave(1, f"{loaded.name} is incomplete: {told}; thoughtmill sql 'FROM failures' tells of each")


@app.command()
def run(
    recipe: RecipeArgument,
    lake: LakeOption = LAKE,
    overrides: SetOption = None,
    limit: LimitOption = None,
    form: FormatOption = "table",
    on: OnOption = None,
    again: AgainOption = False,
) -> None:
    """Run a recipe from problems to scores. Stop it, kill it, run it again: it goes on where it was."""
    turn(recipe, lake, overrides, limit, form, None, on, again)


def stage_command(verb: str, text: str) -> None:
    def command(
        recipe: RecipeArgument,
        lake: LakeOption = LAKE,
        overrides: SetOption = None,
        limit: LimitOption = None,
        form: FormatOption = "table",
        on: OnOption = None,
        again: AgainOption = False,
    ) -> None:
        turn(recipe, lake, overrides, limit, form, verb, on, again)

    app.command(verb, help=f"{text} (The recipe's stages up to this one.)")(command)


stage_command("generate", "Sample the teacher.")
stage_command("verify", "Judge the traces.")
stage_command("judge", "Have a model judge what no rule decides.")
stage_command("rewrite", "Have accepted traces rewritten.")
stage_command("journey", "Build journeys and shortcuts.")
stage_command("release", "Select and write the dataset.")
stage_command("train", "Train the student.")
stage_command("evaluate", "Score the models on held-out problems.")


@app.command()
def plan(
    recipe: RecipeArgument,
    lake: LakeOption = LAKE,
    overrides: SetOption = None,
    limit: LimitOption = None,
    form: FormatOption = "table",
) -> None:
    """What a run would still do, stage by stage, without doing it."""
    from flows.planning import plan_of

    rows = plan_of(read(recipe, overrides, limit), lake)
    show_rows(rows, form, f"plan of {recipe}")


@app.command()
def init(file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("recipe.toml")) -> None:
    """Write a commented recipe to start from."""
    from flows.recipe_file import SHIPPED

    if file.exists():
        raise BadInput(f"{file} exists; name another file")
    text = (SHIPPED / "nano.toml").read_text(encoding="utf-8").replace("flows/recipes/nano.toml", str(file), 1)
    file.write_text(text, encoding="utf-8")
    print(f"{file} written; thoughtmill run {file}")


@app.command()
def status(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """How the last run is doing: stage, rate, time left, acceptance. For another terminal."""
    from flows.planning import status_of
    from warehouse.lake import Lake

    show_rows(status_of(Lake(lake)), form, f"the last run over {lake}")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="SQL, or a .sql file.")],
    lake: LakeOption = LAKE,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write to a .parquet, .csv or .jsonl file.")] = None,
    form: FormatOption = "table",
) -> None:
    """Ask the lake: tables, views (marks, accepted, pass_rates, funnel, cost_per_accepted, scores, flips, quarantined)
    and macros."""
    from warehouse.lake import Lake

    if query.endswith(".sql"):
        file = Path(query)
        if not file.exists():
            raise BadInput(f"no file {query}; expected SQL or the path of a .sql file")
        query = file.read_text(encoding="utf-8")
    frame = Lake(lake).sql(query)
    if out:
        save(frame, out)
        print(f"{frame.height:,} rows in {out}", file=sys.stderr)
    elif form == "json":
        print(json.dumps(frame.to_dicts(), ensure_ascii=False, default=str))
    else:
        import polars as pl

        with pl.Config(
            tbl_rows=100,
            tbl_cols=40,
            tbl_width_chars=terminal_width(),
            fmt_str_lengths=80,
            tbl_hide_dtype_separator=True,
        ):
            print(frame)


def save(frame: pl.DataFrame, out: Path) -> None:
    """Write a frame in the form its suffix names, whole or not at all."""
    import polars

    writers: dict[str, Callable[[Path], object]] = {
        ".parquet": frame.write_parquet,
        ".csv": frame.write_csv,
        ".jsonl": frame.write_ndjson,
    }
    if out.suffix not in writers:
        raise BadInput(f"{out}: ends in {out.suffix!r}; expected {', '.join(writers)}")
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        writers[out.suffix](draft)
        draft.replace(out)
    except polars.exceptions.PolarsError as error:
        raise BadInput(f"{out}: {error}; .parquet and .jsonl hold nested columns, .csv does not") from error
    finally:
        draft.unlink(missing_ok=True)


@app.command()
def show(
    trace: Annotated[str, typer.Argument(help="A trace id.")], lake: LakeOption = LAKE, form: FormatOption = "table"
) -> None:
    """A trace, readable: the question, the thinking with its wrong stretches and turns, the verdicts."""
    from flows.reading import show_trace
    from flows.tables import console
    from warehouse import explain as explaining
    from warehouse.lake import Lake

    told = explaining.trace(Lake(lake), trace)
    print(explaining.as_json(told["trace"])) if form == "json" else show_trace(told, console())


@app.command()
def explain(
    trace: Annotated[str, typer.Argument(help="A trace id.")], lake: LakeOption = LAKE, form: FormatOption = "table"
) -> None:
    """Why a row was kept or dropped: releases, verdicts, parents, problem, answer keys, sampling."""
    from flows.reading import explain_trace
    from flows.tables import console
    from warehouse import explain as explaining
    from warehouse.lake import Lake

    told = explaining.trace(Lake(lake), trace)
    print(explaining.as_json(told)) if form == "json" else explain_trace(told, console())


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


@app.command()
def grade(
    file: Annotated[Path, typer.Argument(help="JSONL or Parquet with responses and the right answers.")],
    out: Annotated[
        Path, typer.Option("--out", help="Where the same rows go, with their verdicts: .parquet or .jsonl.")
    ],
    verifier: Annotated[
        str, typer.Option(help="Who decides rows that name nobody; your own as path.py:name.")
    ] = "math",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", help="Where response, answer, verifier or spec have another name: response=generation."
        ),
    ] = None,
    against: Annotated[str | None, typer.Option(help="A column of labels to compare with.")] = None,
    form: Annotated[
        str, typer.Option(help="How answers are written: auto, tags, boxed, whole, last_line, marked, last_number.")
    ] = "auto",
    answer_form: Annotated[
        str | None, typer.Option(help="Where right answers are whole solutions: the form of the answer in them.")
    ] = None,
    spec: Annotated[str, typer.Option(help="JSON: what the verifier is to know, where a row does not say.")] = "{}",
    deadline: Annotated[float, typer.Option(min=0.1, help="Seconds for one answer.")] = 5.0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that judge; as many as there are cores.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="Goes before the names of the new columns.")] = "",
    shape: FormatOption = "table",
) -> None:
    """Judge answers that somebody else generated. Stop it, kill it, run it again: it goes on where it was."""
    from filters.grading import grade as judge
    from flows import grading
    from flows.progress import Progress

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        summary = judge(
            file,
            out,
            verifier,
            columns=grading.columns_of(columns or []),
            spec=grading.spec_of(spec),
            against=against,
            prefix=prefix,
            form=form,
            answer_form=answer_form,
            deadline=deadline,
            workers=workers,
            watch=Progress(quiet=shape == "json"),
        )
    except KeyboardInterrupt:
        leave(130, "stopped; what was judged stays, the same command goes on from there")
    if shape == "json":
        print(json.dumps(summary.as_dict(), indent=2, ensure_ascii=False))
    else:
        grading.show(summary)


@app.command("releases")
def releases_(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """The lake's releases."""
    from warehouse.lake import Lake
    from warehouse.release import listing

    rows = [
        {name: made[name] for name in ("name", "release_id", "rows", "policy", "path")} for made in listing(Lake(lake))
    ]
    show_rows(rows, form, f"releases of {lake}")


@upkeep.command()
def compact(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """Rewrite small files into large ones."""
    from warehouse import upkeep as keeping
    from warehouse.lake import Lake

    done = keeping.compact(Lake(lake))
    show_rows([{"table": name, **counts} for name, counts in done.items()], form, "compacted")


@upkeep.command()
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


@app.command()
def doctor(lake: LakeOption = LAKE, form: FormatOption = "table") -> None:
    """What is installed here, what protects from programs, and what is broken."""
    from flows import doctor as examining

    lines = examining.examine(lake)
    show_rows(examining.as_rows(lines), form, "thoughtmill doctor")
    if broken := [line.part for line in lines if line.broken]:
        leave(1, f"not usable as it is: {', '.join(broken)}")


def show_rows(rows: list[dict[str, Any]], form: str, title: str) -> None:
    if form == "json":
        print(json.dumps(rows, indent=2, default=str))
        return
    from flows.tables import console, tabled

    console().print(tabled(title, rows) if rows else f"{title}: nothing")


def terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size((140, 40)).columns


if __name__ == "__main__":
    main()
