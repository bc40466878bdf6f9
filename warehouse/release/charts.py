"""The card's charts: where candidates were lost, and how long what was kept is."""

from __future__ import annotations

from pathlib import Path
from warnings import catch_warnings, simplefilter

import polars as pl

COLOURS = ("#3b6ea5", "#d9a441", "#8fb8de", "#b3c98b", "#b0687f", "#7a7a7a")


def funnel(frame: pl.DataFrame, path: Path) -> None:
    """Bars per source: candidates, decided, correct, kept."""
    steps = ("traces", "decided", "correct", "kept")
    sources = (
        frame.group_by("source").agg(pl.col(steps).sum()).sort("traces", "source", descending=[True, False]).head(12)
    )
    sheet, axes = blank(height=1.2 + 0.5 * sources.height)
    for number, step in enumerate(steps):
        places = [row + (number - 1.5) * 0.2 for row in range(sources.height)]
        axes.barh(places, sources[step].to_list(), 0.18, label=step, color=COLOURS[number])
    axes.set_yticks(range(sources.height), [plain(name) for name in sources["source"]])
    axes.invert_yaxis()
    axes.set_xlabel("traces")
    beside(axes)
    save(sheet, path)


def lengths(frame: pl.DataFrame, path: Path) -> None:
    """Rows by completion tokens, one line per domain; lengths on a scale of half octaves."""
    named = frame.with_columns(pl.col("domain").fill_null("no domain"))
    sheet, axes = blank(height=max(3.5, 1 + 0.25 * named["domain"].n_unique()))
    for number, ((domain,), rows) in enumerate(named.group_by("domain", maintain_order=True)):
        counted = rows.group_by("half_octave").agg(pl.col("rows").sum()).sort("half_octave")
        axes.plot(
            [2 ** (place / 2) for place in counted["half_octave"]],
            counted["rows"].to_list(),
            marker=".",
            label=plain(domain),
            color=COLOURS[number % len(COLOURS)],
        )
    axes.set_xscale("log", base=2)
    axes.set_xlabel("completion tokens")
    axes.set_ylabel("rows")
    beside(axes)
    save(sheet, path)


def beside(axes) -> None:  # noqa: ANN001
    """The legend, where it hides nothing."""
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def plain(name: object) -> str:
    """A name as it is: matplotlib would take dollars for formulas."""
    return str(name).replace("$", r"\$")


def blank(height: float):  # noqa: ANN201 - a figure and its axes
    from matplotlib.figure import Figure

    sheet = Figure(figsize=(8, height), layout="constrained")
    axes = sheet.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return sheet, axes


def save(sheet, path: Path) -> None:  # noqa: ANN001 - a figure
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    path.parent.mkdir(parents=True, exist_ok=True)
    # Without the library's version in it, the file is the same wherever the same pixels are drawn.
    with catch_warnings():
        simplefilter("ignore")  # a name in a script that the font lacks is drawn as boxes
        FigureCanvasAgg(sheet).print_png(path, metadata={"Software": None})
