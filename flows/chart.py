"""The chart of a run: every model's scores with their intervals."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


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
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    canvas.print_png(draft)
    draft.replace(path)
    return path
