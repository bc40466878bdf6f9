"""The primer: what the nano models know beside puzzles, as problems and as somebody who was taught it answers them.

Five subjects, at nano scale what DeepSeek-R1 (section 2.3.3) added to its reasoning data: facts without a book,
translation between two scripts, writing, self-cognition, and judging what somebody else has answered. All of it stands
in ``primer.toml``; where a rule can decide there are answers, otherwise none.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from generators import styles

SILENT = 0.4
"""Share of the answers that come without thinking."""
VARIANTS = 8
"""Answers to a request that are put before the judge: half of them good."""
BRIEF = "judge-brief"


@dataclass(frozen=True)
class Item:
    """One question of a subject."""

    prompt: str
    answers: tuple[str, ...] = ()
    """What a rule may compare with; nothing where none decides."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What its answer is made of: metadata, for the solver."""


@cache
def book() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def facts() -> Iterator[Item]:
    """Each fact in each of its wordings: a wording that was held out asks for what was taught in another."""
    for relation in book()["facts"]:
        for (x, y), question in product(relation["known"].items(), relation["questions"]):
            asked = question.format(x=x)
            thought = relation["thought"].format(x=x, y=y)
            said = {"relation": relation["relation"], "thought": thought, "answer": y}
            yield Item(asked[0].upper() + asked[1:], (y,), said)


def translation() -> Iterator[Item]:
    """Every sentence that the words allow, from English into Chinese and back."""
    words = book()["words"] | {"other": book()["words"]["being"]}
    for sentence in book()["sentences"]:
        places = [name for name in words if "{" + name + "}" in sentence["english"]]
        for chosen in product(*(words[name].items() for name in places)):
            english = sentence["english"].format(**{p: en for p, (en, _) in zip(places, chosen, strict=True)})
            chinese = sentence["chinese"].format(**{p: zh for p, (_, zh) in zip(places, chosen, strict=True)})
            there = " ".join(f"{en}: {zh}." for en, zh in chosen)
            back = " ".join(f"{zh}: {en}." for en, zh in chosen)
            yield Item(f"Translate into Chinese: {english}", (chinese,), {"thought": there, "answer": chinese})
            yield Item(f"Translate into English: {chinese}", (english,), {"thought": back, "answer": english})


def writing() -> Iterator[Item]:
    """A sentence about a being in which a place and a mood are named. Many would do, so no rule decides."""
    words = book()["words"]
    for request, being, where, mood in product(
        book()["writing"]["requests"], words["being"], words["place"], words["mood"]
    ):
        place = where.split()[-1]
        chosen = {"being": being, "place": place, "mood": mood}
        yield Item(request.format(**chosen), (), chosen | {"where": where})


def self_cognition() -> Iterator[Item]:
    for talk in book()["self"]["talk"]:
        for greeting, question in product(book()["self"]["greetings"], talk["questions"]):
            yield Item(greeting + question, tuple(talk["answers"]), {"talk": talk["answers"]})


def judging() -> Iterator[Item]:
    """Good and bad answers to what the other subjects ask, before a judge in the wording of a judge stage."""
    style = styles.load(BRIEF, use="judge")
    for answers_of, items in ((of_fact, facts), (of_self, self_cognition), (of_sentence, writing)):
        for item in items():
            for variant in range(VARIANTS):
                good = variant % 2 == 0
                said, thought = answers_of(item, good, random.Random(f"{item.prompt} {variant}"))
                verdict = "pass" if good else "fail"
                prompt = style.messages(item.prompt, response=said)[-1][1]
                yield Item(prompt, (verdict,), {"thought": thought, "answer": verdict, "aloud": True})


def of_fact(item: Item, good: bool, rng: random.Random) -> tuple[str, str]:
    """A good or a bad answer to a fact's question, and what a judge thinks of it."""
    relation = next(one for one in book()["facts"] if one["relation"] == item.facts["relation"])
    right = item.facts["answer"]
    said = right if good else rng.choice(sorted(set(relation["known"].values()) - {right}))
    return said, f"{item.facts['thought']} It says {said}: {told(good)}."


def of_self(item: Item, good: bool, rng: random.Random) -> tuple[str, str]:
    """The same of who the model is."""
    right = item.facts["talk"]
    others = [said for talk in book()["self"]["talk"] for said in talk["answers"] if said not in right]
    said = rng.choice(right if good else others)
    return said, f"It says {' '.join(said.split()[:4])}: {told(good)}."


def of_sentence(item: Item, good: bool, rng: random.Random) -> tuple[str, str]:
    """The same of a sentence: a judge looks for each word that was asked for, and says what stands in its place."""
    words = book()["words"]
    said: dict[str, Any] = dict(item.facts)
    text = None
    if not good:
        wrong = rng.sample(["being", "where", "mood"], rng.choice((1, 1, 1, 2)))
        for name in wrong:
            kind = "place" if name == "where" else name
            said[name] = rng.choice([word for word in words[kind] if word != item.facts[name]])
        if rng.random() < 0.2:  # nothing of the kind at all
            said["mood"], said["quality"] = None, rng.choice(list(words["quality"]))
            text = "The {quality} {being} waits {where}.".format(**said)
    seen = [
        (item.facts["being"], said["being"]),
        (item.facts["place"], said["where"].split()[-1]),
        (item.facts["mood"], said["mood"] or "nothing"),
    ]
    thought = " ".join(f"{wanted}: {found}, {told(wanted == found)}." for wanted, found in seen)
    return text or sentence_of(said, rng), thought


def told(good: bool) -> str:
    return "yes" if good else "no"


def sentence_of(chosen: dict[str, Any], rng: random.Random) -> str:
    where = chosen["where"]
    quality = rng.choice(list(book()["words"]["quality"]))
    sentence = rng.choice(book()["writing"]["sentences"])
    return str(
        sentence.format(
            being=chosen["being"], mood=chosen["mood"], where=where, Where=where[0].upper() + where[1:], quality=quality
        )
    )


SUBJECTS: dict[str, Callable[[], Iterator[Item]]] = {
    "facts": facts,
    "translation": translation,
    "writing": writing,
    "self-cognition": self_cognition,
    "judging": judging,
}


def recite(subject: str, metadata: dict[str, Any], rng: random.Random) -> str:
    """A completion for one item, right, as it was learned by heart; with thinking or, now and then, without."""
    if subject == "writing":
        thought = f"A {metadata['being']}. Words: {metadata['place']}, {metadata['mood']}."
        answer = sentence_of(metadata, rng)
    elif subject == "self-cognition":
        thought, answer = "I was taught who I am.", rng.choice(metadata["talk"])
    else:
        thought, answer = metadata["thought"], metadata["answer"]
    if rng.random() < SILENT and not metadata.get("aloud"):
        return str(answer)
    return f"<think>\n{thought}\n</think>\n\n{answer}"
