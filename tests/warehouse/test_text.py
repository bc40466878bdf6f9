import random

import polars as pl
import pytest

from warehouse.text import response, storable, thinking

SPLIT = {
    "<think>a</think> b": ("a", "b"),
    "no tags at all": (None, "no tags at all"),
    "": (None, ""),
    "<think>never closed": (None, None),
    "a <think> in the middle": (None, None),
    "<think></think>": ("", ""),
    "</think>": ("", ""),
    "never opened</think>b": ("never opened", "b"),
    "<think>a</think>b</think>c": ("a</think>b", "c"),
    "<think>a<think>b</think>c": ("a<think>b", "c"),
    "<think>\n想一想。\n</think>\n\n答案是四。": ("想一想。", "答案是四。"),
    "\r\n<think>\r\na\r\n\r\nb\r\n</think>\r\nc\td\r\n": ("a\r\n\r\nb", "c\td"),
    "<think>.*+?[](){}|^$\\1 \\0 & %s</think>$1 \\boxed{2}": (".*+?[](){}|^$\\1 \\0 & %s", "$1 \\boxed{2}"),
    "<THINK>a</THINK>b": (None, "<THINK>a</THINK>b"),
    "<think >a</think >b": (None, "<think >a</think >b"),
    "it's \"quoted\" 🙂</think>'": ('it\'s "quoted" 🙂', "'"),
}
PIECES = [
    "<think>",
    "</think>",
    " ",
    "\n",
    "\t",
    "\r\n",
    "a",
    "答",
    "\\",
    "$1",
    "%",
    "'",
    "(?s)",
    "\u3000",
    "\xa0",
    "\x0b",
    "<",
    "/",
]


@pytest.mark.parametrize(("completion", "parts"), SPLIT.items())
def test_a_completion_splits_after_its_last_closing_tag(completion, parts):
    assert (thinking(completion), response(completion)) == parts


def test_the_sql_macros_agree_with_python(lake):
    dice = random.Random(1)
    made = ["".join(dice.choices(PIECES, k=dice.randrange(12))) for _ in range(2000)]
    texts = [*SPLIT, "<think>" + "long. " * 50_000 + "</think>yes", *made]
    with lake.connect(marks=False) as db:
        db.register("texts", pl.DataFrame({"completion": texts}).to_arrow())
        rows = db.execute("SELECT completion, thinking(completion), response(completion) FROM texts").fetchall()
    assert len(rows) == len(texts)
    assert [row for row in rows if row[1:] != (thinking(row[0]), response(row[0]))] == []


def test_half_characters_are_replaced_wherever_they_stand_and_nothing_else_is():
    value = {"a\ud800": ["x\udfff", ("🙂", 1, None)], "b": "\0 é"}
    assert storable(value) == {"a\ufffd": ["x\ufffd", ("🙂", 1, None)], "b": "\0 é"}
