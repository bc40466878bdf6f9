"""What the checks of a recipe's verify stage would say of the attempts, so that nobody has to ask them a million times.

Version and settings are those of the real checks. That these would say the same is what tests/test_bulk.py asks them.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import polars as pl

from bulk.attempts import BEGAN, Attempts
from bulk.problems import Asked
from filters import keys
from filters.answers import DEADLINE
from filters.verdicts import Asked as Question
from filters.verdicts import ask

CHECKS = ("answer", "format", "language", "length", "repetition")
REVISED = 0.01
"""Share of traces of whose answer an older version of the check thought otherwise."""
FAULTS = {
    "math": "wrong_value", "number": "wrong_value", "choice": "wrong_choice", "text": "wrong_text",
    "code": "wrong_output",
}  # fmt: skip
"""What each verifier says of a wrong answer."""


@cache
def questions() -> dict[str, Question]:
    """The checks as a recipe without settings asks them, and ``key``, which is asked of answer keys."""
    asked = {one.check.name: one for one in ask(CHECKS, {}, None)}
    settings = {"deadline": DEADLINE, "answer": asked["answer"].check.version}
    return asked | {"key": Question(keys.CHECK, settings)}


def of_traces(rng: np.random.Generator, made: Attempts, problems: list[Asked], number: int) -> pl.DataFrame:
    """A verdict of every check on each trace of block ``number``; on some an older one of their answers before that."""
    place = made.facts["place"]
    facts = made.facts.with_columns(
        key_id=pl.Series([one.key_id for one in problems]).gather(place),
        fault=pl.Series([FAULTS[one.domain.verifier] for one in problems]).gather(place),
        draw=pl.Series(rng.random(made.facts.height)),
    )
    fate, cut, correct = pl.col("fate"), pl.col("cut"), pl.col("correct")
    fails, passes = pl.lit("fail"), pl.lit("pass")
    says = pl.when(~correct).then(pl.concat_str(pl.col("said"), pl.lit(" is not it")))
    answer = facts.select(
        "trace_id",
        "problem_id",
        "key_id",
        "draw",
        outcome=pl.when(cut).then(fails).when(fate == "timeout").then(pl.lit("undecided")).when(correct).then(passes)
        .otherwise(fails),
        reason=pl.when(cut).then(pl.lit("no_answer")).when(fate == "timeout").then(pl.lit("timeout"))
        .when(~correct).then("fault"),
        detail=pl.when(cut).then(pl.lit('{"why": "no_form"}')).otherwise(
            pl.struct(extracted="said", answer="said", says=says).struct.json_encode()
        ),
        elapsed_ms=(pl.col("draw") * 20).round(3),
    )  # fmt: skip
    was = pl.when(pl.col("outcome") == "pass")
    older = answer.filter((pl.col("draw") < REVISED) & pl.col("detail").str.contains("extracted")).with_columns(
        outcome=was.then(fails).otherwise(passes), reason=was.then(pl.lit("wrong_value"))
    )
    form = pl.when(cut).then(pl.lit("truncated")).when(fate == "tags").then(pl.lit("think_tags"))
    plain = {
        "format": form,
        "language": pl.when(fate == "mixed").then(pl.lit("mixed")),
        "length": pl.lit(None, pl.String),
        "repetition": pl.when(fate == "loop").then(pl.lit("loop")),
    }
    found = [asked(older, "answer", number, older=True), asked(answer, "answer", number)]
    for name, reason in plain.items():
        opinion = facts.select("trace_id", "problem_id", "draw", reason=reason).with_columns(
            outcome=pl.when(pl.col("reason").is_null()).then(passes).otherwise(fails),
            score=pl.when(pl.col("reason").is_null()).then((1 - pl.col("draw") / 50).round(4)).otherwise(0.25),
            detail=pl.lit("{}"),
            elapsed_ms=(pl.col("draw") * 2).round(3),
        )
        found.append(asked(opinion, name, number))
    return pl.concat(found, how="diagonal").drop("draw")


def of_keys(problems: list[Asked], number: int) -> pl.DataFrame:
    """A verdict on each answer key that is tried before anybody answers."""
    tried = [one for one in problems if keys.tried(one.domain.verifier)]
    rows = {"problem_id": [one.problem_id for one in tried], "key_id": [one.key_id for one in tried]}
    return asked(pl.DataFrame(rows).with_columns(outcome=pl.lit("pass"), detail=pl.lit("{}")), "key", number)


def asked(opinions: pl.DataFrame, name: str, number: int, older: bool = False) -> pl.DataFrame:
    """Opinions with the check, the version and the settings that they are of, and when that was."""
    question = questions()[name]
    return opinions.with_columns(
        check_name=pl.lit(name),
        version=pl.lit(question.check.version - older, pl.Int32),
        settings_hash=pl.lit(question.settings_hash),
        run_id=pl.lit("bulk"),
        created_at=pl.lit(BEGAN + timedelta(hours=number, minutes=10 if older else 20)).cast(pl.Datetime("us", "UTC")),
    )
