"""The verifier's card: python -m tests.card (make card).

What our math verifier and math-verify make of the same fresh pairs: prints the tables of docs/verifier-card.md.
``python -m tests.card SEED EACH`` takes another seed, or more pairs of each kind.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))
from examination import EACH, SEED, Score, ours, scores, wilson
from pairs import KINDS, pairs
from peer import outcomes


def share(hits: int, of: int) -> str:
    """``3 (1.1%: 0.4 to 3.2)``: the count, the rate and its 95% interval in percent."""
    low, high = wilson(hits, of)
    return f"{hits} ({100 * hits / of:.1f}%: {100 * low:.1f} to {100 * high:.1f})" if of else "-"


def row(name: str, score: Score) -> str:
    wrong, right = score.total("fail"), score.total("pass")
    cells = [
        name,
        f"{right} + {wrong}",
        share(score.false_positives, wrong),
        share(score.false_negatives, right),
        share(score.undecided + score.errors, right + wrong),
    ]
    return f"| {' | '.join(cells)} |"


def table(title: str, found: dict[str, Score]) -> None:
    print(f"\n### {title}\n")
    print("| type | right + wrong | false positives | false negatives | undecided or error |")
    print("| --- | --- | --- | --- | --- |")
    for name in [*sorted(KINDS), "all"]:
        print(row(name, found[name]))


def main(seed: int, each: int) -> None:
    made = pairs(seed, each)
    print(f"{len(made):,} pairs of {len(KINDS)} types, seed {seed}; in brackets the rate and its 95% interval (Wilson)")
    table("Thoughtmill", scores(made, ours(made)))
    peer = outcomes([(pair.reference, pair.answer) for pair in made])
    table(f"math-verify {version('math-verify')}", scores(made, peer))


if __name__ == "__main__":
    said = [int(one) for one in sys.argv[1:]]
    main(*(said + [SEED, EACH][len(said) :]))
