"""Problems into the lake, with their answer keys, which are tried once (flows/stages/keys.py)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import polars as pl

from flows.recipe.parts import Problems
from flows.recipe.stages import Release
from flows.run import Run, Shard
from flows.stages import keys
from generators.sources import Problem, Skipped, Wanted
from generators.sources import problems as problems_of
from warehouse import ids
from warehouse.errors import BadInput
from warehouse.lake.place import write_atomically

BLOCK = 20_000
BLOCK_BYTES = 100_000_000
"""A problem's tests may be a megabyte, so a block ends at what it holds as well."""


def pending(run: Run, entries: tuple[Problems, ...]) -> list[Shard]:
    """Entries to be read, then answer keys to be tried."""
    return unread(run, entries) or keys.pending(run)


def unread(run: Run, entries: tuple[Problems, ...]) -> list[Shard]:
    """One shard per ``[[problems]]`` entry that has not been read as it stands now, answer keys included.

    Raises BadInput for a problem that stands in train and in test, and for a stage that names a domain of none.
    """
    with run.lake.connect(marks=False) as db:
        current = set(db.execute("SELECT problem_id, key_id FROM current_keys").fetchall())
        down = {row[0] for row in db.execute("SELECT problem_id FROM takedowns WHERE trace_id IS NULL").fetchall()}
    shards, scope = [], {"train": {}, "test": {}}  # type: ignore[var-annotated]  # dictionaries as ordered sets
    for entry in entries:
        if entry.source.startswith("import/"):
            scope[entry.split] |= dict.fromkeys(imported(run, entry))
            continue
        name = "problems-" + ids.digest(entry.model_dump(), content_of(run, entry))
        known = listed(run.lake.path / "_scope" / f"{name}.json")
        if known is not None:
            known = [(problem, key) for problem, key in known if problem not in down]
        if known is None or not current.issuperset(known):
            shards.append(Shard(name, entry.count or 1, entry))
        else:
            scope[entry.split] |= dict.fromkeys(problem for problem, _ in known)
    both = scope["train"].keys() & scope["test"].keys()
    if both:
        raise BadInput(
            f"problems: {len(both)} problems stand in train and in test, {min(both)} for one; nobody may be examined "
            "on what was taught, so leave them out of one"
        )
    run.scope = {split: list(found) for split, found in scope.items()}
    if not shards:
        look_for_domains(run)
    return shards


def look_for_domains(run: Run) -> None:
    """Raises BadInput for a stage that names a domain which none of its problems has."""
    there: dict[str, set[str]] = {}
    with run.lake.connect(marks=False) as db:
        for split, problems in run.scope.items():
            db.register(
                "scope_frame", pl.DataFrame({"problem_id": problems}, schema={"problem_id": pl.String}).to_arrow()
            )
            found = db.execute(
                "SELECT DISTINCT domain FROM problems SEMI JOIN scope_frame USING (problem_id) WHERE domain IS NOT NULL"
            ).fetchall()
            there[split] = {row[0] for row in found}
    splits = {"evaluate": ("test",), "judge": ("train", "test")}
    for number, stage in enumerate(run.recipe.stages):
        known = set().union(*(there[split] for split in splits.get(stage.do, ("train",))))
        named = {"domains": getattr(stage, "domains", ())}
        if isinstance(stage, Release):
            named = {"quotas.domain": stage.quotas.domain}
        for key, domains in named.items():
            if unknown := sorted(set(domains) - known):
                raise BadInput(
                    f"stages[{number}].{key} ({stage.do}): no problem has the domain {', '.join(unknown)}; expected "
                    f"{', '.join(sorted(known)) or 'none, since there are none'} (a problem keeps the domain that it "
                    "came into the lake with)"
                )


def listed(file: Path) -> list[tuple[str, str]] | None:
    """(problem, answer key) ids that an entry gave when it was read; None when it has to be read (again)."""
    try:
        return [(problem, key) for problem, key in json.loads(file.read_text())] or None
    except (OSError, ValueError, TypeError):  # not there, or damaged: it can be made anew
        return None


def imported(run: Run, entry: Problems) -> list[str]:
    """Problems that came with other people's traces: ``source = "import/FILE"``, FILE without its suffix."""
    with run.lake.connect(marks=False) as db:
        query = "SELECT problem_id FROM problems WHERE source = ? AND split = ? ORDER BY problem_id"
        found = [row[0] for row in db.execute(query, [entry.source, entry.split]).fetchall()]
    if not found:
        raise BadInput(
            f"problems.source: the lake holds no {entry.split} problems of {entry.source}; import them first"
        )
    return found[: entry.count]


def work(run: Run, entries: tuple[Problems, ...], shard: Shard) -> dict[str, int]:
    """Read one entry, or try some of the keys."""
    return keys.work(run, shard) if shard.name.startswith("keys-") else read(run, shard)


def read(run: Run, shard: Shard) -> dict[str, int]:
    """Read one entry; commit problems that are new and answer keys that are new or corrected.

    Rows that give no problem are counted by reason, as ``skipped_REASON``.
    """
    entry: Problems = shard.content
    wanted = Wanted(**entry.model_dump(), folder=run.recipe.base)
    found: list[tuple[str, str]] = []
    block: list[Problem] = []
    held = 0
    counts = {"problems": 0, "new": 0, "keys": 0}
    skipped: Counter[str] = Counter()
    first: dict[str, str] = {}
    for problem in problems_of(wanted):
        if isinstance(problem, Skipped):
            skipped[problem.reason] += 1
            first.setdefault(problem.reason, problem.where)
            continue
        found.append((problem.problem_id, key_of(problem)))
        block.append(problem)
        held += len(spec_of(problem) or "")
        if len(block) == BLOCK or held >= BLOCK_BYTES:
            commit(run, block, counts)
            block, held = [], 0
        run.progress.advance(1)
    commit(run, block, counts)
    for reason, count in skipped.most_common():
        run.progress.say(f"{entry.source}: {count:,} rows left out as {reason}, first {first[reason]}")
    if not found:
        raise BadInput(f"problems: {entry.source} {entry.path or ''} holds no problem")
    folder = run.lake.path / "_scope"
    folder.mkdir(exist_ok=True)
    write_atomically(folder / f"{shard.name}.json", json.dumps(found))
    return counts | {f"skipped_{reason}": count for reason, count in sorted(skipped.items())}


def spec_of(problem: Problem) -> str | None:
    return json.dumps(problem.spec, ensure_ascii=False, default=str) if problem.spec else None


def key_of(problem: Problem) -> str:
    return ids.key_id(problem.problem_id, problem.answers, problem.verifier, spec_of(problem))


def commit(run: Run, block: list[Problem], counts: dict[str, int]) -> None:
    if not block:
        return
    counts["problems"] += len(block)
    counts["new"] += run.lake.commit(
        "problems",
        [
            {
                "problem_id": problem.problem_id,
                "source": problem.source,
                "domain": problem.domain,
                "prompt": problem.prompt,
                "messages": [{"role": r, "content": c} for r, c in problem.messages] if problem.messages else None,
                "language": problem.language,
                "split": problem.split,
                "licence": problem.licence,
                "metadata": json.dumps(problem.metadata, ensure_ascii=False, default=str),
            }
            for problem in block
        ],
    )
    with run.lake.connect(marks=False) as db:
        current = dict(db.execute("SELECT problem_id, key_id FROM current_keys").fetchall())
    fresh = []
    for problem in block:
        key = key_of(problem)
        if current.get(problem.problem_id) != key:
            fresh.append(
                {
                    "key_id": key,
                    "problem_id": problem.problem_id,
                    "answers": list(problem.answers),
                    "verifier": problem.verifier,
                    "spec": spec_of(problem),
                }
            )
    if fresh:
        counts["keys"] += run.lake.commit("answer_keys", fresh)


def content_of(run: Run, entry: Problems) -> str | None:
    """Hash of a local file's content, so that an edited file is read again."""
    if not entry.path:
        return None
    for base in (run.recipe.base, Path.cwd()):
        file = (base or Path()) / entry.path
        if file.is_file():
            with file.open("rb") as content:
                return hashlib.file_digest(content, "sha256").hexdigest()
        if file.is_dir():
            parts = [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in sorted(file.rglob("*")) if f.is_file()]
            return ids.digest(parts)
    return None
