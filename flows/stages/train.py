"""Train: a release becomes a checkpoint in the lake's models/, known by what it was made from."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from pathlib import Path

from flows.recipe.stages import Train
from flows.run import Run, Shard
from flows.stages.release import taught
from trainers import scratch, sft
from warehouse import ids
from warehouse.claims import building
from warehouse.errors import RecipeError, RunFailed
from warehouse.lake.place import write_atomically


def pending(run: Run, stage: Train) -> list[Shard]:
    left = []
    for one in stage.students:
        folder = checkpoint(run, one)
        if (folder / "training.json").exists():
            run.trained[one.produces] = folder
        else:
            left.append(Shard(folder.name, 1, (one, folder)))
    return left


def checkpoint(run: Run, stage: Train) -> Path:
    """Where the checkpoint belongs: its name covers release, starting weights and settings."""
    start = run.weights(stage.model).id if stage.model else "scratch"
    words = [release_of(run, name).release_id for name in stage.vocabulary]
    settings = stage.model_dump(exclude={"do", "model", "release", "vocabulary", "produces", "seeds"})
    key = ids.digest(release_of(run, stage.release).release_id, start, words, settings)
    return run.lake.path / "models" / f"{stage.produces}-{key[:8]}"


def release_of(run: Run, name: str | None):  # noqa: ANN201 - a release plan
    if not run.releases:
        raise RecipeError("train: no release stage comes before it; add one, or name an earlier lake's release")
    if name is None:
        return list(run.releases.values())[-1]
    if name not in run.releases:
        raise RecipeError(f"train.release: no release named {name!r}; expected one of {', '.join(run.releases)}")
    return run.releases[name]


def work(run: Run, stage: Train, shard: Shard) -> dict[str, int]:
    student: Train
    student, folder = shard.content
    with building(run.lake.path, folder) as draft:
        if not (folder / "training.json").exists():  # another run may have been first
            run.release_models()
            train(run, student, draft)
    trained = json.loads((folder / "training.json").read_text())
    run.trained[student.produces] = folder
    run.progress.advance(1)
    return {name: trained[name] for name in ("rows", "dropped_too_long", "steps", "loss")}


def train(run: Run, stage: Train, draft: Path) -> None:
    release = release_of(run, stage.release)
    rows = taught(run, release.name)
    settings = sft.SFTSettings(
        learning_rate=stage.learning_rate,
        epochs=stage.epochs,
        batch_size=stage.batch_size,
        batch_tokens=stage.batch_tokens,
        max_tokens=stage.max_tokens,
        precision=stage.precision,
        optimizer=stage.optimizer,
        seed=stage.seed,
        mask=stage.mask,
        tokens=stage.tokens,
    )

    def report(state: dict[str, float]) -> None:
        step = f"step {state['step']}/{state['steps']}, loss {state['loss']:.3f}"
        run.progress.advance(0, note=step)

    try:
        start = run.weights(stage.model).path if stage.model else blank(run, stage, draft / "blank")
        trained = sft.train(rows, start, draft, settings, report)
        shutil.rmtree(draft / "blank", ignore_errors=True)
        shutil.rmtree(draft / "trainer", ignore_errors=True)
    except sft.TrainingError as error:
        raise RunFailed(f"train ({stage.produces}): {error}") from error
    write_atomically(draft / "training.json", json.dumps({"release": release.release_id, **trained}, indent=2))


def blank(run: Run, stage: Train, out: Path) -> Path:
    """A fresh checkpoint whose tokenizer knows the wording of the releases named in ``vocabulary``."""
    unknown = set(stage.architecture) - set(scratch.Architecture.__dataclass_fields__)
    if unknown:
        expected = ", ".join(scratch.Architecture.__dataclass_fields__)
        raise RecipeError(f"train.architecture: unknown {', '.join(sorted(unknown))}; expected {expected}")
    names = stage.vocabulary or (release_of(run, stage.release).name,)
    # Twenty thousand chats of a release say all its phrases.
    texts = [m["content"] for name in names for chat, _ in islice(taught(run, name), 20_000) for m in chat]
    return scratch.create(texts, out, scratch.Architecture(**stage.architecture), stage.seed)
