import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey


def ask(answer, *answers, **spec):
    return get("grid")(answer, Key("k1", answers, "grid", {"entries": "number", **spec}))


@pytest.mark.parametrize(
    "answer",
    [
        "1 2\n3 4",
        " 1  2 \n\n 3 4 ",
        "1, 2\n3, 4",
        "[[1, 2], [3, 4]]",
        "[[1 2]\n [3 4]]",
        "[['1', '2'], ['3', '4']]",
        '[["1","2"],["3","4"]]',
        "[[1.0, 2], [3, 8/2],]",
        "```\n1 2\n3 4\n```",
        "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
        "$\\begin{bmatrix}1&2\\\\3&4\\\\\\end{bmatrix}$",
        "\\begin{array}{cc}1&2\\\\3&4\\end{array}",
    ],
)
@pytest.mark.parametrize("wanted", ["1 2\n3 4", "[[1, 2], [3, 4]]"])
def test_the_same_rows_pass_however_they_are_written(answer, wanted):
    assert ask(answer, wanted).outcome == "pass"


@pytest.mark.parametrize("answer", ["1 2 3", "1, 2, 3", "[1, 2, 3]", "[1 2 3]", "['1', '2', '3']", "[[1, 2, 3]]"])
@pytest.mark.parametrize("wanted", ["1 2 3", "['1', '2', '3']"])
def test_a_list_is_one_row(answer, wanted):
    assert ask(answer, wanted).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("1 2\n3 5", "wrong_value"),
        ("1 3\n2 4", "wrong_value"),
        ("2 1\n3 4", "wrong_value"),
        ("3 4\n1 2", "wrong_value"),
        ("1 2 3 4", "wrong_shape"),
        ("1 2\n3 4\n5 6", "wrong_shape"),
        ("1 2\n3", "wrong_shape"),
        ("[[1, 2], [3, 4], []]", "wrong_shape"),
        ("[]", "wrong_shape"),
        ("1 2\n3 x", "not_a_number"),
        ("Rows: 1 2\n3 4", "not_a_number"),
        ("1 2\n3 ٤", "not_a_number"),
        ("[[1, 2], [3, 4]", "not_a_grid"),
        ("[[1, 2], [3, 4]]]", "not_a_grid"),
        ("[[1, 2], [3, 4]] or so", "not_a_grid"),
        ("[[1, 2], [3,, 4]]", "not_a_grid"),
        ("[[[1, 2]], [[3, 4]]]", "not_a_grid"),
        ("[[1, 2], 3, 4]", "not_a_grid"),
        ("[[1, 2], [3, open('X')]]", "not_a_number"),
        ("", "not_a_grid"),
        ("[" * 100_000, "not_a_grid"),
        ("1 " * 100_000, "not_a_grid"),
    ],
)
def test_another_grid_fails_with_its_reason(answer, reason):
    found = ask(answer, "1 2\n3 4")
    assert (found.outcome, found.reason) == ("fail", reason)


def test_words_are_compared_by_their_characters():
    assert ask("of, The", "of, The", entries="word").outcome == "pass"
    assert ask("of,The", "of, The", entries="word").outcome == "pass"
    assert ask("of, the", "of, The", entries="word").reason == "wrong_value"
    assert ask("1.0", "1", entries="word").reason == "wrong_value"


def test_the_order_counts_unless_the_key_says_otherwise():
    groups = '[["eat", "tea"], ["tan", "nat"]]'
    turned = '[["nat", "tan"], ["eat", "tea"]]'
    assert ask(turned, groups, entries="word").reason == "wrong_value"
    assert ask(turned, groups, entries="word", order="rows").reason == "wrong_value"
    assert ask(turned, groups, entries="word", order="any").outcome == "pass"
    assert ask('[["tan", "nat"], ["eat", "tea"]]', groups, entries="word", order="rows").outcome == "pass"
    assert ask('[["tan", "tea"], ["eat", "nat"]]', groups, entries="word", order="any").reason == "wrong_value"
    assert ask('[["eat", "tea"], ["eat", "tea"]]', groups, entries="word", order="any").reason == "wrong_value"


def test_numbers_are_exact_unless_the_key_states_a_tolerance():
    assert ask("4.33 2", "4.333333333 2").reason == "wrong_value"
    assert ask("4.33 2", "4.333333333 2", tolerance="0.005").outcome == "pass"
    assert ask("4.32 2", "4.333333333 2", tolerance="0.005").reason == "wrong_value"


def test_an_empty_list_and_a_list_of_one_need_their_brackets():
    assert ask("[]", "[]").outcome == "pass"
    assert ask("[[]]", "[]").outcome == "pass"
    assert ask("0", "[]").outcome == "fail"
    assert ask("[5]", "[5]").outcome == "pass"
    assert ask("5", "[5]").reason == "not_a_grid"
    assert ask("5", "5").outcome == "pass"


@pytest.mark.parametrize(
    ("answers", "spec"),
    [
        ((), {}),
        (("",), {}),
        (("1 x",), {}),
        (("[1, 2",), {}),
        (("1", "x"), {}),
        (("1",), {"entries": "letters"}),
        (("1",), {"order": "none"}),
        (("1",), {"tolerance": "small"}),
    ],
)
def test_a_key_that_is_no_grid_is_unusable(answers, spec):
    with pytest.raises(UnusableKey):
        ask("1 2", *answers, **spec)
