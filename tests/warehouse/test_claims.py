import subprocess
import sys

import pytest

from warehouse.claims import building, claim

HOLDER = """
import sys
from pathlib import Path
from warehouse.claims import claim
with claim(Path(sys.argv[1]), "shard-1") as ours:
    print(ours, flush=True)
    sys.stdin.readline()
"""


def test_a_shard_is_ours_until_we_let_go(tmp_path):
    for _ in range(2):
        with claim(tmp_path, "shard-1") as ours:
            assert ours
            with claim(tmp_path, "shard-1") as twice, claim(tmp_path, "shard-2") as other:
                assert (twice, other) == (False, True)


def test_a_claim_of_another_process_holds_until_that_process_dies(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "True\n"
        with claim(tmp_path, "shard-1") as ours:
            assert not ours
    finally:
        holder.kill()
        holder.communicate()
    with claim(tmp_path, "shard-1", wait=True) as ours:
        assert ours


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "models" / "student"

    def break_off():
        with building(tmp_path, folder) as draft:
            (draft / "half").touch()
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        break_off()
    assert list(folder.parent.iterdir()) == []
    with building(tmp_path, folder) as draft:
        (draft / "whole").touch()
        assert not folder.exists()
    assert [file.name for file in folder.iterdir()] == ["whole"]


def test_the_first_folder_stays_and_what_a_killed_process_left_goes(tmp_path):
    folder = tmp_path / "models" / "student"
    for number in range(2):
        (folder.parent / ".student").mkdir(parents=True)
        (folder.parent / ".student" / "remains").touch()
        with building(tmp_path, folder) as draft:
            (draft / str(number)).touch()
    assert [file.name for file in folder.iterdir()] == ["0"]
    assert [file.name for file in folder.parent.iterdir()] == ["student"]
