import random
from itertools import pairwise

import polars as pl
import pytest

from filters.contamination.normalise import IS_CHARACTER, IS_NUMBER, hashed, located, words

SAME = [
    (r"\frac{1}{2}", r"\dfrac{1}{2}", "1/2", "½", r"\frac12", r"\left(\frac{1}{2}\right)"),
    ("$x \\le 1000$", r"\(x\leq 1,000\)", "x ≤ 1{,}000", "x <= 1 000", r"x \leqslant 1\,000", "X <= 1000.0"),
    ("1.5 kg", "1.50 kg", "1.500 Kg"),
    ("1000000", "1,000,000", "1.000.000", "1 000 000"),
    (r"3 \cdot 4", r"3 \times 4", "3 × 4", "3 * 4", "three * four"),
    (r"\angle ABC = 30^\circ", "∠ABC = 30°", "angle ABC = thirty degrees"),
    (r"\text{if } x \in S", "if x ∈ S", "if $x$ \\in $S$"),
    ("let's go", "LET’S GO", "Lets, go!"),
    ("a well-known fact", "A well known fact.", "**a** _well known_ fact"),
    ("a 3-digit number", "a 3 digit number", "A three-digit number"),
    ("５ 个苹果，３ 个", "5个苹果, 3个"),
    ("α + π", r"\alpha + \pi", "$\\alpha+\\pi$"),
    ("- one\n- two", "* one\n* two", "one\ntwo"),
    ("\ufb01nd caf\u00e9", "find cafe\u0301", "FIND CAFÉ"),
]
OTHER = [("x - y", "x y"), ("x + 1", "x - 1"), ("6 * 2", "6 / 2"), ("1.5", "15"), ("x ≤ 1", "x ≥ 1"), ("5 %", "5")]


def of(text):
    return words(pl.Series([text])).of(0)


@pytest.mark.parametrize("writings", SAME, ids=lambda writings: writings[0])
def test_what_is_the_same_gives_the_same_words(writings):
    assert [of(text) for text in writings] == [of(writings[0])] * len(writings)
    assert of(writings[0])


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_is_not_the_same_does_not(one, other):
    assert of(one) != of(other)


def test_a_list_of_numbers_is_not_one_number():
    assert of("1, 2, 3") == of("1,2,3") == of("1 2 3") == ["1", "2", "3"]
    assert of("12,345,67") == ["12345", "67"]
    assert of("In 2024 100 people") == ["in", "2024", "100", "people"]


def test_signs_are_words_and_hyphens_are_not():
    assert of("x-y well-known 5-x 2n-1") == ["x", "-", "y", "well", "known", "5", "-", "x", "2", "n", "-", "1"]


PIECES = [
    *(text for writings in SAME for text in writings),
    *[
        "\n",
        "  ",
        "$$",
        "\\begin{align}",
        "\\\\",
        "<think>",
        "e^{i\\pi}",
        "한국어 문제",
        "ภาษาไทย",
        "Привет",
        "مرحبا",
        "🙂",
        "\u200b",
    ],
    *["x\u0304\u0301", "ǅ", "İ", "ß", "\u1100\u1161\u11a8", "㎏", "①", "\x00", "٣", "ﷺ"],
]


@pytest.fixture(params=range(40))
def text(request):
    draw = random.Random(request.param)
    return "".join(draw.choice(PIECES) + draw.choice(["", " ", ", "]) for _ in range(draw.randrange(30)))


def test_words_of_words_are_the_same_words(text):
    found = of(text)
    assert of("\n".join(found)) == found


def test_each_word_stands_where_it_is_said_to_stand(text):
    places = located(text)
    assert [place.word for place in places] == of(text)
    assert all(0 <= place.start < place.end <= len(text) for place in places)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(places))
    for word, start, end in places:  # alone it gives the same word, unless it shares a character with its neighbour
        assert word in of(text[start:end]), (word, text[start:end])


def test_the_place_of_a_word_is_in_the_text_as_it_was_written():
    text = "Cafe\u0301 ½ ﬁne １，０００ \\leq \\dfrac34"
    assert [(word, text[start:end]) for word, start, end in located(text)] == [
        ("café", "Cafe\u0301"), ("1", "½"), ("2", "½"), ("fine", "ﬁne"), ("1000", "１，０００"), ("<=", "\\leq"),
        ("3", "3"), ("4", "4"),
    ]  # fmt: skip


def test_texts_do_not_touch_each_other():
    found = words(pl.Series(["a b", None, "", "b 12 c"]))
    assert [found.of(text) for text in range(4)] == [["a", "b"], [], [], ["b", "12", "c"]]
    assert found.lengths.tolist() == [2, 0, 0, 3]
    assert words(pl.Series([], dtype=pl.String)).lengths.tolist() == []


def test_a_part_of_a_column_has_the_words_of_the_part():
    column = pl.Series([f"text {number} of many" for number in range(10)])
    assert words(column[3:5]).of(1) == of("text 4 of many")


def test_a_hash_says_what_kind_of_word_it_names():
    assert [hashed(word) & 3 for word in ("word", "12.5", "果", "+", "x")] == [0, IS_NUMBER, IS_CHARACTER, 0, 0]
