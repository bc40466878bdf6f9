"""Ways to say a question otherwise: rules that anybody who paraphrases a benchmark might use.

Each takes (text, draw) and gives the text back changed, or as it was where there is nothing that it could change.
"""

from __future__ import annotations

import re
from random import Random

SYNONYMS = {
    word: others.split("|")
    for word, others in (
        line.split(" = ")
        for line in """
how many = what number of|how great a number of
how much = what amount
find = determine|work out|compute|calculate
determine = find|work out|calculate
compute = calculate|find|work out
evaluate = compute|work out
what is = determine|find|give|tell me
number = count|quantity
each = every
total = overall|combined
sells = trades away|offers and sells
sold = found buyers for
buys = purchases|gets
bought = purchased|got
money = cash
costs = is priced at|goes for
cost = price
gives = hands
gave = handed
has = owns|possesses
have = own|possess
begins = starts
needs = requires
makes = produces
made = produced
earn = make|gain
earns = makes|gains
dollars = bucks
hours = hrs
minutes = mins
kilometers = km
people = persons
children = kids
friends = pals
small = little
large = big
big = large
whole = entire
same = identical
left = remaining
also = in addition
then = afterwards|after that
now = at this point
every = each
if = supposing that|assuming
given that = provided that
suppose that = assume that
such that = so that
let = suppose that we let
all = all of the
probability = chance|likelihood
distance = separation
area = surface area
product = result of multiplying
sum = total
positive = strictly positive
integers = whole numbers
integer = whole number
equal to = the same as
at most = no more than
at least = no fewer than
least = smallest
less than = below|smaller than
together = jointly
another = one more
week = seven days
day = working day
morning = forenoon
works = labours
read = gone through
market = bazaar
company = firm
water = fresh water
road = way
""".strip().splitlines()
    )
}
"""From what is said to what may stand in its place."""

NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()

ASIDES = [
    "of course",
    "as we know",
    "let us say",
    "in this setting",
    "as usual",
    "to be precise",
    "for the sake of this exercise",
    "as it happens",
    "without any tricks",
    "according to the story",
]
REMARKS = [
    "Read the following carefully.",
    "Take your time with this one.",
    "Nothing else is known.",
    "Everything happens as described.",
    "You may assume ideal conditions.",
    "This came up in class yesterday.",
    "A friend of mine was stuck here.",
]
OPENINGS = [
    "Here is a problem for you.",
    "I need help with my homework.",
    "Question 7 of the worksheet:",
    "You are a careful assistant who explains every step to a student.",
    "Below is an exercise from a book. Read it twice before you begin.",
    "Solve the task and say how sure you are on a scale from 1 to 5.",
]
CLOSINGS = [
    "Let's think step by step.",
    "Please reason step by step, and put your final answer within \\boxed{}.",
    "Show all of your work and end with the final answer on a line of its own.",
    "Answer with the letter of the correct option only.",
    "Give the result as your final answer. Do not include units.",
    "Thanks in advance!",
]
EXAMPLE = (
    "Example. Question: A train with 6 cars carries 40 people in each of them. How many people are on the train? "
    "Answer: There are 6 times 40 people, which is 240.\n\n"
)


def outside_math(text: str, change) -> str:
    """Change what stands between formulas."""
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(part if part.startswith("$") else change(part) for part in parts)


def synonyms(text: str, draw: Random, share: float = 0.6) -> str:
    """Words and phrases replaced by what means the same, each with a chance of ``share``."""
    found = re.compile(r"\b(" + "|".join(sorted(SYNONYMS, key=len, reverse=True)) + r")\b", re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        if draw.random() > share:
            return match[0]
        chosen = draw.choice(SYNONYMS[match[0].lower()])
        return chosen[0].upper() + chosen[1:] if match[0][0].isupper() else chosen

    return outside_math(text, lambda part: found.sub(other, part))


def sentences(text: str) -> list[str]:
    return [piece.strip() for piece in re.split(r"(?<=[.?!])\s+(?=[A-Z])", text.strip()) if piece.strip()]


def reordered(text: str, draw: Random) -> str:
    """The question first and then what it is about; of one sentence, its clauses the other way round."""
    parts = sentences(text)
    if len(parts) > 1:
        return " ".join([parts[-1], *parts[:-1]])
    body, mark = text.rstrip(" .?!"), text.rstrip()[-1:]
    clauses = re.split(r",\s+(?![^$]*\$(?:[^$]*\$[^$]*\$)*[^$]*$)", body)
    if len(clauses) > 1:
        return f"{', '.join([clauses[-1].capitalize(), *clauses[:-1]])}{mark}"
    turned = re.match(r"(?is)(.*?)\s+((?:for which|such that|with|if|when|that|of)\s.*)", body)
    return f"{turned[2][0].upper()}{turned[2][1:]}, {turned[1][0].lower()}{turned[1][1:]}{mark}" if turned else text


def swapped(text: str, draw: Random) -> str:
    """``a and b`` becomes ``b and a``, of single words."""
    return outside_math(text, lambda part: re.sub(r"\b([a-z]{3,}) and ([a-z]{3,})\b", r"\2 and \1", part))


def inserted(text: str, draw: Random, every: int = 9) -> str:
    """An aside after about every ninth word, and a remark between sentences."""

    def between(part: str) -> str:
        words = part.split(" ")
        out = []
        for number, word in enumerate(words, start=1):
            out.append(word)
            if word.isalpha() and number < len(words) and draw.random() < 1 / every:
                out[-1] += f", {draw.choice(ASIDES)},"
        return " ".join(out)

    parts = sentences(outside_math(text, between))
    if len(parts) > 1:
        parts.insert(draw.randrange(1, len(parts)), draw.choice(REMARKS))
    return " ".join(parts)


def renumbered(text: str, draw: Random) -> str:
    """Numbers in another format: 4,800 or 4 800 for 4800, twelve for 12, 7.0 for 7."""

    def other(match: re.Match[str]) -> str:
        digits = match[0]
        if len(digits) > 3:
            comma = draw.choice([",", "{,}"]) if "$" in text else ","
            return f"{int(digits):,}".replace(",", comma)
        if int(digits) < len(NUMBER_WORDS) and digits != "1" and "$" not in text:
            return NUMBER_WORDS[int(digits)]
        return f"{digits}.0" if draw.random() < 0.5 else digits

    return re.sub(r"(?<![\d.,{^_])\d+(?![\d.,}]*\d|\})", other, text)


PLAIN = {
    r"\le": "≤",
    r"\ge": "≥",
    r"\times": "×",
    r"\pi": "π",
    r"^\circ": "°",
    r"\angle": "∠",
    r"\triangle": "△",
    r"\infty": "∞",
    r"\to": "→",
    r"\ldots": "…",
}


def restyled(text: str, draw: Random) -> str:
    r"""LaTeX as another author writes it: \( \), \dfrac, a/b, \times, \leq, spacing; or plain text for all of it."""
    style = draw.choice(["display", "slashes", "plain"])
    if style == "display":
        text = re.sub(r"\$([^$]*)\$", r"\\( \1 \\)", text)
        text = text.replace(r"\frac", r"\dfrac").replace(r"\le ", r"\leq ").replace(r"\ge ", r"\geq ")
        return re.sub(r" = ", r" \\;=\\; ", re.sub(r"(?<!left)\(([a-z], [a-z])\)", r"\\left(\1\\right)", text))
    text = re.sub(r"\\d?frac\{(\w+)\}\{(\w+)\}", r"\1/\2", text).replace(r"\left", "").replace(r"\right", "")
    text = text.replace(r"\cdot", r"\times").replace(r"\,", "").replace(" : ", ":")
    if style == "slashes":
        return text
    for command, sign in PLAIN.items():
        text = re.sub(re.escape(command) + r"(?![a-zA-Z])", sign, text)
    return text.replace("$", "")


def recased(text: str, draw: Random) -> str:
    """All capitals or all small outside formulas, and punctuation left out or full width."""
    if re.search(r"[\u4e00-\u9fff]", text):
        return (
            text.replace("，", ",")
            .replace("。", ".")
            .replace("？", "?")
            .translate({48 + n: 0xFF10 + n for n in range(10)})
        )
    text = outside_math(text, str.upper if draw.random() < 0.5 else str.lower)
    return outside_math(text, lambda part: re.sub(r"[,;:?!.](?!\d)", "", part))


def embedded(text: str, draw: Random) -> str:
    """Somewhere in a longer prompt."""
    example = EXAMPLE if draw.random() < 0.5 else ""
    return f"{example}{draw.choice(OPENINGS)}\n\n{text}\n\n{draw.choice(CLOSINGS)}"


def paraphrased(text: str, draw: Random) -> str:
    """All of it at once: synonyms, order, asides and numbers."""
    return renumbered(inserted(reordered(swapped(synonyms(text, draw, 0.5), draw), draw), draw, every=14), draw)


def cut(text: str, draw: Random) -> str:
    """The first two thirds of it."""
    words = text.split(" ")
    return " ".join(words[: max(1, 2 * len(words) // 3)])
