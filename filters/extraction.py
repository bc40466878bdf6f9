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
    tagged = in_tags(said)
    if tagged is not None:
        return tagged or None
    if "\\boxed" in said:
        return last_boxed(said)
    return said if "\n" not in said else None


def in_tags(said: str) -> str | None:
    """What the last <answer> tags hold; None when there are none."""
    before, closed, _ = said.rpartition("</answer>")
    _, opened, tagged = before.rpartition("<answer>")
    return tagged.strip() if closed and opened else None


PYTHON = ("", "python", "python3", "py")


def last_program(completion: str) -> str | None:
    """The last fenced block of Python in the answer, in <answer> tags or not; else what those tags hold.

    None when thinking never ended, or when there is neither a closed block nor tags. Nothing is run.
    """
    said = response(completion)
    if not said:
        return None
    tagged = in_tags(said)
    found, language = tagged, None
    block: list[str] = []
    for line in (said if tagged is None else tagged).split(
        "\n"
    ):  # line by line: a pattern could be made to take for ever
        mark = line.strip()
        if language is None and mark.startswith("```"):
            language, block = mark[3:].strip().lower(), []
        elif language is not None and mark == "```":
            found, language = ("\n".join(block) if language in PYTHON else found), None
        else:
            block.append(line)
    return found if found and found.strip() else None


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
