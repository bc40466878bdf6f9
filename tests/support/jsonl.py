"""The cookbook's questions without a lake: JSONL, ``datasets``, and Python that goes through the columns it needs."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from math import comb
from pathlib import Path
from typing import Any

from warehouse.lake import Lake

TEACHERS = ("sample", "knowledge")
ROWS = """
SELECT m.* EXCLUDE (outcomes, reasons, parents, created_at), outcomes ['language'] AS language_check, t.completion
FROM marks m JOIN (SELECT trace_id, completion FROM traces) t USING (trace_id)
"""


def rows_to_jsonl(lake: Lake, file: Path, batch: int = 5_000) -> Path:
    """One line a trace, with its text: what one would have without a lake."""
    with lake.connect() as db, file.open("w", encoding="utf-8") as out:
        for rows in db.sql(ROWS).to_arrow_reader(batch):
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.to_pylist())
    return file


def each(data: Any, *columns: str) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns."""
    for batch in data.select_columns(list(columns)).iter(10_000):
        yield from zip(*(batch[column] for column in columns), strict=True)


def rates(data: Any, *more: str) -> dict[tuple[str, ...], list[int]]:
    """[right, decided] by problem, model and what else is asked for."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for kind, correct, *key in each(data, "kind", "correct", "problem_id", "model", *more):
        if kind in TEACHERS:
            counts = found[tuple(key)]
            counts[0] += correct is True
            counts[1] += correct is not None
    return found


def mean(values: list[float], digits: int = 3) -> float | None:
    return round(statistics.fmean(values), digits) if values else None


def pass_at_k(data: Any) -> list[tuple[Any, ...]]:
    chances: dict[str, list[list[float]]] = defaultdict(lambda: [[], [], []])
    problems: Counter[str] = Counter()
    for (_, model, domain), (right, n) in rates(data, "domain").items():
        if domain == "math":
            problems[model] += 1
            for place, k in enumerate((1, 2, 4)):
                if n >= k:
                    chances[model][place].append(1 - comb(n - right, k) / comb(n, k))
    return [(model, problems[model], *map(mean, chances[model])) for model in sorted(problems)]


def majority(data: Any) -> list[tuple[Any, ...]]:
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    samples: Counter[tuple[str, str]] = Counter()
    right: dict[tuple[str, str], set[str]] = defaultdict(set)
    for problem, model, kind, said, correct in each(data, "problem_id", "model", "kind", "said", "correct"):
        if kind in TEACHERS and correct is not None and said is not None:
            votes[problem, model][said] += 1
            samples[problem, model] += 1
            if correct:
                right[problem, model].add(said)
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for key, counts in votes.items():
        most = max(counts.values())
        leaders = {said for said, count in counts.items() if count == most}
        if samples[key] == 4:
            found[key[1]].append((len(leaders & right[key]) / len(leaders), most / 4))
    return [
        (model, len(rows), mean([row[0] for row in rows]), mean([row[1] for row in rows]))
        for model, rows in sorted(found.items())
    ]


def paired(data: Any) -> list[tuple[Any, ...]]:
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    domains = {}
    for (problem, model, domain), (right, n) in rates(data, "domain").items():
        domains[problem] = domain
        if n:
            shares[problem][model] = round(right / n, 4)
    gains: dict[str, list[float | None]] = defaultdict(list)
    for problem, model, domain in rates(data, "domain"):
        if model == "teacher-small" and ("teacher-large" in shares[problem]):
            small, large = shares[problem].get(model), shares[problem]["teacher-large"]
            gains[domain].append(None if small is None else large - small)
    table = []
    for domain, values in gains.items():
        known = [value for value in values if value is not None]
        spread = 1.96 * statistics.stdev(known) / math.sqrt(len(values)) if len(known) > 1 else None
        better, worse = sum(value > 0 for value in known), sum(value < 0 for value in known)
        table.append((domain, len(values), better, worse, mean(known), spread and round(spread, 3)))
    return sorted(table, key=lambda row: (-row[1], row[0]))


def edge(data: Any) -> list[tuple[Any, ...]]:
    problems: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (problem, _, source), (right, n) in rates(data, "source").items():
        problems[problem, source][0] += right
        problems[problem, source][1] += n
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (_, source), (right, n) in problems.items():
        counts = found[source]
        for place, is_one in enumerate((True, 1 <= right <= 3, right == 0, right == n)):
            counts[place] += is_one
    return [(source, *counts) for source, counts in sorted(found.items())]


def lengths(data: Any) -> list[tuple[Any, ...]]:
    found: dict[int, list[Any]] = defaultdict(lambda: [0, [], 0])
    columns = ("domain", "kind", "completion_tokens", "correct", "finish_reason")
    for domain, kind, tokens, correct, finish in each(data, *columns):
        if domain == "math" and kind == "sample":
            bucket = found[2 ** int(math.log2(tokens))]
            bucket[0] += 1
            bucket[2] += finish == "length"
            if correct is not None:
                bucket[1].append(correct)
    return [(start, traces, mean(right), cut) for start, (traces, right, cut) in sorted(found.items())]


def costs(data: Any) -> list[tuple[Any, ...]]:
    found: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0, 0, 0])
    columns = ("source", "model", "kind", "accepted", "completion_tokens", "cost")
    for source, model, kind, accepted, tokens, cost in each(data, *columns):
        if kind in TEACHERS:
            sums = found[source, model, kind]
            sums[0] += accepted
            sums[1] += tokens
            sums[2] += cost
    models: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
    for (_, model, _), sums in found.items():
        if sums[0]:
            models[model] = [a + b for a, b in zip(models[model], sums, strict=True)]
    return [
        (model, accepted, round(tokens / accepted), round(1000 * cost / accepted, 3))
        for model, (accepted, tokens, cost) in sorted(models.items())
    ]


def tokens(data: Any) -> list[tuple[Any, ...]]:
    found: dict[str, list[int]] = defaultdict(list)
    for domain, accepted, count in each(data, "domain", "accepted", "completion_tokens"):
        if accepted:
            found[domain].append(count)
    table = []
    for domain, counts in found.items():
        known = sorted(count for count in counts if count is not None)
        at = [known[max(0, math.ceil(share * len(known)) - 1)] for share in (0.5, 0.99)]
        table.append((domain, len(counts), round(sum(known) / 1e3), round(statistics.fmean(known)), *at,
                      sum(count > 16384 for count in known)))  # fmt: skip
    return sorted(table, key=lambda row: (-row[1], row[0]))


def faults(data: Any) -> list[tuple[Any, ...]]:
    traces: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for (held,) in each(data, "faults"):
        traces.update(held)
        if len(held) == 1:
            alone[held[0]] += 1
    return [(name, count, alone[name]) for name, count in sorted(traces.items(), key=lambda item: (-item[1], item[0]))]


def funnel(data: Any) -> list[tuple[Any, ...]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for model, kind, finish, correct, accepted in each(data, "model", "kind", "finish_reason", "correct", "accepted"):
        counts = found[model, kind]
        for place, is_one in enumerate((True, finish == "stop", correct is not None, correct is True, accepted)):
            counts[place] += is_one
    return [(*key, *counts) for key, counts in sorted(found.items())]


def languages(data: Any) -> list[tuple[Any, ...]]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for language, kind, check, correct in each(data, "language", "kind", "language_check", "correct"):
        if kind in TEACHERS:
            counts = found[language]
            counts[0] += 1
            counts[1] += check == "fail"
            counts[2] += check == "fail" and correct is True
    return [(language, *counts) for language, counts in sorted(found.items())]


BY_HAND: dict[str, Callable[[Any], list[tuple[Any, ...]]]] = {
    "pass@k": pass_at_k,
    "maj@k": majority,
    "Teacher against teacher, on the same problems": paired,
    "Problems on the edge": edge,
    "Length and correctness": lengths,
    "What an accepted trace costs": costs,
    "Token statistics": tokens,
    "Which check drops what": faults,
    "Where traces are lost": funnel,
    "The language mix": languages,
}
"""By the titles of docs/cookbook.md; a data set in, the rows of the answer out."""
