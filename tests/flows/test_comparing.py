"""Examinations with arms: students by seed, attempts to recover from, and what is compared."""

import json

import pytest
from going_on import WALKER
from small import equations, tables

from flows import comparing, report
from flows.planning import plan_of
from flows.recipe.file import check
from flows.stages import evaluate
from warehouse.errors import RecipeError
from warehouse.steps import steps

TRAIN = {"do": "train", "model": "tiny", "produces": "arm", "seeds": [3, 5], "epochs": 1, "precision": "float32"}
SLIP = {"backend": "solver", "path": "slip"}


def examined(*stages, **changes):
    return tables(stages=[tables()["stages"][0], {"do": "release", "configs": ["default"]}, *stages], **changes)


def with_tiny(path, **models):
    return {"models": tables()["models"] | {"tiny": {"path": str(path)}, "slip": SLIP, **models}}


def test_the_name_of_a_stage_with_seeds_stands_for_all_its_students(tiny_model):
    recipe = check(examined(TRAIN, {"do": "evaluate", "models": ["hasty", "arm"]}, **with_tiny(tiny_model)), "x")
    assert recipe.stages[-1].models == ("hasty", "arm-3", "arm-5")
    assert recipe.arms["arm"] == ("arm-3", "arm-5")
    assert recipe.arms["hasty"] == ("hasty",)


def test_a_single_student_is_named_in_full(tiny_model):
    recipe = check(examined(TRAIN, {"do": "evaluate", "models": ["arm-5"]}, **with_tiny(tiny_model)), "x")
    assert recipe.stages[-1].models == ("arm-5",)


@pytest.mark.parametrize(
    ("train", "exam", "told"),
    [
        ({"seeds": 3}, {}, r"stages\[2\].seeds: .*; found 3"),
        ({"produces": ["arm"]}, {}, r"stages\[2\].produces: .*; found \['arm'\]"),
        ({}, {"models": "arm"}, r"stages\[3\].models: .*; found 'arm'"),
        ({}, {"models": [["arm"]]}, r"stages\[3\].models\[0\]: .*; found \['arm'\]"),
    ],
)
def test_what_has_not_the_right_form_is_refused_with_its_place(tiny_model, train, exam, told):
    stages = [TRAIN | train, {"do": "evaluate", "models": ["arm"]} | exam]
    with pytest.raises(RecipeError, match=told):
        check(examined(*stages, **with_tiny(tiny_model)), "x")


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (["hasty", "nobody"], r"comparisons\[0\]: no model named 'nobody'; expected hasty, search"),
        (["hasty", "hasty"], r"no evaluate stage examines both 'hasty' and 'hasty'"),
        (["hasty", "search"], r"no evaluate stage examines both 'hasty' and 'search'"),
    ],
)
def test_a_comparison_that_nothing_is_examined_for_is_refused(pair, told):
    with pytest.raises(RecipeError, match=told):
        check(examined({"do": "evaluate", "models": ["hasty"]}, comparisons=[pair]), "x")


def test_compared_examinations_have_names_of_their_own():
    both = {"do": "evaluate", "models": ["hasty", "search"]}
    with pytest.raises(RecipeError, match="another examination is called 'held-out'"):
        check(examined(both, both | {"n": 2}, comparisons=[["hasty", "search"]]), "x")
    assert check(examined(both, both | {"n": 2}), "x")


def test_so_many_problems_are_drawn_from_all_of_them(turn):
    few = {"do": "evaluate", "models": ["search"], "limit": 4, "n": 1}
    wanted = check(examined(few, problems=[equations(3), equations(12, split="test")]), "x")
    run = turn(wanted)
    asked = {sample.problem_id for sample in evaluate.samples(run, wanted.stages[-1])["search"]}
    assert asked == set(sorted(run.scope["test"])[:4]) != set(run.scope["test"][:4])


@pytest.fixture
def recovering(tmp_path, tiny_model):
    """A recipe in which somebody slips and a walker goes on, who is right unless a guess stands before it."""
    (tmp_path / "walker.py").write_text(WALKER)
    walker = {"backend": "walker.py:walker", "path": str(tiny_model), "options": {"log": str(tmp_path / "asked.txt")}}
    exam = {"do": "evaluate", "name": "recovery", "after": "slip", "models": ["walker"], "n": 2, "ks": [2]}
    told = examined(exam, problems=[equations(3), equations(12, split="test")])
    models = told["models"] | {"slip": SLIP, "walker": walker}
    return check(told | {"folder": str(tmp_path), "models": models}, "x")


def test_models_go_on_from_the_end_of_the_first_wrong_step(turn, recovering):
    run = turn(recovering)
    begun = {row["trace_id"]: row for row in run.lake.sql("FROM traces WHERE model = 'slip'").to_dicts()}
    gone_on = run.lake.sql("SELECT t.*, m.correct FROM traces t JOIN marks m USING (trace_id) WHERE t.kind = 'rollout'")
    assert len(begun) == 12
    assert gone_on.height == 24
    for row in gone_on.to_dicts():
        first = begun[row["parents"][0]]
        (wrong,) = (span for span in first["spans"] if span["label"] == "wrong")
        end = next(end for _, end in steps(first["completion"]) if end > wrong["start"])
        assert row["completion"].startswith(first["completion"][:end])
        assert not row["completion"][end:].startswith(first["completion"][end : end + 20] or "nothing")
        assert row["correct"] == ("Try" not in row["completion"] and "试" not in row["completion"])


def test_recovery_is_a_score_and_nobody_s_pass_rate(turn, recovering):
    run = turn(recovering)
    (figures,) = evaluate.results(run, recovering.stages[-1]).values()
    right = run.lake.sql("SELECT avg(correct::INT) AS share FROM marks WHERE kind = 'rollout'").item()
    assert figures["pass@1"].value == pytest.approx(right)
    assert 0 < right < 1
    assert run.lake.sql("FROM pass_rates WHERE model = 'walker'").is_empty()
    assert run.lake.sql("FROM scores WHERE model = 'walker'").is_empty()


def test_a_run_again_asks_nobody_anything(turn, recovering, tmp_path):
    turn(recovering)
    asked = (tmp_path / "asked.txt").read_text()
    turn(recovering)
    assert (tmp_path / "asked.txt").read_text() == asked


def test_the_plan_asks_for_so_many_problems_and_knows_what_has_come(turn, recovering, tmp_path):
    few = recovering.model_copy(
        update={"stages": (*recovering.stages[:-1], recovering.stages[-1].model_copy(update={"limit": 5}))}
    )
    (row,) = [row for row in plan_of(few, tmp_path / "none") if row["stage"] == "evaluate"]
    assert (row["what"].partition(",")[0], row["at most"]) == ("recovery: walker", 10)
    turn(few)
    (row,) = [row for row in plan_of(few, tmp_path / "lake") if row["stage"] == "evaluate"]
    assert (row["at most"], row["to do"]) == (10, 0)


def test_a_solver_cannot_go_on_from_another_s_attempt():
    exam = {"do": "evaluate", "after": "hasty", "models": ["search"]}
    with pytest.raises(RecipeError, match="'search' is a solver, which begins anew"):
        check(examined(exam), "x")
    with pytest.raises(RecipeError, match="no model named 'slip'"):
        check(examined(exam | {"after": "slip"}), "x")


@pytest.fixture
def compared(turn):
    exams = [
        {"do": "evaluate", "name": "once", "models": ["hasty", "search"], "n": 1},
        {"do": "evaluate", "name": "often", "models": ["hasty", "search"], "n": 4, "ks": [4], "limit": 20},
    ]
    told = examined(*exams, problems=[equations(3), equations(40, split="test")], comparisons=[["search", "hasty"]])
    return turn(check(told, "x"))


def test_arms_are_compared_in_every_examination_that_both_took(compared):
    found = {(one.exam, one.figure): one for one in comparing.findings(compared)}
    assert list(found) == [("once", "pass@1"), ("often", "pass@1"), ("often", "maj@4")]
    once = found["once", "pass@1"]
    assert (once.problems, found["often", "maj@4"].problems) == (40, 20)
    assert once.scores["search"].value == 1.0
    gap = once.differences["search", "hasty"]
    assert gap.value == pytest.approx(1.0 - once.scores["hasty"].value)
    assert gap.stands
    assert gap.p <= gap.adjusted <= 3 * gap.p


def test_a_run_leaves_its_tables_and_its_chart(compared):
    report.publish(compared)
    told = comparing.path(compared).read_text()
    assert "| search | 100.0% [100.0%, 100.0%] | 100.0% [100.0%, 100.0%] | 100.0% [100.0%, 100.0%] |" in told
    assert "| once, pass@1: search over hasty | 40 |" in told
    assert report.chart_path(compared).read_bytes().startswith(b"\x89PNG")


def test_programs_are_told_the_same(compared):
    (found,) = [one for one in json.loads(report.as_json(compared))["comparisons"] if one["exam"] == "once"]
    assert found["difference"] == pytest.approx(comparing.findings(compared)[0].differences["search", "hasty"].value)
    assert found["arm"] == "search"
    assert found["stands"]
