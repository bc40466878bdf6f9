"""Lessons of the nano teacher: ``source = "skills/revise"``, or critique, smooth; see generators/skills.py.

A revision and a critique are judged by the step that they name, what is told smoothly by its answer. A lesson is about
a puzzle of its own split, so who is examined has seen neither.
"""

from __future__ import annotations

from collections.abc import Iterator

from generators import skills
from generators.sources import SOURCES, Problem, Wanted
from warehouse import ids
from warehouse.errors import SourceError


@SOURCES.register("skills")
def lessons(wanted: Wanted) -> Iterator[Problem]:
    """Lessons of one skill, as many as are wanted."""
    from generators.sources.reasoning_gym import reasoning_gym

    skill = wanted.source.partition("/")[2]
    if skill not in skills.SKILLS:
        raise SourceError(f"problems.source: no skill {skill!r}; expected {', '.join(sorted(skills.SKILLS))}")
    if wanted.count is None:
        raise SourceError(f"problems.count of {wanted.source}: there are lessons without end; expected a number")
    puzzles = {
        family: (
            one
            for one in reasoning_gym(Wanted(family, split=wanted.split, seed=wanted.seed, config=config))
            if isinstance(one, Problem)
        )
        for family, config in skills.PUZZLES.items()
    }
    for puzzle, prompt, said in skills.items(skill, puzzles, wanted.seed):
        if ids.split_of(ids.problem_id(wanted.source, prompt)) == wanted.split:
            names_a_step = skill != "smooth"
            yield Problem(
                source=wanted.source,
                prompt=prompt,
                answers=(skills.step_of(said),) if names_a_step else puzzle.answers,
                verifier=wanted.verifier or ("wrong-step" if names_a_step else puzzle.verifier),
                spec={} if names_a_step else puzzle.spec,
                metadata={"said": said},
                domain=wanted.domain or skill,
                language=wanted.language,
                split=wanted.split,
                licence=wanted.licence or "Apache-2.0",
            )
