from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from alike import documents, grams, resembling

from filters.near import shingles as module
from filters.near.shingles import blocks, sets, shingles
from filters.near.sketch import Settings, sketches


def made(*texts, n=5):
    return shingles(pa.array(texts, pa.large_string()), n)


def set_of(text, n=5):
    values, _ = sets(made(text, n=n))
    return set(values.tolist())


@pytest.mark.parametrize("n", [1, 2, 5, 13])
def test_a_set_has_as_many_shingles_as_a_plain_reading_and_shares_as_many(n):
    texts = documents(30, seed=3, words=60)
    for one, other in pairwise(texts):
        assert len(set_of(one, n)) == len(grams(one, n))
        assert len(set_of(one, n) & set_of(other, n)) == len(grams(one, n) & grams(other, n))


def test_a_text_of_fewer_words_than_n_is_one_shingle_of_all_of_them():
    assert len(set_of("three short words")) == 1
    assert set_of("three short words") == set_of("Three, short words!")
    assert not set_of("three short words") & set_of("short three words")
    assert not set_of("a b c d") & set_of("a b c d e")


def test_a_text_without_words_has_none():
    found = made("", "...", "one")
    assert found.words.tolist() == [0, 0, 1]
    assert np.diff(found.offsets).tolist() == [0, 0, 1]
    assert found.fingerprints[0] == found.fingerprints[1] == 0


def test_in_a_script_without_blanks_shingles_are_n_grams_of_characters():
    assert len(set_of("今天天气很好我们去公园", 5)) == 7
    assert len(set_of("今天天气很好我们去公园", 5) & set_of("今天天气很好他们去公园", 5)) == 2


def test_a_fingerprint_is_of_the_words_in_their_order_wherever_the_text_stands():
    block = made("one two three four five six", "x", "one two three four five six", "six two three four five one", "")
    first, _, same, turned, _ = block.fingerprints.tolist()
    assert first == same == made("One two; three four five six").fingerprints[0]
    assert first != turned
    periods = made("a b a b a b a b a b", "b a b a b a b a b a", "a b a b a b a b a b a b")
    assert len(set(periods.fingerprints.tolist())) == 3


def test_blocks_hold_every_text_once_and_are_of_their_size(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 100)
    monkeypatch.setattr(module, "TEXTS", 8)
    texts = pa.array(["x" * size for size in [10, 95, 5, 300, *[1] * 30, 0, 99, 0]], pa.large_string())
    parts = list(blocks(texts))
    assert [text for part in parts for text in texts[part].to_pylist()] == texts.to_pylist()
    assert all(part.stop - part.start <= 8 for part in parts)
    sizes = [sum(map(len, texts[part].to_pylist())) for part in parts if part.stop - part.start > 1]
    assert max(sizes) <= 100


def test_sketches_agree_as_often_as_sets_overlap():
    texts = dict(enumerate(documents(200, seed=11, words=300)))
    slots = sketches(made(*texts.values()), 128)
    assert slots.shape == (200, 128)
    pairs = resembling(texts, threshold=0.1).items()
    misses = [(slots[one] == slots[other]).mean() - exact for (one, other), exact in pairs]
    assert len(misses) > 50
    assert abs(np.mean(misses)) < 0.02
    assert np.max(np.abs(misses)) < 0.2


def test_a_sketch_of_few_shingles_is_as_good():
    slots = sketches(made("one two three", "ONE two, three", "one two four", "a b c d e f"), 64)
    assert (slots[0] == slots[1]).all()
    assert (slots[0] == slots[2]).mean() < 0.1
    assert len(set(slots[3].tolist())) > 32


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 0.95, 1.0])
@pytest.mark.parametrize("hashes", [32, 128, 256])
def test_bands_miss_at_most_one_pair_in_a_hundred_at_the_threshold(threshold, hashes):
    settings = Settings(threshold=threshold, hashes=hashes)
    assert settings.rows * settings.bands <= hashes
    assert settings.found(threshold) >= 0.99
    assert settings.found(threshold, settings.rows + 1) < 0.99 or settings.rows == hashes


def test_the_digest_of_settings_names_the_opinion_and_that_of_sketches_what_shapes_them():
    one, other = Settings(threshold=0.8), Settings(threshold=0.9)
    assert one.digest != other.digest
    assert one.sketch_digest == other.sketch_digest != Settings(ngram=6).sketch_digest
