"""Steps: where a completion's thinking falls into parts that can be judged one by one (an opinion, and so versioned).

Where there are blank lines a step is a paragraph. Elsewhere it is a sentence, which ends with its line at the latest.
What stands between fences or is displayed as a formula is never cut, and what looks like the end of a sentence and is
none (``3.5``, ``e.g. this``, ``4! = 24``, the ``2.`` of a list) ends none.

The patterns are written in what ``re`` and RE2 have in common, and both of them put a whole text into pieces: the
macros ``steps`` and ``step_spans`` (warehouse/lake/steps.sql) are made of the very same ones. Whatever text they are
given they find their way without going back, so that its length is all they cost.
"""

from __future__ import annotations

import re

from warehouse.text import BLANK, CLOSE, OPEN

VERSION = 1

# What is left whole. An opening bracket that is never closed is a character like any other.
FENCED = r"```(?s:.*?)```"
DISPLAYED = r"\\\[[^\\]*(?:\\[^\[\]][^\\]*)*\\\]|\$\$[^$]+\$\$"
ESCAPED = r"\\[^\n]"

PARAGRAPH = rf"(?:{FENCED}|{DISPLAYED}|{ESCAPED}|[^\n\\`$]+|(?s:.))+?(?:\n[ \t\r]*\n[ \t\r\n]*|$)"

# What a dot belongs to that ends no sentence: the number of an item, a word that is cut short, a bracket of LaTeX.
ITEM = (
    r"[-+*•#> \t]*(?:(?:Step|Case|Part|Option|Method|Attempt|Claim|Lemma)[ \t]+)?"
    r"(?:[0-9]{1,3}(?:\.[0-9]{1,3})*|[A-Za-z]|[ivxIVX]{2,4})\.[*_]*[ \t]+"
)
SHORT = (
    r"(?:[Ee]\.g|[Ii]\.e|[Cc]f|[Vv]s|[Vv]iz|[Rr]esp|[Aa]pprox|[Ee]qs?|Figs?|Thm|Dr|Mrs?|Ms|Prof|St|et al|w\.r\.t|s\.t"
    r"|a\.k\.a)\.|(?:etc|[ap]\.m)\.[ \t]+[a-z]|(?:[A-Z]\.){2,}"
)
FACTORIAL = r"(?:[A-Za-z]|[0-9]+|\))!+[ \t]+(?:[-+*/=<>×·÷−≤≥≈]|\\(?:cdot|times|div|frac|leq?|geq?|approx|equiv))[ \t{]"
BRACKET = r"\\(?:left|right)\."
WORD = r"[A-Za-z]+|[0-9]+|[.!?…]+|[^\nA-Za-z0-9)\\`$.!?…。！？]+"
# What it may close before the blank that follows it.
ENDED = r"[.!?…]+[\])}\"'”’»*_$]*(?:[ \t\r\n]+|$)|[。！？]+[\])}\"'”’」』）】》*_]*[ \t\r\n]*"

SENTENCE = (
    rf"(?:{ITEM})?(?:{FENCED}|{DISPLAYED}|{SHORT}|{FACTORIAL}|{BRACKET}|{ESCAPED}|{WORD}|[^\n])+?"
    rf"(?:{ENDED}|[ \t\r]*\n[ \t\r\n]*|$)"
)


def steps(completion: str) -> list[tuple[int, int]]:
    """The steps of what stands before the last ``</think>`` (of all, where there is none), as half-open character
    offsets into the completion, without the blanks between them."""
    end = completion.rfind(CLOSE)
    end = len(completion) if end < 0 else end
    begin = completion.find(OPEN, 0, end)
    begin = 0 if begin < 0 else begin + len(OPEN)
    thought = completion[begin:end].lstrip(BLANK)
    begin, thought = end - len(thought), thought.rstrip(BLANK)
    pieces = [found.span() for found in re.finditer(PARAGRAPH, thought)]
    if len(pieces) == 1:
        pieces = [found.span() for found in re.finditer(SENTENCE, thought)]
    return [(begin + start, begin + start + len(thought[start:stop].rstrip(BLANK))) for start, stop in pieces]
