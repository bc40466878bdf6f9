"""The solver backend: cold-start traces from programs that think aloud.

``path`` is ``search`` or ``hasty`` for puzzles; ``slip`` for attempts with an error whose place is known and
``journey`` for such an error with its correction, both with their spans; ``primer`` for the questions of the primer;
``skills`` for the lessons of the nano teacher.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from generators import primer, skills, slips, solvers
from generators.journeys.weaving import Spans
from generators.teachers import BACKENDS, Teacher
from warehouse.errors import ModelError
from warehouse.records import Complete, Completion, Failure, Request

PUZZLES = tuple(solvers.SOLVERS)
KNOWN: dict[str, tuple[str, ...]] = {
    "search": PUZZLES,
    "hasty": PUZZLES,
    "slip": PUZZLES,
    "journey": PUZZLES,
    "primer": tuple(f"primer/{one}" for one in primer.SUBJECTS),
    "skills": tuple(f"skills/{one}" for one in skills.SKILLS),
}
"""The sources that each solver knows."""


@BACKENDS.register("solver")
def solver(teacher: Teacher) -> Complete:
    if teacher.path not in KNOWN:
        raise ModelError(f"models.{teacher.name}.path: no solver {teacher.path!r}; expected {', '.join(KNOWN)}")

    def complete(requests: Sequence[Request]) -> Iterator[Completion | Failure]:
        for request in requests:
            began = time.perf_counter()
            try:
                text, spans = written(teacher, request.problem, request.seed)
            except slips.NoSlip as error:
                yield Failure(request, "declined", str(error))
                continue
            words = len(text.split())
            yield Completion(request, text, "stop", 0, words, time.perf_counter() - began, "solver", spans=spans)

    return complete


def written(teacher: Teacher, problem: dict[str, Any], seed: int) -> tuple[str, Spans]:
    """The completion of one problem and its spans, where the solver knows them.

    Raises ModelError when the solver does not know its source or its config.
    """
    source, metadata = problem["source"], problem["metadata"]
    if source not in KNOWN[teacher.path]:
        expected = ", ".join(KNOWN[teacher.path])
        raise ModelError(f"models.{teacher.name}: no solver for {source}; expected problems from {expected}")
    if teacher.path == "primer":
        return primer.recite(source.removeprefix("primer/"), metadata, random.Random(seed)), ()
    if teacher.path == "skills":
        return metadata["said"], ()
    try:
        return WAYS[teacher.path](source, metadata, seed)
    except KeyError as error:
        raise ModelError(f"models.{teacher.name}: {error.args[0]}; narrow the config of {source}") from error


def slipping(source: str, metadata: dict[str, Any], seed: int) -> slips.Slip:
    """A slip; where the dice give none, thrown again. Raises NoSlip where a puzzle allows of none."""
    for again in range(50):
        with suppress(slips.NoSlip):
            return slips.slip(source, metadata, random.Random(f"{seed} {again}"))
    raise slips.NoSlip(f"no slip is made of {metadata}")


WAYS: dict[str, Callable[[str, dict[str, Any], int], tuple[str, Spans]]] = {
    "search": lambda source, metadata, seed: (solvers.solve(source, metadata, random.Random(seed)), ()),
    "hasty": lambda source, metadata, seed: (solvers.solve(source, metadata, random.Random(seed), hasty=True), ()),
    "slip": lambda source, metadata, seed: ((made := slipping(source, metadata, seed)).completion, made.spans()),
    "journey": lambda source, metadata, seed: slipping(source, metadata, seed).journey(),
}
