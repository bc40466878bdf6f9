"""Mathematics: whether an answer is what a reference says, without ever evaluating a text.

``equal(answer, reference, spec)`` is all there is to it, and docs/mathematics.md states what counts as equal. The
files, from the text inwards: guards, tokens, reading (text into a tree), tree, units; forms, reference (typed
answers), comparing, regions, relations; exact, numeric, algebra, symbolic and values (whether two values are the same).
"""

from filters.mathematics.equality import equal

__all__ = ["equal"]
