"""Steps: where a completion's thinking falls into parts that can be judged one by one (an opinion, and so versioned).

Where there are blank lines, a step is a paragraph. Elsewhere it is a sentence, which ends with its line at the latest.
"""

from __future__ import annotations

import re

from warehouse.text import CLOSE, OPEN

VERSION = 1

PARAGRAPH = re.compile(r"(?s)\S.*?(?=\n[ \t]*\n|\Z)")
SENTENCE = re.compile(r"\S[^\n]*?(?:[。！？]+|[.!?]+(?=[ \t\n]|\Z)|(?=\n|\Z))")


def steps(completion: str) -> list[tuple[int, int]]:
    """The steps of what stands before the last ``</think>`` (of all, where there is none), as half-open character
    offsets into the completion, without the blanks between them."""
    begin, end = 0, completion.rfind(CLOSE)
    end = len(completion) if end < 0 else end
    if OPEN in completion[:end]:
        begin = completion.index(OPEN) + len(OPEN)
    thought = completion[begin:end].rstrip()
    part = PARAGRAPH if re.search(r"\S[ \t]*\n[ \t]*\n\s*\S", thought) else SENTENCE
    return [(begin + found.start(), begin + found.end()) for found in part.finditer(thought)]
