"""What whoever imports says of the rows, beside what they say themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from warehouse import forms
from warehouse.errors import BadInput

SPLITS = ("train", "test")


@dataclass(frozen=True)
class Options:
    """Of the words here each stands for all rows, whatever they say; None leaves it to them."""

    form: str = "auto"
    """A form by name (warehouse/forms); auto: each row's own, by its columns."""
    columns: dict[str, str] = field(default_factory=dict)
    """Which column to take where the form looks for one: {"prompt": "question"}; ``struct.field`` reaches into one."""
    labels: tuple[str, ...] = ()
    """Columns with somebody's opinions, besides those that the form knows."""
    verifier: str | None = None
    split: Literal["train", "test"] | str = "train"
    licence: str | None = None
    model: str | None = None
    language: str | None = None
    domain: str | None = None
    skip_bad: bool = False
    """Leave out rows that are not understood, and go on; else the first of them ends it."""

    def check(self) -> None:
        """Raises BadInput for what makes no sense."""
        if self.form != "auto":
            forms.get(self.form)
        if self.split not in SPLITS:
            raise BadInput(f"--split {self.split}: expected {' or '.join(SPLITS)}")
        if empty := [part for part, name in self.columns.items() if not part or not name]:
            raise BadInput(f"--column {empty[0]}: expected a column of the form and one of the file, prompt=question")
