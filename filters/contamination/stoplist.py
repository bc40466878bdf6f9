"""What so many questions say that it tells nothing: let's think step by step, put your final answer within \\boxed{}.

Three lists make one: phrases that ship (boilerplate.txt; those of one word, Question and Answer, are labels), runs of
eight words that stand in several questions of the benchmarks, and runs of eight words that stand in more than a share
of the problems. A word inside such a run weighs nothing; a character of a script without spaces weighs half a word.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from filters.contamination.grams import Runs, covered
from filters.contamination.normalise import IS_CHARACTER, Words, words
from warehouse import ids
from warehouse.lake.place import write_atomically

GRAM = 8
"""Words of a run."""
QUESTIONS = 5
"""Different questions of the benchmarks that share a run of eight from which on it is boilerplate."""
PROBLEMS = 20
"""Problems that have to share it at least, whatever the share: a leak may stand in several."""
SAMPLE = 10_000
"""Problems, drawn by their ids, among which runs are counted."""
ENDS = 2_000
"""Characters at the head of a problem, and at its tail, that are looked at for it."""
SHIPPED = Path(__file__).with_name("boilerplate.txt")
RULES = ids.digest(GRAM, QUESTIONS, PROBLEMS, SAMPLE, ENDS, SHIPPED.read_text(encoding="utf-8"))
"""Names how a list is made."""


@dataclass(frozen=True)
class Stoplist:
    """Runs of words that tell nothing. ``runs``: by length, hashes in order; ``told``: the derived ones, to read."""

    runs: Mapping[int, np.ndarray]
    told: pl.DataFrame = field(repr=False)

    def silent(self, flat: np.ndarray, starts: np.ndarray, labels: bool = False) -> np.ndarray:
        """(n_words,) bool: whether a word lies in a run that tells nothing; with ``labels``, or is a label itself."""
        runs = Runs(flat, starts)
        found = np.zeros(len(flat), bool)
        for length, hashes in self.runs.items():
            if length > 1 or labels:
                begin, asked = runs.of(length)
                found |= covered(len(flat), begin[np.isin(asked, hashes)], length)
        return found

    def weights(self, flat: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """(n_words,): 1 for a word, 0.5 for a character of a script without spaces, 0 for what tells nothing."""
        return np.where(self.silent(flat, starts), 0.0, single(flat))

    def save(self, path: Path) -> None:
        """Keep the derived ones; ``load`` adds what ships."""
        sink = io.BytesIO()
        self.told.write_parquet(sink)
        write_atomically(path, sink.getvalue())


def single(flat: np.ndarray) -> np.ndarray:
    """(n_words,): what each weighs on its own."""
    return np.where(flat & np.uint64(3) == IS_CHARACTER, 0.5, 1.0)


def stoplist(questions: Words, problems: pl.Series, share: float) -> Stoplist:
    """The list for some benchmarks' questions and a sample of the problems (at most ``SAMPLE``)."""
    among = words(ends(problems))
    return with_shipped(
        pl.concat(
            [
                common(questions, QUESTIONS, "benchmarks"),
                common(among, max(PROBLEMS, int(share * len(among)) + 1), "problems"),
            ]
        )
    )


def ends(texts: pl.Series) -> pl.Series:
    """What is long without its middle: instructions stand before and behind."""
    short = texts.str.len_chars() <= 2 * ENDS
    return texts.zip_with(short.fill_null(True), texts.str.head(ENDS) + "\n" + texts.str.tail(ENDS))


def load(path: Path) -> Stoplist:
    """One that was kept."""
    return with_shipped(pl.read_parquet(path))


def content_of(path: Path) -> str | None:
    """Names what is on a kept list, of whatever counts; None where it is not made yet."""
    if not path.exists():
        return None
    return ids.digest(RULES, sorted(set(pl.read_parquet(path, columns=["hash"])["hash"])))


def with_shipped(told: pl.DataFrame) -> Stoplist:
    phrases = words(pl.Series(SHIPPED.read_text(encoding="utf-8").splitlines()))
    runs = Runs(phrases.flat, phrases.starts)
    whole = runs.between(phrases.starts[:-1], phrases.starts[1:])
    found = {int(n): np.unique(whole[phrases.lengths == n]) for n in np.unique(phrases.lengths) if n}
    found[GRAM] = np.union1d(found.get(GRAM, np.zeros(0, np.uint64)), told["hash"].to_numpy())
    return Stoplist(dict(sorted(found.items())), told)


def common(texts: Words, least: int, where: str) -> pl.DataFrame:
    """Runs of eight words that stand in at least so many different texts: hash, run, count, found_in."""
    runs = Runs(texts.flat, texts.starts)
    begin, hashes = runs.of(GRAM)
    whole = runs.between(texts.starts[:-1], texts.starts[1:])  # the same text twice is one
    frame = pl.DataFrame({"hash": hashes, "text": whole[runs.text[begin]], "begin": begin})
    counted = (
        frame.group_by("hash")
        .agg(pl.col("text").n_unique().alias("count"), pl.col("begin").min())
        .filter(pl.col("count") >= least)
        .sort("count", "hash", descending=[True, False])
    )
    told = [" ".join(texts.known[code] for code in texts.codes[at : at + GRAM]) for at in counted["begin"]]
    return pl.DataFrame(
        {
            "hash": counted["hash"],
            "run": pl.Series(told, dtype=pl.String),
            "count": counted["count"],
            "found_in": where,
        },
        schema={"hash": pl.UInt64, "run": pl.String, "count": pl.UInt32, "found_in": pl.String},
    )
