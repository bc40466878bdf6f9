"""What an import comes to, for people."""

from __future__ import annotations

from flows.tables import console, tabled
from warehouse.importing import Imported


def show(made: Imported) -> None:
    """What there was and what of it is new, what was left out and why, and what to do next."""
    screen = console()
    rows = [
        {"what": what, "in the rows": count, "new in the lake": made.new[name]}
        for what, name, count in (
            ("problems", "problems", made.problems),
            ("answer keys", "answer_keys", made.answer_keys),
            ("traces", "traces", made.traces),
            ("labels", "labels", made.labels),
        )
    ]
    forms = ", ".join(made.forms)
    screen.print(tabled(f"{made.source}: {made.rows:,} rows of the form {forms}", rows))
    if made.rejected:
        screen.print(tabled("Left out", [{"reason": reason, "rows": count} for reason, count in made.rejected.items()]))
        screen.print(f"Left-out rows, with what is wrong with each: {made.rejected_to}", soft_wrap=True)
    for note in made.notes:
        screen.print(f"Note: {note}", soft_wrap=True)
    screen.print(f'To judge them: a recipe whose problems come from source = "{made.source}"', soft_wrap=True)
