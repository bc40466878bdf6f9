"""Prompts with the label that a person would give: leaked (and from which item), not leaked, or open.

Leaks: verbatim, case, embedded, numbers, latex, order, insertions, synonyms, paraphrase (all of these at once), cut
(two thirds of a question), short, chinese. No leaks: unrelated, boilerplate (of the very kind that the benchmark has as
well), template (the same question with other numbers), trifle (a question such as "What is 12 + 50?" in the middle of
something else). Open: setup (the same story, but something else is asked), which people call either; it counts for
nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from leaks import questions, rewriting

ASKED_INSTEAD = [
    "Write a short story in which the people of this text meet again ten years later, and say what each has learnt.",
    "Explain to a child of eight which of these facts matter and which do not, and why one would mention them at all.",
    "Translate the text into French and keep the names as they are.",
    "List everything that you would need to know in order to check whether this account is plausible.",
]
INSTRUCTION = "Please reason step by step, and put your final answer within \\boxed{}."
LEAKS = {
    "verbatim": lambda text, draw: text,
    "case": rewriting.recased,
    "embedded": rewriting.embedded,
    "numbers": rewriting.renumbered,
    "latex": rewriting.restyled,
    "order": rewriting.reordered,
    "insertions": rewriting.inserted,
    "synonyms": rewriting.synonyms,
    "paraphrase": rewriting.paraphrased,
    "cut": rewriting.cut,
}


@dataclass(frozen=True)
class Case:
    """One prompt. ``item`` is the benchmark's item that it leaks or comes from, None where there is none."""

    kind: str
    prompt: str
    item: str | None

    @property
    def leaks(self) -> bool | None:
        """None where people differ."""
        return None if self.kind == "setup" else self.item is not None


def parts(seed: int) -> tuple[list[questions.Template], list[questions.Template]]:
    """The templates of the benchmark, and those that never come into it: a third, drawn by the seed."""
    known, fresh = [], []
    for kind in ("word", "competition", "short", "choice", "chinese"):
        found = [template for template in questions.templates() if template.kind == kind]
        Random(f"{seed} {kind}").shuffle(found)
        third = len(found) // 3
        fresh += found[:third]
        known += found[third:]
    return known, fresh


def benchmark(seed: int) -> list[tuple[str, str]]:
    """(item, question): a draw of each known template; every third has an instruction behind it, as some copies do."""
    known, _ = parts(seed)
    items = [(template.name, template.drawn(seed)) for template in known]
    items += [(f"gsm{number}", question) for number, question in school(seed)[0]]
    return [(name, f"{text} {INSTRUCTION}" if place % 3 == 0 else text) for place, (name, text) in enumerate(items)]


def school(seed: int) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(number, question) of the school's templates: two thirds for the benchmark, a third that it never has."""
    drawn = list(questions.school(seed).items())
    Random(f"{seed} school").shuffle(drawn)
    third = len(drawn) // 3
    return drawn[third:], drawn[:third]


def clean(seed: int, count: int) -> list[str]:
    """Problems of other origin: draws of what the benchmark never has, most with an instruction."""
    _, fresh = parts(seed)
    never = {number for number, _ in school(seed)[1]}
    rounds = [questions.school(f"clean {seed} {turn}") for turn in range(max(1, min(100, count // 50)))]
    made = []
    for turn in range(count):
        draw = Random(f"clean {seed} {turn}")
        if draw.random() < 0.4:
            text = draw.choice(fresh).drawn(f"clean {seed} {turn}")
        else:
            text = draw.choice(rounds)[draw.choice(sorted(never))]
        made.append(rewriting.embedded(text, draw) if draw.random() < 0.7 else f"{text} {INSTRUCTION}")
    return made


def cases(seed: int) -> list[Case]:
    """Every kind from every question that it fits, the benchmark's own instruction left out."""
    known, fresh = parts(seed)
    others = school(seed + 1)[0]
    again = dict(others)
    plain = [(t.name, t.kind, t.drawn(seed)) for t in known] + [(f"gsm{n}", "gsm", q) for n, q in school(seed)[0]]
    found: list[Case] = []
    for name, kind, text in plain:
        draw = Random(f"{seed} {name}")
        if kind == "short":
            found += [
                Case("short", text, name),
                Case("short", f"Question: {text}\nAnswer:", name),
                Case("short", f"{text} {rewriting.CLOSINGS[0]}", name),
                Case("short", f"{text} {INSTRUCTION}", name),
                Case("trifle", trifle(text, draw), None),
            ]
            continue
        if kind == "chinese":
            found.append(Case("chinese", text, name))
            found.append(Case("chinese", rewriting.recased(text, draw), name))
            found.append(Case("chinese", f"请一步一步推理。{text}请把最终答案放在\\boxed{{}}里。", name))
            continue
        for leak, change in LEAKS.items():
            if leak == "latex" and "$" not in text:
                continue
            made = change(text, draw)
            if made != text or leak == "verbatim":  # where a rule finds nothing to do there is no case
                found.append(Case(leak, made, name))
        if len(told := rewriting.sentences(text)) > 2:
            found.append(Case("setup", " ".join([*told[:-1], draw.choice(ASKED_INSTEAD)]), name))
    for template in known:
        made = template.drawn(f"other {seed}", unlike=template.drawn(seed))
        found.append(Case("template", made, None))
        found.append(Case("template", f"{made} {INSTRUCTION}" if template.kind != "chinese" else made, None))
    for name, text in ((f"gsm{n}", q) for n, q in school(seed)[0]):
        number = int(name.removeprefix("gsm"))
        other = again.get(number)
        if other and set(questions.numbers(text)).isdisjoint(questions.numbers(other)):
            found.append(Case("template", other, None))
    for template in fresh:
        text = template.drawn(seed)
        draw = Random(f"{seed} {template.name}")
        found.append(Case("unrelated", text, None))
        found += [
            Case("boilerplate", f"{text} {closing}", None) for closing in (INSTRUCTION, draw.choice(rewriting.CLOSINGS))
        ]
    for number, text in school(seed)[1]:
        draw = Random(f"{seed} fresh {number}")
        found.append(Case("unrelated", text, None))
        found.append(Case("boilerplate", f"{draw.choice(rewriting.OPENINGS)} {text} {INSTRUCTION}", None))
    return found


def trifle(text: str, draw: Random) -> str:
    """The short question as a passing remark of something else."""
    return (
        f"A teacher writes on the board: {text} Half of the class groans. {draw.choice(rewriting.REMARKS)} Describe "
        "in a few sentences how a lesson on this topic might go on, and which misunderstandings you expect to meet."
    )
