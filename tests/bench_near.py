"""Near duplicates beside datasketch 2.0 and datatrove 0.10: python -m tests.bench_near [--documents 50000]

Prints the tables of docs/duplicates.md. All run in this one process, bound to one core, in turn, on the same documents
of made-up words. Some (a fifth for speed, half for F1) are copies of others with words replaced, of every similarity
from 0.5 to 1. Each goes from texts to pairs of near duplicates: ours compares word by word what its sketches suggest;
datasketch gets 5-grams of words from Python, in one batch for each document, and its LSH is asked for each; datatrove
runs its own two steps, signatures and buckets, as it does by default. Speed is the median over interleaved rounds. F1
is over all pairs of documents, against the exact Jaccard similarity of their sets of 5-grams.

    pip install --constraint constraints.txt -e '.[bench]'
"""

from __future__ import annotations

import argparse
import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS"), "1")

import logging
import re
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent / "support"))
from alike import documents, resembling

from filters.near import EXAMINED, Settings, Store, examine
from tests.bench import hardware

SEED = 20261124
ROUNDS = 3
THRESHOLD = 0.8
BATCH = 2048
PEERS = ("datasketch", "datatrove", "spacy")

Pairs = set[tuple[int, int]]
Finder = Callable[[Sequence[str], Path], Pairs]
"""Documents and a folder to work in -> pairs of their places, the lower first."""


def ours(texts: Sequence[str], folder: Path) -> Pairs:
    """The road of the deduplicate stage, without the lake."""
    content = pa.array(texts, pa.large_string())
    names = pa.array([f"{place:09d}" for place in range(len(texts))])

    def read(wanted: pa.Table) -> Iterator[pa.RecordBatch]:
        rows = wanted["id"].cast(pa.int64()).combine_chunks()
        chosen = content if len(rows) == len(content) else content.take(rows)
        for at in range(0, len(rows), BATCH):
            places = wanted["place"].combine_chunks().slice(at, BATCH)
            yield pa.record_batch({"place": places, "text": chosen.slice(at, BATCH)})

    settings = Settings(THRESHOLD)
    store = Store(folder, settings.hashes)
    edges = examine(store, settings, read, pa.table({"id": names}), EXAMINED.empty_table()).to_pylist()
    groups: dict[int, list[int]] = {}
    for row in edges:
        hub = row["against"] if row["reason"] == "equal" else row["id"]
        groups.setdefault(int(hub), []).append(int(row["id"]))
    found = {pair for group in groups.values() for pair in combinations(sorted(set(group)), 2)}
    for row in edges:
        if row["reason"] in ("resembles", "crowded"):
            found |= {ordered(a, b) for a in groups[int(row["id"])] for b in groups[int(row["against"])]}
    return found


def datasketch(texts: Sequence[str], folder: Path, verified: bool = False) -> Pairs:
    """MinHash of 128 permutations and MinHashLSH as its manual shows them; ``verified``: and pairs that its own
    estimate puts below the threshold are left out."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    sketches, found = [], set()
    for place, text in enumerate(texts):
        words = re.findall(r"\w+", text.lower())
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(words[at : at + 5]).encode() for at in range(max(1, len(words) - 4))])
        for other in lsh.query(sketch):
            if not verified or sketches[other].jaccard(sketch) >= THRESHOLD:
                found.add((other, place))
        lsh.insert(place, sketch)
        sketches.append(sketch)
    return found


def datatrove(texts: Sequence[str], folder: Path) -> Pairs:
    """Its signatures and its buckets, with the configuration it comes with: 14 buckets of 8 hashes, 5-grams of the
    words that spaCy finds. Pairs are those that share a bucket."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets, MinhashDedupSignature
    from xxhash import xxh64_intdigest

    config = MinhashConfig()
    signatures = MinhashDedupSignature(str(folder / "signatures"), config)
    # It hands xxhash strings, which version 4 (that of datasets) does not take any more: the same hash of their bytes.
    signatures._hash_func = lambda gram: xxh64_intdigest(gram.encode())
    signatures.run(Document(text=text, id=str(place)) for place, text in enumerate(texts))
    found: Pairs = set()
    for number in range(config.num_buckets):
        MinhashDedupBuckets(str(folder / "signatures"), str(folder / "pairs"), config=config).run(
            rank=number, world_size=config.num_buckets
        )
        chain: list[int] = []
        # Of those in one bucket each is written with the next.
        for _, one, _, other in struct.iter_unpack("<4I", (folder / "pairs" / f"{number:05d}_00.dups").read_bytes()):
            chain = [*chain, other] if chain and chain[-1] == one else [one, other]
            found |= {ordered(before, other) for before in chain[:-1]}
    return found


def datasketch_verified(texts: Sequence[str], folder: Path) -> Pairs:
    return datasketch(texts, folder, verified=True)


FINDERS: dict[str, Finder] = {
    "ours": ours,
    "datasketch": datasketch,
    "datasketch, and its estimate": datasketch_verified,
    "datatrove": datatrove,
}


def ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def timed(find: Finder, texts: Sequence[str]) -> tuple[float, Pairs]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        found = find(texts, Path(folder))
        return time.perf_counter() - began, found


def speed(texts: Sequence[str], rounds: int) -> None:
    """Documents a second, each finder in each round; the ratio is of one round's own two."""
    size = sum(map(len, texts)) / len(texts)
    print(f"\n{len(texts):,} documents of {size:,.0f} characters, medians of {rounds} interleaved rounds\n")
    names = [name for name in FINDERS if name != "datasketch, and its estimate"]
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            taken[name].append(timed(FINDERS[name], texts)[0])
    print("| | documents/s on one core | ours is so many times as fast |\n| --- | --- | --- |")
    for name, seconds in taken.items():
        ratio = statistics.median(other / own for own, other in zip(taken["ours"], seconds, strict=True))
        times = "" if name == "ours" else f"{ratio:.1f}"
        print(f"| {name} | {len(texts) / statistics.median(seconds):,.0f} | {times} |", flush=True)


def quality(texts: Sequence[str]) -> None:
    expected = set(resembling(dict(enumerate(texts)), THRESHOLD))
    print(f"\n{len(texts):,} documents, {len(expected):,} pairs of a Jaccard similarity of {THRESHOLD} and more\n")
    print("| | pairs | precision | recall | F1 |\n| --- | --- | --- | --- | --- |")
    for name, find in FINDERS.items():
        _, found = timed(find, texts)
        right = len(found & expected)
        precision, recall = right / max(1, len(found)), right / len(expected)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"| {name} | {len(found):,} | {precision:.4f} | {recall:.4f} | {f1:.4f} |", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--documents", type=int, default=50_000, help="for speed")
    options.add_argument("--checked", type=int, default=5_000, help="for F1")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    asked = options.parse_args()
    if missing := [name for name in PEERS if not find_spec(name)]:
        sys.exit(f"{missing[0]} is not installed: pip install --constraint constraints.txt -e '.[bench]'")
    from datatrove.utils.logging import logger

    logger.remove()  # it tells of every file
    logging.disable(logging.CRITICAL)
    machine = hardware()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    versions = ", ".join(f"{name} {version(name)}" for name in (*PEERS, "rensa"))
    print(f"{machine}, bound to one; {versions}")
    quality(documents(asked.checked, SEED))
    speed(documents(asked.documents, SEED + 1, copies=0.25), asked.rounds)


if __name__ == "__main__":
    main()
