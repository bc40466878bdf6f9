"""How often a verifier errs on fresh labelled answers, as ``make card`` measures it: said by a release's card."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse import intervals


@dataclass(frozen=True)
class Rates:
    """What a verifier made of answers that were known to be right or wrong."""

    wrong: int
    false_positives: int
    """Wrong answers that it passed."""
    right: int
    false_negatives: int
    """Right answers that it failed."""

    def told(self) -> str:
        passes = intervals.told(self.false_positives, self.wrong)
        fails = intervals.told(self.false_negatives, self.right)
        return f"passes {passes} of {self.wrong:,} wrong answers, fails {fails} of {self.right:,} right ones"


MEASURED = {"math": Rates(wrong=999, false_positives=0, right=1001, false_negatives=0)}
"""By verifier; with the seed that docs/verifier-card.md names."""


def notes() -> dict[str, str]:
    """The same in words, by verifier."""
    return {name: rates.told() for name, rates in MEASURED.items()}
