"""Forms of dataset: how other people lay out their traces, read and written. One file each.

forms.get("openr1").read(row)     # what a row says
forms.get("openr1").table(rows)   # rows of a release, as that form has them
"""

from __future__ import annotations

from collections.abc import Set

from warehouse.errors import BadInput
from warehouse.forms import completion, messages, openr1, openthoughts, sharegpt
from warehouse.forms.form import Form

FORMS = {one.name: one for one in (openr1.FORM, openthoughts.FORM, messages.FORM, sharegpt.FORM, completion.FORM)}
"""In the order in which a row is tried for them: the more particular first."""


def get(name: str) -> Form:
    """A form by name. Raises BadInput when there is none."""
    if name not in FORMS:
        raise BadInput(f"no form called {name!r}; expected one of {', '.join(FORMS)}")
    return FORMS[name]


def of(columns: Set[str]) -> Form | None:
    """The form of a row whose columns of these names are not null; None for none."""
    return next((form for form in FORMS.values() if form.recognises(columns)), None)
