"""Puzzles made by reasoning-gym, in the library's own wording: ``source = "reasoning-gym/countdown"``.

``config`` goes to the family as it is. Whether a puzzle belongs to train or test is decided by its id, so a held-out
puzzle is held out in every recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generators.sources import SOURCES, Problem, Wanted
from warehouse import ids
from warehouse.errors import SourceError

VERIFIERS = {
    "countdown": "countdown",
    "fraction_simplification": "fraction",
    "simple_equations": "equation",
    "prime_factorization": "factorization",
    "gcd": "number",
    "lcm": "number",
    "products": "number",
    "chain_sum": "number",
    "basic_arithmetic": "number",
    "count_primes": "number",
    "leg_counting": "number",
}
"""Families whose answers a verifier of ours decides; all others are compared as text."""

SPEC_FIELDS = {
    "countdown": ("numbers", "target"),
    "fraction_simplification": ("numerator", "denominator"),
    "simple_equations": ("equation", "variable"),
    "prime_factorization": ("number",),
}
BLOCK = 500


@SOURCES.register("reasoning-gym")
def reasoning_gym(wanted: Wanted) -> Iterator[Problem]:
    """Puzzles of one family until ``count`` distinct ones belong to the wanted split."""
    from reasoning_gym.factory import DATASETS

    family = wanted.source.partition("/")[2]
    if family not in DATASETS:
        raise SourceError(
            f"problems.source: reasoning-gym has no family {family!r}; it has {', '.join(sorted(DATASETS))}"
        )
    found: set[str] = set()
    barren = 0
    for block in range(10_000):
        # Puzzle i of seed s is puzzle 0 of seed s + i, so blocks must lie a block apart.
        start = wanted.seed * 10_000_000 + block * BLOCK
        before = len(found)
        for entry in puzzles(family, start, wanted):
            if entry["answer"] is None:
                raise SourceError(f"problems.source: {wanted.source} gives no reference answers; choose another family")
            prompt = entry["question"].strip()
            problem = ids.problem_id(wanted.source, prompt)
            if problem in found or ids.split_of(problem) != wanted.split:
                continue
            found.add(problem)
            known = {key: value for key, value in entry["metadata"].items() if key != "difficulty"}
            yield Problem(
                source=wanted.source,
                prompt=prompt,
                answers=(str(entry["answer"]),),
                verifier=wanted.verifier or VERIFIERS.get(family, "text"),
                spec={key: known[key] for key in SPEC_FIELDS.get(family, ())},
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
