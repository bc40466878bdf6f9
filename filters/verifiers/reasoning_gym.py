"""Puzzles with many right answers, by reasoning-gym's own scorers: only those of which every line has been read.

A scorer is asked only about an answer that has its family's form, because most of them are lenient: they ignore moves
that they cannot make, take the first number of a sentence, or pass nan. What a key or an answer holds is never
evaluated; families whose scorers do that, or which pass wrong answers in the right form, have verifiers of our own
(docs/puzzles.md lists them). Only a score of exactly 1 is a pass; less is kept as the score.

``spec``: ``family``, and ``metadata`` with what its scorer reads. The key's first answer must score 1, else the key is
unusable; so an error of the scorer is caused by the answer, and the answer fails.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
from functools import lru_cache
from typing import Any

from filters.finding import Finding
from filters.verifiers.text import undressed
from filters.verify import Key, UnusableKey, verifier

LONGEST = 2000
"""Characters of an answer, and as many again as four of the key's own answers: some scorers are slow with long ones."""


def row(item: str, between: str) -> str:
    """A pattern of one or more items. What stands between two of them must be readable in one way only, or a match may
    take for ever."""
    return rf"{item}(?:{between}{item})*"


UNSIGNED = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"
NUMBER = rf"-?{UNSIGNED}"
POURS = row(r"\"(?:fill [A-Z]|empty [A-Z]|pour [A-Z]->[A-Z])\"", r"\s*,\s*")
SWAPS = row(r"\"[wB],[A-Z][0-9]{1,2},[A-Z][0-9]{1,2}\"", r"\s*,\s*")
WAYS = row("(?:up|down|left|right)", r"\s+")
CLOCK = r"[0-9]{1,6}:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{3})?)?"

FORMS = {
    "advanced_geometry": rf"{NUMBER} ?°?|\({NUMBER}, ?{NUMBER}\)",
    "complex_arithmetic": rf"-?(?:{UNSIGNED}|(?:{UNSIGNED})?i|{UNSIGNED} ?[+-] ?(?:{UNSIGNED})?i)",
    "cryptarithm": r"(?!.*([A-Z]).*\1)" + row("[A-Z] ?= ?[0-9]", " ?, ?"),
    "jugs": rf"\[\s*{POURS}\s*\]",
    "kakurasu": row(row("[01]", r"[ ,]*"), r" *\n *"),
    "knight_swap": rf"(?i:no)|\[\s*{SWAPS}\s*\]",
    "knights_knaves": row("[A-Za-z]+ is an? [A-Za-z]+", "(?:, and |, | and )") + r"\.?",
    "palindrome_generation": r"[A-Za-z]+",
    "power_function": r"-?[0-9]{1,60}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,3})?",
    # No two names, nor a name and a parenthesis, side by side: the scorer would take them for one new variable.
    "propositional_logic": r"(?![\s\S]*[A-Z)]\s*[A-Z(¬])[A-Z()∨∧→↔¬\s]+",
    "quantum_lock": row("[ABC]", r"(?: *(?:→|->|,) *| +|)"),
    "rubiks_cube": row("[UDLRFB]w?'?", r"\s+"),
    "shortest_path": rf"infeasible|{WAYS}",
    "sokoban": r"[LURD]+",
    "time_intervals": rf"[0-9]{{1,6}} days?|{CLOCK}|[0-9]{{1,6}} days, {CLOCK}",
    "tower_of_hanoi": row("Move disk [0-9]{1,2} from Peg [0-9]{1,2} to Peg [0-9]{1,2}", r"[ \t]*\n[ \t\n]*"),
    "word_ladder": row("[A-Za-z]+", " ?, ?"),
}
"""The families whose scorers are asked, and the form an answer must have before they are."""


def library() -> Any:
    import reasoning_gym as gym

    return gym


@verifier("reasoning-gym", reasons=("too_long", "wrong_form", "wrong_answer", "scorer_raised"), prepare=library)
def reasoning_gym(answer: str, key: Key) -> Finding:
    family, metadata = key.spec.get("family"), key.spec.get("metadata")
    if not isinstance(family, str) or family not in FORMS:
        raise UnusableKey(f"no scorer is trusted with {family!r}; expected one of {', '.join(FORMS)}")
    if not isinstance(metadata, dict) or not key.answers:
        raise UnusableKey(f"{family} needs metadata and a right answer to try its scorer with")
    known = json.dumps(metadata, sort_keys=True, ensure_ascii=False, default=str)
    if wrong := fault(family, key.answers[0], known):
        raise UnusableKey(wrong)
    said = plain(answer)
    if len(said) > LONGEST + 4 * len(key.answers[0]):
        return Finding.fail("too_long", says=f"{said[:60]} goes on for {len(said)} characters", tier="scorer")
    if not formed(family, said):
        return Finding.fail("wrong_form", says=f"{said[:60]} is not how an answer is to be written", tier="scorer")
    detail: dict[str, Any] = {"answer": said, "tier": "scorer"}
    try:
        score = scored(family, said, key.answers[0], metadata)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the right answer was scored without one, so it is the answer's fault
        return Finding.fail("scorer_raised", says=f"{said[:60]}: {type(error).__name__}: {error}"[:300], **detail)
    if score == 1.0:
        return Finding.passed(score=1.0, **detail)
    return Finding.fail("wrong_answer", score=score, says=f"{said[:60]} does not solve the puzzle", **detail)


SIGNS = {
    **dict.fromkeys(("^\\circ", "^{\\circ}", "\\degree"), "°"),
    **dict.fromkeys(("\\rightarrow", "\\to", "\\implies", "\\Rightarrow"), "→"),
    **dict.fromkeys(("\\leftrightarrow", "\\iff", "\\Leftrightarrow"), "↔"),
    "\\land": "∧",
    "\\wedge": "∧",
    "\\lor": "∨",
    "\\vee": "∨",
    "\\neg": "¬",
    "\\lnot": "¬",
    "−": "-",
}
SIGN = re.compile("|".join(re.escape(sign) + ("(?![a-zA-Z])" if sign[-1].isalpha() else "") for sign in SIGNS))


@lru_cache(maxsize=64)
def fault(family: str, right: str, metadata: str) -> str | None:
    """Why a key cannot be used; None when its own answer scores 1."""
    if not formed(family, right.strip()):
        return f"the key's answer has not the form of {family}: {right[:100]!r}"
    try:
        score = scored(family, right.strip(), right, json.loads(metadata))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a scorer may raise about a key it was not made for
        return f"the scorer of {family} fails on the key's own answer: {type(error).__name__}: {error}"[:300]
    return None if score == 1.0 else f"the key's own answer scores {score}: {right[:100]!r}"


def plain(answer: str) -> str:
    """The answer without LaTeX's dress, and its signs as the puzzles write them."""
    bare = undressed(answer)
    if "\\" in bare or "−" in bare:
        bare = SIGN.sub(lambda match: SIGNS[match[0]], bare)
    return bare


def formed(family: str, answer: str) -> bool:
    """Whether an answer has its family's form, parentheses in pairs."""
    if not re.fullmatch(FORMS[family], answer):
        return False
    depth = 0
    for letter in answer:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return False
    return depth == 0


def scored(family: str, answer: str, right: str, metadata: dict[str, Any]) -> float:
    """The score of a family's own scorer; not below 0, and 0 for nan. It gets a copy of the metadata, as one scorer
    writes into it, and no standard output, as another prints."""
    entry = {"question": "", "answer": right, "metadata": copy.deepcopy(metadata)}
    with contextlib.redirect_stdout(io.StringIO()):
        score = float(dataset(family, len(metadata.get("start_word", ""))).score_answer(answer, entry))
    return score if score >= 0 else 0.0


@lru_cache(maxsize=32)
def dataset(family: str, word_length: int) -> Any:
    """A family's dataset, for its scorer. Word ladders know the words of the lengths they are made for."""
    config = {"min_word_length": word_length, "max_word_length": word_length} if family == "word_ladder" else {}
    return library().create_dataset(family, size=1, seed=0, **config)
