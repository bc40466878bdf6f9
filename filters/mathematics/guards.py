"""What is refused before any arithmetic: too long, too deep, too large. Everything here is linear in the text.

Caps, in one place: 2,000 characters, 40 levels of brackets, 600 nodes, exponents up to 10^5, factorials up to 10^4!,
numbers of up to 1,000 digits as written.
"""

from __future__ import annotations

import math
import unicodedata

from filters.mathematics.tree import Call, Name, Node, Num

LONGEST = 2_000
"""Characters of an answer or reference."""
DEEPEST = 40
MOST_NODES = 600
MOST_DIGITS = 1_000
LARGEST_EXPONENT = 5.001
"""log10 of what an exponent may be: 100,000."""
LARGEST_FACTORIAL = 4.001
"""log10 of what stands before a ``!``: 10,000."""
LARGEST_ARGUMENT = 1_000.0
"""log10 of what a function other than the power may be asked of."""
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200c\u200d"))


class Refused(Exception):
    """The text is not taken as mathematics; ``reason`` is one of the verifier's reasons."""

    def __init__(self, reason: str, says: str) -> None:
        super().__init__(says)
        self.reason = reason


def plain(text: object) -> str:
    """The text without invisible characters. Raises Refused for what no reader should be asked to read."""
    if not isinstance(text, str):
        raise Refused("not_understood", f"text was expected, found {type(text).__name__}")
    if len(text) > LONGEST:
        raise Refused("too_long", f"longer than {LONGEST} characters")
    if text.isascii():
        if not text.isprintable() and any(not mark.isprintable() and mark not in "\t\n\r" for mark in text):
            raise Refused("not_understood", "control characters in it")
    else:
        text = text.translate(INVISIBLE)
        for mark in text:
            # Marks that turn the reading direction would let a text look like another.
            if unicodedata.category(mark) in ("Cf", "Cc", "Cs", "Co", "Cn") and mark not in "\t\n\r":
                raise Refused("not_understood", f"unexpected character {mark!a}")
    text = text.strip()
    deep = deepest = 0
    for mark in text:
        if mark in "{([":
            deep += 1
            deepest = max(deepest, deep)
        elif mark in "})]":
            deep -= 1
    if deepest > DEEPEST:
        raise Refused("too_deep", f"nested deeper than {DEEPEST}")
    return text


def bounded(node: Node) -> Node:
    """The tree itself. Raises Refused where a value in it could be too large to work with."""
    size(node, [MOST_NODES])
    return node


def size(node: Node, budget: list[int]) -> float:
    """An upper bound of log10 of a value and of its inverse; variables count as up to 10."""
    budget[0] -= 1
    if budget[0] < 0:
        raise Refused("too_large", f"more than {MOST_NODES} parts")
    if isinstance(node, Num):
        value = node.value
        return max(digits(value.numerator), digits(value.denominator))
    if isinstance(node, Name) or not node.args:
        return 1.0 if isinstance(node, Name) else 0.5
    sizes = [size(one, budget) for one in node.args]
    if node.head == "^":
        if sizes[1] > LARGEST_EXPONENT:
            raise Refused("too_large", "an exponent is too large")
        exponent = node.args[1]
        return sizes[0] * (abs(float(exponent.value)) if isinstance(exponent, Num) else 10 ** sizes[1])
    if node.head in ("!", "binom", "perm"):
        if max(sizes) > LARGEST_FACTORIAL:
            raise Refused("too_large", "a factorial is too large")
        return 5 * 10 ** max(sizes)
    if node.head in ("+", "*", "/", "neg", "abs"):
        return sum(sizes) + (math.log10(len(sizes)) if node.head == "+" else 0.0)
    if node.head == "exp" and sizes[0] > LARGEST_EXPONENT:
        raise Refused("too_large", "an exponent is too large")
    if isinstance(node, Call) and max(sizes) > LARGEST_ARGUMENT:
        raise Refused("too_large", "a number is too large")
    return 10 ** sizes[0] if node.head in ("exp", "sinh", "cosh") and sizes[0] < LARGEST_EXPONENT else max(sizes) + 1


def digits(number: int) -> float:
    number = abs(number)
    return math.log10(number) if 1 < number < 10**300 else number.bit_length() * 0.30103
