"""Which weights a model name means: a folder, a checkpoint that ships with Thoughtmill, or a Hub repository."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse import ids
from warehouse.errors import ModelError

SHIPPED = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Weights:
    """A checkpoint on this machine and the id that names its content."""

    path: Path
    id: str


def fingerprint(folder: Path) -> str:
    """A hash over everything in a checkpoint that shapes its answers."""
    patterns = ("*.safetensors", "*.bin", "*config.json", "tokenizer*", "vocab*", "merges.txt", "*.model", "*.jinja")
    found = {file for pattern in patterns for file in folder.glob(pattern)}
    whole = hashlib.sha256()
    for file in sorted(found):
        with file.open("rb") as stream:
            whole.update(f"{file.name}:{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()[:20]


def here(path: str, folder: Path | None = None) -> Weights | None:
    """The checkpoint on this machine, or the shipped one, that a path means. Raises ModelError for a broken one."""
    for place in (*((folder / path,) if folder else ()), Path(path).expanduser(), SHIPPED / path):
        if (place / "config.json").exists():
            place = place.resolve()
            if not (place / "tokenizer_config.json").exists() and not (place / "tokenizer.json").exists():
                raise ModelError(f"{place} has a config.json but no tokenizer; save the tokenizer beside the weights")
            return Weights(place, fingerprint(place))
        if place.is_dir():
            raise ModelError(f"{place} is a folder without config.json; expected a Hugging Face checkpoint")
    return None


def served(path: str, revision: str | None = None, folder: Path | None = None, body: Any = None) -> Weights:
    """The weights behind a name that a server knows.

    Where they lie here as well they have the same id as here, so that a trace is the same whichever backend made it;
    else they are known by name and revision only. ``body``, what every request says besides, shapes answers as weights
    do: the id names it as well.
    """
    found = here(path, folder)
    known = found.id if found else f"{path}@{revision or 'served'}"
    return Weights(Path(path), f"{known}+{ids.digest(body)}" if body else known)


def resolve(path: str, revision: str | None = None, folder: Path | None = None, fetch: bool = True) -> Weights:
    """The weights behind a recipe's ``path``. Raises ModelError when there are none.

    A local folder comes first, then a shipped checkpoint, then the Hub; a Hub model is pinned to the commit found.
    Without ``fetch`` nothing is downloaded: of a Hub model that is not here only the id is known, and where the Hub
    does not answer not even its commit.
    """
    if found := here(path, folder):
        return found
    shipped = ", ".join(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir())) if SHIPPED.exists() else "none"
    nowhere = f"no model {path!r}: no such folder, not shipped (shipped: {shipped})"
    if path.startswith((".", "/", "~")) or path.count("/") > 1:
        raise ModelError(nowhere)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        if not fetch:
            return looked_up(path, revision)
        local = Path(snapshot_download(path, revision=revision))
    except (HfHubHTTPError, LocalEntryNotFoundError, HFValidationError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{nowhere}, and the Hub does not give it: {reason}") from error
    return Weights(local, f"{path}@{local.name}")


def looked_up(path: str, revision: str | None) -> Weights:
    """A Hub model as the Hub knows it, or else the copy of it on this machine."""
    import httpx2
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Weights(Path(path), f"{path}@{HfApi().model_info(path, revision=revision, timeout=10).sha}")
    except (httpx2.TransportError, OfflineModeIsEnabled):
        try:
            local = Path(snapshot_download(path, revision=revision, local_files_only=True))
        except LocalEntryNotFoundError:
            return Weights(Path(path), f"{path}@unknown")
        return Weights(local, f"{path}@{local.name}")
