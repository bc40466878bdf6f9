"""``truncated``: does it stop midway? Because the token limit was reached, or, where nobody says so, to all appearance.

Other people's traces come without a finish_reason, and some with a wrong one. What gives a text away is something that
was opened and never closed: thinking, a block of code, a box, a formula. It is looked for in the response alone, as
thinking leaves much open. A text that shows nothing of the kind and ends like a sentence has an end; one that just
stops may have one, and only a finish_reason can tell.
"""

from __future__ import annotations

import re
from typing import Any

from filters.finding import Finding, check
from warehouse.text import CLOSE, OPEN, response

LIMIT = ("length", "max_tokens")
OWN_END = ("stop", "eos", "eos_token", "end_turn", "stop_sequence")
"""finish_reasons as servers name them; any other (a filter, a failure) tells nothing."""
ENDINGS = frozenset(".!?。！？…।؟)]}>）】」』》\"'”’»`*|$")
"""How a text ends that was meant to end there. A digit or a letter may always have been followed by another."""
# A double backslash is LaTeX's line break, whatever bracket follows; three dollars are a way to say expensive.
DELIMITERS = re.compile(r"\\\\|\\[\[\]()]|\\(?:begin|end)\{|(?<!\$)\$\$(?!\$)")
DEEPEST = 50
OPENING = {r"\[": r"\]", r"\(": r"\)", r"\begin{": r"\end{"}


@check(
    "truncated",
    version=1,
    reasons=("token_limit", "open_thinking", "open_code", "open_box", "open_formula", "unknown_end"),
)
def truncated(trace: dict[str, Any], key: object, settings: dict[str, Any]) -> Finding:
    """Scores 1.0 where it has an end, 0.0 where it has none."""
    text, ended = trace["completion"], trace.get("finish_reason")
    if ended in LIMIT:
        return Finding.fail("token_limit", score=0.0)
    if text.rfind(OPEN) > text.rfind(CLOSE):
        return Finding.fail("open_thinking", score=0.0)
    said = response(text) or ""
    if reason := left_open(said):
        return Finding.fail(reason, score=0.0)
    if ended in OWN_END or said[-1:] in ENDINGS:
        return Finding.passed(score=1.0)
    return Finding.undecided("unknown_end")


def left_open(said: str) -> str | None:
    """What was opened and never closed, if anything was."""
    if sum(line.count("```") % 2 for line in said.split("\n") if line.lstrip(" ").startswith("```")) % 2:
        return "open_code"
    said = re.sub(r"`[^`\n]*`", "", "".join(said.split("```")[::2]))  # what stands in code opens nothing
    box = max(said.rfind("\\boxed{"), said.rfind("\\fbox{"))
    if box >= 0 and not closes(said[box:]):
        return "open_box"
    return "open_formula" if in_formula(said) else None


def closes(text: str) -> bool:
    """Whether the first brace of a text is closed again."""
    depth = 0
    for brace in re.finditer(r"(?<!\\)[{}]", text):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return True
    return False


def in_formula(said: str) -> bool:
    r"""Whether a text ends inside ``$$``, ``\[``, ``\(`` or an environment. A single ``$`` may be a price."""
    awaited: list[str] = []
    for mark in DELIMITERS.findall(said):
        if mark in awaited:
            while awaited.pop() != mark:  # what was left open inside it ends with it
                pass
        elif (mark == "$$" or mark in OPENING) and len(awaited) < DEEPEST:
            awaited.append(OPENING.get(mark, mark))
    return bool(awaited)
