"""``grade``: judge answers that somebody else generated, however many, in memory that does not grow with them.

The file is looked at as a whole before anything is judged, so that what cannot be read is said at once. Then opinions
are made a part at a time, each on disk before the next, and at the end the rows are written anew beside their opinions.
A run that was killed goes on after its last whole part.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from filters import verifiers
from filters.answers import DEADLINE, findings
from filters.checks.answer import answer
from filters.grading.look import check_names, look
from filters.grading.opinions import Pace, gathered, opinions
from filters.grading.parts import Parts, durably, parts_of, refuse_taken
from filters.grading.rows import Columns, Reader
from filters.grading.summary import Summary
from filters.grading.writing import ADDED, Writer
from filters.pool import cores
from warehouse import files
from warehouse.errors import BadInput, RunFailed, plain
from warehouse.files import Parquet, Unchanged
from warehouse.watch import Nobody, Watch


def grade(
    file: Path | str,
    out: Path | str,
    verifier: str = "math",
    columns: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
    against: str | None = None,
    prefix: str = "",
    form: str = "auto",
    answer_form: str | None = None,
    deadline: float = DEADLINE,
    workers: int | None = None,
    watch: Watch | None = None,
) -> Summary:
    """Write the rows of ``file`` (.jsonl or .parquet) to ``out`` with outcome, reason, extracted, tier and elapsed_ms.

    ``verifier`` decides rows that name none, or your own by ``path.py:name``. ``columns`` says which column holds
    response, answer, verifier and spec, where they go by other names; ``spec`` is what rows without an own word say.
    ``against`` names a column of labels to compare with. ``prefix`` goes before the names of the five columns.
    ``form``, ``deadline`` (seconds for one answer) and ``workers`` are those of filters.answers.findings;
    ``answer_form`` says where in a right answer that is a whole solution the answer stands.

    Raises BadInput, before anything is judged, for what cannot be read or understood, and RunFailed where it had to
    stop midway: the same call then goes on where it was. ``out`` is there whole or not at all.
    """
    file, out, watch = Path(file), Path(out), watch or Nobody()
    reader = Reader(Columns.of(columns or {}), verifier, spec or {}, against, answer_form)
    verifiers.get(verifier)
    judge = partial(findings, form=form, deadline=deadline, folder=Path.cwd(), workers=workers)
    judge((), (), form=answer_form or form)
    judge((), ())  # says what is wrong with the settings, before anything is read
    if verifier == "judge":
        raise BadInput(
            "verifier judge: a model decides there, which grade does not ask; name a verifier that is a rule"
        )
    check_out(file, out)
    source = files.read(file)
    names = [prefix + name for name in ADDED]
    if isinstance(source, Parquet):
        check_names(source.path, source.schema.names, reader, names)
    watch.say(f"looking at {file}")
    unchanged = Unchanged(file)
    asked = {
        "input": f"{unchanged.began[0]:,} bytes of sha256 {unchanged.sha256}",
        "columns": asdict(reader.columns),
        "verifier": verifier,
        "code": code_of(verifier),
        "spec": reader.spec,
        "against": against,
        "prefix": prefix,
        "form": form,
        "answer_form": answer_form,
        "deadline": deadline,
        "version": answer.version,
    }
    summary = Summary(str(file), str(out), prefix, against=against)
    with parts_of(out, asked) as parts, kept(parts, unchanged):
        facts = parts.facts or look(source, reader, names)
        writer = Writer(source, out.suffix)
        if not parts.facts:
            unchanged.check()
            parts.found(facts, asked)
        summary.listed = facts["listed"]
        for part in parts:
            summary.add(part)
        before = parts.done
        if before:
            watch.say(f"{before:,} of {facts['rows']:,} rows are judged already")
        pace = Pace(workers or cores())
        with watch.stage(f"grade {file.name}", facts["rows"] - before):
            began = time.monotonic()
            for rows in gathered(source, reader, before, pace):
                part = opinions(rows, judge, facts["listed"])
                unchanged.check()
                parts.add(part)
                passed, responses = summary.outcomes["pass"], summary.responses
                summary.add(part)
                pace.took(len(rows))
                summary.judged, summary.seconds = parts.done - before, time.monotonic() - began
                watch.advance(
                    len(rows),
                    summary.outcomes["pass"] - passed,
                    summary.responses - responses,
                    note=f"{summary.judged / summary.seconds:,.0f} rows/s",
                )
        if not parts.files:
            parts.add(opinions([], judge, False))
        with watch.stage(f"write {out.name}", summary.rows), durably(out, parts.folder) as draft:
            writer.write(draft, parts, prefix, watch.advance)
            unchanged.check()
        parts.remove()
    return summary


def check_out(file: Path, out: Path) -> None:
    if out.suffix not in files.FORMS:
        raise BadInput(f"{out}: ends in {out.suffix!r}; expected {' or '.join(files.FORMS)}")
    if not out.parent.is_dir():
        raise BadInput(f"{out}: no folder {out.parent}")
    if out.is_dir():
        raise BadInput(f"{out}: a folder; expected the name of a file")
    if out.exists() and file.exists() and out.samefile(file):
        raise BadInput(f"{out} is the file to be graded; name another one")
    refuse_taken(out)  # at once: a large file takes its time to be looked at


def code_of(verifier: str) -> str | None:
    """What tells one version of the user's own verifier from another."""
    file = Path(verifier.rpartition(":")[0])
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.suffix == ".py" else None


@contextmanager
def kept(parts: Parts, unchanged: Unchanged) -> Iterator[None]:
    """Says, where it had to stop midway, why, and that what was judged stays."""
    try:
        yield
    except (BadInput, RunFailed, OSError) as error:
        if not parts.facts:
            raise
        why: Exception = plain(error, parts.folder)
        try:
            unchanged.check()
        except RunFailed as changed:
            why = changed  # whatever else went wrong did so because of that
        if isinstance(why, BadInput):
            raise
        told = f"{why.strerror}: {why.filename}" if isinstance(why, OSError) and why.strerror else str(why)
        raise RunFailed(
            f"{told}; what was judged stays in {parts.folder}, the same command goes on from there"
        ) from error
