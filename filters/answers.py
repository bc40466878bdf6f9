"""Answers: from completions and their keys to findings, in order. The check ``answer``, grading and rewards share it.

What a completion gives as its answer is read here (filters/extraction.py); whether it is right is decided by the
verifier that the key names, in a process that can be killed (filters/pool.py). The same answer to the same problem is
judged once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from filters import verifiers
from filters.extraction import FORMS, MOST, Final
from filters.finding import Finding
from filters.pool import Job, shared
from filters.verify import Key, answer_of, how
from warehouse.errors import BadInput

DEADLINE = 5.0
"""Seconds for one answer, where its verifier does not say."""
SHOWN = 500
"""Characters of an answer that a finding shows."""
REASONS = ("no_key", "no_answer", "ambiguous", "unusable_key", "timeout", "memory", "crash")
"""What may become of an answer, whatever its verifier says."""


def findings(
    completions: Sequence[str | None],
    keys: Sequence[Key | None],
    deadline: float = DEADLINE,
    form: str = "auto",
    folder: Path | None = None,
    workers: int | None = None,
) -> list[Finding]:
    """A finding for each completion by its key, in order: (n,) and (n,) -> (n,).

    Keys of the same ``key_id`` are taken for the same. ``form`` is how answers are written, one of extraction.FORMS; a
    verifier with answers of its own kind (a program) does not ask. In ``detail``: ``extracted``, ``span`` (character
    offsets into the completion), ``form``, and the verifier's ``tier``. Raises BadInput for an unknown verifier or
    form, RunFailed where no worker can be started.
    """
    if form not in FORMS:
        raise BadInput(f"form {form!r}: expected one of {', '.join(FORMS)}")
    found: list[Finding | None] = [None] * len(completions)
    finals: dict[int, Final] = {}
    problems: dict[str, dict[str, None]] = {}  # the different answers to each, in order
    known: dict[str, Key] = {}
    for place, (completion, key) in enumerate(zip(completions, keys, strict=True)):
        if key is None:
            found[place] = Finding.undecided("no_key")
            continue
        final = answer_of(verifiers.get(key.verifier, folder), completion or "", form, key.lines)
        if not final.answers:
            found[place] = Finding.fail("no_answer", why=final.why)
        elif len(final.answers) > MOST:
            found[place] = Finding.fail("ambiguous", **shown(final), answers=len(final.answers))
        else:
            finals[place] = final
            known.setdefault(key.key_id, key)
            problems.setdefault(key.key_id, {}).update(dict.fromkeys(final.answers))
    jobs = [job(known[key_id], tuple(answers), deadline, folder) for key_id, answers in problems.items()]
    judged = shared(workers).judge(jobs)
    decided = {
        (job.key.key_id, answer): finding
        for job, of_job in zip(jobs, judged, strict=True)
        for answer, finding in zip(job.answers, of_job, strict=True)
    }
    for place, final in finals.items():
        key = keys[place]
        assert key is not None
        found[place] = together([decided[key.key_id, answer] for answer in final.answers], final)
    return [finding for finding in found if finding is not None]


def job(key: Key, answers: tuple[str, ...], deadline: float, folder: Path | None) -> Job:
    of_key = how(verifiers.get(key.verifier, folder)).seconds
    return Job(key, answers, (of_key and of_key(key)) or deadline, str(folder) if folder else None)


def together(opinions: list[Finding], final: Final) -> Finding:
    """What is found of all that a completion gives as its answer: right only where each of them is."""
    last = opinions[-1]
    outcomes = {one.outcome for one in opinions}
    if len(outcomes) > 1 and "undecided" not in outcomes:
        last = Finding.fail("ambiguous", says=f"{len(opinions)} different answers, some right and some wrong")
    elif len(outcomes) > 1:
        last = next(one for one in opinions if one.outcome == "undecided")
    return replace(last, detail=last.detail | shown(final))


def shown(final: Final) -> dict[str, Any]:
    """What of a completion was taken for its answer."""
    return {"extracted": final.answers[-1][:SHOWN], "span": final.span, "form": final.form}
