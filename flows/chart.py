"""The chart of a run: every model's scores, or every arm's, with their intervals."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from flows.comparing import Examined


def draw(scores: dict[str, dict[str, Any]], path: Path, title: str) -> Path:
    """Bars per model and figure, whiskers for the 95% intervals; written to ``path`` as PNG, whole or not at all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figures = list(dict.fromkeys(figure for values in scores.values() for figure in values))
    width = 0.8 / max(1, len(figures))
    sheet = Figure(figsize=(7, 4), layout="constrained")
    canvas = FigureCanvasAgg(sheet)
    axes = sheet.add_subplot()
    for number, figure in enumerate(figures):
        held = [(place, values[figure]) for place, values in enumerate(scores.values()) if figure in values]
        axes.bar(
            [place + (number - (len(figures) - 1) / 2) * width for place, _ in held],
            [value["value"] for _, value in held],
            width * 0.9,
            yerr=[[v["value"] - v["low"] for _, v in held], [v["high"] - v["value"] for _, v in held]],
            capsize=3,
            label=figure,
            color=("#3b6ea5", "#8fb8de", "#d9a441", "#b3c98b")[number % 4],
        )
    axes.set_xticks(range(len(scores)), list(scores))
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_title(title)
    if figures:
        axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return printed(canvas, path)


def draw_arms(found: Sequence[Examined], path: Path, title: str) -> Path:
    """A panel an examination: an arm's score with its 95% interval, and each of its students as a dot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    arms = list(dict.fromkeys(arm for one in found for arm in one.arms))
    sheet = Figure(figsize=(3 + 2.2 * len(found), 1 + 0.4 * len(arms)), layout="constrained")
    canvas = FigureCanvasAgg(sheet)
    panels = sheet.subplots(1, len(found), sharey=True, squeeze=False)[0]
    for axes, one in zip(panels, found, strict=True):
        for place, arm in enumerate(arms):
            if arm in one.arms:
                score = one.scores[arm]
                axes.plot([score.low, score.high], [place, place], color="#8fb8de", linewidth=6, solid_capstyle="butt")
                axes.plot([score.value], [place], "|", color="#3b6ea5", markersize=14, markeredgewidth=2)
                students = one.arms[arm].mean(axis=1)
                axes.plot(students, [place] * len(students), "o", color="#d9a441", markersize=3)
        axes.set_title(f"{one.exam}\n{one.figure}", fontsize=9)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks(range(len(arms)), arms)
    panels[0].invert_yaxis()
    sheet.suptitle(title, fontsize=10)
    return printed(canvas, path)


def printed(canvas: FigureCanvasAgg, path: Path) -> Path:
    """Written to ``path`` as PNG, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    canvas.print_png(draft)
    draft.replace(path)
    return path
