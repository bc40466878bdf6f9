"""Where thinking ends and the response begins. An opinion, and therefore versioned.

The SQL macros of the same names in views.sql say the same thing; a test holds them together.
"""

from __future__ import annotations

VERSION = 1
OPEN, CLOSE = "<think>", "</think>"
BLANK = " \n\r\t"
"""What SQL trims; strip() alone would take rarer spaces as well, and the two would disagree."""


def thinking(completion: str) -> str | None:
    """What stands before the last ``</think>``, without the tags; None when thinking never closed."""
    head, close, _ = completion.rpartition(CLOSE)
    return head.replace(OPEN, "", 1).strip(BLANK) if close else None


def response(completion: str) -> str | None:
    """What stands after the last ``</think>``; the whole text when there is no thinking; None when it never closed."""
    _, close, tail = completion.rpartition(CLOSE)
    if close:
        return tail.strip(BLANK)
    return None if OPEN in completion else completion.strip(BLANK)
