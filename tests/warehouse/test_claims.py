import subprocess
import sys

from warehouse.claims import claim

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
