"""The house keeps its walls."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "warehouse": {"warehouse"},
    "generators": {"warehouse", "generators"},
    "filters": {"warehouse", "filters"},
    "trainers": {"warehouse", "trainers"},
    "flows": {"warehouse", "generators", "filters", "trainers", "flows"},
}
HEAVY = {"torch", "vllm", "trl", "prefect", "prefect_ray", "ray", "datasets", "transformers", "reasoning_gym", "sympy"}


def imports(file, top_level_only=False):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def files(room):
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_run_one_way(room):
    found = {(file.name, name) for file in files(room) for name in imports(file) if name in MAY_IMPORT}
    assert {name for _, name in found} <= MAY_IMPORT[room], found


@pytest.mark.parametrize("room", ["warehouse", "generators", "filters", "trainers"])
def test_only_flows_knows_prefect_and_ray(room):
    assert not [file.name for file in files(room) if {"prefect", "prefect_ray", "ray"} & set(imports(file))]


def test_heavy_libraries_are_imported_where_they_are_needed():
    # These build on a heavy library's classes or decorators; the files themselves are imported late.
    late = {
        ROOT / "flows/prefect_flow.py",
        ROOT / "generators/teachers/healing.py",
        ROOT / "generators/teachers/sampling.py",
        ROOT / "generators/teachers/slots.py",
        ROOT / "trainers/muon.py",
    }
    found = {
        (str(file.relative_to(ROOT)), name)
        for room in MAY_IMPORT
        for file in files(room)
        if file not in late
        for name in imports(file, top_level_only=True)
        if name in HEAVY
    }
    assert not found


@pytest.mark.parametrize("module", ["flows.cli", "warehouse.lake", "flows.recipe"])
def test_the_command_and_the_lake_load_without_heavy_libraries(module):
    code = f"import sys, {module}; print(sorted(set(sys.modules) & {HEAVY!r}))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_command_ignores_a_flows_folder_of_the_users(tmp_path):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "__init__.py").write_text("raise RuntimeError('not yours')")
    (tmp_path / "flows" / "cli.py").write_text("raise RuntimeError('not yours')")
    command = Path(sys.executable).with_name("thoughtmill")
    told = subprocess.run([command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "problems, traces, verdicts" in " ".join(told.stdout.split())
