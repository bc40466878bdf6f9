"""Boxnet: a JSON list of steps, each a move by some of the agents, after which every box is with its target."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from filters.finding import Finding
from filters.verifiers.json_value import read
from filters.verify import Key, UnusableKey, verifier

LONGEST = 20_000
"""Characters of a plan."""
PLACE = re.compile(r"[0-9]{1,3}\.5_[0-9]{1,3}\.5")
AGENT = re.compile(r"Agent\[([0-9]{1,3}\.5), ?([0-9]{1,3}\.5)\]")
MOVE = re.compile(r"move\((box_\w{1,30}), ?(?:square\[([0-9]{1,3}\.5), ?([0-9]{1,3}\.5)\]|(target_\w{1,30}))\)")

Squares = dict[str, Counter[str]]


@verifier("boxes", reasons=("not_a_plan", "illegal_move", "not_solved"))
def boxes(answer: str, key: Key) -> Finding:
    """``spec["initial_state"]`` is {``row_column``: the boxes and targets there}, such as ``{"0.5_1.5": ["box_red"]}``.

    All moves of a step start from what stands where before it; one that cannot be made fails the plan.
    """
    squares = start(key.spec.get("initial_state"))
    bare = "\n".join(line for line in answer.splitlines() if not line.strip().startswith("```"))
    try:
        steps = read(bare) if len(bare) <= LONGEST else None
    except ValueError:
        steps = None
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        return Finding.fail("not_a_plan", says=f"{answer[:60]} is not a JSON list of steps", tier="rules")
    for number, step in enumerate(steps, start=1):
        before = {place: Counter(things) for place, things in squares.items()}
        for agent, move in step.items():
            if not moved(str(agent), str(move), before, squares):
                says = f"step {number}: {str(agent)[:40]} cannot {str(move)[:60]}"
                return Finding.fail("illegal_move", says=says, tier="rules")
    left = sorted(thing for things in squares.values() for thing in things.elements() if thing.startswith("box_"))
    if left:
        return Finding.fail("not_solved", says=f"{', '.join(left)[:200]} not at a target", tier="rules")
    return Finding.passed(tier="rules")


def moved(agent: str, move: str, before: Squares, squares: Squares) -> bool:
    """Make one move, from what stood there before the step to what stands there now; False when it cannot be made."""
    who, what = AGENT.fullmatch(agent), MOVE.fullmatch(move)
    place = f"{who[1]}_{who[2]}" if who else ""
    if who is None or what is None or place not in squares or not before[place][what[1]]:
        return False
    used = [what[1]]
    if what[4]:
        if what[4].removeprefix("target_") != what[1].removeprefix("box_") or not before[place][what[4]]:
            return False
        used.append(what[4])
    else:
        to = f"{what[2]}_{what[3]}"
        if to not in squares or abs(float(who[1]) - float(what[2])) + abs(float(who[2]) - float(what[3])) != 1:
            return False
        squares[to][what[1]] += 1
    for thing in used:
        before[place][thing] -= 1
        squares[place][thing] -= 1
    return True


def start(state: Any) -> Squares:
    """What stands where at first. Raises UnusableKey."""
    if (
        not isinstance(state, dict)
        or not all(PLACE.fullmatch(str(place)) for place in state)
        or not all(isinstance(things, list | tuple) for things in state.values())
        or not all(isinstance(thing, str) for things in state.values() for thing in things)
        or not any(thing.startswith("box_") for things in state.values() for thing in things)
    ):
        raise UnusableKey(f"squares with boxes and targets were expected, found {str(state)[:200]}")
    return {str(place): Counter(things) for place, things in state.items()}
