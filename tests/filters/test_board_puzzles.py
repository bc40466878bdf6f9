"""Survo, n queens, rush hour, graph colouring, boxnet and captures in Go, by their rules."""

import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey

SURVO = {
    "puzzle": [[0, 1, 2, 9, 19], [2, 6, 1, 9, 18], [4, 1, 2, 7, 14], [7, 0, 4, 0, 15], [20, 10, 9, 27, 66]],
    "candidate_numbers": [2, 7, 2],
}
QUEENS = {"puzzle": [["_", "_", "_", "_"], ["_", "_", "_", "Q"], ["_", "_", "_", "_"], ["_", "_", "_", "_"]]}
RUSH = {"board_config": "oooooooooooBAAoooBoooooBoooooooooooo"}
GRAPH = {"puzzle": {"vertices": [0, 1, 2], "edges": [[0, 1], [1, 2]], "color_options": [1, 2]}}

BOXES = {"initial_state": {"0.5_0.5": ["target_red"], "0.5_1.5": [], "1.5_0.5": ["box_red"], "1.5_1.5": []}}
UP = '{"Agent[1.5, 0.5]": "move(box_red, square[0.5, 0.5])"}'
MATCH = '{"Agent[0.5, 0.5]": "move(box_red, target_red)"}'
# D1 takes two stones, A3 and D4 one each.
GO = {"board": [[".", "X", "O", "."], ["O", "X", "X", "X"], ["X", "X", "X", "X"], ["X", "O", "O", "."]]}


def ask(verifier, answer, spec):
    return get(verifier)(answer, Key("k1", (), verifier, spec))


@pytest.mark.parametrize(
    ("verifier", "answer", "spec"),
    [
        ("survo", "7 1 2 9 19\n2 6 1 9 18\n4 1 2 7 14\n7 2 4 2 15\n20 10 9 27 66", SURVO),
        ("survo", "[[7,1,2,9,19],[2,6,1,9,18],[4,1,2,7,14],[7,2,4,2,15],[20,10,9,27,66]]", SURVO),
        (
            "survo",
            "1 2 3\n2 1 3\n3 3 6",
            {"puzzle": [[0, 0, 3], [0, 0, 3], [3, 3, 6]], "candidate_numbers": [1, 1, 2, 2]},
        ),
        (
            "survo",
            "2 1 3\n1 2 3\n3 3 6",
            {"puzzle": [[0, 0, 3], [0, 0, 3], [3, 3, 6]], "candidate_numbers": [1, 1, 2, 2]},
        ),
        ("queens", "_ Q _ _\n_ _ _ Q\nQ _ _ _\n_ _ Q _", QUEENS),
        ("queens", "_Q__\n___Q\nQ___\n__Q_", QUEENS),
        ("queens", ". Q . .\n. . . Q\nQ . . .\n. . Q .", QUEENS),
        ("queens", "[['_','Q','_','_'],['_','_','_','Q'],['Q','_','_','_'],['_','_','Q','_']]", QUEENS),
        ("rush-hour", "B+2 A+4", RUSH),
        ("rush-hour", "B+1, B+1, A+3, A+1", RUSH),
        ("rush-hour", "A+1 A-1 B-1 B+3 A+4", RUSH),
        ("boxes", f"[{UP}, {MATCH}]", BOXES),
        ("boxes", f"```json\n[{UP},\n{MATCH}]\n```", BOXES),
        ("boxes", f"[{{}}, {UP}, {MATCH}]", BOXES),
        ("capture", "D1", GO),
        ("capture", " d1. ", GO),
        ("coloring", '{"0": 1, "1": 2, "2": 1}', GRAPH),
        ("coloring", "{0: 2, 1: 1, 2: 2}", GRAPH),
        ("coloring", '{"2": 1,\n "1": 2, "0": "1"}', GRAPH),
    ],
)
def test_any_solution_passes(verifier, answer, spec):
    assert ask(verifier, answer, spec).outcome == "pass"


@pytest.mark.parametrize(
    ("verifier", "answer", "spec", "reason"),
    [
        ("survo", "7 1 2 9 19\n2 6 1 9 18\n4 1 2 7 14\n2 2 4 7 15\n20 10 9 27 66", SURVO, "changed_clue"),
        ("survo", "7 1 2 9 19\n2 6 1 9 18\n4 1 2 7 14\n7 1 4 3 15\n20 10 9 27 66", SURVO, "wrong_numbers"),
        ("survo", "2 1 2 9 19\n2 6 1 9 18\n4 1 2 7 14\n7 2 4 7 15\n20 10 9 27 66", SURVO, "wrong_sum"),
        ("survo", "7 1 2 9\n2 6 1 9\n4 1 2 7\n7 2 4 2", SURVO, "not_a_table"),
        ("survo", "7 1 2 9 19 or so\n2 6 1 9 18\n4 1 2 7 14\n7 2 4 2 15\n20 10 9 27 66", SURVO, "not_a_table"),
        ("survo", "", SURVO, "not_a_table"),
        ("queens", "Q _ _ _\n_ _ _ Q\n_ Q _ _\n_ _ Q _", QUEENS, "attacked"),
        ("queens", "_ Q _ _\n_ _ _ Q\nQ _ _ _\n_ _ _ _", QUEENS, "attacked"),
        ("queens", "Q Q Q Q\nQ Q Q Q\nQ Q Q Q\nQ Q Q Q", QUEENS, "attacked"),
        ("queens", "_ _ Q _\nQ _ _ _\n_ _ _ Q\n_ Q _ _", QUEENS, "changed_clue"),
        ("queens", "_ Q _ _\n_ _ _ Q\nQ _ _ _", QUEENS, "not_a_board"),
        ("queens", "_ Q _ _\n_ _ _ Q\nQ _ _ _\n_ _ K _", QUEENS, "not_a_board"),
        ("queens", "2,4,1,3", QUEENS, "not_a_board"),
        ("rush-hour", "A+4", RUSH, "illegal_move"),
        ("rush-hour", "B+2 A+9", RUSH, "illegal_move"),
        ("rush-hour", "B+9 A+4", RUSH, "illegal_move"),
        ("rush-hour", "B+2", RUSH, "not_solved"),
        ("rush-hour", "B+2 A+3", RUSH, "not_solved"),
        ("rush-hour", "B+2 A+4 C+1", RUSH, "no_such_car"),
        ("rush-hour", "B+2 then A+4", RUSH, "not_moves"),
        ("rush-hour", "B+0 A+4", RUSH, "not_moves"),
        ("rush-hour", "B+99999999 A+4", RUSH, "not_moves"),
        ("rush-hour", "B+2 " * 5000, RUSH, "not_moves"),
        ("boxes", f"[{UP}]", BOXES, "not_solved"),
        ("boxes", "[]", BOXES, "not_solved"),
        ("boxes", f"[{MATCH}]", BOXES, "illegal_move"),
        ("boxes", f"[{UP}, {UP}, {MATCH}]", BOXES, "illegal_move"),
        ("boxes", "[" + UP.replace("0.5, 0.5])", "0.5, 1.5])") + "]", BOXES, "illegal_move"),
        ("boxes", "[" + UP.replace("0.5, 0.5])", "2.5, 0.5])") + "]", BOXES, "illegal_move"),
        ("boxes", "[" + UP[:-1] + ", " + MATCH[1:] + "]", BOXES, "illegal_move"),
        ("boxes", f"[{UP}, {MATCH.replace('target_red', 'target_blue')}]", BOXES, "illegal_move"),
        ("boxes", f"[{UP}, {MATCH.replace('Agent', 'agent')}]", BOXES, "illegal_move"),
        ("boxes", UP, BOXES, "not_a_plan"),
        ("boxes", "[1]", BOXES, "not_a_plan"),
        ("boxes", f"First [{UP}, {MATCH}]", BOXES, "not_a_plan"),
        ("boxes", "[" * 50_000, BOXES, "not_a_plan"),
        ("capture", "A4", GO, "wrong_move"),
        ("capture", "D4", GO, "wrong_move"),
        ("capture", "D2", GO, "wrong_move"),
        ("capture", "Z99", GO, "wrong_move"),
        ("capture", "D1 or A4", GO, "not_a_move"),
        ("capture", "4D", GO, "not_a_move"),
        ("coloring", '{"0": 1, "1": 1, "2": 1}', GRAPH, "same_color"),
        ("coloring", '{"0": 1, "1": 3, "2": 1}', GRAPH, "wrong_color"),
        ("coloring", '{"0": 1, "1": 2}', GRAPH, "wrong_vertices"),
        ("coloring", '{"0": 1, "1": 2, "2": 1, "3": 1}', GRAPH, "wrong_vertices"),
        ("coloring", '{"0": 1, "0": 2, "1": 2, "2": 1}', GRAPH, "wrong_vertices"),
        ("coloring", '{"0": 1, "1": 2, "2": 1} or not', GRAPH, "not_a_map"),
        ("coloring", "[1, 2, 1]", GRAPH, "not_a_map"),
        ("coloring", "{" * 100_000, GRAPH, "not_a_map"),
    ],
)
def test_what_breaks_a_rule_fails_with_its_reason(verifier, answer, spec, reason):
    found = ask(verifier, answer, spec)
    assert (found.outcome, found.reason) == ("fail", reason)


def test_walls_stand_and_cars_go_by_the_letters_of_the_text():
    walled = {"board_config": "ooooooooooooCCoxooooooooooooooooKKoo"}
    assert ask("rush-hour", "A+4", walled).reason == "illegal_move"
    assert ask("rush-hour", "K+1", walled).reason == "no_such_car"
    assert ask("rush-hour", "B+1", walled).reason == "not_solved"


@pytest.mark.parametrize(
    ("verifier", "spec"),
    [
        ("survo", {}),
        ("survo", {"puzzle": [[1, 2], [3]], "candidate_numbers": []}),
        ("survo", {"puzzle": [[0, 1], [1, 1]], "candidate_numbers": ["1"]}),
        ("survo", {"puzzle": [[0, "1"], [1, 1]], "candidate_numbers": [1]}),
        ("queens", {}),
        ("queens", {"puzzle": [["Q", "K"], ["_", "_"]]}),
        ("queens", {"puzzle": [["Q", []], ["_", "_"]]}),
        ("queens", {"puzzle": [["_"] * 51] * 51}),
        ("rush-hour", {}),
        ("rush-hour", {"board_config": "AA"}),
        ("rush-hour", {"board_config": "o" * 36}),
        ("rush-hour", {"board_config": "AA" + "o" * 34}),
        ("rush-hour", {"board_config": "o" * 12 + "AAo" + "B" + "o" * 20}),
        ("rush-hour", {"board_config": "o" * 12 + "AoA" + "o" * 21}),
        ("boxes", {}),
        ("boxes", {"initial_state": {"0.5_0.5": ["target_red"]}}),
        ("boxes", {"initial_state": {"here": ["box_red"]}}),
        ("boxes", {"initial_state": {"0.5_0.5": [7]}}),
        ("capture", {}),
        ("capture", {"board": [["."]]}),
        ("capture", {"board": [[".", "Q"], [".", "."]]}),
        ("coloring", {}),
        ("coloring", {"puzzle": {"vertices": [0], "edges": [[0, 1]], "color_options": [1]}}),
        ("coloring", {"puzzle": {"vertices": [0], "edges": [0], "color_options": [1]}}),
    ],
)
def test_a_key_that_is_no_such_puzzle_is_unusable(verifier, spec):
    with pytest.raises(UnusableKey):
        ask(verifier, "1", spec)


def test_a_capture_key_whose_own_move_is_not_the_best_is_unusable():
    with pytest.raises(UnusableKey, match="another move captures more"):
        get("capture")("D1", Key("k1", ("A4",), "capture", GO))
    assert get("capture")("D1", Key("k1", ("D1",), "capture", GO)).outcome == "pass"
