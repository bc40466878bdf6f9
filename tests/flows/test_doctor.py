"""``thoughtmill doctor``: what is here, what protects, and what is broken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from boxes import FAULTS

from filters.sandbox import probe
from flows import doctor

COMMAND = Path(sys.executable).with_name("thoughtmill")


def found(lines):
    return {line.part: line.found for line in lines}


def test_the_command_tells_programs_and_people(tmp_path):
    told = subprocess.run(
        [COMMAND, "doctor", "--lake", tmp_path, "--format", "json"], capture_output=True, text=True, check=True
    )
    rows = {row["part"]: row for row in json.loads(told.stdout)}
    assert {"python", "duckdb", "torch", "gpu", "bubblewrap", "landlock", "sandbox", "g++", "disk"} <= set(rows)
    assert not any(row["broken"] for row in rows.values())
    best = next((name for name, wrong in FAULTS.items() if wrong is None), None)
    assert rows["sandbox"]["found"].startswith(f"{best}: in force")
    table = subprocess.run([COMMAND, "doctor"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "in force" in table.stdout


def test_a_base_that_is_broken_ends_with_exit_1(tmp_path):
    (tmp_path / "duckdb.py").write_text("raise RuntimeError('half installed')")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[1:] = ['doctor']; " \
              "from flows.cli import main; main()"  # fmt: skip
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "not usable as it is: duckdb" in told.stderr
    assert "half installed" in " ".join(told.stdout.split())


def test_a_missing_extra_is_no_fault_and_comes_with_its_command(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: None)
    lines = list(doctor.extras(tmp_path))
    assert 'pip install "thoughtmill[train]"' in found(lines)["torch"]
    assert not any(line.broken for line in lines)


def test_a_missing_core_dependency_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: None if name == "polars" else "1")
    broken = [line for line in doctor.core(tmp_path) if line.broken]
    assert [(line.part, line.found) for line in broken] == [("polars", "not installed; pip install polars")]


def test_each_protection_is_told_with_its_reason(tmp_path, monkeypatch):
    monkeypatch.delenv(probe.CHOICE, raising=False)
    monkeypatch.setattr(probe, "fault", {"bubblewrap": "bwrap is not installed", "landlock": None}.get)
    lines = found(doctor.sandbox(tmp_path))
    assert lines["bubblewrap"] == "bubblewrap: bwrap is not installed"
    assert lines["landlock"].endswith(": holds")
    assert lines["sandbox"] == "landlock: in force"


@pytest.mark.parametrize(("unsafe", "said"), [("0", "programs are not run"), ("1", "limits only")])
def test_a_machine_without_protection_is_told_so(tmp_path, monkeypatch, unsafe, said):
    monkeypatch.setattr(probe, "fault", lambda name: "not here")
    monkeypatch.setenv(probe.UNSAFE, unsafe)
    assert said in found(doctor.sandbox(tmp_path))["sandbox"]


def test_a_full_disk_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "SCARCE", 1e30)
    (line,) = doctor.disk(tmp_path / "not" / "yet")
    assert line.broken
    assert str(tmp_path) in line.found
