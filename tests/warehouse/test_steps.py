"""Where a completion falls into steps: in Python and in SQL alike, whatever it is made of."""

import random

import polars as pl
import pytest

from generators.solvers import SOLVERS, solve
from warehouse.steps import steps

SENTENCES = {
    "": [],
    " \n ": [],
    "I need 22. Try 16 + 1 = 17: 17 + 5 = 22 yes!": ["I need 22.", "Try 16 + 1 = 17: 17 + 5 = 22 yes!"],
    "目标是22。试试16 + 1 = 17：17 + 5 = 22 对了！": ["目标是22。", "试试16 + 1 = 17：17 + 5 = 22 对了！"],
    "他说：“不对。”再试一次？！好。": ["他说：“不对。”", "再试一次？！", "好。"],
    "One line\nand another.\r\n  A third": ["One line", "and another.", "A third"],
    "Pi is 3.14 and 1.5e3 is 1500. Right?": ["Pi is 3.14 and 1.5e3 is 1500.", "Right?"],
    "1. Add them.\n2. Is it 5? No.\n a. Then this.": ["1. Add them.", "2. Is it 5?", "No.", "a. Then this."],
    "**1. Add.** So it is.\n- 2.1. Try 4.": ["**1. Add.**", "So it is.", "- 2.1. Try 4."],
    "Step 1. Find x. Case iv. None.": ["Step 1. Find x.", "Case iv. None."],
    "I get 5. So the answer is B. Done.": ["I get 5.", "So the answer is B.", "Done."],
    "See e.g. Eq. (3), i.e. that of Dr. Wu et al. from 9 a.m. on. Yes.": [
        "See e.g. Eq. (3), i.e. that of Dr. Wu et al. from 9 a.m. on.",
        "Yes.",
    ],
    "Apples, pears, etc. are fruit, etc. Peas are not.": ["Apples, pears, etc. are fruit, etc.", "Peas are not."],
    "In the U.S. it is so. No.": ["In the U.S. it is so.", "No."],
    "4! = 24 and n! / (n - k)! = 2. Good! (Or not?) Hm...": [
        "4! = 24 and n! / (n - k)! = 2.",
        "Good!",
        "(Or not?)",
        "Hm...",
    ],
    "So $x = 3.$ Then \\left. y \\right| is 2. End": ["So $x = 3.$", "Then \\left. y \\right| is 2.", "End"],
    "We get\n\\[\nx = 1.\n\ny = 2\n\\]\nso $$a.\n b$$ holds.": [
        "We get",
        "\\[\nx = 1.\n\ny = 2\n\\]",
        "so $$a.\n b$$ holds.",
    ],
    "Run it:\n```python\nprint(1. )\n\nprint(2)\n```\nFine.": [
        "Run it:",
        "```python\nprint(1. )\n\nprint(2)\n```",
        "Fine.",
    ],
    "Two \\\\[2pt] rows. And \\[ open. And ``` open. $$ too.": [
        "Two \\\\[2pt] rows.",
        "And \\[ open.",
        "And ``` open.",
        "$$ too.",
    ],
    "...": ["..."],
    "! ?": ["! ?"],
    "<think>never closed. Cut her": ["never closed.", "Cut her"],
    "before <think>A. b.</think> after. that": ["A. b."],
    "<think>a</think>b</think>c": ["a</think>b"],
    "no thinking. At all.": ["no thinking.", "At all."],
}
PARAGRAPHS = {
    "One. Two.\nThree.\n\nFour.\n \t\r\n\n  Five.": ["One. Two.\nThree.", "Four.", "Five."],
    "<think>\n\na\n\nb\n\n</think>\n\nc\n\nd": ["a", "b"],
    "Code:\n\n```\na\n\nb\n```\n\nthen \\[ x\n\n = y \\] and $$\n\n1$$.\n\nEnd": [
        "Code:",
        "```\na\n\nb\n```",
        "then \\[ x\n\n = y \\] and $$\n\n1$$.",
        "End",
    ],
    "Open \\[ x\n\nand ```\n\nso $$ on": ["Open \\[ x", "and ```", "so $$ on"],
}
PIECES = [
    *"<think> </think> </think> a no e.g etc . . ! ? … 。 ！ 1 22 = + * ** ( ) ” # - Step U. I. vs. é 😀 答 ix".split(),
    *r"\ \[ \] $$ $ ``` ` \left. { } ' % \1 \frac".split(),
    *(" ", " ", "\n", "\n\n", "\t", "\r\n", "\u3000", "\xa0", "\0", "\x0b", '"'),
]


def texts(completion):
    return [completion[start:end] for start, end in steps(completion)]


@pytest.mark.parametrize(("completion", "told"), (SENTENCES | PARAGRAPHS).items())
def test_a_thought_falls_into_paragraphs_or_else_into_sentences(completion, told):
    assert texts(completion) == told


@pytest.mark.parametrize("source", SOLVERS)
def test_each_attempt_of_a_solver_is_a_step(source):
    metadata = {
        "numbers": [16, 1, 5],
        "target": 22,
        "numerator": 120,
        "denominator": 210,
        "equation": "3*x + 4 = 40",
    }
    for seed in range(50):
        completion = solve(source, metadata, random.Random(seed))
        found = texts(completion)
        attempts = completion.count("Try ") + completion.count("试试")
        assert sum(step.startswith(("Try ", "试试")) for step in found) == attempts > 0
        assert len(found) - attempts in (1, 2)  # the goal first, and perhaps that nothing else divides both


def test_a_thought_that_is_cut_at_the_end_of_a_step_has_the_steps_before_it():
    thought = "I need 22. Try 4! = 24: 24 - 1 = 23 no. \\[ 1. \\]\n2. Try e.g. 5. Yes."
    for number, (_, end) in enumerate(steps(thought), start=1):
        assert steps(thought[:end]) == steps(thought)[:number]


def test_between_steps_there_are_only_blanks():
    dice = random.Random(2)
    for _ in range(2000):
        completion = "".join(dice.choices(PIECES, k=dice.randrange(30))).replace("think>", "")
        ends = [0, *(end for _, end in steps(completion))]
        begins = [*(start for start, _ in steps(completion)), len(completion)]
        between = "".join(completion[end:start] for end, start in zip(ends, begins, strict=True))
        assert between.strip(" \n\r\t") == ""
        assert all(step == step.strip(" \n\r\t") != "" for step in texts(completion))


def test_the_sql_macros_agree_with_python(lake):
    dice = random.Random(1)
    made = ["".join(dice.choices(PIECES, k=dice.randrange(40))) for _ in range(5000)]
    given = [*SENTENCES, *PARAGRAPHS, "One more. " * 2000, "One more.\n\n" * 2000, *made]
    with lake.connect(marks=False) as db:
        db.register("texts", pl.DataFrame({"completion": given}).to_arrow())
        rows = db.execute("SELECT completion, steps(completion), step_spans(completion) FROM texts").fetchall()
        assert db.execute("SELECT steps(NULL), step_spans(NULL)").fetchone() == (None, None)
    assert len(rows) == len(given)
    assert [row[0] for row in rows if row[1] != texts(row[0])] == []
    spans = [
        [{"step": n, "text": text, "start": start, "end": end} for n, (text, (start, end)) in enumerate(both, start=1)]
        for both in (zip(texts(row[0]), steps(row[0]), strict=True) for row in rows)
    ]
    assert [row[0] for row, told in zip(rows, spans, strict=True) if row[2] != told] == []


@pytest.mark.parametrize(
    "text",
    [
        "\\[ a" * 50_000,
        "``` `" * 50_000,
        "$$$ " * 50_000,
        "." * 200_000 + "x",
        ".)" * 100_000 + "x",
        "1" + "!" * 200_000 + "x",
        "1.1" * 80_000,
        " \n" * 100_000 + "x",
        "x" + " " * 200_000 + "y",
        "\\" * 200_000,
    ],
    ids=lambda text: text[:6].strip(),
)
def test_a_text_made_to_lead_astray_has_its_few_steps(text, lake):
    # Were the patterns to go back and forth, this would not end.
    assert len(steps(text)) == 1
    assert lake.sql("SELECT len(steps($text)) AS steps", text=text)["steps"].to_list() == [1]
