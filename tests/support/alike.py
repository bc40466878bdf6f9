"""Documents of made-up words, some of them near duplicates of others, and what a plain reading of them says."""

import re
from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa

SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]


def vocabulary(dice, size=20_000):
    """Words of one to four syllables; a few of them are most of a text, as in real ones."""
    return np.array(["".join(dice.choice(SYLLABLES, length)) for length in dice.integers(1, 5, size)])


def documents(count, seed, words=1300, low=0.5, copies=1.0):
    """``count`` documents in a shuffled order, with so many copies of each original, on average. In these some words
    are replaced, so that the Jaccard similarity of their 5-grams is spread evenly from ``low`` to 1; some of them are
    set in capitals or spaced out."""
    dice = np.random.default_rng(seed)
    known = vocabulary(dice)
    made = []
    while len(made) < count:
        original = known[np.minimum(dice.zipf(1.2, max(5, int(dice.normal(words, words / 4)))) - 1, len(known) - 1)]
        made.append(" ".join(original))
        for _ in range(dice.poisson(copies)):
            copy, alike = original.copy(), dice.uniform(low, 1)
            # Each replaced word breaks five 5-grams on either side: (n - 5 m) / (n + 5 m) are shared.
            broken = int(len(copy) * (1 - alike) / (1 + alike) / 5)
            copy[dice.choice(len(copy), broken, replace=False)] = dice.choice(known, broken)
            text = " ".join(copy)
            made.append([text, text.upper(), text.replace(" ", ",  ")][dice.integers(3)])
    return [made[place] for place in dice.permutation(len(made))[:count]]


def grams(text, n=5):
    """The n-grams of words of a text of letters and blanks; all words where there are fewer."""
    words = re.findall(r"\w+", text.lower())
    return frozenset(tuple(words[at : at + n]) for at in range(max(1, len(words) - n + 1))) if words else frozenset()


def resembling(texts, threshold=0.8, n=5):
    """{(earlier, later) keys: Jaccard} of a dict of texts, without any shortcut but an index of who has which gram."""
    having = defaultdict(list)
    found = {}
    sets = {key: grams(text, n) for key, text in sorted(texts.items())}
    for key, own in sets.items():
        shared = Counter(other for gram in own for other in having[gram])
        for other, count in shared.items():
            score = count / (len(own) + len(sets[other]) - count)
            if score >= threshold:
                found[other, key] = score
        for gram in own:
            having[gram].append(key)
    return found


def reader(texts, batch=100, backwards=False):
    """What gives texts of a dict by their ids, and counts in ``read.count`` how many it gave."""

    def read(wanted):
        rows = [row for row in wanted.to_pylist() if row["id"] in texts]
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            read.count += len(part)
            part = part[::-1] if backwards else part
            places = pa.array([row["place"] for row in part], pa.int64())
            content = pa.array([texts[row["id"]] for row in part], pa.large_string())
            yield pa.record_batch({"place": places, "text": content})

    read.count = 0
    return read
