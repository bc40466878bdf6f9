"""Problems and their answer keys, a block at a time, with leaks and near-duplicates among them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bulk import benchmark
from bulk.domains import DOMAINS, Domain, answers
from bulk.prose import prose
from bulk.similar import DEGREES, jaccard, resembling
from warehouse import ids

CHINESE = 0.15
"""Share of problems that are asked in Chinese."""


@dataclass
class Asked:
    """One problem, with what an attempt at it needs."""

    problem_id: str
    source: str
    licence: str
    domain: Domain
    language: str
    prompt: str
    right: str
    wrong: list[str]
    spec: str | None
    rate: float
    """How often it is solved."""

    @property
    def key_id(self) -> str:
        return ids.key_id(self.problem_id, [self.right], self.domain.verifier, self.spec)

    def row(self) -> dict[str, Any]:
        own = ("problem_id", "source", "licence", "language", "prompt")
        named = {name: getattr(self, name) for name in own}
        return named | {"domain": self.domain.name, "split": "train", "metadata": "{}"}

    def key(self) -> dict[str, Any]:
        own = {"key_id": self.key_id, "problem_id": self.problem_id, "answers": [self.right], "spec": self.spec}
        return own | {"verifier": self.domain.verifier}


@dataclass
class Block:
    """Some problems, and what was planted among them."""

    problems: list[Asked]
    planted: list[dict[str, Any]] = field(default_factory=list)


def spread(total: int, start: int, end: int, size: int) -> range:
    """Which of ``total`` things that are spread evenly over ``size`` places fall into places start to end."""
    return range(total * start // size, total * end // size)


def block(rng: np.random.Generator, start: int, end: int, size: int, leaks: list[benchmark.Item], near: int) -> Block:
    """Problems ``start`` to ``end`` of ``size``; it has its share of the lake's ``leaks`` and ``near`` pairs."""
    count = end - start
    shares = np.array([domain.share for domain in DOMAINS])
    edges = np.rint(np.cumsum(shares / shares.sum()) * count).astype(int)
    chosen = rng.permutation(np.searchsorted(edges, np.arange(count), side="right"))
    languages = np.where(rng.random(count) < CHINESE, "zh", "en")
    sizes = np.exp(rng.normal(np.log(420), 0.5, count)).clip(150, 3_000).astype(int)
    bodies = np.empty(count, dtype=object)
    for language in ("en", "zh"):
        mine = np.flatnonzero(languages == language)
        bodies[mine] = [text.strip() for text in prose(language).write(rng, sizes[mine]).to_pylist()]
    made = Block([])
    pairs = plant(rng, bodies, np.flatnonzero(candidates(chosen) & (languages == "en")), start, end, size, leaks, near)
    for place, (domain, language, body) in enumerate(zip(chosen, languages, bodies, strict=True)):
        made.problems.append(problem(rng, DOMAINS[domain], str(language), str(body), start + place, place in pairs))
    for place, what in pairs.items():
        subject = made.problems[place]
        if "item" in what:
            item: benchmark.Item = what["item"]
            kind = "decoy" if item.way == "boilerplate" else "leak"
            made.planted.append(told(kind, subject.problem_id, item.id, None, item.way))
        elif "of" in what:
            other = made.problems[what["of"]]
            degree = jaccard(subject.prompt, other.prompt)
            made.planted.append(told("near_prompt", subject.problem_id, other.problem_id, degree, None))
    return made


def told(kind: str, subject: str, against: str, similarity: float | None, way: str | None) -> dict[str, Any]:
    """One row of what is planted."""
    return {"kind": kind, "subject": subject, "against": against, "similarity": similarity, "way": way}


def candidates(chosen: np.ndarray) -> np.ndarray:
    """Whether a problem may be leaked or copied: reasoning that is asked in words."""
    return np.isin(chosen, [n for n, domain in enumerate(DOMAINS) if domain.reasoning and domain.name != "code"])


def plant(
    rng: np.random.Generator,
    bodies: np.ndarray,
    free: np.ndarray,
    start: int,
    end: int,
    size: int,
    leaks: list[benchmark.Item],
    near: int,
) -> dict[int, dict[str, Any]]:
    """Leak the block's share into some bodies and make others resemble each other; returns what of it stands where."""
    free = rng.permutation(free)
    found: dict[int, dict[str, Any]] = {}
    for number in spread(len(leaks), start, end, size):
        place, free = int(free[0]), free[1:]
        bodies[place] = benchmark.leaked(leaks[number], bodies[place], rng)
        found[place] = {"item": leaks[number]}
    for number in spread(near, start, end, size):
        one, other, free = int(free[0]), int(free[1]), free[2:]
        bodies[one] = resembling(bodies[other], DEGREES[number % len(DEGREES)], rng)
        found[one], found[other] = {"of": other}, {}
    return found


def problem(rng: np.random.Generator, domain: Domain, language: str, body: str, number: int, bare: bool) -> Asked:
    """A problem of a domain about a body of text; ``bare``: that is all of the prompt."""
    prompt = body if bare else f"{body}\n\n{domain.asks[language]}"
    source, licence = domain.sources[number % len(domain.sources)]
    right, wrong, spec = answers(rng, domain)
    rate = solved(rng, domain.hard)
    told = json.dumps(spec, ensure_ascii=False) if spec else None
    name = ids.problem_id(source, prompt)
    return Asked(name, source, licence, domain, language, prompt, right, wrong, told, rate)


def solved(rng: np.random.Generator, hard: float) -> float:
    """How often a problem is solved: most nearly always, some at the edge, few nearly never."""
    draw = rng.random() / hard
    if draw < 0.05:
        return float(rng.beta(1.2, 7))
    if draw < 0.15:
        return float(rng.beta(3, 3))
    return float(rng.beta(12, 2)) if draw < 0.40 else 0.992
