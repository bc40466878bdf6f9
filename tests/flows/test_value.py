"""Steps are worth what those make of them who go on from there."""

import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from going_on import WALKER
from small import equations

from flows import cluster, shortfall
from flows.mill import grind, next_stage
from flows.planning import plan_of
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run, Shard
from flows.stages import value, verify
from warehouse.errors import RecipeError, RunFailed
from warehouse.intervals import wilson
from warehouse.lake import Lake
from warehouse.steps import steps

SAMPLE = {"do": "generate", "model": "hasty", "n": 3}
VERIFY = {"do": "verify", "checks": ["answer", "format"]}
VALUE = {"do": "value", "model": "walker", "n": 4, "shard": 5}


def recipe_in(folder, weights, *stages, **options):
    """A recipe whose walker goes by the name of a model's weights that it has no use for."""
    (folder / "walker.py").write_text(WALKER)
    options |= {"log": str(folder / "asked.txt")}
    tables = {
        "name": "values",
        "folder": str(folder),
        "models": {
            "hasty": {"backend": "solver", "path": "hasty"},
            "walker": {"backend": "walker.py:walker", "path": str(weights), "options": options},
        },
        "problems": [equations(8)],
        "stages": [SAMPLE, VERIFY, *(stages or [VALUE])],
    }
    return check(tables, "values.toml")


@pytest.fixture
def valuing(tmp_path, tiny_model):
    return partial(recipe_in, tmp_path, tiny_model)


def run_of(recipe, folder):
    return Run(recipe, Lake(folder / "lake", create=True), Progress(quiet=True))


@pytest.fixture(scope="module")
def done(tmp_path_factory, tiny_model):
    """A finished run of the recipe, to be looked at and left as it is."""
    folder = tmp_path_factory.mktemp("done")
    run = run_of(recipe_in(folder, tiny_model), folder)
    grind(run)
    return run


def has_guessed(completion, step):
    said = completion[: steps(completion)[step - 1][1]] if step else ""
    return "Try" in said or "试" in said


def verdicts(lake):
    return lake.sql(
        """SELECT v.*, t.completion, t.problem_id AS of FROM latest_verdicts v JOIN traces t USING (trace_id)
        WHERE check_name = 'step_value' ORDER BY trace_id, step"""
    ).to_dicts()


def asked(run):
    return Path(run.recipe.models["walker"].options["log"]).read_text().split()


def test_the_first_wrong_trace_of_each_problem_is_valued_and_no_other(done):
    first = done.lake.sql(
        """SELECT trace_id FROM marks WHERE kind = 'sample' AND NOT correct
        QUALIFY row_number() OVER (PARTITION BY problem_id ORDER BY sample_index) = 1 ORDER BY 1"""
    )["trace_id"].to_list()
    assert len(first) > 5
    assert sorted({one["trace_id"] for one in verdicts(done.lake)}) == first


def test_the_value_of_a_step_is_a_verdict_with_its_interval_and_its_place_in_the_text(done):
    for one in verdicts(done.lake):
        detail = json.loads(one["detail"])
        guessed = has_guessed(one["completion"], one["step"])
        assert (one["outcome"], one["score"], one["n"]) == (("fail", 0.0, 4) if guessed else ("pass", 1.0, 4))
        assert (one["score"], one["low"], one["high"]) == wilson(detail["right"], 4)
        place = (detail["start"], detail["end"])
        assert place == ((None, None) if one["step"] == 0 else steps(one["completion"])[one["step"] - 1])


def test_rollouts_are_traces_that_go_on_from_a_step_and_are_judged(done):
    rollouts = done.lake.sql(
        """SELECT r.trace_id, r.completion, (r.sampling ->> 'step')::INT AS step, o.completion AS of, m.correct,
            r.messages = o.messages AS same
        FROM traces r JOIN traces o ON r.parents = [o.trace_id] JOIN marks m ON m.trace_id = r.trace_id
        WHERE r.kind = 'rollout'"""
    ).to_dicts()
    assert len(rollouts) == 4 * len(verdicts(done.lake))
    for one in rollouts:
        end = steps(one["of"])[one["step"] - 1][1] if one["step"] else 0
        assert one["completion"].startswith(one["of"][:end])
        assert one["same"]
        assert one["correct"] != has_guessed(one["of"], one["step"])


def test_rollouts_are_nobody_s_samples(done):
    samples = done.lake.sql("SELECT sum(samples) FROM pass_rates").item()
    assert samples == done.lake.sql("SELECT count(*) FROM traces WHERE kind = 'sample'").item()


def test_what_is_valued_is_not_valued_again(done):
    again = Run(done.recipe, done.lake, Progress(quiet=True))
    assert next_stage(again) is None
    assert plan_of(done.recipe, done.lake.path)[-1] | {"what": None} == {
        "stage": "value", "what": None, "at most": None, "to do": 0,
    }  # fmt: skip


def test_the_plan_says_what_is_asked_at_most(valuing, tmp_path):
    recipe = valuing()
    grind(run_of(recipe, tmp_path), until="verify")
    row = plan_of(recipe, tmp_path / "lake")[-1]
    run = run_of(recipe, tmp_path)
    grind(run)
    assert row["to do"] >= len(asked(run)) > row["to do"] / 2
    assert row["tokens"] == row["to do"] * 512
    assert row["what"] == "walker, n = 4, first_error, of wrong, up to 512 tokens each"


def test_other_settings_are_other_values_and_share_what_was_asked(valuing, tmp_path):
    run = run_of(valuing(), tmp_path)
    grind(run)
    before = asked(run)
    more = run_of(valuing(VALUE | {"n": 6}), tmp_path)
    grind(more)
    assert len(set(asked(more))) == len(asked(more)) == len(before) * 6 / 4
    hashes = more.lake.sql("SELECT count(DISTINCT settings_hash) FROM verdicts WHERE check_name = 'step_value'")
    assert hashes.item() == 2


def test_right_traces_and_every_step_are_valued_where_they_are_asked_for(valuing, tmp_path):
    run = run_of(valuing(VALUE | {"of": "both", "method": "every", "n": 1, "per_problem": 3}), tmp_path)
    grind(run)
    assert {one["trace_id"] for one in verdicts(run.lake)} == set(
        run.lake.sql("SELECT trace_id FROM marks WHERE kind = 'sample'")["trace_id"]
    )
    by_trace = {}
    for one in verdicts(run.lake):
        by_trace.setdefault((one["trace_id"], one["completion"]), []).append(one["step"])
    assert all(found == list(range(len(steps(text)) + 1)) for (_, text), found in by_trace.items())


def test_a_corrected_answer_key_gives_new_values_of_the_same_rollouts(valuing, tmp_path):
    run = run_of(valuing(), tmp_path)
    grind(run)
    before, problem = asked(run), verdicts(run.lake)[0]["of"]
    (key,) = run.lake.sql(f"SELECT * FROM current_keys WHERE problem_id = '{problem}'").to_dicts()
    del key["created_at"]
    run.lake.commit("answer_keys", [key | {"key_id": "k-corrected", "answers": ["12345"]}])
    assert problem not in {one["of"] for one in verdicts(run.lake)}
    for module, stage in ((verify, run.recipe.stages[1]), (value, run.recipe.stages[2])):
        for shard in module.pending(run, stage):
            module.work(run, stage, shard)
    assert asked(run) == before
    assert {one["key_id"] for one in verdicts(run.lake) if one["of"] == problem} == {"k-corrected"}


class Stopped(Exception):
    pass


def test_a_run_that_is_killed_asks_nothing_twice(valuing, tmp_path, monkeypatch):
    def stop(*_):
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(value, "verdicts", stop)
        with pytest.raises(Stopped):
            grind(run_of(valuing(), tmp_path))
    run = run_of(valuing(), tmp_path)
    before = asked(run)
    assert before
    assert not verdicts(run.lake)
    grind(run)
    assert len(set(asked(run))) == len(asked(run)) > len(before)


def test_rollouts_that_fail_leave_it_undecided_and_are_asked_again_by_the_next_run(valuing, tmp_path):
    run = run_of(valuing(VALUE | {"tolerate": 0.5}, fails=[1]), tmp_path)
    grind(run)
    found = verdicts(run.lake)
    assert {(one["outcome"], one["reason"], one["n"]) for one in found} == {("undecided", "unanswered", 3)}
    assert shortfall.of_run(run) == {"unanswered": len(found)}
    assert next_stage(run) is None
    again = run_of(valuing(VALUE | {"tolerate": 0.5}), tmp_path)
    before = len(asked(again))
    grind(again)
    assert {(one["outcome"] == "undecided", one["n"]) for one in verdicts(again.lake)} == {(False, 4)}
    twice = [name for name, times in Counter(asked(again)).items() if times > 1]
    assert len(twice) == len(found) <= len(asked(again)) - before
    assert not shortfall.of_run(again)


def test_too_many_failures_stop_the_run(valuing, tmp_path):
    with pytest.raises(RunFailed, match=r"value: \d+ requests got no answer \(unanswered \d+\), more than"):
        grind(run_of(valuing(fails=[0, 1, 2, 3]), tmp_path))


def test_rollouts_that_can_never_come_are_not_waited_for(valuing, tmp_path):
    run = run_of(valuing(fails=[0, 1, 2, 3], reason="prompt_too_long"), tmp_path)
    grind(run)
    assert {(one["outcome"], one["reason"], one["n"]) for one in verdicts(run.lake)} == {
        ("undecided", "nothing_decided", 0)
    }
    assert next_stage(run_of(valuing(), tmp_path)) is None


def test_a_solver_goes_on_from_nothing(valuing):
    with pytest.raises(RecipeError, match=r"stages\[2\] \(value\): 'hasty' is a solver, which begins anew"):
        valuing(VALUE | {"model": "hasty"})


def test_an_unknown_key_is_refused_with_those_there_are(valuing):
    with pytest.raises(RecipeError, match=r"stages\[2\]\.rolls: unknown key; expected one of .*method.*per_problem"):
        valuing(VALUE | {"rolls": 3})


def test_on_a_cluster_it_goes_where_its_model_is(valuing):
    stage = valuing().stages[-1]
    shard = Shard("values-x", 1, ["t1"])
    assert cluster.goes_out(stage, shard)
    assert cluster.model_of(stage, shard) == "walker"


@pytest.mark.parametrize("wrong", [{"method": "some"}, {"of": "none"}, {"kinds": []}, {"kinds": ["judgement"]}])
def test_a_setting_that_makes_no_sense_is_refused(valuing, wrong):
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        valuing(VALUE | wrong)
