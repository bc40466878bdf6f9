"""Decontaminate: which training problems hold questions of benchmarks, as verdicts: a row for each hit, one for a
clean problem.

A problem is examined once under the same benchmarks, thresholds and stop list. The stop list is made of the problems
there are when it is first needed, and kept until there are twice as many, so that a few more problems do not have all
the others examined anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from filters.contamination import benchmark, stoplist
from filters.contamination.examination import CHECK, EDITION, examine
from filters.contamination.index import Settings, joined
from filters.contamination.normalise import VERSION
from flows import benchmarks
from flows.recipe.stages import Decontaminate
from flows.run import Run, Shard
from warehouse import ids

BLOCK = 20_000


@dataclass(frozen=True)
class Exam:
    """What a shard is examined by: all of it lies in the lake, for whoever does the shard."""

    files: tuple[tuple[str, Path], ...]
    """(name, where it is kept) of the benchmarks."""
    stops: Path
    settings_hash: str = ""
    problems: tuple[str, ...] = ()


def pending(run: Run, stage: Decontaminate) -> list[Shard]:
    """The stop list, if it is not there; then training problems that were not examined."""
    if not run.scope.get("train"):
        return []
    files, stops = files_of(run, stage), stops_of(run, stage)
    if not stops.exists():
        return [Shard(stops.stem, min(len(run.scope["train"]), stoplist.SAMPLE), Exam(files, stops))]
    settings = settings_hash(run, stage)
    left = unseen(run, settings)
    blocks = [tuple(left[start : start + BLOCK]) for start in range(0, len(left), BLOCK)]
    return [Shard(f"{CHECK}-{ids.digest(b)}", len(b), Exam(files, stops, settings, b)) for b in blocks]


def work(run: Run, stage: Decontaminate, shard: Shard) -> dict[str, int]:
    exam: Exam = shard.content
    if not exam.problems:
        make_stoplist(run, stage, exam)
        run.progress.advance(shard.size)
        return {"sampled": shard.size}
    index = benchmarks.index_of(exam.files, exam.stops)
    rows = examine(prompts(run, exam.problems), index, settings_of(stage)).with_columns(
        check_name=pl.lit(CHECK),
        version=pl.lit(EDITION),
        settings_hash=pl.lit(exam.settings_hash),
        run_id=pl.lit(run.run_id),
    )
    run.lake.commit("verdicts", rows)
    leaky = rows.filter(pl.col("outcome") == "fail")
    clean = shard.size - leaky["problem_id"].n_unique()
    run.progress.advance(shard.size, accepted=clean, judged=shard.size)
    return {"verdicts": rows.height, "hits": leaky.height, "contaminated": shard.size - clean}


def settings_of(stage: Decontaminate) -> Settings:
    return Settings(stage.ngram, stage.coverage, stage.fuzzy or None, stage.common)


def settings_hash(run: Run, stage: Decontaminate) -> str:
    """Names everything that decides what is a hit: the benchmarks' content, thresholds, stop list, normaliser."""
    contents = [(name, benchmark.content_of(file)) for name, file in files_of(run, stage)]
    stops = stoplist.content_of(stops_of(run, stage))
    return ids.digest(EDITION, VERSION, contents, settings_of(stage).hash, stops)


def files_of(run: Run, stage: Decontaminate) -> tuple[tuple[str, Path], ...]:
    """(name, where it is kept) of the stage's benchmarks."""
    return tuple((name, benchmarks.kept(run, name)) for name in sorted(stage.benchmarks or run.recipe.benchmarks))


def stops_of(run: Run, stage: Decontaminate) -> Path:
    """Where the stop list is kept, for these benchmarks and a number of problems between two powers of two."""
    contents = sorted(str(benchmark.content_of(file)) for _, file in files_of(run, stage))
    entries = [entry.model_dump(mode="json", exclude={"count"}) for entry in run.recipe.problems]
    size = len(run.scope["train"]).bit_length()
    name = ids.digest(VERSION, stoplist.RULES, contents, stage.common, entries, size)
    return run.lake.path / "_marts" / f"stoplist-{name}.parquet"


def make_stoplist(run: Run, stage: Decontaminate, exam: Exam) -> None:
    questions = joined([benchmark.load(name, file).words for name, file in exam.files])
    sample = sorted(run.scope["train"], key=lambda problem: ids.digest("stoplist", problem))[: stoplist.SAMPLE]
    texts = prompts(run, sample)["prompt"]
    stoplist.stoplist(questions, texts, stage.common).save(exam.stops)


def unseen(run: Run, settings: str) -> list[str]:
    """Training problems without a verdict under these settings, in order."""
    scope = pl.DataFrame({"problem_id": run.scope["train"]}, schema={"problem_id": pl.String})
    with run.lake.connect(marks=False) as db:
        db.register("scope_frame", scope.to_arrow())
        found = db.execute(
            """SELECT problem_id FROM scope_frame SEMI JOIN problems USING (problem_id)
            WHERE problem_id NOT IN (
                SELECT problem_id FROM verdicts
                WHERE check_name = $check AND version = $version AND settings_hash = $settings)
            ORDER BY problem_id""",
            {"check": CHECK, "version": EDITION, "settings": settings},
        )
        return [row[0] for row in found.fetchall()]


def prompts(run: Run, problems: Sequence[str]) -> pl.DataFrame:
    """problem_id and prompt of some problems, in order."""
    with run.lake.connect(marks=False) as db:
        db.register("todo", pl.DataFrame({"problem_id": problems}, schema={"problem_id": pl.String}).to_arrow())
        return db.sql(
            "SELECT problem_id, prompt FROM problems SEMI JOIN todo USING (problem_id) ORDER BY problem_id"
        ).pl()
