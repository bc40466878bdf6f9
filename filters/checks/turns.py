"""What a turn claims that can be looked up: that something comes to something, that something else was said, that a
number is not given. A reason that is false is no reason, however well the way goes on after it."""

from __future__ import annotations

import re

from filters.equations import equations

NUMBER = r"-?\d+(?:[./]\d+)?"
COMES_TO = re.compile(rf"(?<=[\d)])\s*(?:is|是)\s*(?={NUMBER})")
DENIED = re.compile(rf"(?:\bnot\s+|不是\s*)({NUMBER})(?![\d/])")
CONTRADICTED = re.compile(rf"(?:\bis\s+|是\s*)({NUMBER})\s*[,，]\s*(?:not\s+|不是\s*)({NUMBER})(?![\d/])")
LISTED = re.compile(r"^\s*\d+[.)]\s", re.MULTILINE)
"""The number of an item gives none."""
NOT_GIVEN = re.compile(r"(\d+)\s*(?:(?:is|was) not given|不在给出的数里)")


def untrue(turn: str, problem: str, before: str) -> str | None:
    """The first thing that a turn says which is not so, in words; None where nothing of the kind is found.

    ``before`` is the thinking before it: what is denied was not said if neither that nor the problem says it.
    """
    for one in equations(COMES_TO.sub(" = ", turn)):
        if one.holds is False:
            return one.says
    if (both := CONTRADICTED.search(turn)) and both[1] == both[2]:
        return f"it is {both[1]} and not {both[2]}"
    for number in DENIED.findall(turn):
        if not whole(number, f"{problem}\n{before}"):
            return f"nobody said {number}"
    for number in NOT_GIVEN.findall(turn):
        if whole(number, LISTED.sub("", problem)):
            return f"{number} is given"
    return None


def whole(number: str, text: str) -> bool:
    return re.search(rf"(?<![\d/.]){re.escape(number)}(?![\d/]|\.\d)", text) is not None
