import pytest

from generators.journeys import builder
from warehouse.errors import BadInput
from warehouse.text import response, thinking

WRONG = "<think>\nTry 3 + 7 = 10: 10 * 2 = 20 no.\n试试🙂\n</think>\n\n(3 + 7) * 2"
RIGHT = "<think>\nTry 3 * 7 = 21: 21 + 2 = 23 yes!\n</think>\n\n(3 * 7) + 2"


def trace(completion, name):
    return {
        "trace_id": name,
        "problem_id": "p1",
        "completion": completion,
        "messages": [{"role": "user", "content": "Make 23 from 3, 7 and 2."}],
        "prompt_style": "plain@1",
        "prompt_tokens": 12,
    }


def pair(wrong=WRONG, right=RIGHT, fault="(3 + 7) * 2 is 20, not 23"):
    return {"problem_id": "p1", "wrong": trace(wrong, "t-wrong"), "right": trace(right, "t-right"), "fault": fault}


def stitched(**parts):
    return list(builder("stitched")(pair(**parts)))


def test_the_spans_cut_out_the_wrong_path_the_turn_and_the_right_path():
    journey, _ = stitched()
    cut = {span["label"]: journey["completion"][span["start"] : span["end"]] for span in journey["spans"]}
    assert list(cut) == ["wrong", "turn", "right"]
    assert cut["wrong"] == thinking(WRONG)
    assert cut["turn"] == "Wait, (3 + 7) * 2 is 20, not 23. Let me try again."
    assert cut["right"] == thinking(RIGHT)


def test_the_journey_ends_with_the_right_answer_and_not_with_the_wrong_one():
    journey, _ = stitched()
    assert response(journey["completion"]) == "(3 * 7) + 2"
    assert journey["completion"].count("</think>") == 1


def test_a_journey_comes_from_both_paths_and_its_shortcut_from_the_journey_and_the_right_one():
    journey, shortcut = stitched()
    assert (journey["kind"], shortcut["kind"]) == ("journey", "shortcut")
    assert journey["parents"] == ["t-wrong", "t-right"]
    assert shortcut["parents"] == [journey["trace_id"], "t-right"]


def test_the_shortcut_says_what_the_right_trace_says():
    _, shortcut = stitched()
    assert shortcut["completion"] == RIGHT
    assert shortcut["spans"] == []


def test_both_ask_what_was_asked():
    for row in stitched():
        assert row["problem_id"] == "p1"
        assert row["messages"] == trace(RIGHT, "")["messages"]


def test_ids_are_the_same_every_time_and_differ_from_each_other():
    once, again = stitched(), stitched()
    assert once == again
    assert once[0]["trace_id"] != once[1]["trace_id"]


def test_another_parent_makes_another_journey():
    other = pair()
    other["wrong"]["trace_id"] = "t-other"
    assert next(builder("stitched")(other))["trace_id"] != stitched()[0]["trace_id"]


@pytest.mark.parametrize(
    "parts",
    [
        {"wrong": "<think>\nTry 3 + 7 = 10: 10 *"},
        {"right": "<think>\nTry 3 * 7 = 21: 21 +"},
        {"wrong": "(3 + 7) * 2"},
        {"right": "(3 * 7) + 2"},
        {"wrong": "<think>\n\n</think>\n\n20"},
        {"right": "<think>\nTry 3 * 7\n</think>\n\n"},
    ],
)
def test_nothing_is_made_of_a_path_that_never_ended_or_never_began(parts):
    assert stitched(**parts) == []


def test_the_lake_takes_a_journey_as_it_is(lake):
    assert lake.commit("traces", stitched()) == 2
    assert lake.sql("SELECT kind FROM traces WHERE len(spans) = 3")["kind"].to_list() == ["journey"]


def test_an_unknown_builder_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match="no journey builder called 'stiched'; expected one of stitched"):
        builder("stiched")
