"""``thoughtmill doctor``: what is installed here and what is in force, a line for each thing.

A line is a function that gives a Line; it is in LINES, and that is all there is to adding one.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OLDEST = (3, 11)
CORE = {
    "polars": "frames", "pyarrow": "Parquet", "duckdb": "sql", "deltalake": "the lake", "pydantic": "recipes",
    "prefect": "flows", "reasoning-gym": "puzzles", "datasets": "Hub datasets", "huggingface-hub": "models by Hub name",
}  # fmt: skip
"""Distributions that nothing works without, and what for. Their modules are loaded: one may be there and broken."""
LOADED = ("polars", "pyarrow", "duckdb", "deltalake", "pydantic")
"""Those that load fast enough for that."""
EXTRAS = {
    "torch": ("models", "train"), "transformers": ("the embedded teacher", "train"), "trl": ("training", "train"),
    "vllm": ("the vLLM teacher", "vllm"), "ray": ("runs on a cluster", "ray"),
}  # fmt: skip
SCARCE = 1e9
"""Bytes free below which a lake has no room."""


@dataclass(frozen=True)
class Line:
    """One thing that was looked at."""

    part: str
    use: str
    found: str
    broken: bool = False
    """Whether the base cannot do without it."""


def examine(lake: Path) -> list[Line]:
    """All there is to say about this installation and a lake's folder."""
    return [line for look in LINES for line in look(lake)]


def as_rows(lines: list[Line]) -> list[dict[str, Any]]:
    """For a table or JSON."""
    rows = [asdict(line) for line in lines]
    return [{"part": row["part"], "for": row["use"], "found": row["found"], "broken": row["broken"]} for row in rows]


def python(lake: Path) -> Iterator[Line]:
    found = f"{platform.python_version()} at {sys.executable}"
    old = sys.version_info < OLDEST
    yield Line("python", "everything", f"{found}{'; 3.11 or newer is needed' if old else ''}", old)


def core(lake: Path) -> Iterator[Line]:
    for name, use in CORE.items():
        found = version(name)
        broken = None if found else f"not installed; pip install {name}"
        if found and name in LOADED:
            try:
                importlib.import_module(name)
            except Exception as error:  # noqa: BLE001 - whatever keeps it from loading is what is to be told
                broken = f"{found}, but does not load: {type(error).__name__}: {error}"[:300]
        yield Line(name, use, broken or str(found), broken is not None)


def extras(lake: Path) -> Iterator[Line]:
    for name, (use, extra) in EXTRAS.items():
        found = version(name) or version(f"{name}-cpu")  # vLLM's CPU build goes by its own name
        yield Line(name, use, found or f'not installed; pip install "thoughtmill[{extra}]"')


def gpu(lake: Path) -> Iterator[Line]:
    """Asked of the driver, not of torch, which takes seconds to load."""
    ask = shutil.which("nvidia-smi")
    found = ""
    if ask:
        with suppress(OSError, subprocess.SubprocessError):
            query = [ask, "--query-gpu=name,memory.total", "--format=csv,noheader"]
            found = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    names = "; ".join(line.strip() for line in found.splitlines() if line.strip())
    yield Line("gpu", "models of size", names or "none")


def sandbox(lake: Path) -> Iterator[Line]:
    """Each protection, tried; and what that means for programs."""
    from filters.sandbox import NoSandbox, in_force, landlock, probe

    for name in probe.PROTECTIONS:
        wrong = probe.fault(name)
        said = f"landlock abi {landlock.version()}" if name == "landlock" and landlock.version() else name
        yield Line(name, "programs, in a sandbox", f"{said}: {'holds' if wrong is None else wrong}")
    try:
        best = in_force()
        found = f"{best}: in force"
        if best == "rlimits":
            found = f"none: {probe.UNSAFE}=1 runs programs with limits only"
    except NoSandbox:
        found = "none: programs are not run, their verdicts are undecided (no_sandbox)"
        if sys.platform == "linux":
            found += f", unless {probe.UNSAFE}=1"
    yield Line("sandbox", "programs", found)


def compiler(lake: Path) -> Iterator[Line]:
    from filters.sandbox.probe import compiler as place

    path = place()
    found = "not installed; apt install g++"
    if path:
        with suppress(OSError, subprocess.SubprocessError):
            told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
            found = told.partition("\n")[0]
    yield Line("g++", "programs in C++", found)


def disk(lake: Path) -> Iterator[Line]:
    if str(lake).startswith("s3:"):  # of a lake in a bucket there is a workspace here
        from warehouse.lake.place import place_of  # not above: what it needs may be what is broken

        lake = place_of(lake).path
    folder = lake.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    said = f"{free / 1e9:.0f} GB free in {folder}{'' if writable else ', which cannot be written to'}"
    yield Line("disk", "the lake", said, not writable or free < SCARCE)


def version(name: str) -> str | None:
    """Of an installed distribution; None if it is not."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


LINES: tuple[Callable[[Path], Iterator[Line]], ...] = (python, core, extras, gpu, sandbox, compiler, disk)
