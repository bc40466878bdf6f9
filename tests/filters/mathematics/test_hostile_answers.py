"""Bombs, injections and junk: a finding for each, and nothing is run."""

import random
import signal

import pytest

from filters import Finding, Key
from filters.mathematics import equal
from filters.verifiers import get

KEYS = [
    "5",
    r"\sqrt2",
    "x^2+1",
    r"\{1,2\}",
    "(1,2)",
    "[1,2)",
    "y=2x+1",
    "5 cm",
    r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
    "(B)",
    "yes",
]
BOMBS = [
    "9^{9^{9}}",
    "9**9**9**9",
    "10^{10^{10}}",
    "1000000!!",
    "1000000!",
    "10000!^{10000}",
    r"\binom{10^9}{5*10^8}",
    r"\binom{10000}{5000}^{9}",
    r"\sum_{n=1}^{10^{12}} n",
    "(x+1)^{100000}",
    "(x+y+z+w+1)^{59}",
    "(x+1)^{60}(y+1)^{60}(z+1)^{60}",
    "x^{100000}",
    "e^{100000}",
    "e^{e^{100}}",
    r"\sin(10^{900})",
    r"\gcd(10^{900}, 10^{901})",
    "0." + "1" * 1500,
    "1" * 1999,
    "1" * 100_000,
    "{" * 100_000,
    "{" * 100_000 + "5" + "}" * 100_000,
    r"\frac{1}{" * 150 + "5" + "}" * 150,
    r"\sqrt" * 300 + "5",
    "2^" * 900 + "2",
    r"\sin" * 400 + "x",
    "-" * 1999 + "5",
    "+".join(["x^9"] * 400),
    "*".join(["2"] * 900),
    r"\cdot".join(["x"] * 300),
    "|" * 1999,
    r"\left(" * 300,
    "1," * 900 + "1",
    "1 or " * 300 + "1",
    r"\{" * 39 + "1" + r"\}" * 39,
    r"\text{" * 300,
    "$" * 1999,
    r"\begin{pmatrix}" + "1&" * 600 + r"1\end{pmatrix}",
    r"\begin{vmatrix}" + r"\\".join(["&".join("123456789")] * 9) + r"\end{vmatrix}",
    "1e999999",
    "1e-9999",
    "." * 1999,
    "\\" * 1999,
    "_" * 1999,
    " " * 100_000 + "5",
    "5" + " " * 100_000,
    "2^{1000}" * 200,
]
JUNK = [
    "",
    " ",
    "\x00",
    "\ud800",
    "5\ud800",
    "\u202e5",
    "\u20665",
    "5\x07",
    "None",
    "NaN",
    "nan",
    "inf",
    "null",
    "٥",
    "५",
    "🙂",
    "<think>5</think>",
    "%s%n",
    "{{7*7}}",
    "${7*7}",
    "\\input{/etc/passwd}",
    "\\write18{touch X}",
    "\\def\\x{\\x\\x}\\x",
]
ATTACKS = [
    "__import__('os').system('touch X')",
    "__import__('os').system('touch X') or 5",
    "[open('X', 'w') for _ in '5']",
    "exec(\"open('X', 'w')\")",
    "x = __import__('pathlib').Path('X').touch()",
    r"\frac{__import__('os').system('touch X')}{5}",
    r"\text{__import__('os').system('touch X')}",
    "Symbol('x').__class__.__base__.__subclasses__()",
    "sympify(\"__import__('os').system('touch X')\")",
    "lambda: open('X', 'w')",
    "x_{__import__('os').system('touch X')}",
    r"\operatorname{open}('X', 'w')",
]
PIECES = [
    *"0123456789+-*/()=.,$%^×·÷− \n\\{}[]xyeinm_'\"|<>!:;&~",
    *(r"\frac{", r"\dfrac{", r"\sqrt{", r"\sqrt", r"\pi", r"\cdot", r"\sin", r"\ln", r"\log", "^{", "_{", r"\{", r"\}"),
    *(r"\left(", r"\right)", r"\text{", r"\text{ cm}", r"\infty", r"\cup", r"\le", r"\pm", r"\begin{pmatrix}"),
    *(r"\end{pmatrix}", r"\\", r"\overline{", "°", "½", "²", "√", "or", "and", "cm", r"\in", r"\mathbb{R}", "1/2"),
    *("x =", "**", "1e9", r"\boxed{", r"\binom", r"\circ", r"\%", r"\$", r"\mid", r"\setminus"),
]


@pytest.fixture(autouse=True)
def guard():
    """A hang fails the test instead of holding up the run."""

    def ring(*_):
        raise TimeoutError("this answer took too long")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("answer", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_an_answer_like_any_other(answer):
    for reference in KEYS:
        found = equal(answer, reference)
        assert found.outcome in ("fail", "undecided")
        assert len(found.detail.get("says", "")) < 500


@pytest.mark.parametrize("answer", JUNK, ids=range(len(JUNK)))
@pytest.mark.parametrize("reference", KEYS)
def test_junk_fails(answer, reference):
    assert equal(answer, reference).outcome == "fail"


@pytest.mark.parametrize("answer", ATTACKS)
def test_nothing_that_a_model_wrote_is_run(answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for reference in KEYS:
        assert equal(answer, reference).outcome == "fail"
    assert list(tmp_path.iterdir()) == []


def test_invisible_marks_change_nothing_and_marks_that_turn_the_text_are_refused():
    assert equal("1\u200b2", "12").outcome == "pass"
    assert equal("\ufeff12\u2060", "12").outcome == "pass"
    assert equal("1\u202e2", "12").reason == "not_understood"


def test_full_width_digits_are_digits_and_other_scripts_are_not():
    assert equal("１２", "12").outcome == "pass"
    assert equal("١٢", "12").reason == "not_understood"


def test_every_random_text_has_a_finding():
    dice = random.Random(7)
    for _ in range(4000):
        answer = "".join(dice.choices(PIECES, k=dice.randrange(1, 14)))
        found = equal(answer, dice.choice(KEYS))
        assert isinstance(found, Finding), answer


def test_the_verifier_gives_only_the_reasons_it_says():
    from filters.verify import how

    math = get("math")
    known = set(how(math).reasons)
    for answer in [*BOMBS, *JUNK, *ATTACKS, "5", "6", "5 kg", "3, 5", "(2,1)"]:
        for reference in KEYS:
            reason = math(answer, Key("k1", (reference,), "math")).reason
            assert reason is None or reason in known


def test_any_of_the_answers_of_a_key_will_do():
    key = Key("k1", ("1/2", r"\sqrt2"), "math")
    assert [get("math")(answer, key).outcome for answer in ("0.5", "2^{1/2}", "2")] == ["pass", "pass", "fail"]
