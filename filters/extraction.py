"""The final answer of a completion: only what stands after ``</think>``, and only in one of the known forms."""

from __future__ import annotations

from warehouse.text import response


def final_answer(completion: str) -> str | None:
    """The answer in <answer> tags, else in the last balanced \\boxed{}, else the whole response if it is one line.

    None when thinking never ended, when nothing follows it, or when no form fits.
    """
    said = response(completion)
    if not said:
        return None
    before, closed, _ = said.rpartition("</answer>")
    _, opened, tagged = before.rpartition("<answer>")
    if closed and opened:
        return tagged.strip() or None
    if "\\boxed" in said:
        return last_boxed(said)
    return said if "\n" not in said else None


def last_boxed(text: str) -> str | None:
    """What the last ``\\boxed{...}`` holds, braces balanced; None when it never closes."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    begin = start + len("\\boxed{")
    for position in range(begin - 1, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[begin:position].strip() or None
    return None
