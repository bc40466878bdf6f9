import json
import os
import random
import re
import signal
import time
from pathlib import Path
from unittest.mock import Mock

import polars as pl
import pytest
from small import equations, in_process, tables

from flows.mill import next_stage, unit
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run, Shard
from flows.stages import MODULES
from flows.stages.sampling import missing, requests
from warehouse.errors import BadInput, RunFailed
from warehouse.importing import import_traces
from warehouse.lake import Lake

SAMPLES = "SELECT trace_id FROM traces WHERE kind = 'sample' ORDER BY 1"


def files_of(release):
    return {str(file.relative_to(release)): file.read_bytes() for file in release.rglob("*") if file.is_file()}


def assert_sound(lake):
    """Every id once, every parent there, every verdict's trace there."""
    (row,) = lake.sql(
        """SELECT (SELECT count(*) - count(DISTINCT trace_id) FROM traces) AS repeated,
            (SELECT count(*) FROM (SELECT unnest(parents) AS trace_id FROM traces) p
                ANTI JOIN traces USING (trace_id)) AS orphans,
            (SELECT count(*) FROM (FROM verdicts WHERE check_name <> 'key')
                ANTI JOIN traces USING (trace_id)) AS strays,
            (SELECT count(*) - count(DISTINCT problem_id) FROM problems) AS twice"""
    ).to_dicts()
    assert row == {"repeated": 0, "orphans": 0, "strays": 0, "twice": 0}


def test_a_run_goes_from_problems_to_scores(recipe, turn):
    run = turn(recipe)
    (made,) = run.releases.values()
    rows = pl.read_parquet(made.folder(run.lake) / "default" / "*.parquet")
    assert set(rows["kind"]) == {"sample", "journey"}
    assert rows.height == made.kept.height > 12
    scores = MODULES["evaluate"].results(run, recipe.stages[-1])
    assert scores["search"]["pass@1"].value == 1.0 > scores["hasty"]["pass@1"].high
    assert_sound(run.lake)


def test_held_out_problems_are_never_taught(recipe, turn):
    run = turn(recipe)
    taught = run.lake.sql(
        "SELECT p.split FROM selections JOIN traces USING (trace_id) JOIN problems p USING (problem_id)"
    )
    assert set(taught["split"]) == {"train"}


def test_running_again_finds_nothing_to_do_and_changes_nothing(recipe, turn):
    run = turn(recipe)
    before, release = run.lake.versions(), files_of(next(iter(run.releases.values())).folder(run.lake))
    again = Run(recipe, Lake(run.lake.path), Progress(quiet=True))
    assert next_stage(again) is None
    assert again.lake.versions() == before
    assert files_of(next(iter(again.releases.values())).folder(again.lake)) == release


def test_two_lakes_give_the_same_ids_and_the_same_release(recipe, turn, tmp_path):
    one, two = turn(recipe, tmp_path / "one"), turn(recipe, tmp_path / "two")
    assert one.lake.sql(SAMPLES).equals(two.lake.sql(SAMPLES))
    (a,), (b,) = one.releases.values(), two.releases.values()
    assert files_of(a.folder(one.lake)) == files_of(b.folder(two.lake))


def test_more_samples_add_only_what_is_missing(recipe, turn):
    lake = turn(recipe).lake
    before = lake.sql("SELECT trace_id, created_at FROM traces WHERE model = 'hasty' AND kind = 'sample'")
    stages = [{**stage, "n": 5} if stage.get("model") == "hasty" else stage for stage in tables()["stages"]]
    turn(check(tables(stages=stages), "x"))
    after = lake.sql(
        """SELECT t.trace_id, t.created_at, split FROM traces t JOIN problems USING (problem_id)
        WHERE model = 'hasty' AND kind = 'sample'"""
    )
    assert after.filter(pl.col("split") == "train").height == 12 * 5
    assert before.join(after, on=["trace_id", "created_at"]).height == before.height
    assert_sound(lake)


def test_a_shard_holds_the_samples_of_its_problems_and_keeps_its_name_when_more_are_asked(recipe, turn):
    run = turn(recipe, until="problems")
    few, more = (
        missing(run, requests(run, recipe.stages[0].model_copy(update={"n": n}), "hasty", "train", "sample"), "traces")
        for n in (3, 11)
    )
    assert [shard.size for shard in few] == [5 * 3, 5 * 3, 2 * 3]
    assert [shard.size for shard in more] == [5 * 8, 5 * 8, 2 * 8, 5 * 3, 5 * 3, 2 * 3]
    assert [shard.name for shard in more][:3] == [shard.name for shard in few]
    assert len({shard.name for shard in more}) == 6
    for shard in more:
        assert len({request.problem_id for request in shard.content}) in (2, 5)


def test_another_temperature_asks_anew_and_another_token_limit_does_not(recipe, turn):
    lake = turn(recipe, until="generate").lake
    before = lake.sql(SAMPLES).height
    first = {"do": "generate", "model": "hasty", "n": 3, "shard": 5}
    turn(check(tables(stages=[{**first, "max_tokens": 99}]), "x"))
    assert lake.sql(SAMPLES).height == before
    turn(check(tables(stages=[{**first, "temperature": 0.5}]), "x"))
    assert lake.sql(SAMPLES).height == before + 12 * 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_run_killed_at_random_moments_ends_as_an_undisturbed_one(recipe, turn, tmp_path, seed):
    calm = turn(recipe, tmp_path / "calm").lake
    dice, killed = random.Random(seed), 0
    for _ in range(4):
        process = in_process(recipe, tmp_path / "lake")
        process.join(dice.uniform(1.0, 6.0))
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            killed += 1
    assert killed
    lake = turn(recipe).lake
    assert_sound(lake)
    assert lake.sql(SAMPLES).equals(calm.sql(SAMPLES))
    kinds = "SELECT kind, count(*) AS n FROM traces GROUP BY kind ORDER BY kind"
    assert lake.sql(kinds).equals(calm.sql(kinds))


@pytest.mark.slow
def test_two_runs_at_once_write_every_id_once(recipe, turn, tmp_path):
    both = [in_process(recipe, tmp_path / "lake") for _ in range(2)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert_sound(Lake(tmp_path / "lake"))
    alone = turn(recipe, tmp_path / "alone").lake
    assert Lake(tmp_path / "lake").sql(SAMPLES).equals(alone.sql(SAMPLES))


def test_what_a_killed_run_had_made_of_a_shard_is_not_asked_for_again(recipe, turn, monkeypatch, tmp_path):
    asked = []

    def counted(self, name, complete=Run.complete):
        def dying(requests):
            for completion in complete(self, name)(requests):
                if len(asked) == 5:
                    raise KeyboardInterrupt
                asked.append(completion.request.trace_id)
                yield completion

        return dying

    with monkeypatch.context() as patched:
        patched.setattr(Run, "complete", counted)
        with pytest.raises(KeyboardInterrupt):
            turn(recipe)
        lake = Lake(tmp_path / "lake")
        assert lake.scan("traces").collect().is_empty()
        (journal,) = (lake.path / "_journal").iterdir()
        journal.write_bytes(journal.read_bytes()[:-40])  # and the last line is cut
        asked.append("once more from here")
        turn(recipe)
    assert len(set(asked[:5])) == 5
    assert set(asked[:5]) & set(asked[6:]) == {asked[4]}
    assert lake.sql(SAMPLES).equals(turn(recipe, tmp_path / "calm").lake.sql(SAMPLES))
    assert not any((lake.path / "_journal").iterdir())
    assert lake.sql("FROM traces ANTI JOIN verdicts USING (trace_id)").is_empty()
    assert_sound(lake)


def test_a_run_that_stopped_before_its_verdicts_gets_them_from_the_next(turn, monkeypatch, tmp_path):
    generate, release = tables()["stages"][0], {"do": "release", "select": "accepted"}
    recipe = check(tables(stages=[generate, release]), "says nothing of verdicts")
    with monkeypatch.context() as patched:
        patched.setattr("flows.stages.sampling.judge_traces", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            turn(recipe)
    lake = turn(recipe).lake
    assert lake.sql("FROM traces ANTI JOIN verdicts USING (trace_id)").is_empty()
    calm = turn(recipe, tmp_path / "calm").lake
    assert lake.sql("SELECT trace_id FROM selections ORDER BY 1").equals(
        calm.sql("SELECT trace_id FROM selections ORDER BY 1")
    )


@pytest.mark.parametrize("damage", ["", "[[1", "{}", "[3]", "\0\0"])
def test_a_damaged_list_of_problems_is_made_anew(recipe, turn, damage):
    lake = turn(recipe, until="problems").lake
    before = lake.sql("SELECT problem_id FROM problems ORDER BY 1")
    for file in (lake.path / "_scope").iterdir():
        file.write_text(damage)
    run = turn(recipe, until="problems")
    assert {split: len(found) for split, found in run.scope.items()} == {"train": 12, "test": 6}
    assert lake.sql("SELECT problem_id FROM problems ORDER BY 1").equals(before)


def test_a_corrected_answer_key_rejudges_without_generating(tmp_path, turn):
    file = tmp_path / "problems.jsonl"
    wrong, right = (json.dumps({"prompt": "Two?", "answers": answer}) for answer in ("one", "two"))
    file.write_text(wrong)
    entry = {"source": "file", "path": str(file), "verifier": "text"}
    recipe = check(tables(problems=[entry], stages=tables()["stages"][2:3]), "x")
    run = turn(recipe)
    problem = run.scope["train"][0]
    row = {"trace_id": "t1", "problem_id": problem, "kind": "sample", "model": "someone", "finish_reason": "stop",
           "completion": "<think>\nhm\n</think>\n\ntwo"}  # fmt: skip
    run.lake.commit("traces", [row])
    turn(recipe)
    outcome = "SELECT outcome FROM latest_verdicts WHERE check_name = 'answer'"
    assert run.lake.sql(outcome)["outcome"].to_list() == ["fail"]
    file.write_text(right)
    turn(recipe)
    assert run.lake.sql(outcome)["outcome"].to_list() == ["pass"]
    assert run.lake.sql("SELECT outcome FROM verdicts WHERE check_name = 'answer'").height == 2
    assert run.lake.sql("SELECT count(*) AS n FROM traces")["n"][0] == 1
    file.write_text(wrong)
    turn(recipe)
    assert run.lake.sql(outcome)["outcome"].to_list() == ["fail"]


def test_a_check_of_the_users_own_decides(tmp_path, turn):
    (tmp_path / "mine.py").write_text(
        "from filters import Finding, check\n\n\n"
        "@check('short', version=1, at_most=10)\n"
        "def short(trace, key, settings):\n"
        "    size = len(trace['completion'])\n"
        "    return Finding.passed() if size <= settings['at_most'] else Finding.fail('long', size=size)\n"
    )
    verify = {"do": "verify", "checks": ["answer", "mine.py:short"], "settings": {"short": {"at_most": 3}}}
    stages = [tables()["stages"][1], verify, {"do": "release"}]
    with pytest.raises(RunFailed, match="selects none of 12 candidates"):
        turn(check(tables(stages=stages, folder=str(tmp_path)), "x"))
    found = Lake(tmp_path / "lake").sql("SELECT DISTINCT outcome, reason FROM verdicts WHERE check_name = 'short'")
    assert found.to_dicts() == [{"outcome": "fail", "reason": "long"}]


def test_a_verifier_of_the_users_own_decides(tmp_path, turn):
    (tmp_path / "mine.py").write_text(
        "from filters import Finding, verifier\n\n\n"
        "@verifier('seven')\n"
        "def seven(answer, key):\n"
        "    return Finding.passed() if answer == '7' else Finding.fail('not_seven')\n"
    )
    problems = [equations(12, verifier="mine.py:seven")]
    stages = [tables()["stages"][1], {"do": "verify", "checks": ["answer"]}]
    lake = turn(check(tables(problems=problems, stages=stages, folder=str(tmp_path)), "x")).lake
    right = lake.sql("SELECT correct, response(completion) AS said FROM marks JOIN traces USING (trace_id)")
    assert right.filter(pl.col("correct") != (pl.col("said") == "7")).is_empty()
    assert lake.sql("SELECT count(*) AS n FROM marks WHERE correct IS NULL")["n"][0] == 0


def test_a_full_disk_ends_the_run_and_loses_nothing(recipe, turn, tmp_path, monkeypatch):
    lake = turn(recipe, until="verify").lake
    before = lake.sql(SAMPLES)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.release.files.pq.write_table", full)
    with pytest.raises(OSError, match="No space left"):
        turn(recipe)
    monkeypatch.undo()
    assert not [place for place in (lake.path / "releases").iterdir() if (place / "manifest.json").exists()]
    turn(recipe)
    assert not list((lake.path / "releases").glob(".*"))
    assert lake.sql(SAMPLES).join(before, on="trace_id").height == before.height


def test_events_tell_what_a_run_did(recipe, turn):
    lake = turn(recipe).lake
    events = lake.sql("SELECT event, stage FROM runs ORDER BY created_at").rows()
    assert events[0] == ("started", None)
    assert events[-1] == ("finished", None)
    assert ("stage_finished", "journey") in events


def test_a_failed_run_says_so(recipe, turn, tmp_path, monkeypatch):
    def broken(*_):
        raise RunFailed("the mill stone broke")

    monkeypatch.setattr(MODULES["journey"], "work", broken)
    with pytest.raises(RunFailed):
        turn(recipe)
    (row,) = Lake(tmp_path / "lake").sql("FROM runs WHERE event = 'failed'").to_dicts()
    assert "the mill stone broke" in row["counters"]
    assert time.time() > row["created_at"].timestamp()


def test_a_stopped_run_is_told_from_a_failed_one(recipe, turn, tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(MODULES["journey"], "work", stopped)
    with pytest.raises(KeyboardInterrupt):
        turn(recipe)
    events = Lake(tmp_path / "lake").sql("SELECT event FROM runs ORDER BY created_at")["event"].to_list()
    assert events[-1] == "stopped"
    assert "failed" not in events


def test_imported_traces_are_judged_and_released(tmp_path, turn):
    rows = [
        {"prompt": f"{n} + 1?", "completion": f"<think>\nhm\n</think>\n\n{n + n % 2}", "answer": str(n + 1)}
        for n in range(4)
    ]
    file = tmp_path / "theirs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lake = Lake(tmp_path / "lake", create=True)
    import_traces(lake, file, verifier="number")
    stages = [{"do": "verify", "checks": ["answer", "format"]}, {"do": "release"}]
    run = turn(check(tables(problems=[{"source": "import/theirs"}], stages=stages), "x"))
    (made,) = run.releases.values()
    assert made.kept.height == 2
    assert set(made.dropped["reason"]) == {"answer: wrong_value"}


def test_a_problem_in_train_and_in_test_is_refused(tmp_path, turn):
    file = tmp_path / "p.jsonl"
    file.write_text(json.dumps({"prompt": "Two?", "answers": "2"}))
    entries = [{"source": "file", "path": str(file), "split": split} for split in ("train", "test")]
    with pytest.raises(BadInput, match="1 problems stand in train and in test"):
        turn(check(tables(problems=entries, stages=tables()["stages"][2:3]), "x"))


def test_only_the_recipes_own_checks_decide_its_release(recipe, turn):
    (before,) = turn(recipe).releases.values()
    strict = {"do": "verify", "checks": ["answer", "length"], "settings": {"length": {"at_most": 1}}}
    turn(check(tables(stages=[strict]), "x"))
    (after,) = turn(recipe).releases.values()
    assert after.release_id == before.release_id


def test_a_pair_that_a_builder_declines_is_not_offered_again(tmp_path, turn):
    (tmp_path / "mine.py").write_text(
        "from generators.journeys import Declined, builder\n\n\n"
        "@builder('nothing', version=1, takes='pair')\n"
        "def nothing(attempts, means):\n"
        "    return (Declined(one, 'no mood for it') for one in attempts)\n"
    )
    stages = [*tables()["stages"][:3], {"do": "journey", "builder": "mine.py:nothing"}]
    recipe = check(tables(stages=stages, folder=str(tmp_path)), "x")
    lake = turn(recipe).lake
    declined = lake.sql("SELECT DISTINCT reason FROM failures")["reason"].to_list()
    assert declined == ["declined"]
    count = lake.sql("SELECT count(*) AS n FROM failures")["n"][0]
    turn(recipe)
    assert lake.sql("SELECT count(*) AS n FROM failures")["n"][0] == count


def test_the_builder_that_the_page_shows_makes_journeys(tmp_path, turn):
    page = (Path(__file__).parents[2] / "docs" / "journeys.md").read_text()
    (written,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "blunt.py").write_text(written)
    stages = [*tables()["stages"][:3], {"do": "journey", "builder": "blunt.py:blunt"}]
    lake = turn(check(tables(stages=stages, folder=str(tmp_path)), "x")).lake
    (made,) = lake.sql("SELECT journeys, accepted FROM journey_yields WHERE builder = 'blunt'").to_dicts()
    assert made["journeys"] == made["accepted"] > 0
    assert lake.sql("FROM journeys WHERE shortcut_id IS NULL").is_empty()


def test_progress_says_what_is_made_and_that_no_model_is_asked_for_verdicts(recipe):
    generate = recipe.stages[0]
    answers, verdicts, keys = Shard("sample-a1", 4), Shard("verdicts-b2", 4), Shard("keys-c3", 4)
    assert unit("generate", generate, [answers, verdicts]) == "traces"
    assert unit("generate", generate, [verdicts, verdicts]) == "verdicts"
    assert unit("problems", (), [keys]) == "answer keys"
