"""What ``show`` makes of a trace: readable in colour, and without."""

import io
import json

import pytest
from handmade import trace, verdict
from rich.console import Console

from flows.reading import explain_trace, show_trace
from warehouse import explain
from warehouse.intervals import wilson
from warehouse.lake import Lake
from warehouse.steps import steps

WRONG = "<think>\nI need 6. Try 2 + 3 = 6: 6 yes!\n</think>\n\n2 + 3"
JOURNEY = "<think>\nI need 6. Try 2 + 3 = 6: 6 yes!\nWait, 2 + 3 is 5. Try 2 * 3 = 6: 6 yes!\n</think>\n\n2 * 3"
SPANS = [
    {"label": "right", "start": 8, "end": 17},
    {"label": "wrong", "start": 18, "end": 39},
    {"label": "turn", "start": 40, "end": 57},
    {"label": "right", "start": 58, "end": 79},
]


def value(step, right, n=8):
    start, end = steps(WRONG)[step - 1] if step else (None, None)
    share, low, high = wilson(right, n) if n else (None, None, None)
    return verdict(
        "t1",
        "pass" if right else "fail" if n else "undecided",
        "step_value",
        step=step,
        score=share,
        low=low,
        high=high,
        n=n,
        detail=json.dumps({"right": right, "start": start, "end": end}),
    )


@pytest.fixture
def lake(tmp_path):
    lake = Lake(tmp_path / "lake", create=True)
    lake.commit("traces", [trace("t1", completion=WRONG)])
    lake.commit("traces", [trace("t2", kind="journey", completion=JOURNEY, spans=SPANS, parents=["t1"])])
    lake.commit("traces", [trace("t3", completion="<think>\nOne. Two.\n\nThree.\n</think>\n\n4\n\n4")])
    lake.commit("traces", [trace("t4", completion=""), trace("t5", completion="7")])
    lake.commit("verdicts", [value(0, 8), value(1, 6), value(2, 0)])
    lake.commit("verdicts", [verdict("t1", "fail", reason="wrong_value", detail='{"says": "5 is not 6"}')])
    said = '{"step": 2, "says": "2 + 3 is 5, not 6"}'
    lake.commit("verdicts", [verdict("t1", "fail", "arithmetic", reason="false_equation", detail=said)])
    return lake


def shown(lake, name, colours=False, show=show_trace):
    page = io.StringIO()
    show(
        explain.trace(lake, name), Console(file=page, width=140, force_terminal=colours, highlight=False, markup=False)
    )
    return [line.rstrip() for line in page.getvalue().splitlines()]


def test_steps_are_numbered_with_what_they_are_worth(lake):
    page = shown(lake, "t1")
    begin = page.index("<think>")
    assert page[begin : begin + 7] == [
        "<think>",
        "0  the question           8 of 8 [0.68, 1.00]",
        "1  I need 6.              6 of 8 [0.41, 0.93]",
        "2  Try 2 + 3 = 6: 6 yes!  0 of 8 [0.00, 0.32], the first wrong step",
        "</think>",
        "",
        "2 + 3",
    ]
    assert "answer: fail wrong_value 5 is not 6" in page
    assert "arithmetic: fail false_equation at step 2: 2 + 3 is 5, not 6" in page
    assert not [line for line in page if "step_value" in line]


def test_a_journey_says_without_colours_what_was_wrong_and_what_its_parents_steps_are_worth(lake):
    page = shown(lake, "t2")
    begin = page.index("<think>")
    assert [" ".join(line.split()) for line in page[begin + 2 : begin + 6]] == [
        "1 right I need 6. 6 of 8 [0.41, 0.93]",
        "2 wrong Try 2 + 3 = 6: 6 yes! 0 of 8 [0.00, 0.32], the first wrong step",
        "3 turn Wait, 2 + 3 is 5.",
        "4 right Try 2 * 3 = 6: 6 yes!",
    ]
    assert "right 8 to 17, wrong 18 to 39, turn 40 to 57, right 58 to 79" in page


def test_the_stretches_of_a_journey_have_their_colours(lake):
    page = "\n".join(shown(lake, "t2", colours=True))
    assert "\x1b[31mTry 2 + 3 = 6: 6 yes!" in page
    assert "\x1b[1;33mWait, 2 + 3 is 5." in page
    assert "\x1b[32mTry 2 * 3 = 6: 6 yes!" in page


def test_paragraphs_stay_apart_and_the_answer_is_whole(lake):
    page = shown(lake, "t3")
    assert page[page.index("<think>") :][:8] == ["<think>", "1  One. Two.", "", "2  Three.", "</think>", "", "4", ""]


def test_a_trace_without_thinking_or_without_anything_is_shown(lake):
    assert "1  7" in shown(lake, "t5")
    assert "assistant" in shown(lake, "t4")


def test_a_step_that_nobody_could_judge_says_so(tmp_path):
    lake = Lake(tmp_path / "lake", create=True)
    lake.commit("traces", [trace("t1", completion=WRONG)])
    lake.commit("verdicts", [value(1, 0, n=0)])
    assert "1  I need 6.              undecided" in shown(lake, "t1")


def test_an_explanation_says_of_which_step_a_verdict_is(lake):
    page = shown(lake, "t1", show=explain_trace)
    told = [[cell.strip() for cell in line.split("│")][1:3] for line in page if "step_value" in line]
    assert told == [["step_value", "0"], ["step_value", "1"], ["step_value", "2"]]
