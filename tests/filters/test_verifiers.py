import random

import pytest

from filters import Finding, Key
from filters.verifiers import get
from warehouse.errors import BadInput

KEYS = {
    "countdown": Key("k1", ("3 + 4",), "countdown", {"numbers": [3, 4], "target": 7}),
    "equation": Key("k2", ("2",), "equation", {"equation": "3*x + 4 = 10", "variable": "x"}),
    "factorization": Key("k3", ("2 × 3",), "factorization", {"number": 6}),
    "fraction": Key("k4", ("3/4",), "fraction", {"numerator": 6, "denominator": 8}),
    "number": Key("k5", ("7",), "number"),
    "text": Key("k6", ("seven",), "text"),
    "math": Key("k7", ("7",), "math"),
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


@pytest.mark.parametrize(
    "family", ["countdown", "simple_equations", "fraction_simplification", "prime_factorization", "gcd"]
)
def test_the_answers_that_reasoning_gym_gives_itself_pass(family):
    import reasoning_gym

    from generators.sources.reasoning_gym import SPEC_FIELDS, VERIFIERS

    for puzzle in reasoning_gym.create_dataset(family, size=100, seed=11):
        spec = {field: puzzle["metadata"][field] for field in SPEC_FIELDS.get(family, ())}
        if spec.get("equation") == "0 = 0":  # the one puzzle that has no solution
            continue
        key = Key("k1", (puzzle["answer"],), VERIFIERS[family], spec)
        assert get(key.verifier)(puzzle["answer"], key).outcome == "pass", puzzle["answer"]


def test_an_unknown_verifier_is_bad_input():
    with pytest.raises(BadInput, match="no verifier called 'oracle'; expected one of code, countdown"):
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
