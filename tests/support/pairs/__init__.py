"""Fresh labelled pairs of a reference answer and an answer, from a seed: what a verifier is examined with.

A value is drawn, written down as a reference, rewritten in ways that keep it, and changed in ways that do not. Labels
come from how a pair was made, never from a parser. What only a key's policy can decide (a unit left out, a rounded
root) is in the corpus, not here.
"""

from pairs import algebra, closed, notation, numbers, relations, several, words  # noqa: F401 - they register their kinds
from pairs.draft import KINDS, Draft, Pair, pairs

__all__ = ["KINDS", "Draft", "Pair", "pairs"]
