"""The shipped recipe, r1-800k.toml, for a bulk lake: quotas to scale, and a benchmark that needs no network."""

from __future__ import annotations

from pathlib import Path

from bulk.domains import DOMAINS
from flows.recipe import Recipe
from flows.recipe.file import load

RECIPE = "r1-800k.toml"


def quotas(traces: int) -> dict[str, int]:
    """Rows of each domain that a release of such a lake takes: three of reasoning to one of anything else."""
    return {domain.name: round(domain.quota * traces) for domain in DOMAINS}


def overrides(traces: int, benchmark: Path) -> tuple[str, str]:
    """What ``--set`` has to say."""
    domains = ", ".join(f'"{name}" = {count}' for name, count in quotas(traces).items())
    planted = f'{{ path = "{benchmark}", columns = {{ question = "question", id = "id" }} }}'
    return f"release.quotas={{ domain = {{ {domains} }} }}", f"benchmarks={{ planted = {planted} }}"


def recipe(traces: int, benchmark: Path, *more: str) -> Recipe:
    """The recipe that is made of it; ``more`` are further overrides."""
    return load(RECIPE, (*overrides(traces, benchmark), *more))
