import random

import pytest

from filters import Finding, Key
from filters.verifiers import get
from filters.verify import VERIFIERS, how
from warehouse.errors import BadInput

KEYS = {
    "antiderivative": Key("k7", ("7*x",), "antiderivative", {"integrand": "7", "variable": "x"}),
    "boxes": Key("k8", (), "boxes", {"initial_state": {"0.5_0.5": ["box_red", "target_red"]}}),
    "capture": Key("k9", ("B1",), "capture", {"board": [["X", "."], ["O", "."]]}),
    "choice": Key("k10", ("B",), "choice", {"choices": ["six", "seven"]}),
    "coloring": Key("k11", (), "coloring", {"puzzle": {"vertices": [7], "edges": [], "color_options": [1]}}),
    "countdown": Key("k1", ("3 + 4",), "countdown", {"numbers": [3, 4], "target": 7}),
    "equation": Key("k2", ("2",), "equation", {"equation": "3*x + 4 = 10", "variable": "x"}),
    "factorization": Key("k3", ("2 × 3",), "factorization", {"number": 6}),
    "fraction": Key("k4", ("3/4",), "fraction", {"numerator": 6, "denominator": 8}),
    "futoshiki": Key("k12", (), "futoshiki", {"puzzle": [[0, 0], [0, 0]], "constraints": [[0, 0, 0, 1, "<"]]}),
    "grid": Key("k13", ("[7, 7]",), "grid", {"entries": "number"}),
    "integral": Key("k22", ("7*x",), "integral", {"integrand": "7", "variable": "x"}),
    "json": Key("k14", ("[7]",), "json"),
    "number": Key("k5", ("7",), "number"),
    "polynomial": Key("k15", ("7*x + 7",), "polynomial", {"variables": ["x"]}),
    "queens": Key("k16", (), "queens", {"puzzle": [["Q"]]}),
    "reasoning-gym": Key(
        "k17", ("anna",), "reasoning-gym", {"family": "palindrome_generation", "metadata": {"letters": list("anna")}}
    ),
    "roots": Key("k18", ("7",), "roots", {"polynomial_expr": "x**2 - 49", "variable": "x"}),
    "rush-hour": Key("k19", (), "rush-hour", {"board_config": "o" * 12 + "AA" + "o" * 22}),
    "sudoku": Key("k20", (), "sudoku", {"puzzle": [[0] * 4] * 4}),
    "survo": Key("k21", (), "survo", {"puzzle": [[0, 7], [7, 7]], "candidate_numbers": [7]}),
    "text": Key("k6", ("seven",), "text"),
    "math": Key("k7", ("7",), "math"),
    "wrong-step": Key("k23", ("7",), "wrong-step"),
}
ATTACKS = [
    "__import__('os').system('touch X')",
    "__import__('os').system('touch X') or 7",
    "[open('X', 'w') for _ in '7']",
    "exec(\"open('X', 'w')\")",
    "x = __import__('pathlib').Path('X').touch()",
    "\\frac{__import__('os').system('touch X')}{4}",
]
HOSTILE = [
    "",
    " ",
    "\x00",
    "9**9**9",
    "9^{9^{9}}",
    "7//1",
    "1e999999999",
    "٣ + ٤",
    "７",
    "²³",
    "½",
    "१/२",
    "None",
    "NaN",
    "-inf",
    "\\boxed{7}",
    "{{7*7}}",
    "%s%n",
    "\ud800",
    "🙂" * 100,
    "(" * 100_000,
    "(" * 100_000 + "7" + ")" * 100_000,
    "-" * 100_000 + "7",
    "7" * 100_000,
    "7+" * 100_000 + "7",
    "7×" * 100_000 + "7",
    "7," * 100_000 + "7",
    " " * 100_000 + "7",
    "x =" * 100_000,
    "x" + " " * 100_000 + "7",
    "1/" * 100_000,
    "\\frac{" * 100_000,
    "$" * 100_000,
    "." * 100_000,
    "seven " * 100_000,
]
PIECES = [
    *"0123456789+-*/()=.,$%^×·÷− \n\\{}[]xX_'\"",
    "\\frac{",
    "\\dfrac{",
    "x =",
    "**",
    "//",
    "1e9",
    "٣",
    "²",
    "½",
    "\\boxed{",
]


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("answer", ATTACKS)
def test_no_verifier_runs_what_a_model_wrote(name, answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert get(name)(answer, KEYS[name]).outcome == "fail"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_every_verifier_has_a_finding_for_hostile_answers(name, answer):
    found = get(name)(answer, KEYS[name])
    assert isinstance(found, Finding)
    assert found.outcome in ("pass", "fail")
    assert len(found.detail.get("says", "")) < 2000


@pytest.mark.parametrize("name", KEYS)
def test_every_verifier_has_a_finding_for_random_answers(name):
    dice = random.Random(7)
    verifier, key = get(name), KEYS[name]
    for _ in range(3000):
        answer = "".join(dice.choices(PIECES, k=dice.randrange(1, 16)))
        found = verifier(answer, key)
        assert isinstance(found, Finding), answer
        assert found.outcome in ("pass", "fail"), answer
        assert found.reason in (None, *how(verifier).reasons), answer


def test_no_verifier_that_decides_by_itself_is_left_out_here():
    shipped = {name for name, part in VERIFIERS.parts.items() if part.__module__.startswith("filters.verifiers.")}
    assert shipped - {"code", "judge", "math"} <= set(KEYS)


def test_an_unknown_verifier_is_bad_input():
    with pytest.raises(BadInput, match=r"no verifier called 'oracle'; expected one of .*choice, code, .*countdown"):
        get("oracle")


def test_a_users_verifier_loads_from_a_file_beside_the_recipe(tmp_path):
    (tmp_path / "own.py").write_text(
        "from filters import Finding, verifier\n"
        "@verifier('palindrome')\n"
        "def palindrome(answer, key):\n"
        "    return Finding.passed() if answer == answer[::-1] else Finding.fail('not_a_palindrome')\n"
    )
    palindrome = get("own.py:palindrome", tmp_path)
    assert [palindrome(word, KEYS["text"]).outcome for word in ("anna", "otto!")] == ["pass", "fail"]
