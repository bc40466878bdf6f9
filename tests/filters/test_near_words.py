import random
import re

import numpy as np
import pyarrow as pa
import pytest

from filters.near.words import words


def read(*texts, kind=None):
    """The word hashes of each text of a block."""
    found = words(pa.array(texts, kind or pa.large_string()))
    return [found.hashes[a:b].tolist() for a, b in zip(found.offsets, found.offsets[1:], strict=False)]


def alone(text):
    (found,) = read(text)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello,  WORLD!", "hello world"),
        ("one\n\ttwo (three)", "one two three"),
        ("x+1", "x + 1"),
        ("a well-known fact", "a well known fact"),
        ("and/or", "and or"),
        ("ÉTÉ", "été"),
        ("cafe\u0301", "café"),
        ("Ａｂｃ１，ｄ", "abc1 d"),
        ("𝑥 = 2", "x = 2"),
        ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
        ("“quoted” … text—here", "quoted text here"),
        ("한국어", "한국어".encode().decode()),
        ("\u1112\u1161\u11ab", "한"),
        ("ДА", "да"),
        ("今天天气", "今 天 天 气"),
    ],
)
def test_case_width_blanks_and_punctuation_do_not_count(one, other):
    assert alone(one) == alone(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x + 1", "x - 1"),
        ("3/4", "3 4"),
        ("3-4", "3 4"),
        ("x ≤ 1", "x ≥ 1"),
        ("a = b", "a b"),
        ("word", "words"),
        ("ab c", "a bc"),
        ("one two", "two one"),
        ("é", "e"),
    ],
)
def test_signs_and_letters_do(one, other):
    assert alone(one) != alone(other)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n,.!?… ", 0),
        ("two words", 2),
        ("a == b", 3),
        ("今天天气很好。", 6),
        ("GPT今天ok", 4),
        ("カタカナ", 4),
        ("ｶﾅ", 2),
        ("สวัสดี", 6),
        ("안녕 하세요", 2),
        ("привет, мир", 2),
        ("नमस्ते दुनिया", 2),
        ("𠀀𠀁", 2),
        ("ok ✅ done", 2),
        ("x" * 1000, 1),
    ],
)
def test_how_many_words_there_are(text, count):
    assert len(alone(text)) == count


def test_the_same_character_twice_is_two_words_where_there_are_no_blanks():
    first, second, third = alone("天天天")
    assert first == second == third


def test_long_words_differ_wherever_they_do():
    made = [("a" * size) for size in range(1, 40)]
    made += ["a" * at + "b" + "a" * (30 - at) for at in range(31)]
    assert len({alone(word)[0] for word in made}) == len(made)


def test_a_text_reads_the_same_whatever_stands_beside_it():
    dice = random.Random(5)
    pieces = ["ab", "-", "/", " ", "9", "é", "今", "\u0301", "Ａ", "\u200b", "+", ".", "longerthaneight", ""]
    texts = ["".join(dice.choices(pieces, k=dice.randrange(12))) for _ in range(400)]
    assert read(*texts) == [alone(text) for text in texts]


def test_nulls_slices_and_both_kinds_of_string_are_read():
    texts = ["first text", None, "", "été - 今天", "last"]
    expected = [alone(text or "") for text in texts]
    assert read(*texts, kind=pa.string()) == read(*texts) == expected
    (part,) = [words(pa.array(texts, pa.large_string()).slice(3, 1))]
    assert part.hashes.tolist() == expected[3]
    assert words(pa.array([], pa.large_string())).offsets.tolist() == [0]


def test_words_are_those_that_a_plain_reading_finds():
    dice = random.Random(7)
    text = "".join(dice.choices("abcXYZ019 \n.,-/+=<>%^'(){}_", k=20_000))
    plain = re.sub(r"(?<=[a-z])[-/](?=[a-z])", " ", text.lower())
    expected = re.findall(r"[a-z0-9]+|[-+/=<>^%]+", plain)
    found = alone(text)
    assert len(found) == len(expected)
    meaning = {}
    assert all(meaning.setdefault(number, word) == word for number, word in zip(found, expected, strict=True))
    assert len(meaning) == len(set(expected))


def test_every_bit_of_a_hash_is_used():
    found = np.array([alone(f"w{number}")[0] for number in range(2000)], np.uint64)
    bits = np.unpackbits(found.view(np.uint8)).reshape(-1, 64).mean(axis=0)
    assert abs(bits - 0.5).max() < 0.06
