"""Every family of the installed reasoning-gym: its own answers pass, others do not, and nothing is run."""

import builtins
import json
import re
from functools import lru_cache
from itertools import islice
from pathlib import Path

import pytest

from filters import Key
from filters.answers import findings
from filters.verifiers import get
from filters.verifiers.reasoning_gym import FORMS
from filters.verify import UnusableKey, how
from generators.sources import Problem, Wanted, problems
from generators.sources.reasoning_gym_families import FAMILIES, REFUSED

SMALL = {
    "futoshiki": {"min_board_size": 4, "max_board_size": 4},
    "zebra_puzzles": {"num_people": 2, "num_characteristics": 2},
    "quantum_lock": {"difficulty": 3},
    "sudoku": {"min_empty": 10, "max_empty": 20},
    "palindrome_partitioning": {"max_string_len": 8},
}
FEW = {"knight_swap": 2, "sokoban": 3, "intermediate_integration": 4, "puzzle24": 4}
UNSURE = {"tsumego"}
"""Families some of whose own answers are wrong."""
ATTACKS = [
    "__import__('os').system('touch CANARY')",
    "[__import__('os').system('touch CANARY')]",
    "[x for x in [open('CANARY', 'w')]]",
    "exec(\"open('CANARY', 'w')\")",
    "open('CANARY', 'w') or 1",
    "(lambda: open('CANARY', 'w'))()",
    "{'a': open('CANARY', 'w')}",
    "!!python/object/apply:os.system ['touch CANARY']",
    "1 + open('CANARY', 'w').fileno()",
]
JUNK = [
    "zzz junk",
    "0",
    "-1",
    "nan",
    "inf",
    "[]",
    "{}",
    "None",
    "True False",
    "Yes or no",
    "A",
    "?",
    "\x00",
    "(" * 500,
    "[" * 5000,
]


@lru_cache
def keys(family):
    """Some keys of a family, as they come back from the lake: by way of JSON."""
    found = problems(Wanted(f"reasoning-gym/{family}", count=40, seed=5, config=SMALL.get(family, {})))
    some = list(islice((one for one in found if isinstance(one, Problem)), FEW.get(family, 6)))
    return [Key(one.problem_id, one.answers, one.verifier, json.loads(json.dumps(one.spec))) for one in some]


def judge(answer, key):
    return get(key.verifier)(answer, key)


def usable(family):
    for key in keys(family):
        try:
            judge("x", key)
        except UnusableKey:
            assert family in UNSURE
        else:
            yield key


def test_every_family_of_the_library_is_judged_or_refused():
    from reasoning_gym.factory import DATASETS

    assert set(FAMILIES) | set(REFUSED) == set(DATASETS)
    assert not set(FAMILIES) & set(REFUSED)


def test_every_family_stands_in_the_docs_beside_its_verifier():
    page = Path(__file__).parents[2] / "docs" / "puzzles.md"
    told = {
        (verifier, family)
        for verifier, families in re.findall(
            r"^\| `([a-z-]+)`[^|]* \|[^|]*\| (`.*`) \|$", page.read_text(), re.MULTILINE
        )
        for family in re.findall(r"`(\w+)`", families)
    }
    assert told == {(judged.verifier, family) for family, judged in FAMILIES.items()}


def test_no_scorer_is_asked_that_is_not_on_the_list():
    assert {family for family, judged in FAMILIES.items() if judged.verifier == "reasoning-gym"} == set(FORMS)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_reference_answer_passes(family):
    for key in usable(family):
        for right in key.answers:
            found = judge(right, key)
            assert found.outcome == "pass", (right, found.detail)
            assert found.score in (None, 1.0)
            assert judge(f"  {right}\n", key).outcome == "pass", right


@pytest.mark.parametrize("family", FAMILIES)
def test_junk_never_passes(family):
    for key in usable(family):
        for answer in JUNK:
            zero = family == "polynomial_equations" and answer == "0"  # often a root
            if answer not in key.answers and not zero:
                assert judge(answer, key).outcome == "fail", (answer, key)


def perturbed(right):
    """Answers that say more, less or something else than the right one."""
    yield f"{right} or not"
    yield f"not {right}"
    yield f"{right}\n{right}"
    yield f"{right} {right}"
    yield f"{right}; {right}"
    digits = list(re.finditer("[0-9]", right))
    for place in {digits[0].start(), digits[-1].start()} if digits else ():
        yield right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]


# What a perturbation makes right again: another answer by the rules, or the same value.
STILL_RIGHT = {
    "jugs": r".*",
    "propositional_logic": r".*",
    "polynomial_equations": r".*",
    "graph_color": r"[^;n]*",
    "power_function": r"[^ ]*",
    "number_format": r"[^ ]*",
    "decimal_arithmetic": r"[^ ]*",
    "cryptarithm": r"[^;n]*",
    "advanced_geometry": r"[^ ]*",
    "simple_integration": r".*",
    "intermediate_integration": r".*",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_changed_answer_does_not_pass(family):
    for key in usable(family):
        for right in key.answers:
            for answer in perturbed(right):
                found = judge(answer, key)
                assert found.outcome == "fail" or re.fullmatch(STILL_RIGHT.get(family, "$^"), answer), (answer, right)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_that_a_model_wrote_is_run(family, tmp_path, monkeypatch):
    for key in usable(family):
        judge("x", key)  # everything is imported before eval is taken away
    monkeypatch.chdir(tmp_path)

    def caught(*_):
        raise AssertionError("eval was called")

    monkeypatch.setattr(builtins, "eval", caught)
    for key in list(keys(family))[:2]:
        for answer in [*ATTACKS, *(f"{right} {attack}" for right in key.answers for attack in ATTACKS)]:
            try:
                assert judge(answer, key).outcome == "fail", answer
            except UnusableKey:
                assert family in UNSURE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_key_holds_is_not_run_either(family, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def poisoned(value):
        if isinstance(value, dict):
            return {name: poisoned(item) for name, item in value.items()}
        return ATTACKS[0] if isinstance(value, str) else value

    for key in list(keys(family))[:1]:
        spec = {**poisoned(key.spec), **({"family": family} if "family" in key.spec else {})}
        for answers in (key.answers, (ATTACKS[0],)):
            try:
                judge(ATTACKS[0], Key("k1", answers, key.verifier, spec))
            except UnusableKey:
                continue
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_reason_is_one_that_the_verifier_names(family):
    for key in usable(family):
        reasons = how(get(key.verifier)).reasons
        for answer in [*JUNK, *key.answers, *ATTACKS]:
            assert judge(answer, key).reason in (None, *reasons)


def key_of(family, right, **metadata):
    return Key("k1", (right,), "reasoning-gym", {"family": family, "metadata": metadata})


HANOI = {"num_disks": 2, "num_pegs": 4, "start_peg": 1, "target_peg": 4, "solution_length": 3}
MOVES = "Move disk 1 from Peg 1 to Peg {0}\nMove disk 2 from Peg 1 to Peg 4\nMove disk 1 from Peg {0} to Peg 4"
GRID = [["*", "O", "O"], ["O", "X", "O"], ["O", "O", "#"]]
LOCK = {
    "target_value": 3,
    "initial_state": "red",
    "initial_value": 0,
    "buttons": [
        {"name": "A", "type": "add", "value": 1, "active_state": "any"},
        {"name": "B", "type": "add", "value": 2, "active_state": "any"},
        {"name": "C", "type": "multiply", "value": 2, "active_state": "green"},
    ],
}
SUM = {"words_letters": ["AB", "CD"], "result_letters": "EF", "allow_leading_zero": False}
ALTERNATIVES = [
    (key_of("tower_of_hanoi", MOVES.format(2), **HANOI), MOVES.format(3)),
    (key_of("shortest_path", "right right down down", matrix=GRID), "down down right right"),
    (key_of("quantum_lock", "A → B", **LOCK), "B → A"),
    (key_of("quantum_lock", "A → B", **LOCK), "B->A"),
    (key_of("quantum_lock", "A → B", **LOCK), "B, A"),
    (key_of("jugs", '["fill A"]', puzzle={"jug_capacities": [2, 5], "target": 2}), '["fill B","pour B->A"]'),
    (key_of("cryptarithm", "A=1,B=2,C=3,D=4,E=4,F=6", **SUM), None),
    (key_of("cryptarithm", "A=1,B=2,C=3,D=5,E=4,F=7", **SUM), "F=7, A=1, B=5, C=3, D=2, E=4"),
    (key_of("palindrome_generation", "abba", letters=["a", "b", "b", "a"]), "baab"),
    (key_of("word_ladder", "COLD,CORD,WORD", start_word="COLD", end_word="WORD"), "cold, wold, word"),
    (
        key_of("knights_knaves", "Lily is an egoist, and Logan is an altruist."),
        "Logan is an altruist and Lily is an egoist",
    ),
    (key_of("propositional_logic", "(P ∨ Q)", variables=["P", "Q"], premises=["(P ∧ Q)"]), "(Q ∧ P)"),
    (key_of("rubiks_cube", "R'", cube_size=3, scramble_moves="R"), "R R R"),
    (key_of("kakurasu", "1 0\n0 1", row_sums=[1, 2], col_sums=[1, 2], n_rows=2, n_cols=2), "10\n01"),
    (key_of("time_intervals", "01:05:00", task_type="time_seconds"), "1:05:00"),
    (key_of("complex_arithmetic", "4.0 - 7.0i", result=[4, -7]), "4-7i"),
    (
        key_of(
            "power_function",
            "8.05544726166417e-06",
        ),
        "8.06e-6",
    ),
    (key_of("advanced_geometry", "(-51.000, 41.000)", task_type="orthocenter", ortho=["-51", "41"]), "(-51, 41)"),
]


ALTERNATIVES += [
    (key_of("quantum_lock", "A → B", **LOCK), "$B \\rightarrow A$"),
    (key_of("propositional_logic", "(P ∨ Q)", variables=["P", "Q"], premises=["(P ∧ Q)"]), "P \\land Q"),
    (key_of("shortest_path", "right right down down", matrix=GRID), "\\text{down down right right}"),
    (key_of("advanced_geometry", "19.01°", task_type="angle_measure"), "19.01^\\circ"),
]


@pytest.mark.parametrize(("key", "answer"), ALTERNATIVES)
def test_another_right_answer_passes(key, answer):
    if answer is None:  # a key whose own answer breaks the rules
        with pytest.raises(UnusableKey, match="key's own answer scores"):
            judge("A=1,B=2,C=3,D=5,E=4,F=7", key)
    else:
        assert judge(key.answers[0], key).outcome == "pass"
        assert judge(answer, key).outcome == "pass"


LENIENT = [
    # What the library's own scorers give full marks.
    (key_of("complex_arithmetic", "4.0 - 7.0i", result=[4, -7]), "nan", "wrong_form"),
    (key_of("complex_arithmetic", "4.0 - 7.0i", result=[4, -7]), "nanj", "wrong_form"),
    (ALTERNATIVES[17][0], "(-51, 41, 7)", "wrong_form"),
    (key_of("tower_of_hanoi", MOVES.format(2), **HANOI), "Never " + MOVES.format(2), "wrong_form"),
    (key_of("quantum_lock", "A → B", **LOCK), "Press the last, then A", "wrong_form"),
    (key_of("time_intervals", "5 days", task_type="date"), "5 hours", "wrong_form"),
    (key_of("time_intervals", "5 days", task_type="date"), "5", "wrong_form"),
    (key_of("time_intervals", "00:00:29.084", task_type="time_ms"), "00:00:29.0084", "wrong_form"),
    (key_of("knights_knaves", "Lily is an egoist."), "If Lily is an egoist", "wrong_form"),
    (key_of("knights_knaves", "Lily is an egoist."), "Lily is an egoist maybe", "wrong_form"),
    (key_of("cryptarithm", "A=1,B=2,C=3,D=5,E=4,F=7", **SUM), "A=9,A=1,B=2,C=3,D=5,E=4,F=7", "wrong_form"),
    (key_of("jugs", '["fill A"]', puzzle={"jug_capacities": [2], "target": 2}), '{"fill A": 1}', "wrong_form"),
    (key_of("jugs", '["fill A"]', puzzle={"jug_capacities": [2], "target": 2}), '["fill A or B"]', "wrong_form"),
    (ALTERNATIVES[11][0], "(P ∨ it)", "wrong_form"),
    (ALTERNATIVES[11][0], "P ∨ (Q", "wrong_form"),
    (ALTERNATIVES[11][0], "P ∨ QP", "wrong_form"),
    (ALTERNATIVES[13][0], "1 and 0\n0 and 1", "wrong_form"),
    (key_of("rubiks_cube", "R'", cube_size=3, scramble_moves="R"), "R3", "wrong_form"),
    # What they give less.
    (key_of("tower_of_hanoi", MOVES.format(2), **HANOI), "Move disk 1 from Peg 1 to Peg 2", "wrong_answer"),
    (key_of("shortest_path", "right right down down", matrix=GRID), "down up right right down down", "wrong_answer"),
    (key_of("propositional_logic", "(P ∨ Q)", variables=["P", "Q"], premises=["(P ∧ Q)"]), "P ∨ ¬P", "wrong_answer"),
    (
        key_of("word_ladder", "COLD,CORD,WORD", start_word="COLD", end_word="WORD"),
        "COLD,COXD,CORD,WORD",
        "wrong_answer",
    ),
    (
        key_of("propositional_logic", "(P ∨ Q)", variables=["P", "Q"], premises=["(P ∧ Q)"]),
        "(" * 990 + "P" + ")" * 990,
        "scorer_raised",
    ),
    (key_of("palindrome_generation", "abba", letters=["a", "b", "b", "a"]), "a" * 30_000, "too_long"),
]


@pytest.mark.parametrize(("key", "answer", "reason"), LENIENT)
def test_an_answer_without_full_marks_or_the_right_form_fails(key, answer, reason):
    found = judge(answer, key)
    assert (found.outcome, found.reason) == ("fail", reason)


def test_partial_credit_is_kept_as_the_score():
    found = judge("down up right right down down", key_of("shortest_path", "right right down down", matrix=GRID))
    assert (found.outcome, found.score) == ("fail", 0.5)


@pytest.mark.parametrize(
    ("family", "answer"),
    [
        ("number_sorting", "['-92.0', '-81.9', '-27.0', '-16.0', '30.0', '64.0', '82.0', '89.6']"),
        ("figlet_font", "ABCDEFGHIJ and more"),
        ("game_of_life", "[[0,1],[1,0],[1,1]]"),
        ("gsm_symbolic", "12 or 13"),
        ("coin_flip", "0"),
        ("decimal_arithmetic", "54.175"),
        ("puzzle24", "6*4*1*1"),
        ("game_of_life_halting", "perhaps"),
        ("pool_matrix", "5.79 6.25"),
        ("palindrome_partitioning", '{"ab": 1}'),
        ("polynomial_equations", "there are none"),
    ],
)
def test_what_a_replaced_scorer_would_pass_fails(family, answer):
    rights = {
        "number_sorting": "['-92.5', '-81.9', '-27.0', '-16.0', '30.0', '64.0', '82.0', '89.6']",
        "figlet_font": "ABCDEFGHIJK",
        "game_of_life": "[[0,1],[1,0]]",
        "gsm_symbolic": "12",
        "coin_flip": "1/32768",
        "decimal_arithmetic": "54.175068",
        "puzzle24": "8*3*(2-1)",
        "game_of_life_halting": "True",
        "pool_matrix": "5.75 6.25",
        "palindrome_partitioning": '[["a", "b"]]',
        "polynomial_equations": "",
    }
    own = {
        "puzzle24": {"numbers": [8, 3, 2, 1], "target": 24},
        "polynomial_equations": {"polynomial_expr": "x**2 + 1", "variable": "x"},
    }
    judged = FAMILIES[family]
    key = Key("k1", (rights[family],), judged.verifier, {**judged.settings, **own.get(family, {})})
    if rights[family]:
        assert judge(rights[family], key).outcome == "pass"
    assert judge(answer, key).outcome == "fail"


@pytest.mark.parametrize(
    ("answers", "spec"),
    [
        (("1",), {}),
        (("1",), {"family": "countdown", "metadata": {}}),
        (("1",), {"family": "spiral_matrix", "metadata": {}}),
        (("1",), {"family": ["sokoban"], "metadata": {}}),
        (("1",), {"family": "sokoban"}),
        ((), {"family": "sokoban", "metadata": {"gamestr": ""}}),
        (("L",), {"family": "sokoban", "metadata": {"gamestr": "+ + +"}}),
        (("L",), {"family": "sokoban", "metadata": {"gamestr": 3}}),
        (("Yes",), {"family": "knight_swap", "metadata": {}}),
        (("No",), {"family": "knight_swap", "metadata": {}}),
        (("AB,CD",), {"family": "word_ladder", "metadata": {"start_word": "A" * 10_000, "end_word": "CD"}}),
        (("1.5",), {"family": "complex_arithmetic", "metadata": {"result": ["nan", "nan"]}}),
    ],
)
def test_a_key_whose_own_answer_does_not_score_1_is_unusable(answers, spec):
    with pytest.raises(UnusableKey):
        judge("L", Key("k1", answers, "reasoning-gym", spec))


def test_a_scorer_cannot_change_the_key_or_print(capsys):
    [key, *_] = keys("knight_swap")
    before = json.dumps(key.spec)
    judge(key.answers[0], key)
    judge("Move disk 9 from Peg 9 to Peg 9", ALTERNATIVES[0][0])
    assert json.dumps(key.spec) == before
    assert capsys.readouterr().out == ""


def test_puzzles_are_judged_in_the_workers_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    families = ["tower_of_hanoi", "sudoku", "countdown", "string_insertion", "propositional_logic"]
    asked = [key for family in families for key in keys(family)[:2]]
    answers = [right for key in asked for right in (key.answers[0], ATTACKS[0], "(" * 990 + "P" + ")" * 990)]
    found = findings(
        [f"<think>so</think><answer>{answer}</answer>" for answer in answers],
        [key for key in asked for _ in range(3)],
    )
    assert [one.outcome for one in found] == ["pass", "fail", "fail"] * len(asked)
    assert list(tmp_path.iterdir()) == []
