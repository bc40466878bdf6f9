"""Puzzles made by reasoning-gym, in the library's own wording: ``source = "reasoning-gym/countdown"``.

``config`` goes to the family as it is. How its answers are judged, or why a family is refused, is said in
reasoning_gym_families.py. Whether a puzzle belongs to train or test is decided by its id, so a held-out
puzzle is held out in every recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generators.sources import SOURCES, Problem, Skipped, Wanted
from generators.sources.reasoning_gym_families import FAMILIES, REFUSED, spec
from warehouse import ids
from warehouse.errors import SourceError

BLOCK = 500


@SOURCES.register("reasoning-gym")
def reasoning_gym(wanted: Wanted) -> Iterator[Problem | Skipped]:
    """Puzzles of one family until ``count`` distinct ones belong to the wanted split."""
    from reasoning_gym.factory import DATASETS

    family = wanted.source.partition("/")[2]
    if family not in DATASETS:
        raise SourceError(
            f"problems.source: reasoning-gym has no family {family!r}; it has {', '.join(sorted(DATASETS))}"
        )
    if family not in FAMILIES:
        why = REFUSED.get(family, "this version of thoughtmill does not know how to judge it")
        raise SourceError(f"problems.source: reasoning-gym/{family} is refused: {why}")
    judged = FAMILIES[family]
    found: set[str] = set()
    skipped: set[str] = set()
    barren = 0
    for block in range(10_000):
        # Puzzle i of seed s is puzzle 0 of seed s + i, so blocks must lie a block apart.
        start = wanted.seed * 10_000_000 + block * BLOCK
        before = len(found)
        for entry in puzzles(family, start, wanted):
            prompt = entry["question"].strip()
            problem = ids.problem_id(wanted.source, prompt)
            if problem in found or problem in skipped or ids.split_of(problem) != wanted.split:
                continue
            right = judged.answer(entry)
            if not judged.by_rules and not (right or "").strip():
                skipped.add(problem)
                yield Skipped("no_reference", f"{wanted.source}: there is no reference answer to {prompt[:100]!r}")
                continue
            found.add(problem)
            known = {key: value for key, value in entry["metadata"].items() if key != "difficulty"}
            yield Problem(
                source=wanted.source,
                prompt=prompt,
                answers=(right,) if right else (),
                verifier=wanted.verifier or judged.verifier,
                spec=spec(family, known),
                metadata=known,
                domain=wanted.domain or "puzzle",
                language=wanted.language,
                split=wanted.split,
                licence=wanted.licence or "Apache-2.0",
            )
        barren = barren + 1 if len(found) == before else 0
        if barren == 10:
            break
    if wanted.count is not None and len(found) < wanted.count:
        raise SourceError(
            f"problems.count of {wanted.source} ({wanted.split}): {wanted.count} wanted, but this config has only "
            f"{len(found)} distinct puzzles; lower count or widen config"
        )


def puzzles(family: str, seed: int, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """One block of a family's puzzles. Raises SourceError for a config it refuses, at once or when it cannot be met."""
    import reasoning_gym as gym

    try:
        yield from gym.create_dataset(family, size=BLOCK, seed=seed, **wanted.config)
    except (TypeError, AssertionError, ValueError) as error:
        raise SourceError(f"problems.config of {wanted.source}: {error}") from error
