"""What a cell of somebody's table says: text, a right answer, a label, or something else that a message shows."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from warehouse.errors import BadInput
from warehouse.text import storable

TRUE = ("pass", "passed", "correct", "right", "true", "yes", "1")
FALSE = ("fail", "failed", "incorrect", "wrong", "false", "no", "0")


class Unusable(Exception):
    """An answer or a spec that is no answer key, whatever the verifier."""


def at(row: dict[str, Any], name: str) -> Any:
    """A column, or a field within one; None where it is missing."""
    if name in row or "." not in name:
        return row.get(name)
    found: Any = row
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def answers_of(value: Any) -> tuple[str, ...]:
    """The reference answers, any of which will do; none for null. Raises Unusable."""
    if isinstance(value, list):
        if any(isinstance(one, list | dict) for one in value):
            raise Unusable(f"the answer is {shown(value)}; expected text, a number, or a list of them")
        return tuple(text for one in value for text in answers_of(one))
    if value is None or (isinstance(value, float | Decimal) and math.isnan(value)):
        return ()
    if isinstance(value, str):
        return (storable(value),) if value.strip() else ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, float | Decimal):
        # A whole number that came through a column of floats is a whole number; and no exponents.
        plain = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
        return (plain.removesuffix(".0"),)
    if isinstance(value, int):
        return (str(value),)
    raise Unusable(f"the answer is {shown(value)}; expected text, a number, or a list of them")


def label(column: str, value: Any) -> bool | None:
    """Somebody's opinion as a bool; None for null. Raises BadInput for what is neither right nor wrong."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and (bare := value.strip().lower()) in (*TRUE, *FALSE):
        return bare in TRUE
    if isinstance(value, str) and not value.strip():
        return None
    raise BadInput(
        f"{column}: {shown(value)}; expected true or false, 1 or 0, one of {', '.join(TRUE[:5])}, or of "
        f"{', '.join(FALSE[:5])}"
    )


def shown(value: Any) -> str:
    """A value as messages show it."""
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
