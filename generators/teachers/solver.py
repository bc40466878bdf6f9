"""The solver backend: cold-start traces from programs that think aloud.

``path`` is ``search`` or ``hasty`` for puzzles, ``primer`` for the questions of the primer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from generators import primer, solvers
from generators.teachers import BACKENDS, Teacher
from warehouse.errors import ModelError
from warehouse.records import Complete, Completion, Request

TEMPERAMENTS = ("search", "hasty", "primer")


@BACKENDS.register("solver")
def solver(teacher: Teacher) -> Complete:
    if teacher.path not in TEMPERAMENTS:
        raise ModelError(f"models.{teacher.name}.path: no solver {teacher.path!r}; expected {', '.join(TEMPERAMENTS)}")

    def complete(requests: Sequence[Request]) -> Iterator[Completion]:
        for request in requests:
            began = time.perf_counter()
            text = written(teacher, request.problem, random.Random(request.seed))
            words = len(text.split())
            yield Completion(request, text, "stop", 0, words, time.perf_counter() - began, "solver")

    return complete


def written(teacher: Teacher, problem: dict[str, Any], rng: random.Random) -> str:
    """The completion of one problem. Raises ModelError when the solver does not know its source or its config."""
    source, subject = problem["source"], problem["source"].removeprefix("primer/")
    recites = teacher.path == "primer"
    known = [f"primer/{one}" for one in primer.SUBJECTS] if recites else list(solvers.SOLVERS)
    if source not in known:
        raise ModelError(f"models.{teacher.name}: no solver for {source}; expected problems from {', '.join(known)}")
    if recites:
        return primer.recite(subject, problem["metadata"], rng)
    try:
        return solvers.solve(source, problem["metadata"], rng, hasty=teacher.path == "hasty")
    except KeyError as error:
        raise ModelError(f"models.{teacher.name}: {error.args[0]}; narrow the config of {source}") from error
