"""A changed check or setting judges the lake's traces anew, keeps the old verdicts, and reports what flipped."""

import json

import pytest
from typer.testing import CliRunner

from flows import cli, flips, report
from flows.mill import next_stage
from flows.progress import Progress
from flows.recipe.file import check, load
from flows.run import Run
from warehouse.errors import RecipeError

# Undecided while there is a file "busy" beside it; what it says of a text changes with its version.
MOODY = """
from pathlib import Path

from filters import Finding, check


@check("moody", version={version}, {default})
def moody(trace, key, settings):
    if (Path(__file__).parent / "busy").exists():
        return Finding.undecided("{reason}")
    long = len(trace["completion"]) > settings["at_most"]
    return Finding.fail("long") if long else Finding.passed()
"""


@pytest.fixture
def verifying(tmp_path, turn):
    """Runs a recipe that asks ``moody`` about two traces; returns the run."""
    (tmp_path / "one.jsonl").write_text(json.dumps({"prompt": "2 + 2", "answers": "4"}) + "\n")

    def run(version=1, at_most=10, reason="timeout", again=False, checks=(), **settings):
        file = f"moody{version}_{reason}.py"
        (tmp_path / file).write_text(MOODY.format(version=version, default=f"at_most={at_most}", reason=reason))
        verify = {"do": "verify", "checks": [f"{file}:moody", *checks], "settings": settings}
        problems = [{"source": "file", "path": "one.jsonl", "verifier": "number"}]
        tables = {"name": "anew", "folder": str(tmp_path), "problems": problems, "stages": [verify]}
        recipe = check(tables, "anew.toml")
        recipe = recipe.asking_again() if again else recipe
        first = turn(recipe, until="problems")
        (problem,) = first.scope["train"]
        rows = [
            {"trace_id": name, "problem_id": problem, "kind": "sample", "finish_reason": "stop", "completion": text}
            for name, text in (("short", "<think>\nm\n</think>\n\n4"), ("long", "<think>\nm m m\n</think>\n\n4"))
        ]
        first.lake.commit("traces", rows)
        return turn(recipe)

    return run


def outcomes(run):
    return dict(run.lake.sql("SELECT trace_id, outcomes['moody'] FROM marks").rows())


def test_a_new_version_judges_anew_keeps_what_was_said_and_reports_what_flipped(verifying):
    first = verifying(version=1, at_most=100)
    assert outcomes(first) == {"short": "pass", "long": "pass"}
    assert flips.of_run(first) == []
    second = verifying(version=2, at_most=24)
    assert outcomes(second) == {"short": "pass", "long": "fail"}
    assert second.lake.sql("SELECT count(*) FROM verdicts WHERE check_name = 'moody'").item() == 4
    told = {"check": "moody", "version": 2, "judged anew": 2, "flipped": 1, "pass to fail": 1, "fail to pass": 0}
    assert flips.of_run(second) == [told | {"from undecided": 0, "to undecided": 0}]
    assert json.loads(report.as_json(second))["flips"] == flips.of_run(second)
    (flip,) = second.lake.sql("SELECT trace_id, from_version, to_version FROM flips").rows()
    assert flip == ("long", 1, 2)


def test_changed_settings_judge_anew_and_each_recipe_counts_its_own(verifying):
    verifying(checks=["length"], length={"at_most": 100})
    strict = verifying(checks=["length"], length={"at_most": 2})
    (row,) = (row for row in flips.of_run(strict) if row["check"] == "length")
    assert (row["judged anew"], row["pass to fail"]) == (2, 2)
    back = verifying(checks=["length"], length={"at_most": 100})
    assert flips.of_run(back) == []  # nothing was asked, what it said stands beside the other


def test_what_was_left_undecided_is_asked_again_when_told_so_and_once_a_run(verifying, tmp_path):
    (tmp_path / "busy").touch()
    run = verifying(at_most=24)
    assert outcomes(run) == {"short": "undecided", "long": "undecided"}
    assert next_stage(Run(run.recipe, run.lake, Progress(quiet=True))) is None
    still = verifying(at_most=24, again=True)  # and comes to an end
    assert outcomes(still) == {"short": "undecided", "long": "undecided"}
    assert still.lake.sql("SELECT count(*) FROM verdicts WHERE check_name = 'moody'").item() == 4
    (told,) = flips.of_run(still)
    assert (told["judged anew"], told["flipped"]) == (2, 0)
    (tmp_path / "busy").unlink()
    done = verifying(at_most=24, again=True)
    assert outcomes(done) == {"short": "pass", "long": "fail"}
    (told,) = flips.of_run(done)
    assert (told["judged anew"], told["flipped"], told["from undecided"]) == (2, 2, 2)
    (tmp_path / "busy").touch()  # what is decided is not asked any more
    assert next_stage(Run(done.recipe, done.lake, Progress(quiet=True))) is None


def test_what_cannot_come_right_is_not_asked_again(verifying, tmp_path):
    (tmp_path / "busy").touch()
    run = verifying(reason="no_opinion")
    assert next_stage(Run(run.recipe.asking_again(), run.lake, Progress(quiet=True))) is None


def test_asking_again_makes_nothing_else_of_a_recipe():
    recipe = load("nano")
    again = recipe.asking_again()
    assert again.again
    assert not recipe.again
    assert again.hash == recipe.hash
    assert load("nano", ("verify.again=true",)) == again
    with pytest.raises(RecipeError, match="has no verify stage"):
        recipe.model_copy(update={"stages": recipe.stages[:1]}).asking_again()


@pytest.mark.parametrize("command", ["run", "verify"])
def test_the_command_that_is_to_ask_again_needs_somebody_to_ask(tmp_path, command):
    file = tmp_path / "silent.toml"
    stage = 'do = "generate"\nmodel = "search"'
    model = '[models.search]\nbackend = "solver"\npath = "search"'
    problems = '[[problems]]\nsource = "reasoning-gym/countdown"\ncount = 1'
    file.write_text(f'name = "silent"\n{model}\n{problems}\n[[stages]]\n{stage}\n')
    told = CliRunner().invoke(cli.app, [command, str(file), "--again", "--lake", str(tmp_path / "lake")])
    assert isinstance(told.exception, RecipeError)
    assert "silent has no verify stage, which is what asks again" in str(told.exception)
