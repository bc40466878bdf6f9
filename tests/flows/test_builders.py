"""The stage journey with builders that ask a model: what is asked is asked once, whatever happens meanwhile."""

from functools import partial
from pathlib import Path

import pytest
from small import equations

from flows import shortfall
from flows.mill import grind, next_stage
from flows.planning import plan_of
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.stages import journey
from warehouse.errors import BadInput, RecipeError, RunFailed
from warehouse.lake import Lake

# Finds the first guess wrong, and goes on to the right answer; of some samples nothing is heard.
REVISER = """
import random
from pathlib import Path

from generators.journeys.remarks import Remark, written
from generators.solvers import ENGLISH, equation
from warehouse.records import Completion, Failure


def reviser(teacher):
    options = {"fails": [], "silent": False} | teacher.options

    def complete(requests):
        for request in requests:
            with Path(options["log"]).open("a") as log:
                log.write(request.trace_id + "\\n")
            if request.sample_index in options["fails"]:
                yield Failure(request, "timeout", "nothing was heard")
                continue
            told = request.messages[-1][1].partition("\\n")[0].rpartition(": ")[2]
            steps, answer = equation({"equation": told}, random.Random(0), ENGLISH, False)
            said = written(Remark(2, "that is not it", "".join(steps[1:]) or steps[0], answer))
            yield Completion(request, "" if options["silent"] else said, "stop", 9, 5, 0.1, "test")

    return complete
"""
SAMPLE = {"do": "generate", "model": "hasty", "n": 3}
VERIFY = {"do": "verify", "checks": ["answer", "format"]}
REVISED = {"do": "journey", "builder": "revised", "model": "reviser", "writers": ["hasty"], "style": "revise-brief"}
REVISED |= {"n": 2, "shard": 5}


def recipe_in(folder, weights, *stages, **options):
    (folder / "reviser.py").write_text(REVISER)
    options |= {"log": str(folder / "asked.txt")}
    tables = {
        "name": "builders",
        "folder": str(folder),
        "models": {
            "hasty": {"backend": "solver", "path": "hasty"},
            "reviser": {"backend": "reviser.py:reviser", "path": str(weights), "options": options},
        },
        "problems": [equations(8)],
        "stages": [SAMPLE, VERIFY, *(stages or [REVISED])],
    }
    return check(tables, "builders.toml")


@pytest.fixture
def revising(tmp_path, tiny_model):
    return partial(recipe_in, tmp_path, tiny_model)


def run_of(recipe, folder):
    return Run(recipe, Lake(folder / "lake", create=True), Progress(quiet=True))


def asked(run):
    log = Path(run.recipe.models["reviser"].options["log"])
    return log.read_text().split() if log.exists() else []


def yields(run):
    return {row["builder"]: row for row in run.lake.sql("FROM journey_yields").to_dicts()}


def test_revisions_become_journeys_with_their_controls_and_their_cost(revising, tmp_path):
    run = run_of(revising(), tmp_path)
    grind(run)
    told = yields(run)["revised"]
    assert told["journeys"] == told["accepted"] > 4
    assert told["answers"] == len(asked(run)) == 2 * told["attempts"]
    assert told["tokens"] == 5 * told["answers"]
    assert run.lake.sql("FROM journeys WHERE shortcut_id IS NULL OR NOT accepted").is_empty()
    remarks = run.lake.sql("SELECT kind, outcomes FROM marks WHERE strategy = 'revised' AND kind = 'remark'")
    assert remarks["outcomes"].null_count() == remarks.height == told["answers"]
    assert next_stage(run) is None
    assert next_stage(run_of(revising(), tmp_path)) is None


def test_a_model_is_shown_attempts_of_its_own_if_no_others_are_named(revising, tmp_path):
    run = run_of(revising(REVISED | {"writers": []}), tmp_path)
    grind(run)
    assert not yields(run)
    assert not asked(run)


def test_another_way_makes_other_journeys_of_the_same_attempts(revising, tmp_path):
    run = run_of(revising(), tmp_path)
    grind(run)
    before = yields(run)["revised"]["journeys"]
    other = run_of(revising(REVISED, REVISED | {"n": 1}), tmp_path)
    grind(other)
    assert yields(other)["revised"]["journeys"] == 2 * before
    assert next_stage(run_of(revising(REVISED, REVISED | {"n": 1}), tmp_path)) is None


def test_a_run_that_is_killed_asks_nothing_twice(revising, tmp_path, monkeypatch):
    class Stopped(Exception):
        pass

    def stop(*_):
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(journey, "controls", stop)
        with pytest.raises(Stopped):
            grind(run_of(revising(), tmp_path))
    run = run_of(revising(), tmp_path)
    before = asked(run)
    assert before
    assert not yields(run)["revised"]["journeys"] if yields(run) else True
    grind(run)
    assert len(set(asked(run))) == len(asked(run)) > len(before)
    assert yields(run)["revised"]["journeys"] == yields(run)["revised"]["attempts"]


def test_an_attempt_whose_requests_got_no_answer_is_tried_again_by_the_next_run(revising, tmp_path):
    patient = REVISED | {"tolerate": 1.0}
    run = run_of(revising(patient, fails=[0, 1]), tmp_path)
    grind(run)
    assert set(run.lake.sql("SELECT reason FROM failures WHERE starts_with(trace_id, 'd')")["reason"]) == {"unanswered"}
    assert shortfall.of_run(run)["unanswered"] > 4
    assert next_stage(run) is None
    again = run_of(revising(patient), tmp_path)
    grind(again)
    assert yields(again)["revised"]["journeys"] == yields(again)["revised"]["attempts"] > 4
    assert not shortfall.of_run(again)


def test_too_many_failures_stop_the_run(revising, tmp_path):
    with pytest.raises(RunFailed, match=r"journey: .* more than the recipe tolerates"):
        grind(run_of(revising(fails=[0, 1]), tmp_path))


def test_what_is_declined_is_tried_again_only_in_another_way(revising, tmp_path):
    run = run_of(revising(silent=True), tmp_path)
    grind(run)
    told = yields(run)["revised"]
    assert (told["journeys"], told["yield"]) == (0, 0)
    assert told["attempts"] > 4
    assert next_stage(run_of(revising(), tmp_path)) is None
    assert not shortfall.of_run(run)
    other = run_of(revising(REVISED | {"temperature": 0.5}), tmp_path)
    grind(other)
    assert yields(other)["revised"]["journeys"] == told["attempts"]


def test_the_plan_says_how_many_attempts_are_left(revising, tmp_path):
    grind(run_of(revising(), tmp_path), until="verify")
    (row,) = [row for row in plan_of(revising(), tmp_path / "lake") if row["stage"] == "journey"]
    assert row["what"] == "revised, reviser, n = 2, up to 512 tokens each"
    assert row["to do"] > 4
    grind(run_of(revising(), tmp_path))
    (row,) = [row for row in plan_of(revising(), tmp_path / "lake") if row["stage"] == "journey"]
    assert row["to do"] == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": None}, "revised asks a model; name one"),
        ({"settings": {"agre": True}}, "settings of revised: unknown agre; expected agree"),
        ({"settings": {"agree": "yes"}}, "agree is 'yes'; expected bool"),
        ({"style": "plain"}, "user must hold {steps}"),
        ({"builder": "revise"}, "no journey builder called 'revise'"),
    ],
)
def test_a_stage_that_makes_no_sense_is_refused_before_anything_runs(revising, tmp_path, change, told):
    with pytest.raises(BadInput) as refused:
        run_of(revising(REVISED | change), tmp_path).examine()
    assert told in str(refused.value)


def test_a_solver_reads_no_attempt_and_a_model_has_to_be_there(revising):
    with pytest.raises(RecipeError, match="'hasty' is a solver, which reads no prompt"):
        revising(REVISED | {"critic": "hasty"})
    with pytest.raises(RecipeError, match="no model named 'nobody'"):
        revising(REVISED | {"critic": "nobody"})
