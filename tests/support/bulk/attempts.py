"""Ten attempts at each problem of a block, by three teachers: the rows of ``traces``, and what became of each.

All columns are arrays; Python goes through the rows only to hash them, as ids and texts are hashed everywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from bulk.problems import Asked, told
from bulk.prose import prose
from bulk.similar import DEGREES, jaccard, resembling
from generators import styles
from generators.journeys import Attempt, Means
from generators.journeys.rows import shortcut
from generators.journeys.stitched import stitched
from warehouse import ids
from warehouse.lake.lake import as_arrow

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
"""When the first block was made; every block an hour after the one before."""
TEACHERS = (("teacher-large", 4, 0.6, 2.4e-6), ("teacher-medium", 4, 0.0, 0.9e-6), ("teacher-small", 2, -0.9, 0.2e-6))
"""(name, samples of each problem, skill in log odds, price of a token)."""
SAMPLES = sum(count for _, count, _, _ in TEACHERS)
SIGMA = 1.2
"""Of the log-normal sizes: their 99th percentile is about eight times their mean."""
TOKEN = 3.6
"""Bytes of text to a token."""
LIMIT = 32_768
"""max_tokens: what would be longer is cut."""
FATES = (("mixed", 0.008), ("loop", 0.008), ("tags", 0.005), ("timeout", 0.003))
"""What may befall a trace beside a wrong answer: two languages, going round in circles, tags that do not open, a
verifier that did not come to an end."""
NOBODY = Means(complete=lambda requests: iter(()), judge=lambda traces: traces.clear())
"""Whom a builder has to ask that asks nobody."""
JOURNEYS = 0.06
"""Share of the reasoning problems with right and wrong attempts where a journey and its shortcut take the last two
places."""
STYLE = "boxed"


@dataclass
class Attempts:
    """Rows of traces, what was made of each, and which resemble each other."""

    traces: pa.Table
    facts: pl.DataFrame
    """One row per trace: trace_id, problem, correct, fate, said, wants, cut."""
    planted: list[dict[str, Any]]


def attempts(rng: np.random.Generator, problems: list[Asked], number: int, near: range) -> Attempts:
    """The attempts at block ``number``; ``near`` are the pairs of completions that are to resemble each other."""
    count = len(problems) * SAMPLES
    problem = np.repeat(np.arange(len(problems)), SAMPLES)
    teacher = np.tile(np.repeat(np.arange(len(TEACHERS)), [t[1] for t in TEACHERS]), len(problems))
    sample = np.tile(np.concatenate([np.arange(t[1]) for t in TEACHERS]), len(problems))
    rate = np.array([one.rate for one in problems])[problem]
    odds = np.log(rate / (1 - rate)) + np.array([t[2] for t in TEACHERS])[teacher]
    correct = rng.random(count) < 1 / (1 + np.exp(-odds))
    fate = np.searchsorted(np.cumsum([share for _, share in FATES]), rng.random(count), side="right")
    fates = np.array([name for name, _ in FATES] + ["fine"])[fate]
    mean = np.array([one.domain.bytes for one in problems])[problem]
    sizes = np.exp(np.log(mean) - SIGMA**2 / 2 + SIGMA * rng.standard_normal(count)) * np.where(correct, 1, 1.3)
    cut = sizes > LIMIT * TOKEN
    sizes = np.clip(sizes, 200, LIMIT * TOKEN).astype(np.int64)
    said = np.array([[one.right, *one.wrong] for one in problems], dtype=object)
    which = np.where(correct, 0, 1 + np.searchsorted([0.6, 0.85], rng.random(count)))
    said = said[problem, which]
    chinese = np.array([one.language == "zh" for one in problems])[problem]

    thoughts = written(rng, chinese, sizes)
    responses = written(rng, chinese, rng.integers(60, 500, count))
    more = np.full(count, "", dtype=object)
    for place in np.flatnonzero(fates == "mixed"):
        other = "en" if chinese[place] else "zh"
        more[place] = prose(other).write(rng, sizes[place : place + 1])[0].as_py()
    for place in np.flatnonzero(fates == "loop"):
        (turn,) = prose("zh" if chinese[place] else "en").write(rng, np.array([100])).to_pylist()
        more[place] = turn * 60
    ends = final(said, np.array([one.domain.verifier == "code" for one in problems])[problem])
    pairs = similar(rng, thoughts, responses, (fates == "fine") & correct & ~cut & ~chinese, problem, near)
    if pairs:
        thoughts, responses = exchanged(thoughts, pairs, "thought"), exchanged(responses, pairs, "response")
    opening = np.where(fates == "tags", "", "<think>\n")
    closing = np.where(cut, "", "\n</think>\n\n")
    empty = pa.scalar("", pa.large_string())
    parts = [opening, thoughts, more, closing, pc.if_else(pa.array(cut), empty, responses), np.where(cut, "", ends)]
    completions = pc.binary_join_element_wise(*(pa.array(part, pa.large_string()) for part in parts), empty)

    table = rows(rng, problems, problem, teacher, sample, completions, cut, number)
    names = table["trace_id"].to_pylist()
    facts = pl.DataFrame(
        {
            "trace_id": names,
            "place": problem,
            "problem_id": table["problem_id"].to_pylist(),
            "correct": correct,
            "fate": fates,
            "said": said,
            "cut": cut,
            "kind": table["kind"].to_pylist(),
        }
    )
    planted = [
        told("near_completion", names[p["to"]], names[p["of"]],
             jaccard(completions[p["to"]].as_py(), completions[p["of"]].as_py()), None)
        for p in pairs
    ]  # fmt: skip
    return with_journeys(table, facts, planted, problems, {p[side] for p in pairs for side in ("to", "of")})


def written(rng: np.random.Generator, chinese: np.ndarray, sizes: np.ndarray) -> pa.LargeStringArray:
    """Texts of about so many bytes each, in the language of each."""
    places = [np.flatnonzero(~chinese), np.flatnonzero(chinese)]
    texts = [prose(name).write(rng, sizes[mine]) for name, mine in zip(("en", "zh"), places, strict=True)]
    return pa.concat_arrays(texts).take(pa.array(np.argsort(np.concatenate(places), kind="stable")))


def final(said: np.ndarray, code: np.ndarray) -> np.ndarray:
    """How a completion ends: with a program, or with a box."""
    frame = pl.DataFrame({"said": said.tolist(), "code": code})
    program = pl.concat_str(pl.lit("\n\n```python\n"), "said", pl.lit("\n```"))
    box = pl.concat_str(pl.lit("\n\n\\boxed{"), "said", pl.lit("}"))
    return frame.select(end=pl.when("code").then(program).otherwise(box))["end"].to_numpy()


def similar(
    rng: np.random.Generator,
    thoughts: pa.Array,
    responses: pa.Array,
    free: np.ndarray,
    problem: np.ndarray,
    near: range,
) -> list[dict[str, Any]]:
    """Pairs of places with what is to stand in the second: an exact copy, or one that some words were exchanged in.

    By turns the two are answers to one problem and to two.
    """
    places = rng.permutation(np.flatnonzero(free)).tolist()
    used: set[int] = set()
    pairs = []
    for number in near:
        of = next(place for place in places if place not in used)
        used.add(of)
        alike = number % 2 == 0 or number % len(DEGREES) == 0
        to = next((p for p in places if p not in used and (problem[p] == problem[of]) == alike), None)
        if to is None:
            continue
        used.add(to)
        degree = DEGREES[number % len(DEGREES)]
        thought, response = thoughts[of].as_py(), responses[of].as_py()
        if degree < 1:
            thought = resembling(thought, degree, rng)
        pairs.append({"of": of, "to": to, "thought": thought, "response": response})
    return pairs


def exchanged(texts: pa.Array, pairs: list[dict[str, Any]], what: str) -> pa.Array:
    """The texts with those of the pairs in their places."""
    order = sorted(pairs, key=lambda pair: pair["to"])
    mask = np.zeros(len(texts), dtype=bool)
    mask[[pair["to"] for pair in order]] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array([pair[what] for pair in order], texts.type))


def rows(
    rng: np.random.Generator,
    problems: list[Asked],
    problem: np.ndarray,
    teacher: np.ndarray,
    sample: np.ndarray,
    completions: pa.Array,
    cut: np.ndarray,
    number: int,
) -> pa.Table:
    """The columns of ``traces``."""
    style = styles.load(STYLE)
    asked = [style.messages(one.prompt) for one in problems]
    prompts = pa.array([content for ((_, content),) in asked], pa.large_string()).take(pa.array(problem))
    roles = pa.array(np.full(len(problem), "user"))
    messages = pa.ListArray.from_arrays(
        pa.array(np.arange(len(problem) + 1), pa.int32()),
        pa.StructArray.from_arrays([roles, prompts], ["role", "content"]),
    )
    names = np.array([t[0] for t in TEACHERS])
    shape = {"temperature": 0.6, "top_p": 0.95}
    weights = np.array([f"{name}@{ids.digest(name)}" for name in names])
    problem_ids = np.array([one.problem_id for one in problems])[problem]
    tokens = np.where(cut, LIMIT, pc.binary_length(completions).to_numpy(zero_copy_only=False) / TOKEN).astype(np.int32)
    seconds = np.round(tokens / np.array([900, 2200, 6000])[teacher], 3)
    trace_ids = [
        ids.trace_id(one, style.asked, weight, "sample", shape, (), int(index))
        for one, weight, index in zip(problem_ids.tolist(), weights[teacher].tolist(), sample, strict=True)
    ]
    columns: dict[str, Any] = {
        "trace_id": trace_ids,
        "text_hash": [ids.text_hash(text) for text in completions.to_pylist()],
        "problem_id": problem_ids,
        "kind": np.array([one.domain.kind for one in problems])[problem],
        "model": names[teacher],
        "weights": weights[teacher],
        "messages": messages,
        "sample_index": sample.astype(np.int32),
        "seed": rng.integers(0, 1 << 31, len(problem)),
        "completion": completions,
        "finish_reason": np.where(cut, "length", "stop"),
        "prompt_tokens": np.array([len(one.prompt.encode()) / TOKEN for one in problems]).astype(np.int32)[problem],
        "completion_tokens": tokens,
        "mean_logprob": np.round(-0.35 + 0.08 * rng.standard_normal(len(problem)), 4),
        "seconds": seconds,
        "cost": tokens * np.array([t[3] for t in TEACHERS])[teacher],
    }
    constant = {
        "run_id": "bulk",
        "strategy": "sample",
        "engine": "bulk",
        "prompt_style": style.label,
        "sampling": json.dumps({"max_tokens": LIMIT, **shape}),
    }
    made = pa.table({name: pa.array(values) for name, values in columns.items()})
    for name, value in constant.items():
        made = made.append_column(name, pa.repeat(pa.scalar(value), len(problem)))
    for name, kind in (("parents", pa.string()), ("spans", pa.null())):
        made = made.append_column(name, pa.array([[]] * len(problem), pa.list_(kind)))
    return dated(made, number)


def dated(made: pa.Table, number: int) -> pa.Table:
    """In the declared schema, made in the hour of its block."""
    moment = pa.scalar(BEGAN + timedelta(hours=number), pa.timestamp("us", tz="UTC"))
    return as_arrow("traces", made.append_column("created_at", pa.repeat(moment, made.num_rows)))


def with_journeys(
    table: pa.Table, facts: pl.DataFrame, planted: list[dict[str, Any]], problems: list[Asked], taken: set[int]
) -> Attempts:
    """In some problems a journey and its shortcut stand where the last two attempts stood, so that there are ten."""
    fine = facts["fate"].eq("fine").to_numpy() & ~facts["cut"].to_numpy()
    correct = facts["correct"].to_numpy()
    gone: list[int] = []
    built: list[dict[str, Any]] = []
    about: list[dict[str, Any]] = []
    for place, one in enumerate(problems):
        first = place * SAMPLES
        mine = np.arange(first, first + SAMPLES - 2)
        wrong, right = mine[fine[mine] & ~correct[mine]], mine[fine[mine] & correct[mine]]
        last = {first + SAMPLES - 2, first + SAMPLES - 1}
        drawn = int(one.problem_id[1:9], 16) < JOURNEYS * 0x1_0000_0000
        if one.domain.kind != "sample" or not (len(wrong) and len(right) and drawn) or last & taken:
            continue
        pair = [table.slice(int(side[0]), 1).to_pylist()[0] for side in (wrong, right)]
        fault = f"{facts['said'][int(wrong[0])]} is not it".splitlines()[-1].strip()
        attempt = Attempt(one.problem_id, "", pair[0], fault, pair[1])
        journey = stitched.row(next(stitched.build([attempt], NOBODY)))
        made = [journey, shortcut(journey)]
        gone += sorted(last)
        built += [{**row, "run_id": "bulk", "created_at": pair[1]["created_at"]} for row in made]
        about += [
            {"trace_id": row["trace_id"], "place": place, "problem_id": one.problem_id, "correct": True, "fate": "fine",
             "said": one.right, "cut": False, "kind": row["kind"]}
            for row in made
        ]  # fmt: skip
    if built:
        kept = np.setdiff1d(np.arange(table.num_rows), gone)
        table = pa.concat_tables([table.take(pa.array(kept)), pa.Table.from_pylist(built, schema=table.schema)])
        facts = pl.concat([facts[kept.tolist()], pl.DataFrame(about, schema=facts.schema)])
    return Attempts(table, facts, planted)
