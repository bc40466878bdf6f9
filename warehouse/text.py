"""Text: where thinking ends and the response begins (an opinion, and therefore versioned), and what can be stored.

The SQL macros of the same names in views.sql say the same thing; a test holds them together.
"""

from __future__ import annotations

import re
from typing import Any

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


SURROGATE = re.compile("[\ud800-\udfff]")


def storable(value: Any) -> Any:
    """The same text, list or dictionary without half characters (lone surrogates): each becomes U+FFFD.

    JSON may hold them as escapes, but UTF-8 cannot, and so neither can Arrow; one of them in a column of JSON makes
    every query of that column fail.
    """
    if isinstance(value, str):
        return value if value.isascii() else SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(storable(item) for item in value)
    return value
