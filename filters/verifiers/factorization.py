"""A prime factorization: primes whose product is the number."""

from __future__ import annotations

import math
import re

from filters.finding import Finding
from filters.verify import Key, UnusableKey, verifier

LARGEST = 10**12
"""Trial division above this would take noticeable time."""


@verifier("factorization", reasons=("not_a_product", "wrong_value", "not_prime"))
def factorization(answer: str, key: Key) -> Finding:
    number = key.spec.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or not 2 <= number <= LARGEST:
        raise UnusableKey(f"factorization needs a number from 2 to {LARGEST}, found {number!r}")
    parts = [part.strip() for part in re.split(r"[×*x·]|\\times|\\cdot", answer.strip().strip("$"))]
    # No number up to LARGEST has as many prime factors as this.
    if len(parts) > 40 or not all(re.fullmatch(r"[0-9]{1,13}", part) for part in parts):
        return Finding.fail("not_a_product", says=f"{answer[:60]} is not a product of whole numbers", tier="exact")
    factors = sorted(int(part) for part in parts)
    said = " × ".join(map(str, factors))
    product = math.prod(factors)
    if product != number:
        return Finding.fail("wrong_value", says=f"{said} is {product}, not {number}", answer=said, tier="exact")
    for factor in factors:
        if not is_prime(factor):
            return Finding.fail("not_prime", says=f"{factor} is not prime", answer=said, tier="exact")
    return Finding.passed(answer=said, tier="exact")


def is_prime(number: int) -> bool:
    """By trial division; fast enough below LARGEST."""
    return number >= 2 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))
