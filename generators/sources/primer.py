"""Questions of the primer, the nano models' schoolbook: ``source = "primer/facts"``, or translation, writing,
self-cognition, judging.

Where no rule decides an answer the verifier is ``judge``. A question's id decides its split, so a fact that is taught
in one wording may be examined in another.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from generators import primer as book
from generators.sources import SOURCES, Problem, Wanted
from warehouse import ids
from warehouse.errors import SourceError


@SOURCES.register("primer")
def primer(wanted: Wanted) -> Iterator[Problem]:
    """One subject's questions in an order of ``seed``."""
    subject = wanted.source.partition("/")[2]
    if subject not in book.SUBJECTS:
        raise SourceError(
            f"problems.source: the primer has no subject {subject!r}; it has {', '.join(sorted(book.SUBJECTS))}"
        )
    items = [
        item
        for item in book.SUBJECTS[subject]()
        if ids.split_of(ids.problem_id(wanted.source, item.prompt)) == wanted.split
    ]
    if wanted.count is not None and len(items) < wanted.count:
        raise SourceError(
            f"problems.count of {wanted.source} ({wanted.split}): {wanted.count} wanted, but the primer has only "
            f"{len(items)}; lower count"
        )
    random.Random(wanted.seed).shuffle(items)
    for item in items:
        yield Problem(
            source=wanted.source,
            prompt=item.prompt,
            answers=item.answers,
            verifier=wanted.verifier or ("text" if item.answers else "judge"),
            metadata=item.facts,
            domain=wanted.domain or subject,
            language=wanted.language,
            split=wanted.split,
            licence=wanted.licence or "Apache-2.0",
        )
