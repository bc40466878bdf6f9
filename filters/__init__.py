"""Traces in, verdicts out: checks, verifiers, selection.

A check is one function and one line of registration::

    from filters import Finding, check

    @check("polite", version=1)
    def polite(trace, key, settings):
        rude = "stupid" in trace["completion"].lower()
        return Finding.fail("rude") if rude else Finding.passed()

So is a verifier, which decides an answer by its answer key::

    from filters import Finding, verifier

    @verifier("palindrome")
    def palindrome(answer, key):
        return Finding.passed() if answer == answer[::-1] else Finding.fail("not_a_palindrome")
"""

from filters.finding import Check, Finding, check
from filters.verify import Key, UnusableKey, verifier

__all__ = ["Check", "Finding", "Key", "UnusableKey", "check", "verifier"]
