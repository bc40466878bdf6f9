"""The solver backend: cold-start traces from programs that think aloud. ``path`` is ``search`` or ``hasty``."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

from generators import solvers
from generators.teachers import BACKENDS, Teacher
from warehouse.errors import ModelError
from warehouse.records import Complete, Completion, Request

TEMPERAMENTS = ("search", "hasty")


@BACKENDS.register("solver")
def solver(teacher: Teacher) -> Complete:
    if teacher.path not in TEMPERAMENTS:
        raise ModelError(
            f"models.{teacher.name}.path: no solver {teacher.path!r}; expected {' or '.join(TEMPERAMENTS)}"
        )

    def complete(requests: Sequence[Request]) -> Iterator[Completion]:
        for request in requests:
            source = request.problem["source"]
            if source not in solvers.SOLVERS:
                raise ModelError(f"no solver for {source}; expected problems from {', '.join(solvers.SOLVERS)}")
            began = time.perf_counter()
            rng = random.Random(request.seed)
            try:
                text = solvers.solve(source, request.problem["metadata"], rng, hasty=teacher.path == "hasty")
            except KeyError as error:
                raise ModelError(f"models.{teacher.name}: {error.args[0]}; narrow the config of {source}") from error
            words = len(text.split())
            yield Completion(request, text, "stop", 0, words, time.perf_counter() - began, "solver")

    return complete
