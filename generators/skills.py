"""What the nano teacher is taught beside solving: to revise an attempt, to criticise one, to tell a journey smoothly.

Puzzles of the three families that the nano models know, each with an attempt that slips in a known place, in the
wording of the styles that the journey builders use with a nano model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any

from generators import solvers, styles
from generators.journeys.attempts import numbered
from generators.journeys.remarks import Remark, written
from generators.slips import NoSlip, slip
from generators.sources import Problem

PUZZLES: dict[str, dict[str, Any]] = {
    "reasoning-gym/countdown": {
        "min_numbers": 3, "max_numbers": 3, "min_value": 1, "max_value": 25, "min_target": 10, "max_target": 99,
    },
    "reasoning-gym/fraction_simplification": {
        "min_value": 1, "max_value": 40, "min_factor": 1, "max_factor": 24, "styles": ["plain"],
    },
    "reasoning-gym/simple_equations": {
        "min_terms": 2, "max_terms": 2, "min_value": 1, "max_value": 20, "operators_weights": [0.6, 0.4, 0.0],
    },
}  # fmt: skip
"""The families of the nano recipes, with their configs."""
FAULTLESS = 0.2
"""Share of the attempts before a critic that nothing is wrong with."""
NOTHING = "Wrong step: none"
ALOUD = {False: ("Hmm, {why}. ", "But {why}. ", "No, {why}. "), True: ("不，{why}。", "可是{why}。")}
"""How a turn is told in the voice of what is around it: in English and in Chinese."""


def revise(puzzle: Problem, rng: random.Random) -> tuple[str, str]:
    """What is asked and what a reviser says."""
    made = slip(puzzle.source, puzzle.metadata, rng)
    prompt = styles.load("revise-brief", use="revise").messages(puzzle.prompt, steps=numbered(made.completion))[-1][1]
    return prompt, written(Remark(made.wrong, made.why, "".join(made.rest).rstrip(), made.right))


def critique(puzzle: Problem, rng: random.Random) -> tuple[str, str]:
    """What is asked and what a critic says."""
    if rng.random() < FAULTLESS:
        attempt, said = solvers.solve(puzzle.source, puzzle.metadata, rng), NOTHING
    else:
        made = slip(puzzle.source, puzzle.metadata, rng)
        attempt, said = made.completion, written(Remark(made.wrong, made.why))
    shown = styles.load("critique-brief", use="revise").messages(puzzle.prompt, steps=numbered(attempt))
    return shown[-1][1], said


def smooth(puzzle: Problem, rng: random.Random) -> tuple[str, str]:
    """What is asked and how a journey is told in one voice."""
    made = slip(puzzle.source, puzzle.metadata, rng)
    journey, spans = made.journey()
    prompt = styles.load("smooth-brief", use="rewrite").messages(puzzle.prompt, completion=journey)[-1][1]
    _, start, end = next(span for span in spans if span[0] == "turn")
    chinese = journey[start:end].startswith("等")
    turn = rng.choice(ALOUD[chinese]).format(why=made.why)
    before, after = journey[:start].rstrip(), journey[end:].lstrip()
    return prompt, f"{before}{'' if chinese else ' '}{turn}{after}"


SKILLS: dict[str, Callable[[Problem, random.Random], tuple[str, str]]] = {
    "revise": revise,
    "critique": critique,
    "smooth": smooth,
}


def step_of(said: str) -> str:
    """The step that a reply names: its number, or none."""
    return said.partition("\n")[0].removeprefix("Wrong step: ")


def items(skill: str, puzzles: Mapping[str, Iterator[Problem]], seed: int) -> Iterator[tuple[Problem, str, str]]:
    """(puzzle, what is asked, what is said) without end of one skill, family by family in turn."""
    for family in cycle(puzzles):
        puzzle = next(puzzles[family], None)
        if puzzle is None:
            return
        try:
            yield puzzle, *SKILLS[skill](puzzle, random.Random(f"{seed} {skill} {puzzle.problem_id}"))
        except NoSlip:
            continue
