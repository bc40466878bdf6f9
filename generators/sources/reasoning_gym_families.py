"""How each family of reasoning-gym is judged: by which verifier, with what of a puzzle's metadata in its key.

Every family of the library stands here or among the refused; a test walks its registry. The library's own scorers judge
only where the verifier is ``reasoning-gym``: all others either run what a model wrote, pass wrong answers, or are no
better than comparing exactly (docs/puzzles.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


def given(puzzle: dict[str, Any]) -> str | None:
    """The reference answer as the library gives it."""
    return None if puzzle["answer"] is None else str(puzzle["answer"])


@dataclass(frozen=True)
class Judged:
    """A verifier, and the key it needs."""

    verifier: str
    fields: tuple[str, ...] = ()
    """Of the metadata, into the key's spec."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Into the key's spec as they are."""
    answer: Callable[[dict[str, Any]], str | None] = given
    """A puzzle -> its reference answer, or None when it has none to judge by."""
    by_rules: bool = False
    """The verifier needs no reference answer."""


TEXT = Judged("text")
EXACT = Judged("text", settings={"exact": True})
NUMBER = Judged("number")
NUMBERS = Judged("grid", settings={"entries": "number"})
WORDS = Judged("grid", settings={"entries": "word"})


def scorer(*fields: str, answer: Callable[[dict[str, Any]], str | None] = given) -> Judged:
    """By the family's own scorer, which reads these fields of the metadata."""
    return Judged("reasoning-gym", fields, answer=answer)


def solved(puzzle: dict[str, Any]) -> str | None:
    """The reference of an integration; None where SymPy itself could not do it."""
    return None if "Integral(" in puzzle["answer"] or "Piecewise(" in puzzle["answer"] else puzzle["answer"]


def determined(puzzle: dict[str, Any]) -> str | None:
    """The reference of an equation; None where the unknown fell out of it, as in 0 = 0."""
    return puzzle["answer"] if puzzle["metadata"]["variable"] in puzzle["metadata"]["equation"] else None


def odds(puzzle: dict[str, Any]) -> str:
    exact = puzzle["metadata"]["rational"]
    return f"{exact['numerator']}/{exact['denominator']}"


def colors(puzzle: dict[str, Any]) -> str:
    return json.dumps({str(vertex): color for vertex, color in puzzle["metadata"]["possible_answer"].items()})


FAMILIES = {
    "ab": EXACT,
    "acre": TEXT,
    "advanced_geometry": scorer("task_type", "ortho", "incircle_radius_exact"),
    "aiw": NUMBER,
    "arc_1d": NUMBERS,
    "arc_agi": WORDS,
    "base_conversion": TEXT,
    "basic_arithmetic": NUMBER,
    "bf": EXACT,
    "binary_alternation": NUMBER,
    "binary_matrix": NUMBERS,
    "bitwise_arithmetic": Judged("number", settings={"base": 16}),
    "boxnet": Judged("boxes", ("initial_state",), by_rules=True),
    "caesar_cipher": TEXT,
    "calendar_arithmetic": TEXT,
    "chain_sum": NUMBER,
    "circuit_logic": NUMBER,
    "codeio": Judged("json"),
    "coin_flip": Judged("number", answer=odds),
    "color_cube_rotation": TEXT,
    "complex_arithmetic": scorer("result"),
    "count_bits": NUMBER,
    "count_primes": NUMBER,
    "countdown": Judged("countdown", ("numbers", "target")),
    "course_schedule": TEXT,
    "cryptarithm": scorer("words_letters", "result_letters", "allow_leading_zero"),
    # The question asks for 12 significant digits; each operation may have been rounded to as many.
    "decimal_arithmetic": Judged("number", settings={"relative": "1e-11"}),
    "decimal_chain_sum": NUMBER,
    "dice": Judged("fraction"),
    "emoji_mystery": EXACT,
    "family_relationships": TEXT,
    "figlet_font": TEXT,
    "fraction_simplification": Judged("fraction", ("numerator", "denominator")),
    "futoshiki": Judged("futoshiki", ("puzzle", "constraints")),
    "game_of_life": NUMBERS,
    "game_of_life_halting": TEXT,
    "gcd": NUMBER,
    "graph_color": Judged("coloring", ("puzzle",), answer=colors),
    "group_anagrams": Judged("grid", settings={"entries": "word", "order": "any"}),
    "gsm_symbolic": NUMBER,
    "intermediate_integration": Judged("integral", ("integrand", "variable"), answer=solved),
    "isomorphic_strings": TEXT,
    "jugs": scorer("puzzle"),
    "kakurasu": scorer("row_sums", "col_sums", "n_rows", "n_cols"),
    "knight_swap": scorer("is_possible", "board", "pieces", "start_turn", "solution"),
    "knights_knaves": scorer(),
    "largest_island": NUMBER,
    "lcm": NUMBER,
    "leg_counting": NUMBER,
    "letter_counting": NUMBER,
    "letter_jumble": EXACT,
    "list_functions": NUMBERS,
    "mahjong_puzzle": TEXT,
    "manipulate_matrix": NUMBERS,
    "maze": NUMBER,
    "mini_sudoku": Judged("sudoku", ("puzzle",)),
    "modulo_grid": EXACT,
    "n_queens": Judged("queens", ("puzzle",)),
    "needle_haystack": TEXT,
    "number_filtering": NUMBERS,
    # The candidates are shown rounded, so the one that is copied may not be the number itself.
    "number_format": Judged("number", settings={"tolerance": "0.01"}),
    "number_sequence": NUMBER,
    "number_sorting": NUMBERS,
    "palindrome_generation": scorer("letters"),
    "palindrome_partitioning": Judged("grid", settings={"entries": "word", "order": "rows"}),
    "path_star": NUMBERS,
    "polynomial_equations": Judged("roots", ("polynomial_expr", "variable")),
    "polynomial_multiplication": Judged("polynomial", ("variables",)),
    "pool_matrix": Judged("grid", settings={"entries": "number", "tolerance": "0.005"}),
    "power_function": scorer(),
    "prime_factorization": Judged("factorization", ("number",)),
    "products": NUMBER,
    "propositional_logic": scorer("variables", "premises", answer=lambda puzzle: puzzle["metadata"]["example_answer"]),
    "puzzle24": Judged("countdown", ("numbers",), {"target": 24}),
    "quantum_lock": scorer("target_value", "buttons", "initial_state", "initial_value"),
    "ransom_note": TEXT,
    "rearc": WORDS,
    "rectangle_count": NUMBER,
    "rotate_matrix": NUMBERS,
    "rotten_oranges": NUMBER,
    "rubiks_cube": scorer(
        "cube_size", "scramble_moves", answer=lambda puzzle: puzzle["metadata"]["example_correct_answer"]
    ),
    "rush_hour": Judged("rush-hour", ("board_config",), by_rules=True),
    "self_reference": NUMBER,
    "sentence_reordering": EXACT,
    "shortest_path": scorer("matrix"),
    "simple_equations": Judged("equation", ("equation", "variable"), answer=determined),
    "simple_geometry": NUMBER,
    "simple_integration": Judged("antiderivative", ("integrand", "variable")),
    "sokoban": scorer("gamestr"),
    "spell_backward": EXACT,
    "spiral_matrix": NUMBERS,
    "string_insertion": EXACT,
    "string_manipulation": EXACT,
    "string_splitting": NUMBERS,
    "string_synthesis": NUMBERS,
    "sudoku": Judged("sudoku", ("puzzle",)),
    "survo": Judged("survo", ("puzzle", "candidate_numbers")),
    "syllogism": TEXT,
    "time_intervals": scorer("task_type"),
    "tower_of_hanoi": scorer("num_disks", "num_pegs", "start_peg", "target_peg", "solution_length"),
    "tsumego": Judged("capture", ("board",)),
    "word_ladder": scorer("start_word", "end_word"),
    "word_sequence_reversal": WORDS,
    "word_sorting": WORDS,
    "zebra_puzzles": TEXT,
}

REFUSED = {
    "composite": "its puzzles are those of other families; name one of them",
}
"""Families that give no problems, and why."""


def spec(family: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """What of a puzzle's metadata its verifier needs, as JSON can hold it."""
    judged = FAMILIES[family]
    known = {name: plain(metadata[name]) for name in judged.fields if name in metadata}
    if judged.verifier == "reasoning-gym":
        return {"family": family, "metadata": known}
    return {**known, **judged.settings}


def plain(value: Any) -> Any:
    """The same value of lists, text keys and numbers only: no tuples, no numpy."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value.item() if hasattr(value, "item") else value
