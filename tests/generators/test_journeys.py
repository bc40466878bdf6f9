"""The builders, with programs in the place of models: what they are told is known, so what they must make is too."""

import json
import random
from dataclasses import replace
from functools import cache

import polars as pl
import pytest

from filters.verdicts import ask, judge_with
from generators import journeys
from generators.journeys import Attempt, Declined, Journey, Means
from generators.journeys.remarks import Remark, written
from generators.journeys.rows import controls, shortcut
from generators.journeys.tree import Node
from generators.skills import PUZZLES
from generators.slips import NoSlip, slip
from generators.sources import Wanted, problems
from generators.styles import load
from warehouse.errors import BadInput
from warehouse.records import Completion, Failure
from warehouse.steps import steps
from warehouse.text import response, thinking

FAMILIES = list(PUZZLES)


@cache
def slips():
    """Some puzzles by id, each with a slip on it."""
    found = {}
    for family in FAMILIES:
        for seed, puzzle in enumerate(problems(Wanted(family, count=12, config=PUZZLES[family]))):
            try:
                found[puzzle.problem_id] = puzzle, slip(family, puzzle.metadata, random.Random(seed))
            except NoSlip:
                continue
    return found


def trace(problem, completion, name):
    return {
        "trace_id": name,
        "problem_id": problem,
        "kind": "sample",
        "completion": completion,
        "messages": [{"role": "user", "content": slips()[problem][0].prompt}],
        "prompt_style": "plain@1",
        "prompt_tokens": 12,
        "parents": [],
        "spans": [],
    }


def attempts(count=100, **known):
    return [
        Attempt(
            name,
            puzzle.prompt,
            trace(name, made.completion, f"wrong-{name}"),
            fault=f"{made.answer} is not right",
            right=trace(name, f"<think>\n{''.join(made.rest)}\n</think>\n\n{made.right}", f"right-{name}"),
            **known,
        )
        for name, (puzzle, made) in list(slips().items())[:count]
    ]


def judge(frame):
    """The check ``answer``, by each puzzle's own key."""
    rows = frame.to_dicts()
    for row in rows:
        puzzle, _ = slips()[row["problem_id"]]
        row |= {"key_id": row["problem_id"], "answers": list(puzzle.answers), "verifier": puzzle.verifier,
                "spec": json.dumps(puzzle.spec), "language": "en"}  # fmt: skip
    return judge_with(ask(["answer"], {}, None), "run")(pl.DataFrame(rows, infer_schema_length=None))


def means(say, name, **more):
    """What a builder works with, where ``say(request)`` is what the model says (None: it does not answer)."""
    asked = []

    def complete(requests):
        for request in requests:
            asked.append(request)
            text = say(request)
            if text is None:
                yield Failure(request, "timeout")
            else:
                yield Completion(request, text, "stop", 10, 10, 0.1, "program")

    found = journeys.get(name)
    style = load(found.style, use=found.use) if found.style else None
    settings = found.defaults | more.pop("settings", {})
    return Means(complete, judge, "teacher", "w1", style=style, settings=settings, **more), asked


def build(name, given, say=lambda request: "", **more):
    hands, asked = means(say, name, **more)
    return list(journeys.get(name).build(given, hands)), asked


def truth(request):
    """What somebody says who sees the slip: the step, why, and the way from there."""
    _, made = slips()[request.problem_id]
    return written(Remark(made.wrong, made.why, "".join(made.rest).strip(), made.right))


def cut(journey):
    return [(label, journey.text[start:end]) for label, start, end in journey.spans]


def assert_sound(name, found):
    """Journeys whose answers verify, whose start and wrong stretch are the attempt's own words."""
    assert all(isinstance(one, Journey) for one in found)
    rows = [journeys.get(name).row(one) for one in found]
    assert means(None, name)[0].accepted(rows) == {row["trace_id"] for row in rows}
    for one in found:
        parts = cut(one)
        assert [label for label, _ in parts if label not in ("start", "right")][:2] == ["wrong", "turn"]
        assert parts[-1][0] == "right"
        kept = one.text[: next(end for label, _, end in one.spans if label == "wrong")]
        assert one.attempt.wrong["completion"].startswith(kept)
        assert one.parents[0] == one.attempt.wrong["trace_id"]


# Stitched.


def test_a_stitched_journey_is_the_wrong_path_a_turn_and_the_right_path():
    found, asked = build("stitched", attempts())
    assert_sound("stitched", found)
    assert asked == []
    for one in found:
        (_, wrong), (_, turn), (_, right) = cut(one)
        assert (wrong, right) == (one.attempt.path, one.attempt.right_path)
        assert one.attempt.fault in turn


def test_where_the_first_wrong_step_is_known_a_stitched_journey_says_so():
    given = [replace(one, step=slips()[one.problem_id][1].wrong, why="that is too much") for one in attempts()]
    found, _ = build("stitched", given)
    assert_sound("stitched", found)
    for one in found:
        parts = cut(one)
        _, made = slips()[one.attempt.problem_id]
        wrong, turn = parts[-3][1], parts[-2][1]
        assert wrong.startswith(made.steps[made.wrong - 1].strip())
        assert "that is too much" in turn
        assert made.steps[made.wrong - 1].strip()[:80] in turn
        assert (len(parts) == 4) == (made.wrong > 1)


@pytest.mark.parametrize(
    ("side", "text"),
    [
        ("wrong", "<think>\nTry 3 + 7 = 10: 10 *"),
        ("right", "<think>\nTry 3 * 7 = 21: 21 +"),
        ("wrong", "(3 + 7) * 2"),
        ("right", "(3 * 7) + 2"),
        ("wrong", "<think>\n\n</think>\n\n20"),
        ("right", "<think>\nTry 3 * 7\n</think>\n\n"),
    ],
)
def test_nothing_is_stitched_of_a_path_that_never_ended_or_never_began(side, text):
    (one,) = attempts(1)
    (found,), _ = build("stitched", [replace(one, **{side: trace(one.problem_id, text, side)})])
    assert isinstance(found, Declined)


def test_a_step_that_the_attempt_has_not_is_no_step():
    (one,) = attempts(1)
    found, _ = build("stitched", [replace(one, step=99)])
    assert [label for label, _ in cut(found[0])] == ["wrong", "turn", "right"]


def test_the_shortcut_of_a_stitched_journey_is_the_right_path_alone():
    given = [replace(one, step=slips()[one.problem_id][1].wrong) for one in attempts()]
    found, _ = build("stitched", given)
    rows = [journeys.get("stitched").row(one) for one in found]
    for one, row in zip(found, rows, strict=True):
        text = shortcut(row)["completion"]
        assert " ".join(thinking(text).split()) == " ".join(one.attempt.right_path.split())


def test_the_blanks_between_paragraphs_stay():
    (one,) = attempts(1)
    text = "<think>\nLet x be 3.\n\nThen 2x = 7.\n\nSo it is 7.\n</think>\n\n7"
    wrong = trace(one.problem_id, text, "w")
    said = "Wrong step: 2\nWhy: it is more\nFrom there: Then 2x = 6.\n\nSo 6.\nAnswer: 6"
    hands, _ = means(lambda request: said, "revised", n=1)
    hands = replace(hands, judge=lambda frame: frame.select("trace_id", outcome=pl.lit("pass")))
    (journey,) = journeys.get("revised").build([replace(one, wrong=wrong)], hands)
    assert journey.text.startswith("<think>\nLet x be 3.\n\nThen 2x = 7.\nWait, it is more.\nThen 2x = 6.\n\nSo 6.\n")
    alone = shortcut(journeys.get("revised").row(journey))["completion"]
    assert alone == "<think>\nLet x be 3.\n\nThen 2x = 6.\n\nSo 6.\n</think>\n\n6"


# Revised.


def test_a_revision_keeps_the_attempt_up_to_the_step_that_it_names():
    found, asked = build("revised", attempts(), truth, n=1)
    assert_sound("revised", found)
    for one in found:
        _, made = slips()[one.attempt.problem_id]
        wrong = next(text for label, text in cut(one) if label == "wrong")
        assert wrong == made.steps[made.wrong - 1].strip()
    assert {request.kind for request in asked} == {"remark"}
    assert len({request.trace_id for request in asked}) == len(asked) == len(attempts())


def test_of_several_revisions_the_first_that_verifies_is_taken():
    def say(request):
        _, made = slips()[request.problem_id]
        answer = made.right if request.sample_index > 1 else made.answer
        return written(Remark(made.wrong, made.why, "".join(made.rest).strip(), answer))

    found, asked = build("revised", attempts(), say, n=4)
    assert_sound("revised", found)
    third = {request.trace_id for request in asked if request.sample_index == 2}
    assert {one.parents[1] for one in found} == third


@pytest.mark.parametrize(
    "said",
    [
        "Wrong step: none",
        "Wrong step: 99\nWhy: so\nFrom there: x\nAnswer: 1",
        "Wrong step: 1\nWhy: so",
        "Wrong step: 1\nWhy: so\nFrom there: x\nAnswer: 5 for now\nmore\nAnswer: 6",
        "It is fine.",
        None,
    ],
)
def test_a_revision_that_says_nothing_of_use_makes_no_journey(said):
    found, _ = build("revised", attempts(3), lambda request: said, n=2)
    assert [type(one) for one in found] == [Declined] * 3


def test_a_revision_may_have_to_agree_with_step_values():
    given = [replace(one, valued=slips()[one.problem_id][1].wrong) for one in attempts()]
    agreeing, _ = build("revised", given, truth, n=1, settings={"agree": True})
    assert_sound("revised", agreeing)
    for other in (attempts(), [replace(one, valued=one.valued + 1) for one in given]):
        found, _ = build("revised", other, truth, n=1, settings={"agree": True})
        assert all(isinstance(one, Declined) for one in found)


# By proposal and critique.


def test_a_proposer_goes_on_after_the_critics_reason_as_if_it_were_its_own():
    def say(request):
        _, made = slips()[request.problem_id]
        if request.kind == "remark":
            return written(Remark(made.wrong, made.why))
        assert request.prefix.rstrip().endswith((f"Wait, {made.why}.", f"等等，{made.why}。"))
        return f"{request.prefix}{''.join(made.rest)}\n</think>\n\n{made.right}"

    found, asked = build("propose-critique", attempts(), say, n=1)
    assert_sound("propose-critique", found)
    assert [request.kind for request in asked] == ["remark"] * len(found) + ["rollout"] * len(found)


def test_a_second_round_corrects_what_the_first_made_wrong_again():
    def say(request):
        _, made = slips()[request.problem_id]
        rest, attempt = "".join(made.rest).strip(), "".join(made.steps[made.wrong - 1 :]).strip()
        first = "Wait" not in request.prefix and "等等" not in request.prefix
        if request.kind == "remark":
            return written(Remark(made.wrong, made.why if first else "no"))
        again = request.prefix.count(made.why) < 2
        return f"{request.prefix}{attempt if again else rest}\n</think>\n\n{made.answer if again else made.right}"

    found, _ = build("propose-critique", attempts(), say, n=1, settings={"rounds": 2})
    assert_sound("propose-critique", found)
    for one in found:
        assert [label for label, _ in cut(one)].count("turn") == 2
        assert len(one.parents) == 5


def test_a_critic_may_have_to_agree_with_step_values():
    def say(request):
        _, made = slips()[request.problem_id]
        if request.kind == "remark":
            return written(Remark(made.wrong, made.why))
        return f"{request.prefix}{''.join(made.rest)}\n</think>\n\n{made.right}"

    given = [replace(one, valued=slips()[one.problem_id][1].wrong) for one in attempts()]
    found, _ = build("propose-critique", given, say, n=1, settings={"agree": True})
    assert_sound("propose-critique", found)
    found, asked = build("propose-critique", attempts(3), say, n=1, settings={"agree": True})
    assert [one.why for one in found] == ["the critic names another step than step values do"] * 3
    assert len(asked) == 3


def test_a_critic_that_finds_nothing_ends_it():
    found, asked = build("propose-critique", attempts(3), lambda request: "Wrong step: none")
    assert [one.why for one in found] == ["the critic names no wrong step"] * 3
    assert len(asked) == 3


# By trees.


def oracle(request):
    """Goes on rightly from a prefix without the slip, and wrongly from one with it."""
    _, made = slips()[request.problem_id]
    if request.step >= made.wrong:
        rest = "".join(made.steps[request.step :])
        return f"{request.prefix or '<think>'}\n{rest}\n</think>\n\n{made.answer}"
    if request.sample_index == 1:  # one that slips again
        return f"{request.prefix or '<think>'}\n{''.join(made.steps[request.step :])}\n</think>\n\n{made.answer}"
    between = "".join(made.steps[request.step : made.wrong - 1])
    return f"{request.prefix or '<think>'}\n{between}{''.join(made.rest)}\n</think>\n\n{made.right}"


@pytest.mark.parametrize("method", ["every", "first_error"])
def test_a_tree_comes_back_to_the_node_before_the_first_wrong_step(method):
    found, _ = build("tree", attempts(), oracle, n=3, settings={"method": method, "wrong_turns": 1, "deeper": False})
    assert_sound("tree", found)
    for one in found:
        _, made = slips()[one.attempt.problem_id]
        start = len(steps(f"<think>{cut(one)[0][1]}</think>")) if cut(one)[0][0] == "right" else 0
        assert start == made.wrong - 1
        assert [label for label, _ in cut(one)].count("turn") == 1


def test_a_tree_turns_no_more_often_than_it_may_at_a_node():
    found, _ = build("tree", attempts(), oracle, n=3, settings={"wrong_turns": 2, "deeper": False})
    assert_sound("tree", found)
    assert {[label for label, _ in cut(one)].count("turn") for one in found} == {2}


def test_a_tree_cuts_by_characters_whatever_steps_a_rollout_falls_into():
    parent = trace(attempts(1)[0].problem_id, "<think>\nTry 2. No. Try 3. Yes.\n</think>\n\n3", "w")
    node = Node(parent, 1, (), ())
    told = node.prefix + " It fails.\n\nTry 5. Yes.\n</think>\n\n5"
    assert node.prefix == "<think>\nTry 2."
    assert node.rest(parent) == " No. Try 3. Yes.\n"
    assert node.rest({"completion": told}) == " It fails.\n\nTry 5. Yes.\n"
    assert Node(parent, 0, (), ()).rest({"completion": "<think>\nAnew.\n</think>\n\n1"}).strip() == "Anew."


def test_a_tree_looks_into_a_rollout_that_slips_later():
    def later(request):  # from the question a rollout goes right for a step, and slips then
        _, made = slips()[request.problem_id]
        if "slipped" in request.prefix:
            return f"{request.prefix}\n</think>\n\n{made.answer}"
        if request.sample_index == 1 and "Fine so far." not in request.prefix:
            return f"{request.prefix or '<think>'}\nFine so far. Here it slipped. And on.\n</think>\n\n{made.answer}"
        return oracle(request) if "Fine" not in request.prefix else f"{request.prefix} Well.\n</think>\n\n{made.right}"

    found, _ = build("tree", attempts(), later, n=3, settings={"wrong_turns": 2, "deeper": True})
    assert_sound("tree", found)
    walked = [[label for label, _ in cut(one)][-5:] for one in found]
    assert ["turn", "right", "wrong", "turn", "right"] in walked
    for one in found:
        if "slipped" in one.text:
            (fine,) = [text for label, text in cut(one) if text == "Fine so far."]
            assert fine


def test_a_tree_is_not_grown_where_nothing_ever_comes_right():
    def never(request):
        return f"{request.prefix or '<think>'} no\n</think>\n\n0"

    found, _ = build("tree", attempts(3), never, n=2)
    assert [one.why for one in found] == ["there is no step that success ends with"] * 3


# Smooth.


def journey_attempts():
    found, _ = build("revised", attempts(), truth, n=1)
    return [replace(one.attempt, journey=journeys.get("revised").row(one)) for one in found]


def in_one_voice(request):
    journey = next(one.journey for one in journey_attempts() if one.journey["trace_id"] == request.parents[0])
    text = journey["completion"]
    start, end = next((span["start"], span["end"]) for span in journey["spans"] if span["label"] == "turn")
    turn = text[start:end].replace("Wait, ", "Hmm, ").replace("等等，", "不，")
    return text[:start].rstrip() + " " + turn + " " + text[end:].lstrip()


def test_a_smooth_telling_keeps_every_error_and_correction():
    given = journey_attempts()
    found, _ = build("smooth", given, in_one_voice, n=1)
    assert_sound("smooth", found)
    for one in found:
        before = [(s["label"], one.attempt.journey["completion"][s["start"] : s["end"]])
                  for s in one.attempt.journey["spans"]]  # fmt: skip
        assert [part for part in cut(one) if part[0] != "turn"] == [part for part in before if part[0] != "turn"]
        assert "Hmm" in one.text or "不，" in one.text


@pytest.mark.parametrize("spoil", ["number", "turn", "wrong", "answer"])
def test_a_telling_that_leaves_something_out_is_not_kept(spoil):
    def say(request):
        journey = next(one.journey for one in journey_attempts() if one.journey["trace_id"] == request.parents[0])
        text = journey["completion"]
        spans = {span["label"]: (span["start"], span["end"]) for span in journey["spans"]}
        start, end = spans["turn" if spoil == "turn" else "wrong"]
        if spoil in ("turn", "wrong"):
            return text[:start] + text[end:]
        if spoil == "answer":
            return text + "0"
        digit = next(place for place in range(start, end) if text[place].isdigit())
        return text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :]

    found, _ = build("smooth", journey_attempts(), say, n=1)
    assert [type(one) for one in found] == [Declined] * len(found)


# What they have in common.


def test_the_shortcut_is_the_journey_without_its_detour():
    found, _ = build("revised", attempts(), truth, n=1)
    rows = [journeys.get("revised").row(one) for one in found]
    made = list(controls(rows, [slips()[row["problem_id"]][0].source for row in rows]))
    shortcuts = {row["parents"][0]: row for row in made if row["kind"] == "shortcut"}
    assert set(shortcuts) == {row["trace_id"] for row in rows}
    assert means(None, "revised")[0].accepted(list(shortcuts.values())) == {
        row["trace_id"] for row in shortcuts.values()
    }
    for row in rows:
        _, made_slip = slips()[row["problem_id"]]
        text = shortcuts[row["trace_id"]]["completion"]
        assert made_slip.why not in text
        assert " ".join(thinking(text).split()).endswith(" ".join("".join(made_slip.rest).split()))


def test_a_mixed_control_has_the_detour_of_another_problem_of_its_source():
    found, _ = build("stitched", attempts())
    rows = [journeys.get("stitched").row(one) for one in found]
    sources = [slips()[row["problem_id"]][0].source for row in rows]
    mixed = [row for row in controls(rows, sources) if row["kind"] == "mixed"]
    assert len(mixed) == len(rows)
    by_id = {row["trace_id"]: row for row in rows}
    for row in mixed:
        own, other = (by_id[parent] for parent in row["parents"])
        assert own["problem_id"] == row["problem_id"] != other["problem_id"]
        assert slips()[own["problem_id"]][0].source == slips()[other["problem_id"]][0].source
        assert response(row["completion"]) == response(own["completion"])
        assert thinking(other["completion"]).partition("\n")[0] in row["completion"]
        for span in row["spans"]:
            assert row["completion"][span["start"] : span["end"]].strip()


def test_ids_are_the_same_every_time_and_differ_from_each_other():
    def rows():
        found, _ = build("revised", attempts(), truth, n=1)
        made = [journeys.get("revised").row(one) for one in found]
        return [*made, *controls(made, ["one source"] * len(made))]

    assert rows() == rows()
    assert len({row["trace_id"] for row in rows()}) == len(rows())


def test_the_lake_takes_journeys_as_they_are(lake):
    found, _ = build("stitched", attempts(5))
    rows = [journeys.get("stitched").row(one) for one in found]
    assert lake.commit("traces", rows) == 5
    assert set(lake.sql("SELECT kind FROM traces WHERE len(spans) = 3")["kind"]) == {"journey"}


def test_an_unknown_builder_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match=r"no journey builder called 'stiched'; expected one of .*revised, .*stitched"):
        journeys.get("stiched")


def test_a_function_that_is_no_builder_is_refused(tmp_path):
    (tmp_path / "mine.py").write_text("def plain(attempts, means):\n    return []\n")
    with pytest.raises(BadInput, match=r"is no journey builder; expected a function under @builder"):
        journeys.get("mine.py:plain", tmp_path)
