import random
import re
from itertools import islice

import pytest

from filters.verifiers import get as verifier
from filters.verify import Key, answer_of
from generators.skills import PUZZLES, SKILLS
from generators.slips import NoSlip, slip
from generators.sources import Wanted, problems
from tests.generators.test_solvers import right
from warehouse.errors import SourceError
from warehouse.steps import steps

every_family = pytest.mark.parametrize("family", list(PUZZLES))


def slips(family, count=120):
    for seed, puzzle in enumerate(problems(Wanted(family, count=count, config=PUZZLES[family]))):
        try:
            yield puzzle, slip(family, puzzle.metadata, random.Random(seed))
        except NoSlip:
            continue


@every_family
def test_a_slip_ends_in_a_wrong_answer_and_its_journey_in_a_right_one(family):
    made = list(slips(family))
    assert len(made) > 80
    for puzzle, one in made:
        assert not right(puzzle, one.completion), one
        assert right(puzzle, one.journey()[0]), one


@every_family
def test_the_wrong_step_is_the_one_that_is_counted(family):
    for _, one in slips(family):
        parts = [one.completion[start:end] for start, end in steps(one.completion)]
        assert parts == [step.strip() for step in one.steps]
        truth = {label: one.completion[start:end] for label, start, end in one.spans()}
        assert truth["wrong"].startswith(parts[one.wrong - 1])
        assert ("right" in truth) == (one.wrong > 1)


@every_family
def test_a_journey_holds_the_attempt_up_to_its_error_word_for_word(family):
    for _, one in slips(family):
        text, spans = one.journey()
        _, _, noticed = next(span for span in spans if span[0] == "wrong")
        assert one.completion.startswith(text[:noticed])
        assert [label for label, *_ in spans] == ["right"] * (one.wrong > 1) + ["wrong", "turn", "right"]
        assert one.why in text


@every_family
def test_the_reason_does_not_give_the_answer_away(family):
    for puzzle, one in slips(family):
        if one.right not in puzzle.prompt:
            assert not re.search(rf"(?<![\d/]){re.escape(one.right)}(?![\d/])", one.why), one


def test_chinese_slips_turn_in_chinese():
    turns = [text[start:end] for _, one in slips("reasoning-gym/countdown") for text, spans in [one.journey()]
             for label, start, end in spans if label == "turn"]  # fmt: skip
    assert any(turn.startswith("等等，") for turn in turns)
    assert any(turn.startswith("Wait, ") for turn in turns)


def test_slips_repeat_for_the_same_seed():
    assert [one for _, one in slips("reasoning-gym/simple_equations", 30)] == [
        one for _, one in slips("reasoning-gym/simple_equations", 30)
    ]


@pytest.mark.parametrize("skill", list(SKILLS))
def test_a_lesson_is_of_its_split_and_right_by_its_own_key(skill):
    lessons = list(islice(problems(Wanted(f"skills/{skill}", count=30, split="test")), 30))
    assert len({lesson.problem_id for lesson in lessons}) == 30
    for lesson in lessons:
        decide, key = verifier(lesson.verifier), Key("k", lesson.answers, lesson.verifier, lesson.spec)
        (said,) = answer_of(decide, lesson.metadata["said"]).answers
        assert decide(said, key).outcome == "pass", lesson


def test_lessons_without_a_number_are_refused():
    with pytest.raises(SourceError, match="without end"):
        list(problems(Wanted("skills/revise")))
    with pytest.raises(SourceError, match=r"no skill 'juggle'; expected critique, revise, smooth"):
        list(problems(Wanted("skills/juggle", count=1)))
